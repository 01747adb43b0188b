// What is open becomes another while one looks at it, by others, by another tab, by oneself: what one may not do any more is not offered,
// what one began ends, and what one wrote is never out of reach.

import assert from 'node:assert/strict';
import { quiet, step, until } from '../sdk/suite.mjs';
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
        await choose(andrew, 'Clay', 'Save');
        await message(andrew, 'Clay').getByText('saved').waitFor();
        await choose(andrew, 'Clay', 'Quote');
        const [{ id }] = await as(ANDREW, 'GET', '/groups/potters/messages?searchKey=Clay');
        await as(GEORGE, 'DELETE', `/messages/${id}`);
        await gone(andrew.getByText('Quoting George Alan'));
        assert.equal(await message(andrew, 'Message deleted').getByText('saved').count(), 0);
        await field(andrew).fill('');
    });

    await step('who has blocked somebody is offered to lift that, not to write', async () => {
        await openChat(andrew, NAMES[GEORGE]);
        await say(andrew, 'Hello?');
        await choose(andrew, 'Hello?', 'Reply in thread');
        const reply = panel(andrew).getByRole('textbox', { name: 'Reply' });
        await reply.waitFor();
        await as(ANDREW, 'POST', '/blockedusers', { blockedUids: [GEORGE] });
        // As who comes back to the page, which asks how things stand.
        const look = () => andrew.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
        await look();
        for (const place of [andrew.locator('main'), panel(andrew)]) await place.getByText('You have blocked this person.').waitFor();
        assert.equal(await field(andrew).or(reply).count(), 0);
        assert.deepEqual(await menuOf(andrew, 'Hello?'), ['Copy text', 'Save', 'Who has read it']);
        await andrew.keyboard.press('Escape');
        await andrew.locator('main').getByRole('button', { name: 'Unblock' }).click();
        for (const one of [field(andrew), reply]) await one.waitFor();
        await ask('PUT', `/users/${GEORGE}`, { name: 'George Renamed' });
        await look();
        await conversation(andrew, 'George Renamed').waitFor();
        await ask('PUT', `/users/${GEORGE}`, { name: NAMES[GEORGE] });
        await look();
        await conversation(andrew, NAMES[GEORGE]).waitFor();
        // What stands at the side is of what is open.
        await openChat(andrew, 'Hiking Group');
        await panel(andrew).waitFor({ state: 'hidden' });
    });

    await step('what is pressed in the list is clicked, whatever is told of it and of others meanwhile', async () => {
        for (const [pressed, meanwhile] of [[NAMES[GEORGE], 'First'], ['Hiking Group', 'Second']]) {
            await conversation(andrew, pressed).hover();
            await andrew.mouse.down();
            const arrived = andrew.waitForRequest(/\/conversation\/delivered$/);
            await as(GEORGE, 'POST', '/messages', { category: 'message', type: 'text', receiver: ANDREW, receiverType: 'user', data: { text: meanwhile } });
            await arrived;
            await andrew.mouse.up();
            await conversation(andrew, NAMES[GEORGE]).getByText(meanwhile).waitFor();
            await andrew.getByRole('heading', { name: pressed, level: 1 }).waitFor();
        }
    });

    await step('a quote says what becomes of what it quotes', async () => {
        await openChat(george, NAMES[ANDREW]);
        await openChat(andrew, NAMES[GEORGE]);
        await say(andrew, 'Not for long');
        await choose(george, 'Not for long', 'Quote');
        await say(george, 'What?');
        const quote = page => message(page, 'What?').locator('.quote');
        await field(andrew).press('ArrowUp');
        await field(andrew).fill('Not for longer');
        await field(andrew).press('Enter');
        for (const page of [andrew, george]) await quote(page).getByText('Not for longer').waitFor();
        const [{ id }] = await as(ANDREW, 'GET', `/users/${GEORGE}/messages?searchKey=longer`);
        await as(ANDREW, 'DELETE', `/messages/${id}`);
        for (const page of [andrew, george]) await quote(page).getByText('Message deleted').waitFor();
    });

    await step('what is read in one go is marked in few requests, and what was marked as unread elsewhere stays so', async () => {
        const marking = await hold(andrew, /\/conversation\/read$/, 'POST');
        for (let n = 1; n <= 5; n += 1) {
            await say(george, `in a row ${n}.`);
            await message(andrew, `in a row ${n}.`).waitFor();
        }
        assert.equal(marking.held(), 1);
        marking.open();
        await message(george, 'in a row 5.').getByRole('img', { name: 'Read' }).waitFor();
        assert.equal(marking.held(), 2);
        const [{ id }] = await as(ANDREW, 'GET', `/users/${GEORGE}/messages?limit=1`);
        await as(ANDREW, 'DELETE', `/users/${GEORGE}/conversation/read`, { messageId: id });
        const badge = name => conversation(andrew, NAMES[GEORGE]).getByRole('img', { name });
        await badge('1 unread').waitFor();
        await say(george, 'one more');
        await badge('2 unread').waitFor();
        // A group that another window made is here, too.
        await as(ANDREW, 'POST', '/groups', { guid: 'elsewhere', name: 'Made elsewhere', type: 'public', members: { participants: [GEORGE] } });
        await conversation(andrew, 'Made elsewhere').waitFor();
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

    await step('a file that the network lost waits to be sent again, and nothing is sent without it', async () => {
        await openChat(andrew, NAMES[GEORGE]);
        await andrew.route(/X-Amz-Signature/, route => route.abort(), { times: 1 });
        await andrew.locator('main input[type=file]').setInputFiles([{ name: 'map.txt', mimeType: 'text/plain', buffer: Buffer.from('left, left, right') }]);
        await field(andrew).fill('The map');
        await andrew.getByRole('button', { name: 'Upload map.txt again' }).waitFor();
        await andrew.getByRole('alert').getByText('map.txt: The upload did not succeed.').waitFor();
        assert.ok(await andrew.getByRole('button', { name: 'Send', exact: true }).isDisabled());
        await andrew.getByRole('button', { name: 'Upload map.txt again' }).click();
        await andrew.locator('.uploads .done').waitFor();
        await field(andrew).press('Enter');
        await message(andrew, 'The map').getByRole('link', { name: /map\.txt/ }).waitFor();
    });

    await step('what is pasted and too long is cut, which is said', async () => {
        await field(andrew).focus();
        await andrew.evaluate(() => navigator.clipboard.writeText('a'.repeat(10_001)));
        await andrew.keyboard.press('Control+V');
        await andrew.getByRole('alert').getByText('the rest was left out').waitFor();
        await field(andrew).fill('');
    });

    await step('who looks elsewhere while something is slow stays there', async () => {
        await group('sailors', 'public');
        const { id } = await toGroup(GEORGE, 'sailors', 'Ahoy');
        await as(GEORGE, 'POST', `/messages/${id}/thread`, { receiver: 'sailors', receiverType: 'group', data: { text: 'Land' } });
        const box = andrew.getByRole('navigation').getByRole('searchbox');
        await box.fill('Land');
        await box.press('Enter');
        const slow = await hold(andrew, /\/groups\/sailors\/messages/, 'GET');
        await panel(andrew).getByRole('button', { name: /Land/ }).click();
        await until(() => slow.held(), 'what was found is on its way');
        await openChat(andrew, 'Hiking Group');
        slow.open();
        await quiet();
        assert.equal(await panel(andrew).getByRole('heading', { name: 'Thread' }).count(), 0);
        await openChat(andrew, 'sailors');
        await andrew.getByRole('button', { name: 'About' }).click();
        const leaving = await hold(andrew, /\/groups\/sailors\/members$/, 'DELETE');
        await panel(andrew).getByRole('button', { name: 'Leave' }).click();
        await answer(andrew, 'Leave');
        await until(() => leaving.held(), 'one is leaving');
        await openChat(andrew, 'Hiking Group');
        leaving.open();
        await gone(conversation(andrew, 'sailors'));
        await quiet();
        await field(andrew).waitFor();
    });

    await step('another window is opened at the same address without who one is, whatever else it says', async () => {
        await andrew.goto(`http://${host}/?as=${ANDREW}&x=1`);
        await andrew.getByText('Connected').waitFor();
        const opened = andrew.context().waitForEvent('page');
        await fromMenu(andrew, 'Another window');
        const another = await opened;
        await another.getByText('Who are you?').waitFor();
        assert.equal(another.url(), `http://${host}/?x=1`);
        // What says nothing of where the service is means the one that the page is of; who clicks twice is here once.
        await another.goto(`http://${host}/?api=&socket=`);
        let sockets = 0;
        another.on('websocket', () => (sockets += 1));
        await another.getByRole('button', { name: NAMES[ANDREW] }).dblclick();
        await another.getByText('Connected').waitFor();
        await quiet();
        assert.equal(sockets, 1);
        await as(GEORGE, 'POST', '/groups', { guid: 'runners', name: 'runners', type: 'public' });
        await another.goto(`http://${host}/#group/runners`);
        await another.locator('main').getByRole('button', { name: 'Join' }).dblclick();
        await field(another).waitFor();
        await quiet();
        assert.equal(await another.getByRole('alert').count(), 0);
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
            await andrew.evaluate(() => document.getElementById('toasts').replaceChildren());
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
