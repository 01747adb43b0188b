// The reference page: operations are tried as a seeded user, or with an API key.

import assert from 'node:assert/strict';
import { API_KEY } from '../sdk/service.mjs';
import { step, until } from '../sdk/suite.mjs';
import { ANDREW, GEORGE } from './browser.mjs';
import { axe } from './axe.mjs';

/** What stands in the document; no service has it. */
const EXAMPLE_ID = '229104844800017';
const TRIED = ['get-user', 'get-group', 'send-message', 'get-message', 'add-reaction', 'list-group-messages'];

export async function run({ open, ask }) {
    const page = await open('', { path: 'docs', bypassCSP: true });
    const operation = id => page.locator(`[id="op/${id}"]`);
    const tried = async id => {
        if (!(await operation(id).locator('.try[open]').count())) await operation(id).getByText('Send it').click();
        return operation(id).locator('.try');
    };

    await step('try it: the examples work as they stand, on a new service', async () => {
        // Of all that examples name: users, groups and messages, of which one is there by now.
        await page.getByLabel('Try it as').selectOption(ANDREW);
        for (const id of TRIED) {
            const form = await tried(id);
            const field = form.getByLabel('id', { exact: true });
            await until(async () => !(await field.count()) || (await field.inputValue()) !== EXAMPLE_ID, 'the id of a message that is there');
            await form.getByRole('button', { name: 'Send' }).click();
            const status = form.locator('.status');
            await status.waitFor();
            assert.equal(await status.textContent(), '200', `${id}: ${await form.textContent()}`);
        }
    });

    await step('try it: a message is sent as a chosen user, and listed', async () => {
        await page.getByLabel('Try it as').selectOption(GEORGE);
        const form = await tried('send-message');
        await form.getByLabel('body').fill(JSON.stringify({ receiver: 'cometchat-uid-1', receiverType: 'user', data: { text: 'Tried <b>' } }));
        await form.getByRole('button', { name: 'Send' }).click();
        await form.locator('.status.ok').getByText('200').waitFor();
        await form.getByText('"Tried <b>"').waitFor();
        const listed = await ask('GET', '/users/cometchat-uid-1/messages', undefined, { uid: GEORGE });
        assert.equal(listed.at(-1).data.text, 'Tried <b>');
    });

    await step('try it: what is refused is shown, and an API key acts as the app', async () => {
        page.tolerated = text => text.includes('401') || text.includes('403');
        const form = await tried('list-api-keys');
        await form.getByRole('button', { name: 'Send' }).click();
        await form.locator('.status.bad').waitFor();
        await page.getByLabel('Try it as').selectOption('the app');
        await page.getByRole('textbox', { name: 'API key', exact: true }).fill(API_KEY);
        await form.getByRole('button', { name: 'Send' }).click();
        await form.locator('.status.ok').waitFor();
    });

    await step('what one tries with has no fault that axe finds, and the chat is one click away', async () => {
        await axe(page, 'try it', { include: ['.try', '.who'] });
        await page.getByRole('link', { name: 'Chat with it' }).click();
        await page.getByText('Who are you?').waitFor();
    });
}
