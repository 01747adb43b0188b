// The network is cut and comes back, sleeps, is slow; the service is killed and comes back.

import assert from 'node:assert/strict';
import { ask, startHalley, startWire } from '../sdk/service.mjs';
import { pause, step, until } from '../sdk/suite.mjs';
import { ANDREW, GEORGE, NAMES, message, openChat, say } from './browser.mjs';

const N_MISSED = 120;

/** Scrolls from the end to the beginning; all that was shown, by id. */
export const readAll = page => page.locator('main .feed').evaluate(async feed => {
    const all = new Map();
    let most = 0;
    let still = 0;
    for (let before = -1; still < 30; ) {
        for (const one of feed.children) all.set(Number(one.dataset.id), one.textContent);
        most = Math.max(most, feed.childElementCount);
        feed.scrollTop = 0;
        await new Promise(resolve => setTimeout(resolve, 15));
        still = all.size === before && feed.getAttribute('aria-busy') === 'false' ? still + 1 : 0;
        before = all.size;
    }
    return { texts: [...all.entries()].sort(([one], [other]) => one - other).map(([, text]) => text), most };
});

export async function run({ host, service, folder, open }) {
    const wire = await startWire(host);
    const [andrew, george] = [await open(ANDREW, { host: wire.host }), await open(GEORGE)];
    const as = (uid, method, path, body) => ask(host, method, path, body, { uid });
    // A browser writes what it cannot reach into the console, whatever the page does.
    await andrew.clock.install();
    await andrew.reload();
    andrew.tolerated = george.tolerated = text => /ERR_|WebSocket/.test(text);
    await openChat(andrew, NAMES[GEORGE]);
    await openChat(george, NAMES[ANDREW]);
    await say(andrew, 'Before');
    await say(andrew, 'To be edited');
    await say(andrew, 'To be deleted');
    await message(george, 'To be deleted').waitFor();
    const [before, edited, deleted] = await as(ANDREW, 'GET', `/users/${GEORGE}/messages?limit=3`);

    await step('the network is cut: it is said, and what is written waits', async () => {
        await andrew.context().setOffline(true);
        wire.cut();
        await andrew.locator('.connection').getByText('Offline').waitFor();
        await say(andrew, 'Written while cut');
        await message(andrew, 'Written while cut').getByText('Sending…').waitFor();
        for (let n = 1; n <= N_MISSED; n += 1) await as(GEORGE, 'POST', '/messages', { receiver: ANDREW, receiverType: 'user', data: { text: `missed ${n} end` } });
        await as(ANDREW, 'PUT', `/messages/${edited.id}`, { data: { text: 'Edited meanwhile' } });
        await as(ANDREW, 'DELETE', `/messages/${deleted.id}`);
        await as(GEORGE, 'POST', `/messages/${before.id}/reactions/👋`);
    });

    await step('it comes back: all that was missed, once and in order; what waited is sent, once', async () => {
        await andrew.context().setOffline(false);
        await andrew.getByText('Connected').waitFor();
        await message(andrew, `missed ${N_MISSED} end`).waitFor();
        await message(george, 'Written while cut').waitFor();
        await message(andrew, 'Written while cut').getByRole('img', { name: /Read|Delivered|Sent/ }).waitFor();
        const { texts } = await readAll(andrew);
        const missed = texts.map(text => text.match(/missed (\d+) end/)?.[1]).filter(Boolean).map(Number);
        assert.deepEqual(missed, Array.from({ length: N_MISSED }, (_, n) => n + 1));
        assert.equal(texts.filter(text => text.includes('Written while cut')).length, 1);
        assert.ok(texts.some(text => text.includes('Edited meanwhile')) && texts.some(text => text.includes('You deleted this message')));
        assert.ok(texts.some(text => text.includes('Before') && text.includes('👋 1')));
        const stored = await as(ANDREW, 'GET', `/users/${GEORGE}/messages?limit=20&searchKey=Written`);
        assert.equal(stored.length, 1);
        return `${missed.length} missed messages`;
    });

    await step('a network that sleeps is noticed by the ping that nobody answers', async () => {
        await andrew.getByRole('button', { name: '↓ Newest' }).click();
        wire.freeze();
        await as(GEORGE, 'POST', '/messages', { receiver: ANDREW, receiverType: 'user', data: { text: 'While asleep' } });
        // The page's clock goes faster, so that nobody waits for pings and for requests that are never answered.
        await until(async () => {
            await andrew.clock.fastForward(1000);
            await pause(200);
            return message(andrew, 'While asleep').count();
        }, 'it is caught up', 60_000);
    });

    await step('a slow network: what is sent is shown at once, and its order stays', async () => {
        const slow = await andrew.context().newCDPSession(andrew);
        await slow.send('Network.enable');
        await slow.send('Network.emulateNetworkConditions', { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 });
        for (const text of ['slow 1', 'slow 2', 'slow 3']) await say(andrew, text);
        assert.equal(await andrew.locator('main article').filter({ hasText: /slow \d/ }).count(), 3);
        await message(george, 'slow 3').waitFor();
        await slow.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
        const stored = await as(ANDREW, 'GET', `/users/${GEORGE}/messages?limit=3&searchKey=slow`);
        assert.deepEqual(stored.map(one => one.data.text), ['slow 1', 'slow 2', 'slow 3']);
    });

    await step('the service is killed and comes back: both windows go on', async () => {
        await service.kill();
        await george.locator('.connection').getByText('Offline').waitFor();
        await say(george, 'While it was dead');
        Object.assign(service, await startHalley(folder, Number(new URL(`http://${host}`).port)));
        await andrew.getByText('Connected').waitFor({ timeout: 45_000 });
        await george.getByText('Connected').waitFor({ timeout: 45_000 });
        await message(andrew, 'While it was dead').waitFor({ timeout: 45_000 });
        await say(andrew, 'Welcome back');
        await message(george, 'Welcome back').waitFor();
    });
    await wire.stop();
}
