// A conversation of 5,000 messages: scrolled through in both directions, with few of them in the page.

import assert from 'node:assert/strict';
import { step, until } from '../sdk/suite.mjs';
import { ANDREW, GEORGE, NAMES, message, openChat, panel, say } from './browser.mjs';
import { readAll } from './gap.mjs';
import { dynamodb } from './table.mjs';

const N_MESSAGES = 5000;
/** How many messages the page may hold at once. */
const MOST = 130;
/** A minute of ids. */
const MINUTE = 60 * 4_096_000;
const NEEDLE = 3000;

/** Puts the messages into the table, as that of a real one is there: by the API it would take minutes. */
async function fill(service, folder, ask) {
    const { id } = await ask('POST', '/messages', { receiver: GEORGE, receiverType: 'user', data: { text: 'the last' } }, { uid: ANDREW });
    const sk = number => ({ S: `MSG#${String(number).padStart(16, '0')}` });
    const pk = { S: `CONV#user#${ANDREW}#${GEORGE}` };
    const { Item } = await dynamodb(service, folder, 'GetItem', { TableName: 'halley', Key: { pk, sk: sk(id) } });
    delete Item.event;
    const puts = Array.from({ length: N_MESSAGES - 1 }, (_, n) => {
        const number = id - (N_MESSAGES - 1 - n) * MINUTE;
        const text = n + 1 === NEEDLE ? `number ${n + 1}. the needle` : `number ${n + 1}.`;
        return { PutRequest: { Item: { ...Item, sk: sk(number), text: { S: text } } } };
    });
    for (let n = 0; n < puts.length; n += 25) await dynamodb(service, folder, 'BatchWriteItem', { RequestItems: { halley: puts.slice(n, n + 25) } });
}

