// The pictures of README.md, made by `tests/chat/run --screenshots`.

import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { step } from '../sdk/suite.mjs';
import { ANDREW, GEORGE, NANCY, message, openChat } from './browser.mjs';

const FOLDER = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const HIKES = 'cometchat-guid-1';

export async function run({ open, ask }) {
    mkdirSync(FOLDER, { recursive: true });
    const say = (uid, text, more = {}) => ask('POST', '/messages', { receiver: HIKES, receiverType: 'group', data: { text }, ...more }, { uid });
    const to = (uid, receiver, text) => ask('POST', '/messages', { receiver, receiverType: 'user', data: { text } }, { uid });

    await step('the chat', async () => {
        await to(GEORGE, ANDREW, 'The key is under the third stone.');
        await to('cometchat-uid-4', ANDREW, 'Save me a seat on the early train?');
        const plan = await say(NANCY, 'Sunday, the ridge? The forecast: https://weather.example/ridge');
        for (const uid of [ANDREW, GEORGE]) await ask('POST', `/messages/${plan.id}/reactions/👍`, undefined, { uid });
        await ask('POST', `/messages/${plan.id}/reactions/🥾`, undefined, { uid: GEORGE });
        await ask('POST', `/messages/${plan.id}/thread`, { data: { text: 'Rain from four.' } }, { uid: GEORGE });
        await say(GEORGE, `I am in. <@uid:${ANDREW}>, you bring the rope?`, { quotedMessageId: plan.id });
        const page = await open(ANDREW, { viewport: { width: 1180, height: 620 } });
        const george = await open(GEORGE);
        await openChat(george, 'Hiking Group');
        await openChat(page, 'Hiking Group');
        await page.getByRole('textbox', { name: 'Message', exact: true }).fill('Rope, and the good coffee.');
        await page.keyboard.press('Enter');
        await message(page, 'good coffee').getByRole('img', { name: 'Sent' }).waitFor();
        await page.locator('main article.message').filter({ hasText: 'forecast' }).first().getByRole('button', { name: '1 reply' }).click();
        await page.locator('aside').getByText('Rain from four.').waitFor();
        await george.getByRole('textbox', { name: 'Message', exact: true }).pressSequentially('Bring');
        await page.locator('.whom').getByText('typing').waitFor();
        await page.mouse.move(0, 0);
        await page.screenshot({ path: `${FOLDER}chat.png` });
    });

    await step('the reference', async () => {
        const page = await open('', { path: 'docs', viewport: { width: 1440, height: 760 }, deviceScaleFactor: 0.75 });
        await page.getByLabel('Try it as').selectOption(ANDREW);
        const form = page.locator('[id="op/list-conversations"]');
        await form.getByText('Send it').click();
        await form.getByRole('textbox', { name: /query/ }).fill('perPage=2');
        await form.getByRole('button', { name: 'Send', exact: true }).click();
        await form.locator('.try .status.ok').waitFor();
        await form.locator('.try').scrollIntoViewIfNeeded();
        await form.evaluate(element => element.scrollIntoView());
        await page.waitForTimeout(500);
        await page.screenshot({ path: `${FOLDER}reference.png` });
    });
}
