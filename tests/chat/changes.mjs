// What is open becomes another while one looks at it, by others, by another tab, by oneself: what one may not do any more is not offered,
// what one began ends, and what one wrote is never out of reach.

import assert from 'node:assert/strict';
import { step, until } from '../sdk/suite.mjs';
import { ANDREW, GEORGE, NAMES, answer, choose, conversation, field, gone, message, openChat, panel, say } from './browser.mjs';

/** Keeps requests from the service until it is opened. */
async function hold(page, matches, method) {
    let [open, held] = [undefined, 0];
    const opened = new Promise(resolve => (open = resolve));
    await page.route(matches, async route => {
        if (route.request().method() !== method) return route.fallback();
        held += 1;
        await opened;
        await route.fallback().catch(() => {});
    });
    return { held: () => held, open };
}

/** Opens the menu of a message by keys, so that it stays whatever the mouse does; its entries. */
async function menuOf(page, text) {
    await message(page, text).focus();
    await page.keyboard.press('Enter');
    return entries(page);
}
const entries = page => page.getByRole('menu').locator('> button').allTextContents();

async function fromMenu(page, choice) {
    await page.getByRole('navigation').getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: choice }).click();
}

export async function run({ host, open, ask }) {
    const [andrew, george] = [await open(ANDREW), await open(GEORGE)];
    const as = (uid, method, path, body) => ask(method, path, body, { uid });
    andrew.tolerated = text => /ERR_|40[0-9]/.test(text);
    const group = (guid, type, uids = [ANDREW]) => as(GEORGE, 'POST', '/groups', { guid, name: guid, type, members: { participants: uids } });
    const toGroup = (uid, guid, text) => as(uid, 'POST', '/messages', { receiver: guid, receiverType: 'group', data: { text } });

    await step('who is put out is offered to copy and nothing else, in a menu that is open, too; an edit and a quote end', async () => {
        await group('potters', 'public');
        await toGroup(GEORGE, 'potters', 'Clay');
        await toGroup(ANDREW, 'potters', 'Mien');
        await conversation(andrew, 'potters').click();
        await choose(andrew, 'Clay', 'React with 👍');
        await message(andrew, 'Clay').getByRole('button', { name: '👍, 1, yours too' }).waitFor();
        await choose(andrew, 'Mien', 'Edit');
        await field(andrew).fill('Mine');
        assert.ok((await menuOf(andrew, 'Clay')).includes('Quote'));
        await as(GEORGE, 'POST', `/groups/potters/bannedusers/${ANDREW}`);
        await andrew.getByText('You were banned from this group.').waitFor();
        assert.deepEqual(await entries(andrew), ['Copy text']);
        assert.equal(await andrew.getByRole('menuitem').count(), 1);
        await andrew.keyboard.press('Escape');
        await message(andrew, 'Clay').hover();
        assert.deepEqual(await message(andrew, 'Clay').locator('.tools button').allTextContents(), ['⋯']);
        assert.ok(await message(andrew, 'Clay').locator('.reaction').isDisabled());
        await as(GEORGE, 'DELETE', `/groups/potters/bannedusers/${ANDREW}`);
        await as(GEORGE, 'POST', '/groups/potters/members', { participants: [ANDREW] });
        // Nothing is edited any more, and what was written for it is there.
        await andrew.getByRole('button', { name: 'Send', exact: true }).waitFor();
        assert.equal(await field(andrew).inputValue(), 'Mine');
        await choose(andrew, 'Clay', 'Quote');
        const [{ id }] = await as(ANDREW, 'GET', '/groups/potters/messages?searchKey=Clay');
        await as(GEORGE, 'DELETE', `/messages/${id}`);
        await gone(andrew.getByText('Quoting George Alan'));
        await field(andrew).fill('');
    });

    await step('who has blocked somebody is offered to lift that, not to write', async () => {
        await openChat(andrew, NAMES[GEORGE]);
        await say(andrew, 'Hello?');
        await andrew.getByRole('button', { name: 'About' }).click();
        await panel(andrew).getByRole('button', { name: 'Block' }).click();
        await andrew.getByText('You have blocked this person.').waitFor();
        assert.deepEqual(await menuOf(andrew, 'Hello?'), ['Copy text', 'Save', 'Who has read it']);
        assert.equal(await field(andrew).count(), 0);
        await andrew.keyboard.press('Escape');
        await andrew.locator('main').getByRole('button', { name: 'Unblock' }).click();
        await field(andrew).waitFor();
        await panel(andrew).getByRole('button', { name: 'Close' }).click();
    });

    await step('what is not sent is seen, copied and discarded, also where one cannot go any more', async () => {
        await group('lodge', 'private');
        await toGroup(GEORGE, 'lodge', 'Between us');
        const kept = await hold(andrew, /\/v3\/messages$/, 'POST');
        await conversation(andrew, 'lodge').click();
        await message(andrew, 'Between us').waitFor();
        for (const text of ['secret 1', 'secret 2']) await say(andrew, text);
        await choose(andrew, 'Between us', 'Reply in thread');
        await panel(andrew).getByRole('textbox', { name: 'Reply' }).fill('secret 3');
        await panel(andrew).getByRole('textbox', { name: 'Reply' }).press('Enter');
        await as(GEORGE, 'DELETE', `/groups/lodge/members/${ANDREW}`);
        await gone(conversation(andrew, 'lodge'));
        kept.open();
        await andrew.getByRole('button', { name: '3 messages not sent' }).waitFor();
        await andrew.reload();
        await andrew.getByRole('button', { name: '3 messages not sent' }).click();
        const unsent = text => panel(andrew).getByRole('listitem').filter({ hasText: text });
        await unsent('secret 3').getByText('To lodge, in a thread').waitFor();
        await unsent('secret 2').getByRole('button', { name: 'Copy' }).click();
        assert.equal(await andrew.evaluate(() => navigator.clipboard.readText()), 'secret 2');
        for (const text of ['secret 1', 'secret 2', 'secret 3']) {
            await unsent(text).getByRole('button', { name: 'Discard' }).click();
            await gone(unsent(text));
        }
        await panel(andrew).getByText('All is sent.').waitFor();
        assert.deepEqual(await andrew.evaluate(() => Object.keys(sessionStorage).filter(key => key.startsWith('outbox'))), []);
        await panel(andrew).getByRole('button', { name: 'Close' }).click();
    });

    await step('another window is opened at the same address without who one is, whatever else it says', async () => {
        await andrew.goto(`http://${host}/?as=${ANDREW}&x=1`);
        await andrew.getByText('Connected').waitFor();
        const opened = andrew.context().waitForEvent('page');
        await fromMenu(andrew, 'Another window');
        const another = await opened;
        await another.getByText('Who are you?').waitFor();
        assert.equal(another.url(), `http://${host}/?x=1`);
        await another.close();
    });

    await step('an address that leads nowhere closes what was open; Back leads to what was open before', async () => {
        await openChat(andrew, NAMES[GEORGE]);
        await openChat(andrew, 'Hiking Group');
        await andrew.goBack();
        await andrew.getByRole('heading', { name: NAMES[GEORGE], level: 1 }).waitFor();
        for (const hash of ['#user/%', '#nothing']) {
            await openChat(andrew, NAMES[GEORGE]);
            await andrew.evaluate(to => (location.hash = to), hash);
            await andrew.getByText('The address names no conversation.').waitFor();
            await andrew.getByText('Choose a conversation').waitFor();
            assert.equal(await field(andrew).count(), 0);
            assert.equal(new URL(andrew.url()).hash, '');
            await gone(andrew.getByText('The address names no conversation.'));
        }
    });

    await step('who signs out without a network leaves nothing that is sent when it is back', async () => {
        await openChat(andrew, NAMES[GEORGE]);
        const [post, out] = [await hold(andrew, /\/v3\/messages$/, 'POST'), await hold(andrew, /\/v3\/me$/, 'DELETE')];
        await say(andrew, 'lost for good');
        await until(() => post.held(), 'it is on its way');
        await fromMenu(andrew, 'Sign out');
        await answer(andrew, 'Sign out');
        await until(() => out.held(), 'one signs out');
        post.open();
        out.open();
        await andrew.getByText('Who are you?').waitFor();
        await andrew.getByRole('button', { name: NAMES[ANDREW] }).click();
        await openChat(andrew, NAMES[GEORGE]);
        await say(andrew, 'here again');
        await message(george, 'here again').or(conversation(george, NAMES[ANDREW]).getByText('here again')).first().waitFor();
        assert.deepEqual(await as(GEORGE, 'GET', `/users/${ANDREW}/messages?searchKey=lost`), []);
    });
}