export async function run({ service, folder, open, ask }) {
    await fill(service, folder, ask);
    const page = await open(ANDREW);

    await step('infinite scroll upwards: 5,000 messages, each once and in order, few in the page', async () => {
        await openChat(page, NAMES[GEORGE]);
        await message(page, 'the last').waitFor();
        const longest = page.evaluate(() => new Promise(resolve => {
            const durations = [0];
            new PerformanceObserver(list => durations.push(...list.getEntries().map(one => one.duration))).observe({ type: 'longtask' });
            globalThis.tellLongest = () => resolve(Math.round(Math.max(...durations)));
        }));
        const { texts, most } = await readAll(page);
        await page.evaluate(() => globalThis.tellLongest());
        const numbers = texts.map(text => Number(text.match(/number (\d+)\./)?.[1] ?? N_MESSAGES));
        assert.deepEqual(numbers, Array.from({ length: N_MESSAGES }, (_, n) => n + 1));
        assert.ok(most <= MOST, `${most} messages in the page`);
        return `at most ${most} messages in the page; the longest task took ${await longest} ms`;
    });

    await step('what one has left behind is let go, and read again by who comes back to it', async () => {
        await page.getByRole('button', { name: '↓ Newest' }).click();
        await message(page, 'the last').waitFor();
        const feed = page.locator('main .feed');
        let isRead = false;
        page.on('request', request => (isRead ||= request.url().includes('affix=prepend')));
        await until(async () => (await feed.evaluate(one => (one.scrollTop = 0)), isRead), 'what was let go is read');
        await page.locator('main .feed[aria-busy=false]').waitFor();
        await feed.evaluate(one => (one.scrollTop = 0));
        const texts = await feed.locator('article').allTextContents();
        const numbers = texts.map(text => Number(text.match(/number (\d+)\./)?.[1]));
        assert.deepEqual(numbers, numbers.map((_, n) => numbers[0] + n));
    });

    await step('who scrolls up is not taken back by what comes in the same moment', async () => {
        await page.getByRole('button', { name: '↓ Newest' }).click();
        const below = await page.locator('main .feed').evaluate(async feed => {
            const rest = () => feed.scrollHeight - feed.scrollTop - feed.clientHeight;
            for (const end = Date.now() + 5000; rest() > 1 && Date.now() < end; ) await new Promise(requestAnimationFrame);
            feed.scrollTop -= 900;
            // As a picture that has come.
            feed.firstElementChild.dispatchEvent(new Event('load'));
            await new Promise(requestAnimationFrame);
            return rest();
        });
        assert.ok(below >= 800, `${below} pixels below`);
    });

    await step('what one looks at stays where it is while more is loaded', async () => {
        const moved = await page.locator('main .feed').evaluate(async feed => {
            // Into the middle of the conversation, so that there is more in both directions.
            for (let n = 0; n < 5; n += 1) {
                feed.scrollTop = feed.scrollHeight;
                await new Promise(resolve => setTimeout(resolve, 100));
            }
            let most = 0;
            for (let n = 0; n < 40; n += 1) {
                const top = feed.getBoundingClientRect().top;
                const one = [...feed.children].find(child => child.getBoundingClientRect().top > top + 100);
                const before = one.getBoundingClientRect().top;
                feed.scrollTop -= 90;
                await new Promise(resolve => setTimeout(resolve, 30));
                if (one.isConnected) most = Math.max(most, Math.abs(one.getBoundingClientRect().top - before - 90));
            }
            return most;
        });
        assert.ok(moved < 2, `it moved by ${moved} pixels`);
    });

    await step('who has read nothing yet is led to the first message of all', async () => {
        const george = await open(GEORGE);
        await openChat(george, NAMES[ANDREW]);
        await george.getByRole('button', { name: 'To the first one' }).click();
        await message(george, 'number 1.').getByText('New messages').waitFor();
        await george.context().close();
    });

    await step('infinite scroll downwards, from what a search found to what is said now', async () => {
        await page.reload();
        await page.getByText('Connected').waitFor();
        await message(page, 'the last').waitFor();
        await page.getByRole('button', { name: 'Search in this conversation' }).click();
        await panel(page).getByRole('searchbox').fill('needle');
        await panel(page).getByRole('button', { name: /the needle/ }).click();
        await page.locator('article.found').getByText('the needle').waitFor();
        await panel(page).getByRole('button', { name: 'Close' }).click();
        const { count, most, isRising } = await page.locator('main .feed').evaluate(async feed => {
            const seen = new Set();
            let [most, still, isRising] = [0, 0, true];
            for (let before = -1; still < 30; ) {
                const ids = [...feed.children].map(one => Number(one.dataset.id));
                isRising &&= ids.every((id, n) => n === 0 || ids[n - 1] < id);
                for (const id of ids) seen.add(id);
                most = Math.max(most, ids.length);
                feed.scrollTop = feed.scrollHeight;
                await new Promise(resolve => setTimeout(resolve, 15));
                still = seen.size === before && feed.getAttribute('aria-busy') === 'false' ? still + 1 : 0;
                before = seen.size;
            }
            return { count: seen.size, most, isRising };
        });
        await message(page, 'the last').waitFor();
        // From a page before the needle to the end, without a gap.
        assert.ok(isRising && count >= N_MESSAGES - NEEDLE + 1 && most <= MOST, `${count} messages, ${most} in the page`);
        await say(page, 'And now');
        await message(page, 'And now').waitFor();
        return `${count} messages, at most ${most} in the page`;
    });

    await step('who writes among what is older while the network is gone sees it when that is back', async () => {
        await page.getByRole('button', { name: 'Search in this conversation' }).click();
        await panel(page).getByRole('searchbox').fill('needle');
        await panel(page).getByRole('button', { name: /the needle/ }).click();
        await page.locator('article.found').getByText('the needle').waitFor();
        page.tolerated = text => /ERR_|WebSocket/.test(text);
        await page.context().setOffline(true);
        await page.locator('.connection').getByText('Offline').waitFor();
        await say(page, 'From the middle');
        await page.getByRole('alert').getByText('cannot be reached').waitFor();
        await page.context().setOffline(false);
        await message(page, 'From the middle').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
    });
}
