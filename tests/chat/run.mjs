// Runs the suites, three at a time, because they mostly wait, each in a process, on a service and in a browser of its own.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SUITES = ['long', 'talk', 'gap', 'mishaps', 'changes', 'groups', 'access', 'hostile', 'reference', 'elsewhere', 'size', 'types'];
const AT_ONCE = 3;
/** A suite that hangs is ended. */
const PATIENCE = 5 * 60_000;

const given = process.argv.slice(2);
const waiting = given.includes('--screenshots') ? ['screenshots'] : given.length ? given : [...SUITES];
const failed = [];
const running = new Set();
const endAll = () => running.forEach(child => child.kill('SIGTERM'));
process.once('exit', endAll);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

async function run(suite) {
    const child = spawn(process.execPath, [fileURLToPath(new URL('suite.mjs', import.meta.url)), suite], { stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    const said = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', part => said.push(part));
    const late = setTimeout(() => child.kill('SIGTERM'), PATIENCE);
    const code = await new Promise(resolve => child.once('close', resolve));
    clearTimeout(late);
    running.delete(child);
    process.stdout.write(Buffer.concat(said));
    if (code !== 0) failed.push(suite);
}

async function work() {
    for (let suite = waiting.shift(); suite; suite = waiting.shift()) await run(suite);
}

await Promise.all(Array.from({ length: AT_ONCE }, work));
if (failed.length) console.log(`\nnot as they should be: ${failed.join(', ')}`);
process.exitCode = failed.length ? 1 : 0;
