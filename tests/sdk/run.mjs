// Runs the suites one after the other, each in a process of its own and with a data folder of its own.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startHalley } from './service.mjs';

const SUITES = ['session', 'live', 'older', 'killed'];
/** A suite that hangs is ended, and its service with it. */
const PATIENCE = 10 * 60_000;

/** Node reads whom it trusts at its start only, so the authority is made before the suite begins. */
async function folderWithAuthority() {
    const folder = mkdtempSync(join(tmpdir(), 'halley-sdk-'));
    const halley = await startHalley(folder);
    await halley.stop();
    return { folder, authority: halley.authority };
}

async function run(suite) {
    console.log(`\n${suite}`);
    const { folder, authority } = await folderWithAuthority();
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: authority, HALLEY_FOLDER: folder };
    const file = fileURLToPath(new URL(`./${suite}.mjs`, import.meta.url));
    const child = spawn(process.execPath, [file], { env, stdio: 'inherit' });
    // Asked first, so that it ends its service.
    const late = setTimeout(() => child.kill('SIGTERM'), PATIENCE);
    const stop = () => child.kill('SIGTERM');
    process.once('exit', stop);
    const code = await new Promise(resolve => child.once('close', resolve));
    process.off('exit', stop);
    clearTimeout(late);
    rmSync(folder, { recursive: true });
    return code === 0;
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const wanted = process.argv.slice(2);
const failed = [];
for (const suite of wanted.length ? wanted : SUITES) {
    if (!(await run(suite))) failed.push(suite);
}
if (failed.length) console.log(`\nnot as they should be: ${failed.join(', ')}`);
process.exitCode = failed.length ? 1 : 0;
