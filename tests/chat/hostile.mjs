// What somebody sends who means no good: nothing of it runs, leads astray, or breaks the page for others.

import assert from 'node:assert/strict';
import { step } from '../sdk/suite.mjs';
import { ANDREW, GEORGE, NAMES, message, openChat, panel, say } from './browser.mjs';

const SCRIPT = '<img src=x onerror="globalThis.owned=1"><script>globalThis.owned=1</script>';
const RTL = '‮gnp.exe مرحبا שלום';
const EMOJI = '👩‍👩‍👧‍👦🏳️‍🌈é̂̃̄';

export async function run({ open, ask, host }) {
    const mallory = 'mallory';
    const long = `${RTL}${EMOJI}`.repeat(2);
    for (const [uid, name] of [[mallory, SCRIPT], ['constructor', long], ['hasownproperty', 'x'.repeat(100)]]) {
        await ask('POST', '/users', { uid, name: name.slice(0, 100), link: 'https://example.com/"><b>', metadata: { html: SCRIPT } });
    }
    await ask('POST', '/groups', { guid: 'trap', name: SCRIPT.slice(0, 100), type: 'public', description: SCRIPT, members: { participants: [ANDREW, mallory, 'constructor', 'hasownproperty'] } });
    const andrew = await open(ANDREW);
    let dialogs = 0;
    andrew.on('dialog', dialog => (dialogs += 1, dialog.dismiss()));
    // Pictures that are none are said to be so by the browser.
    andrew.tolerated = text => /ERR_|404|TrustedScript/.test(text);
    const send = (data, rest = {}) => ask('POST', '/messages', { receiver: 'trap', receiverType: 'group', data, ...rest }, { uid: mallory });

    await step('texts, names, metadata and file names stay text', async () => {
        await openChat(andrew, '<img src=x');
        await send({ text: SCRIPT, metadata: { html: SCRIPT, link: 'javascript:alert(1)' } });
        await send({ text: 'javascript:alert(1) data:text/html,x https://ok.example/ HTTPS://UP.example https://a.example/<b>' });
        await send({ text: RTL });
        await send({ text: `${EMOJI} <@uid:constructor> <@uid:__proto__> <@uid:nobody> <@uid:${ANDREW}>` });
        const url = `http://${host}/nothing.png?"onerror="owned=1`;
        await send({ attachments: [{ url, name: `${SCRIPT}${RTL}.png`, mimeType: 'image/png', extension: 'png', size: 1 }] }, { type: 'image' });
        await send({ attachments: [{ url: `http://${host}/docs`, name: `"><svg onload=owned=1>`, mimeType: 'text/html', extension: 'html', size: 1 }] }, { type: 'file' });
        await send({ customData: { html: SCRIPT, __proto__: { owned: 1 } } }, { category: 'custom', type: SCRIPT.slice(0, 40) });
        await ask('POST', `/messages/${(await send({ text: 'react' })).id}/reactions/${encodeURIComponent('<b>owned</b>')}`, undefined, { uid: mallory });
        await message(andrew, 'react').locator('.reaction').getByText('<b>owned</b> 1').waitFor();
        assert.equal(await andrew.evaluate(() => globalThis.owned), undefined);
        assert.equal(await andrew.locator('main :is(script, svg, [onerror], [onload], b b)').count(), 0);
        const links = await andrew.locator('main a').evaluateAll(all => all.map(one => one.protocol));
        assert.ok(links.length >= 3 && links.every(protocol => /^https?:$/.test(protocol)), links.join());
        assert.equal(await message(andrew, 'nobody').locator('.mention').count(), 4);
        assert.equal(dialogs, 0);
    });

    await step('a link that names another socket gets nobody\'s token', async () => {
        const tab = await andrew.context().newPage();
        const heard = [];
        tab.on('websocket', socket => socket.url().includes('evil') && heard.push(socket.url()));
        for (const link of [`/?as=${ANDREW}`, '/?socket=ws://evil.example', `/?as=${ANDREW}&socket=ws://evil.example`]) {
            await tab.goto(`http://${host}${link}`);
            const isElsewhere = link.includes('evil');
            await tab.locator(isElsewhere ? '.sign-in input[name=token]' : 'nav, aside').first().waitFor();
            assert.equal(await tab.locator('.sign-in .result').count(), 0);
        }
        assert.deepEqual(heard, []);
        await tab.close();
    });

    await step('any JSON where something else is expected breaks nothing', async () => {
        const odd = [
            { text: 'odd 1', attachments: 'none', mentions: 7, reactions: { a: 1 }, entities: null },
            { text: 'odd 2', attachments: [null, 5, {}], quotedMessage: 'x', url: 7 },
            { text: 'odd 3', action: { a: 1 }, extras: [], metadata: null },
        ];
        for (const data of odd) await send(data).catch(() => {});
        for (const [n, type] of ['location', 'poll', '__proto__'].entries()) await send({ customData: { deep: { deep: [n] } }, text: n }, { category: 'custom', type }).catch(() => {});
        await send({ text: 'after the odd ones' });
        await message(andrew, 'after the odd ones').waitFor();
    });

    await step('10 KB of text, words without end, and thousands of lines: shown in part, opened on demand, nothing is pushed aside', async () => {
        await send({ text: `long ${'w'.repeat(9_900)}` });
        await send({ text: `lines ${'\n'.repeat(4_000)} end` });
        await message(andrew, 'lines').waitFor();
        await message(andrew, 'long').getByRole('button', { name: 'Show all of it' }).click();
        assert.equal((await message(andrew, 'long').locator('.text').textContent()).length, 9_905);
        assert.equal(await andrew.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
        const wide = await andrew.locator('main .feed').evaluate(feed => feed.scrollWidth <= feed.clientWidth);
        assert.ok(wide, 'the list does not scroll sideways');
    });

    await step('hostile names in lists, panels, menus and mentions', async () => {
        await andrew.getByRole('button', { name: 'About' }).click();
        await panel(andrew).locator('.person').nth(2).waitFor();
        await andrew.locator('main').getByRole('textbox').pressSequentially('@x');
        await andrew.getByRole('option').first().waitFor();
        await andrew.keyboard.press('Enter');
        await andrew.keyboard.press('Enter');
        await andrew.locator('main .mention').last().waitFor();
        await andrew.getByRole('button', { name: 'New conversation' }).click();
        await panel(andrew).getByRole('button', { name: /<img src=x/ }).first().click();
        await panel(andrew).getByRole('button', { name: 'Close' }).click();
        await andrew.getByRole('button', { name: 'About' }).click();
        await panel(andrew).getByRole('button', { name: 'Block' }).waitFor();
        assert.equal(await andrew.evaluate(() => globalThis.owned), undefined);
    });

    await step('frames that are no frames are passed over', async () => {
        const george = await open(GEORGE);
        await openChat(george, NAMES[ANDREW]);
        await openChat(andrew, NAMES[GEORGE]);
        const { authToken } = await ask('POST', `/users/${mallory}/auth_tokens`, {});
        await george.evaluate(async ({ url, token, ANDREW, SCRIPT }) => {
            const socket = new WebSocket(url);
            await new Promise(resolve => (socket.onopen = resolve));
            const frame = one => socket.send(JSON.stringify(one));
            frame({ type: 'auth', appId: 'x', sender: 'mallory', deviceId: 'm', body: { auth: token, deviceId: 'm', params: {} } });
            await new Promise(resolve => (socket.onmessage = resolve));
            for (const body of [null, 7, 'x', {}, { action: {} }, { action: 'started', user: { uid: ANDREW, name: SCRIPT } }]) {
                for (const type of ['typing_indicator', 'receipts', 'transient_message', 'message', 'presence', '__proto__']) frame({ type, receiver: ANDREW, receiverType: 'user', body });
            }
            socket.send('not json');
            await new Promise(resolve => setTimeout(resolve, 500));
            socket.close();
        }, { url: `ws://${host}`, token: authToken, ANDREW, SCRIPT });
        await say(george, 'Still here');
        await message(andrew, 'Still here').waitFor();
    });

    await step('nobody else may take the page into a frame, nor load what it does not name', async () => {
        const answer = await fetch(`http://${host}/`);
        assert.match(answer.headers.get('content-security-policy'), /frame-ancestors 'none'/);
        const html = await answer.text();
        assert.match(html, /default-src 'none'; script-src 'self'; style-src 'self'/);
        const ran = await andrew.evaluate(async () => {
            const script = document.createElement('script');
            try { script.textContent = 'globalThis.owned=1'; } catch (error) { return error.name; }
            document.body.append(script);
            return globalThis.owned ?? 'nothing ran';
        });
        assert.ok(['TypeError', 'nothing ran'].includes(ran), String(ran));
    });

    await step('tokens go to this service\'s own pages and to programs of this machine only', async () => {
        const ask1 = headers => fetch(`http://${host}/local/users/${ANDREW}/token`, { method: 'POST', headers }).then(answer => [answer.status, answer.headers.get('access-control-allow-origin')]);
        assert.deepEqual(await ask1({}), [200, null]);
        assert.deepEqual(await ask1({ origin: `http://${host}` }), [200, null]);
        for (const origin of ['https://evil.example', 'null', `http://${host}.evil.example`, 'http://127.0.0.1:1']) assert.deepEqual(await ask1({ origin }), [403, null], origin);
        assert.deepEqual(await ask1({ 'sec-fetch-site': 'cross-site' }), [403, null]);
    });
}
