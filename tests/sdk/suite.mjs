// Steps that say what they saw, and waiting that ends.

/** How long anything is waited for; promised are two seconds, but machines that test are slow. */
const PATIENCE = 20_000;
/** How long what must not come is waited for. */
const QUIET = 1_500;

let [passed, failed] = [0, 0];
/** What a page cannot catch. */
export const uncaught = [];
process.on('unhandledRejection', error => uncaught.push(`${error?.name}: ${error?.message}`));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

export const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));
export const quiet = () => pause(QUIET);

/** Waits until `find` finds something. */
export async function until(find, what, patience = PATIENCE) {
    const end = Date.now() + patience;
    for (;;) {
        const found = await find();
        if (found) return found;
        if (end < Date.now()) throw new Error(`${typeof what === 'function' ? what() : what}: not within ${patience} ms`);
        await pause(20);
    }
}

/** One check; what it returns is what it saw. */
export async function step(name, run) {
    try {
        // An answer that never settles is the SDK's way to fail.
        let timer;
        const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error('never settles')), 120_000)));
        const saw = await Promise.race([run(), late]).finally(() => clearTimeout(timer));
        console.log(`ok      ${name}${saw ? `\n        ${saw}` : ''}`);
        passed += 1;
    } catch (error) {
        console.log(`FAILED  ${name}\n${error.stack ?? JSON.stringify(error)}`);
        failed += 1;
    }
}

export function conclude() {
    console.log(`${passed} passed, ${failed} failed`);
    // Pages keep their clocks running.
    process.exit(failed === 0 ? 0 : 1);
}
