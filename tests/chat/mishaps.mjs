// What goes wrong around a chat: a network that is gone for long, answers that come late, addresses that lead nowhere. Nothing that
// somebody wrote is lost by it, nothing newer is written over, and what cannot be done is said.

import assert from 'node:assert/strict';
import { pause, quiet, step, until } from '../sdk/suite.mjs';
import { ANDREW, GEORGE, NAMES, answer, choose, conversation, field, gone, message, openChat, panel, say } from './browser.mjs';

const HIKES = 'cometchat-guid-1';
const json = (status, body) => ({ status, contentType: 'application/json', body: JSON.stringify(body) });

/** Does not let requests through until it is opened: by then `isStale`, answers are of before; else nobody was asked. */
async function gate(page, matches, method = 'GET') {
    let [open, held] = [undefined, 0];
    const opened = new Promise(resolve => (open = resolve));
    await page.route(matches, async route => {
        if (route.request().method() !== method || open === null) return route.fallback();
        const response = await route.fetch();
        held += 1;
        await opened;
        await route.fulfill({ response }).catch(() => {});
    });
    return { held: () => held, open: () => (open(), open = null) };
}

export async function run({ host, open, ask }) {
    const [andrew, george] = [await open(ANDREW), await open(GEORGE)];
    const as = (uid, method, path, body) => ask(method, path, body, { uid });
    andrew.tolerated = text => /ERR_FAILED|40[0-9]|500/.test(text);
    // Nobody waits for pauses between tries: the page's clock goes faster.
    await andrew.clock.install();
    await andrew.reload();
    await andrew.getByText('Connected').waitFor();
    const badge = name => conversation(andrew, NAMES[GEORGE]).getByRole('img', { name });

    await step('what cannot be sent waits, whatever one opens and reloads meanwhile, and is sent in order, once', async () => {
        let isCut = true;
        await andrew.route(/\/v3\/messages$/, route => (isCut ? route.abort() : route.fallback()));
        await openChat(andrew, NAMES[GEORGE]);
        for (const text of ['waits 1', 'waits 2']) await say(andrew, text);
        await openChat(andrew, 'Hiking Group');
        await say(andrew, 'waits 3');
        for (let n = 0; n < 12; n += 1) {
            await andrew.clock.fastForward(31_000);
            await pause(30);
        }
        await andrew.reload();
        await message(andrew, 'waits 3').getByText('Sending…').waitFor();
        await openChat(andrew, NAMES[GEORGE]);
        await message(andrew, 'waits 2').getByText('Sending…').waitFor();
        isCut = false;
        await until(async () => (await andrew.clock.fastForward(5_000), message(andrew, 'waits 2').getByRole('img', { name: /Sent|Delivered|Read/ }).count()), 'it is sent');
        const stored = [...await as(GEORGE, 'GET', `/users/${ANDREW}/messages?searchKey=waits`), ...await as(GEORGE, 'GET', `/groups/${HIKES}/messages?searchKey=waits`)];
        assert.deepEqual(stored.map(one => one.data.text), ['waits 1', 'waits 2', 'waits 3']);
        assert.equal(await andrew.getByText('Sending…').count(), 0);
    });

    await step('what is refused stays where it was written, with the reason, until one decides', async () => {
        let isRefused = true;
        const error = { code: 'ERR_FORBIDDEN', message: 'Not on a Sunday.' };
        await andrew.route(/\/v3\/messages$/, route => (isRefused ? route.fulfill(json(403, { error })) : route.fallback()));
        for (const text of ['refused 1', 'refused 2']) await say(andrew, text);
        await message(andrew, 'refused 2').getByText('Not on a Sunday.').waitFor();
        await openChat(andrew, 'Hiking Group');
        await conversation(andrew, NAMES[GEORGE]).getByText('Not sent: refused 1').waitFor();
        await openChat(andrew, NAMES[GEORGE]);
        await message(andrew, 'refused 1').getByRole('button', { name: 'Discard' }).click();
        isRefused = false;
        await message(andrew, 'refused 2').getByRole('button', { name: 'Try again' }).click();
        await message(andrew, 'refused 2').getByRole('img', { name: /Sent|Delivered|Read/ }).waitFor();
        assert.equal(await andrew.getByText('refused 1').count(), 0);
    });

    await step('an edit that does not arrive leaves its text, to be saved again', async () => {
        let isCut = true;
        await andrew.route(/\/v3\/messages\/\d+$/, route => (isCut && route.request().method() === 'PUT' ? route.abort() : route.fallback()));
        await field(andrew).fill('half a thought');
        await choose(andrew, 'waits 2', 'Edit');
        await field(andrew).fill('arrived');
        await field(andrew).press('Enter');
        await andrew.getByRole('alert').getByText('cannot be reached').waitFor();
        assert.equal(await field(andrew).inputValue(), 'arrived');
        isCut = false;
        await andrew.getByRole('button', { name: 'Save', exact: true }).click();
        await message(andrew, 'arrived').getByText('edited').waitFor();
        // What one was writing before is there again.
        await until(async () => (await field(andrew).inputValue()) === 'half a thought', 'one goes on where one was');
        await choose(andrew, 'arrived', 'Quote');
        assert.equal(await field(andrew).inputValue(), 'half a thought');
    });

    await step('what one has begun to write is there when one comes back, and keys are for what one opened', async () => {
        const slow = await gate(andrew, `**/groups/${HIKES}/messages?*`);
        await conversation(andrew, 'Hiking Group').click();
        await andrew.keyboard.type('Early');
        await conversation(andrew, NAMES[GEORGE]).getByText('Draft: half a thought').waitFor();
        slow.open();
        await andrew.locator('main .feed[aria-busy=false]').waitFor();
        assert.equal(await field(andrew).inputValue(), 'Early');
        await field(andrew).fill('');
        await conversation(andrew, NAMES[GEORGE]).click();
        assert.equal(await field(andrew).inputValue(), 'half a thought');
        await andrew.locator('.about').getByText('Quoting').waitFor();
        await field(andrew).fill('');
        await field(andrew).press('Escape');
    });

    await step('what one has begun to write is there after a reload; whoever would lose a file is asked before', async () => {
        await field(andrew).pressSequentially('Halfway, @geo');
        await andrew.getByRole('option', { name: NAMES[GEORGE] }).waitFor();
        await andrew.keyboard.press('Enter');
        await andrew.keyboard.type(`not @${NAMES[GEORGE]}son`);
        await choose(andrew, 'arrived', 'Quote');
        await openChat(andrew, 'Hiking Group');
        await andrew.reload();
        await conversation(andrew, NAMES[GEORGE]).getByText(`Draft: Halfway, @${NAMES[GEORGE]}`).waitFor();
        await openChat(andrew, NAMES[GEORGE]);
        await andrew.locator('.about').getByText('Quoting').waitFor();
        await field(andrew).press('Enter');
        await message(andrew, 'Halfway').locator('.mention').getByText(NAMES[GEORGE]).waitFor();
        assert.equal(await message(andrew, 'Halfway').locator('.mention').count(), 1);
        await andrew.locator('main input[type=file]').setInputFiles([{ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') }]);
        const asked = [];
        andrew.once('dialog', dialog => (asked.push(dialog.type()), dialog.accept()));
        await andrew.reload();
        assert.deepEqual(asked, ['beforeunload']);
        await andrew.getByText('Connected').waitFor();
    });

    await step('what is told of a message while its page is on its way is shown with it', async () => {
        await openChat(andrew, 'Hiking Group');
        const { id } = await as(ANDREW, 'POST', '/messages', { receiver: GEORGE, receiverType: 'user', data: { text: 'Meanwhile' } });
        const slow = await gate(andrew, `**/users/${GEORGE}/messages?*`);
        await conversation(andrew, NAMES[GEORGE]).click();
        await until(() => slow.held(), 'the page is on its way');
        await as(GEORGE, 'POST', `/messages/${id}/reactions/🌈`);
        await as(GEORGE, 'POST', `/users/${ANDREW}/conversation/read`, { messageId: id });
        await quiet();
        slow.open();
        await message(andrew, 'Meanwhile').getByRole('button', { name: '🌈, 1', exact: true }).waitFor();
        await message(andrew, 'Meanwhile').getByRole('img', { name: 'Read' }).waitFor();
    });

    await step('a badge is not written over by a list, or a conversation, that was asked for before', async () => {
        await openChat(andrew, 'Hiking Group');
        const list = await gate(andrew, '**/v3/conversations?*');
        await andrew.reload();
        await until(() => list.held(), 'the list is on its way');
        await andrew.getByText('Connected').waitFor();
        await as(GEORGE, 'POST', '/messages', { receiver: ANDREW, receiverType: 'user', data: { text: 'late 1' } });
        await badge('1 unread').waitFor();
        list.open();
        await conversation(andrew, 'Hiking Group').waitFor();
        await badge('1 unread').waitFor();
        const one = await gate(andrew, `**/users/${GEORGE}/conversation`);
        const [last] = await as(GEORGE, 'GET', `/users/${ANDREW}/messages?limit=1`);
        await as(GEORGE, 'PUT', `/messages/${last.id}`, { data: { text: 'late one' } });
        await until(() => one.held(), 'the conversation is on its way');
        await as(GEORGE, 'POST', '/messages', { receiver: ANDREW, receiverType: 'user', data: { text: 'late 2' } });
        await badge('2 unread').waitFor();
        let answers = 0;
        andrew.on('response', response => (answers += Number(response.url().endsWith(`/users/${GEORGE}/conversation`))));
        one.open();
        // The late one, and one that is asked for because of that.
        await until(() => answers === 2, 'it is asked again');
        await badge('2 unread').waitFor();
    });

    await step('a new role holds as soon as it is told, in a menu that is open, too; and its end', async () => {
        const guid = 'cavers';
        await as(GEORGE, 'POST', '/groups', { guid, name: 'Cavers', type: 'public', members: { participants: [ANDREW] } });
        const { id } = await as(GEORGE, 'POST', '/messages', { receiver: guid, receiverType: 'group', data: { text: 'Dark below' } });
        await conversation(andrew, 'Cavers').click();
        await message(andrew, 'Dark below').waitFor();
        await andrew.locator('.whom').getByText('2 members').waitFor();
        const slow = await gate(andrew, `**/groups/${guid}`);
        const pin = andrew.getByRole('menuitem', { name: 'Pin', exact: true });
        await message(andrew, 'Dark below').focus();
        await andrew.keyboard.press('Enter');
        assert.equal(await pin.count(), 0);
        await as(GEORGE, 'PUT', `/groups/${guid}/members/${ANDREW}`, { scope: 'moderator' });
        await pin.click();
        await message(andrew, 'Dark below').getByText('pinned').waitFor();
        await as(GEORGE, 'PUT', `/groups/${guid}/members/${ANDREW}`, { scope: 'participant' });
        await message(andrew, 'made you participant').waitFor();
        await message(andrew, 'Dark below').focus();
        await andrew.keyboard.press('Enter');
        await andrew.getByRole('menuitem', { name: 'Quote' }).waitFor();
        assert.equal(await andrew.getByRole('menuitem', { name: 'Unpin' }).count(), 0);
        // What is gone has nothing to be chosen.
        await as(GEORGE, 'DELETE', `/messages/${id}`);
        await gone(andrew.getByRole('menu'));
        slow.open();
    });

    await step('who is put out of a group writes in its threads no more; a deleted group is said to be gone', async () => {
        const guid = 'cavers';
        const { id } = await as(GEORGE, 'POST', '/messages', { receiver: guid, receiverType: 'group', data: { text: 'Which way?' } });
        await message(andrew, 'Which way?').waitFor();
        await choose(andrew, 'Which way?', 'Reply in thread');
        await panel(andrew).getByRole('textbox', { name: 'Reply' }).waitFor();
        await as(GEORGE, 'DELETE', `/groups/${guid}/members/${ANDREW}`);
        await andrew.locator('main').getByText('You were removed from this group.').waitFor();
        assert.equal(await panel(andrew).getByRole('textbox', { name: 'Reply' }).count(), 0);
        await as(GEORGE, 'POST', `/groups/${guid}/members`, { participants: [ANDREW] });
        await panel(andrew).getByRole('textbox', { name: 'Reply' }).waitFor();
        await panel(andrew).getByRole('button', { name: 'Close' }).click();
        await conversation(andrew, 'Cavers').waitFor();
        await as(GEORGE, 'DELETE', `/groups/${guid}`);
        await until(async () => (await andrew.clock.fastForward(10_000), andrew.locator('main').getByText('This group is not there any more.').count()), 'it is said');
        assert.equal(await field(andrew).count(), 0);
        await gone(conversation(andrew, 'Cavers'));
        await andrew.locator('main').getByRole('button', { name: 'Close' }).click();
        await andrew.getByText('Choose a conversation').waitFor();
    });

    await step('a group that one deletes while it is read anew is gone, however late that is answered', async () => {
        const guid = 'rafters';
        await as(ANDREW, 'POST', '/groups', { guid, name: 'Rafters', type: 'public', members: { participants: [GEORGE] } });
        await openChat(andrew, 'Rafters');
        const late = await gate(andrew, `**/groups/${guid}/conversation`);
        await as(ANDREW, 'PUT', `/groups/${guid}/members/${GEORGE}`, { scope: 'moderator' });
        await until(() => late.held(), 'it is read anew');
        await andrew.getByRole('button', { name: 'About' }).click();
        await panel(andrew).getByRole('button', { name: 'Delete group' }).click();
        const list = andrew.waitForResponse(/\/v3\/conversations\?/);
        await answer(andrew, 'Delete');
        await (await list).finished();
        await gone(conversation(andrew, 'Rafters'));
        const again = andrew.waitForResponse(response => response.url().endsWith(`/groups/${guid}/conversation`) && response.status() === 404);
        late.open();
        await again;
        await gone(conversation(andrew, 'Rafters'));
    });

    await step('an answer about a message that was overtaken takes no receipt back', async () => {
        await openChat(andrew, NAMES[GEORGE]);
        await say(andrew, 'Well?');
        const shown = message(andrew, 'Well?');
        await shown.getByRole('img', { name: 'Delivered' }).waitFor();
        const [{ id }] = await as(ANDREW, 'GET', `/users/${GEORGE}/messages?limit=1`);
        const slow = await gate(andrew, `**/messages/${id}`);
        await as(GEORGE, 'POST', `/messages/${id}/reactions/🌧`);
        await until(() => slow.held(), 'what was told is looked at');
        await as(GEORGE, 'POST', `/users/${ANDREW}/conversation/read`, { messageId: id });
        await shown.getByRole('img', { name: 'Read' }).waitFor();
        slow.open();
        await shown.getByRole('button', { name: '🌧, 1', exact: true }).waitFor();
        assert.equal(await shown.getByRole('img', { name: 'Read' }).count(), 1);
    });

    await step('a form that does not arrive stays filled in', async () => {
        await andrew.route(/\/v3\/groups$/, route => route.abort(), { times: 1 });
        await andrew.getByRole('button', { name: 'New conversation' }).click();
        await panel(andrew).getByRole('button', { name: 'New group' }).click();
        await andrew.getByRole('dialog').getByLabel('Name').fill('Kept');
        await andrew.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
        await andrew.getByRole('dialog').getByText('cannot be reached').waitFor();
        await andrew.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
        await andrew.getByRole('heading', { name: 'Kept', level: 1 }).waitFor();
        await panel(andrew).getByRole('button', { name: 'Close' }).click();
    });

    await step('what one asked for last is what stands at the side', async () => {
        await openChat(andrew, 'Hiking Group');
        const slow = await gate(andrew, `**/groups/${HIKES}/members?*`);
        await andrew.getByRole('button', { name: 'About' }).click();
        await until(() => slow.held(), 'the members are on their way');
        await andrew.getByRole('button', { name: 'Search in this conversation' }).click();
        slow.open();
        await quiet();
        await panel(andrew).getByRole('heading', { name: 'Search here' }).waitFor();
        // What is done in one panel does not bring it back over what one wants to see by then.
        await openChat(andrew, NAMES[GEORGE]);
        await andrew.getByRole('button', { name: 'About' }).click();
        const pinning = await gate(andrew, '**/conversation/pin', 'POST');
        await panel(andrew).getByRole('button', { name: 'Pin conversation' }).click();
        await until(() => pinning.held(), 'it is being pinned');
        await andrew.getByRole('button', { name: 'Search in this conversation' }).click();
        pinning.open();
        await conversation(andrew, NAMES[GEORGE]).getByRole('img', { name: 'pinned' }).waitFor();
        await quiet();
        await panel(andrew).getByRole('heading', { name: 'Search here' }).waitFor();
        await panel(andrew).getByRole('button', { name: 'Close' }).click();
    });

    await step('a day that is over is called so', async () => {
        await openChat(andrew, NAMES[GEORGE]);
        await message(andrew, 'Halfway').waitFor();
        await andrew.clock.fastForward('24:00:00');
        await as(GEORGE, 'POST', '/messages', { receiver: ANDREW, receiverType: 'user', data: { text: 'Good night' } });
        await message(andrew, 'Good night').waitFor();
        assert.deepEqual(await andrew.locator('main .day').allTextContents(), ['Yesterday']);
    });

    await step('an address that names nobody is answered by a sentence', async () => {
        for (const [hash, words] of [['#user/%', 'The address names no conversation'], ['#group/none', 'There is no group none.'], ['#user/nobody', 'There is no user nobody.']]) {
            await andrew.goto(`http://${host}/${hash}`);
            await andrew.reload();
            await andrew.getByText(words).waitFor();
        }
    });

    await step('?as= counts in a window that is signed in; a token that is not given, and answers of somebody else, are said', async () => {
        await andrew.goto(`http://${host}/?as=${GEORGE}`);
        await andrew.getByRole('heading', { name: NAMES[GEORGE], level: 1 }).waitFor();
        await andrew.route('**/local/users/*/token', route => route.fulfill(json(500, {})), { times: 1 });
        await andrew.goto(`http://${host}/?as=${ANDREW}`);
        await andrew.getByRole('alert').getByText(`no token of ${ANDREW}`).waitFor();
        await andrew.getByRole('button', { name: 'Try again' }).click();
        await andrew.getByRole('heading', { name: NAMES[ANDREW], level: 1 }).waitFor();
        await andrew.route('**/v3/me', route => route.fulfill(json(200, { data: null })));
        await andrew.reload();
        await until(async () => (await andrew.clock.fastForward(2_000), andrew.getByRole('alert').getByText('nothing that can be read').count()), 'it is said');
        await andrew.unroute('**/v3/me');
        await andrew.route('**/v3/conversations?*', route => route.fulfill(json(200, { data: null })));
        await andrew.getByRole('button', { name: 'Try again' }).click();
        await until(async () => (await andrew.clock.fastForward(2_000), andrew.getByRole('alert').getByText('nothing that can be read').count()), 'it is said');
    });
}
