// One suite, by its name: on a service with a folder of its own, and in a browser.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, startHalley } from '../sdk/service.mjs';
import { conclude, step } from '../sdk/suite.mjs';
import { startBrowser } from './browser.mjs';

const [suite] = process.argv.slice(2);
const begun = Date.now();
console.log(`\n${suite}`);
const folder = mkdtempSync(join(tmpdir(), 'halley-chat-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const [browser, service] = [await startBrowser(), await startHalley(folder)];
const { host } = service;
const open = (uid, options) => browser.open(options?.host ?? host, uid, options);
const { run } = await import(`./${suite}.mjs`);
await run({ host, service, folder, open, ask: (...request) => ask(host, ...request) });
await step('no window complained of anything', () => {
    if (browser.complaints.length) throw new Error(browser.complaints.join('\n'));
});
await browser.close();
await service.stop();
console.log(`        ${((Date.now() - begun) / 1000).toFixed(0)} s`);
conclude();
