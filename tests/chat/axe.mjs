// axe looks at a page for what people stumble over who use no mouse or no screen.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Fails with what axe finds; else how many rules were kept. Its window bypasses the page's policy, by which the tool could not run. */
export async function axe(page, what, context) {
    await page.evaluate(AXE);
    const { violations, passes } = await page.evaluate(context => globalThis.axe.run(context ?? document), context);
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(one => `${one.html} (${one.any[0]?.message ?? one.all[0]?.message})`).join('\n    ')}`);
    assert.equal(told.join('\n'), '', what);
    return passes.length;
}
