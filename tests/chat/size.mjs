// How much a first visit loads.

import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { step } from '../sdk/suite.mjs';

const MOST = 150_000;

export async function run({ open }) {
    await step('the first load is below 150 KB compressed, all of it from here', async () => {
        const page = await open('');
        await page.getByText('Who are you?').waitFor();
        const browser = await page.context().newCDPSession(page);
        await browser.send('Network.enable');
        await browser.send('Network.setCacheDisabled', { cacheDisabled: true });
        const loaded = [];
        page.on('response', response => loaded.push(response));
        await page.reload();
        await page.getByText('Who are you?').waitFor();
        const origin = new URL(page.url()).origin;
        assert.ok(loaded.every(response => response.url().startsWith(origin)));
        const files = await Promise.all(loaded.filter(response => response.status() === 200).map(response => response.body()));
        const bytes = files.reduce((sum, body) => sum + gzipSync(body).length, 0);
        assert.ok(files.length > 10 && bytes < MOST, `${bytes} bytes in ${files.length} files`);
        return `${bytes} bytes in ${files.length} files`;
    });
}
