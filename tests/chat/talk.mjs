// Two users in two windows, and all that two people do with messages.

import assert from 'node:assert/strict';
import { step, until } from '../sdk/suite.mjs';
import { ANDREW, GEORGE, NAMES, answer, choose, conversation, field, gone, message, openChat, panel, say } from './browser.mjs';

/** A picture of one pixel. */
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64');

export async function run({ open, ask }) {
    let andrew, george;

    await step('one chooses who one is, in each of two windows', async () => {
        [andrew, george] = [await open(''), await open('')];
        for (const [page, uid] of [[andrew, ANDREW], [george, GEORGE]]) {
            await page.getByRole('button', { name: NAMES[uid] }).click();
            await page.getByText('Connected').waitFor();
            await page.getByRole('heading', { name: NAMES[uid], level: 1 }).waitFor();
        }
    });

    await step('presence: who comes and goes is seen', async () => {
        await openChat(andrew, NAMES[GEORGE]);
        await andrew.locator('.whom').getByText('online', { exact: true }).waitFor();
        const third = await open('cometchat-uid-5');
        await openChat(george, 'John Paul');
        await george.locator('.whom').getByText('online', { exact: true }).waitFor();
        await third.getByRole('button', { name: 'More', exact: true }).first().click();
        await third.getByRole('menuitem', { name: 'Sign out' }).click();
        await third.getByText('Who are you?').waitFor();
        await george.locator('.whom').getByText('offline').waitFor();
        await george.goto(`${new URL(george.url()).origin}/`);
        await george.getByText('Connected').waitFor();
    });

    await step('conversations: last message, time and unread badge', async () => {
        await say(andrew, 'Good morning');
        const there = conversation(george, NAMES[ANDREW]);
        await there.getByText('Good morning').waitFor();
        await there.getByRole('img', { name: '1 unread' }).waitFor();
        assert.match(await there.locator('time').textContent(), /\d\d/);
        assert.equal(await george.title(), '(1) Halley');
    });

    await step('receipts: sent, delivered and read; reading clears the badge', async () => {
        await message(andrew, 'Good morning').getByRole('img', { name: 'Delivered' }).waitFor();
        await openChat(george, NAMES[ANDREW]);
        await message(george, 'Good morning').waitFor();
        await message(andrew, 'Good morning').getByRole('img', { name: 'Read' }).waitFor();
        await gone(conversation(george, NAMES[ANDREW]).getByRole('img', { name: /unread/ }));
        await choose(andrew, 'Good morning', 'Who has read it');
        await panel(andrew).getByRole('rowheader', { name: NAMES[GEORGE] }).waitFor();
        await panel(andrew).getByRole('button', { name: 'Close' }).click();
    });

    await step('messages: sender, time, and a separator of the day', async () => {
        const one = message(george, 'Good morning');
        await one.getByRole('button', { name: NAMES[ANDREW] }).waitFor();
        assert.ok(await one.locator('time').getAttribute('datetime'));
        await george.locator('.day').getByText('Today').waitFor();
    });

    await step('typing is told, and ends', async () => {
        await field(george).pressSequentially('I am wri');
        await andrew.locator('.whom').getByText('typing…').waitFor();
        await conversation(andrew, NAMES[GEORGE]).getByText('typing…').waitFor();
        await field(george).fill('');
        await andrew.locator('.whom').getByText('online', { exact: true }).waitFor();
    });

    await step('edits are shown to both', async () => {
        await say(george, 'See you at sevn');
        await message(andrew, 'sevn').waitFor();
        await choose(george, 'sevn', 'Edit');
        await field(george).fill('See you at seven');
        await george.keyboard.press('Enter');
        for (const page of [andrew, george]) await message(page, 'See you at seven').getByText('edited').waitFor();
        // The last of one's own is edited by the arrow key.
        await field(george).press('ArrowUp');
        assert.equal(await field(george).inputValue(), 'See you at seven');
        await field(george).press('Escape');
    });

    await step('deletions are shown to both', async () => {
        await say(george, 'Not meant for you');
        await message(andrew, 'Not meant for you').waitFor();
        await choose(george, 'Not meant for you', 'Delete');
        await answer(george, 'Delete');
        await message(andrew, 'Message deleted').waitFor();
        await message(george, 'You deleted this message').waitFor();
        await gone(message(andrew, 'Not meant for you'));
    });

    await step('reactions: added by one, counted for both, taken back', async () => {
        await choose(andrew, 'See you at seven', 'React with 🎉');
        await message(george, 'See you at seven').getByRole('button', { name: '🎉, 1', exact: true }).click();
        await message(andrew, 'See you at seven').getByRole('button', { name: '🎉, 2, yours too' }).click();
        await message(george, 'See you at seven').getByRole('button', { name: '🎉, 1, yours too' }).waitFor();
        await message(andrew, 'See you at seven').getByRole('button', { name: '🎉, 1', exact: true }).waitFor();
    });

    await step('threads: replies, counted at their parent, told to the other side', async () => {
        await choose(andrew, 'Good morning', 'Reply in thread');
        const reply = panel(andrew).getByRole('textbox', { name: 'Reply' });
        await reply.fill('Is it raining?');
        await reply.press('Enter');
        await message(george, 'Good morning').getByRole('button', { name: '1 reply' }).click();
        await panel(george).getByRole('article').filter({ hasText: 'Is it raining?' }).waitFor();
        await panel(george).getByRole('textbox', { name: 'Reply' }).fill('Not yet');
        await panel(george).getByRole('textbox', { name: 'Reply' }).press('Enter');
        await panel(andrew).getByRole('article').filter({ hasText: 'Not yet' }).waitFor();
        await message(andrew, 'Good morning').getByRole('button', { name: '2 replies' }).waitFor();
        assert.equal(await andrew.locator('main article').filter({ hasText: 'Not yet' }).count(), 0);
        // What becomes of the parent is seen in its thread, too.
        await choose(george, 'Good morning', 'React with 👍');
        await panel(andrew).locator('.parent').getByRole('button', { name: '👍, 1', exact: true }).click();
        await panel(george).locator('.parent').getByRole('button', { name: '👍, 2, yours too' }).waitFor();
        for (const page of [andrew, george]) await panel(page).getByRole('button', { name: 'Close' }).click();
    });

    await step('quotes show what they quote, and lead there', async () => {
        await choose(george, 'Good morning', 'Quote');
        await say(george, 'It is, indeed');
        const quote = message(andrew, 'It is, indeed').locator('.quote');
        await quote.getByText('Good morning').waitFor();
        await quote.click();
        await andrew.locator('article.found').filter({ hasText: 'Good morning' }).waitFor();
    });

    await step('mentions are completed, sent by UID, and shown by name', async () => {
        await openChat(andrew, 'Hiking Group');
        await field(andrew).pressSequentially('Who comes, @geo');
        await andrew.getByRole('option', { name: NAMES[GEORGE] }).waitFor();
        await andrew.keyboard.press('Enter');
        await andrew.keyboard.type('?');
        await andrew.keyboard.press('Enter');
        const there = conversation(george, 'Hiking Group');
        await there.getByRole('img', { name: /you are mentioned/ }).waitFor();
        await there.click();
        await george.locator('.mention.me').getByText(`@${NAMES[GEORGE]}`).waitFor();
        const [last] = (await ask('GET', '/groups/cometchat-guid-1/messages?limit=1', undefined, { uid: ANDREW }));
        assert.equal(last.data.text, `Who comes, <@uid:${GEORGE}> ?`);
    });

    await step('files and pictures: progress, preview, presigned upload', async () => {
        await openChat(andrew, NAMES[GEORGE]);
        await openChat(george, NAMES[ANDREW]);
        const puts = [];
        andrew.on('request', request => request.method() === 'PUT' && puts.push(request.url()));
        const files = [{ name: 'map.png', mimeType: 'image/png', buffer: PNG }];
        await andrew.locator('main input[type=file]').setInputFiles(files);
        await andrew.locator('.uploads img[src^="blob:"]').waitFor();
        await andrew.locator('.uploads .done').waitFor();
        await say(andrew, 'The way up');
        const picture = message(george, 'The way up').getByRole('img', { name: 'map.png' });
        await until(() => picture.evaluate(image => image.complete && image.naturalWidth === 1), 'the picture is loaded');
        await andrew.locator('main input[type=file]').setInputFiles([{ name: 'list.txt', mimeType: 'text/plain', buffer: Buffer.alloc(3_000_000, 'a') }]);
        await andrew.locator('.uploads progress').waitFor({ state: 'attached' });
        await andrew.locator('.uploads .done').waitFor();
        await field(andrew).press('Enter');
        const link = message(george, 'list.txt').getByRole('link', { name: /list\.txt/ });
        const answered = await fetch(await link.getAttribute('href'));
        assert.equal((await answered.text()).length, 3_000_000);
        assert.equal(puts.length, 2);
        assert.ok(puts.every(url => url.includes('X-Amz-Signature')));
        return `${puts.length} uploads past the API`;
    });

    await step('a file is taken away before it is sent, and an empty one refused', async () => {
        await andrew.locator('main input[type=file]').setInputFiles([{ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') }]);
        await andrew.getByRole('button', { name: 'Take a.txt away' }).click();
        assert.equal(await andrew.locator('.uploads li').count(), 0);
        await andrew.locator('main input[type=file]').setInputFiles([{ name: 'empty.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) }]);
        await andrew.getByRole('alert').getByText('empty').waitFor();
    });

    await step('links lead to web addresses only', async () => {
        await say(andrew, 'See https://example.com/a_(b), not javascript:alert(1)');
        const links = message(george, 'See https').getByRole('link');
        await links.first().waitFor();
        assert.equal(await links.count(), 1);
        assert.equal(await links.getAttribute('href'), 'https://example.com/a_(b)');
        assert.match(await links.getAttribute('rel'), /noopener/);
    });

    await step('pins and saves: marked, listed, and found again', async () => {
        await choose(andrew, 'See you at seven', 'Pin');
        await message(george, 'See you at seven').getByText('pinned').waitFor();
        await choose(george, 'See you at seven', 'Save');
        await message(george, 'See you at seven').getByText('saved').waitFor();
        assert.equal(await message(andrew, 'See you at seven').getByText('saved').count(), 0);
        await george.getByRole('button', { name: 'Pinned messages' }).click();
        await panel(george).getByRole('button', { name: /See you at seven/ }).waitFor();
        await george.getByRole('navigation').getByRole('button', { name: 'More' }).click();
        await george.getByRole('menuitem', { name: 'Saved messages' }).click();
        await panel(george).getByRole('heading', { name: 'Saved messages' }).waitFor();
        await panel(george).getByRole('button', { name: /See you at seven/ }).click();
        await george.locator('article.found').filter({ hasText: 'See you at seven' }).waitFor();
        await choose(george, 'See you at seven', 'Unsave');
        await choose(andrew, 'See you at seven', 'Unpin');
        await gone(message(george, 'See you at seven').getByText('pinned'));
        await gone(message(george, 'See you at seven').getByText('saved'));
        await panel(george).getByRole('button', { name: 'Close' }).click();
    });

    await step('unread marks: marked by hand, with a divider, until one reads again', async () => {
        await choose(george, 'The way up', 'Mark as unread');
        await conversation(george, NAMES[ANDREW]).getByRole('img', { name: /unread/ }).waitFor();
        await message(george, 'The way up').getByText('New messages').waitFor();
        await openChat(george, 'Hiking Group');
        await openChat(george, NAMES[ANDREW]);
        await message(george, 'The way up').getByText('New messages').waitFor();
        await gone(conversation(george, NAMES[ANDREW]).getByRole('img', { name: /unread/ }));
    });

    await step('search: people, groups and messages, here and everywhere', async () => {
        const box = george.getByRole('navigation').getByRole('searchbox');
        await box.fill('seven');
        await box.press('Enter');
        await panel(george).getByRole('button', { name: /See you at seven/ }).waitFor();
        await panel(george).getByRole('searchbox').fill('susan');
        await panel(george).getByRole('button', { name: 'Susan Marie' }).waitFor();
        await panel(george).getByRole('searchbox').fill('hiking');
        await panel(george).getByRole('button', { name: /Hiking Group/ }).waitFor();
        await george.getByRole('button', { name: 'Search in this conversation' }).click();
        await panel(george).getByRole('searchbox').fill('raining');
        await panel(george).getByRole('button', { name: /Is it raining/ }).click();
        // A reply is found in its thread.
        await panel(george).getByRole('heading', { name: 'Thread' }).waitFor();
        await panel(george).getByRole('button', { name: 'Close' }).click();
    });

    await step('block: neither writes to the other, and it is lifted again', async () => {
        await george.getByRole('button', { name: 'About' }).click();
        await panel(george).getByRole('button', { name: 'Block' }).click();
        await george.getByText('You have blocked this person.').waitFor();
        andrew.tolerated = text => text.includes('403') || text.includes('400');
        await say(andrew, 'Are you there?');
        await message(andrew, 'Are you there?').getByRole('button', { name: 'Try again' }).waitFor();
        await george.getByRole('navigation').getByRole('button', { name: 'More' }).click();
        await george.getByRole('menuitem', { name: 'Blocked people' }).click();
        await panel(george).getByText(NAMES[ANDREW]).waitFor();
        await panel(george).getByRole('button', { name: 'Unblock' }).click();
        await panel(george).getByText('Nobody is blocked.').waitFor();
        await message(andrew, 'Are you there?').getByRole('button', { name: 'Try again' }).click();
        await message(george, 'Are you there?').waitFor();
        andrew.tolerated = () => false;
    });

    await step('a conversation is pinned to the top, and removed from one\'s view', async () => {
        await openChat(george, NAMES[ANDREW]);
        await george.getByRole('button', { name: 'About' }).click();
        await panel(george).getByRole('button', { name: 'Pin conversation' }).click();
        await conversation(george, NAMES[ANDREW]).getByRole('img', { name: 'pinned' }).waitFor();
        await george.getByRole('button', { name: 'About' }).click();
        await panel(george).getByRole('button', { name: 'Remove conversation' }).click();
        await answer(george, 'Remove');
        await gone(conversation(george, NAMES[ANDREW]));
        await message(andrew, 'Good morning').waitFor();
    });

    await step('the inspector shows each request as curl, which runs, and each frame', async () => {
        await andrew.getByRole('navigation').getByRole('button', { name: 'More' }).click();
        await andrew.getByRole('menuitem', { name: 'Inspector' }).click();
        await panel(andrew).getByRole('button', { name: 'Clear' }).click();
        await say(andrew, `It's "quoted"`);
        const sent = panel(andrew).locator('details').filter({ hasText: 'POST' }).filter({ hasText: '/messages' }).first();
        // By a key, because rows that come move it under a mouse.
        await sent.locator('summary').press('Enter');
        const shown = await sent.locator('pre').first().textContent();
        assert.match(shown, /authToken: \$TOKEN/);
        await sent.getByRole('button', { name: 'Copy as curl' }).click();
        const command = await andrew.evaluate(() => navigator.clipboard.readText());
        const { execFileSync } = await import('node:child_process');
        const again = JSON.parse(execFileSync('bash', ['-c', command.replace(/^curl/, 'curl -s')], { encoding: 'utf8' }));
        // It has the same muid, so it is the same message.
        assert.equal(again.data.data.text, `It's "quoted"`);
        await panel(andrew).getByRole('button', { name: 'Frames' }).click();
        await panel(andrew).getByText('message message').first().waitFor();
        await panel(andrew).getByRole('button', { name: 'Close' }).click();
        return command.split('\n')[0];
    });
}
