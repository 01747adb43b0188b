// The types that stand in JSDoc: strict in the client, which others build on, and consistent in the page.

import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { step } from '../sdk/suite.mjs';

const TSC = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const chat = name => fileURLToPath(new URL(`../../examples/chat/${name}`, import.meta.url));

async function tsc(...options) {
    await promisify(execFile)(process.execPath, [TSC, ...options]).catch(({ stdout }) => Promise.reject(new Error(stdout)));
}

export async function run() {
    await step('the page keeps to its types', () => tsc('-p', chat('jsconfig.json')));
    await step('the client keeps to them strictly', () =>
        tsc('--noEmit', '--checkJs', '--strict', '--target', 'es2022', '--module', 'es2022', '--lib', 'es2022,dom,dom.iterable', chat('halley.js')));
}
