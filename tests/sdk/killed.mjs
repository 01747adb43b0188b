// The service is killed while two users write, and starts again on the same data: what was answered stands, and both sides
// come to the same state by asking from what they know last.

import assert from 'node:assert/strict';
import { idOf, is, openDevice } from './device.mjs';
import { ask, startHalley } from './service.mjs';
import { conclude, pause, step, uncaught, until } from './suite.mjs';

const [A, B] = ['cometchat-uid-1', 'cometchat-uid-2'];
const ROUNDS = 3;
/** How many requests of each side are under way at once. */
const AT_ONCE = 4;

const folder = process.env.HALLEY_FOLDER;
let halley = await startHalley(folder);
const port = Number(new URL(`http://${halley.host}`).port);
const rest = (...call) => ask(halley.host, ...call);

/** What was answered with 200, by message. */
const answered = new Map();
let isLoaded = false;

/** Sends and changes messages until it is stopped or the service is gone, and notes what was answered. */
async function load(from, to, lane) {
    const as = { uid: from, device: devices[from].session() };
    const note = (id, of) => answered.set(id, { ...answered.get(id), ...of });
    for (let n = 0; isLoaded; n += 1) {
        const muid = `${lane}-${n}-${Date.now()}`;
        const body = { receiver: to, receiverType: 'user', muid, data: { text: muid } };
        const { id } = await rest('POST', '/messages', body, as);
        note(id, { muid, text: muid });
        if (n % 3 === 0) {
            // Asked and not answered, it may be done or not.
            note(id, { may: `${muid}, edited` });
            await rest('PUT', `/messages/${id}`, { data: { text: `${muid}, edited` } }, as);
            note(id, { text: `${muid}, edited` });
        }
        if (n % 4 === 0) {
            await rest('POST', `/messages/${id}/reactions/👍`, undefined, { uid: to });
            note(id, { reaction: '👍' });
        }
    }
}

/** All messages between both as a device reads them, page by page, from an id on. */
async function readFrom(device, other, last) {
    const builder = new device.CometChat.MessagesRequestBuilder().setUID(other).setLimit(100).setMessageId(last);
    const request = builder.setCategories(['message']).build();
    const all = [];
    for (;;) {
        const page = Array.from(await request.fetchNext());
        if (page.length === 0) return all;
        all.push(...page);
    }
}

const shown = message => ({
    id: idOf(message), muid: message.getMuid(), text: message.getText(), sender: message.getSender().getUid(),
    edited: message.getEditedAt?.() ?? null,
    reactions: Array.from(message.getReactions(), of => `${of.getReaction()}${of.getCount()}`).join(),
});

const devices = {};
let first;
await step('two users are there', async () => {
    devices[A] = await openDevice('a', A, { host: halley.host, hearsPresence: true });
    devices[B] = await openDevice('b', B, { host: halley.host });
    const { CometChat } = devices[A];
    first = await CometChat.sendMessage(new CometChat.TextMessage(B, 'The first', 'user'));
    await devices[B].hears('onTextMessageReceived', is(first));
});

for (let round = 1; round <= ROUNDS; round += 1) {
    await step(`killed under load, the service comes back, and both sides after it (${round} of ${ROUNDS})`, async () => {
        const before = answered.size;
        const sockets = Object.values(devices).map(device => device.sockets.length);
        isLoaded = true;
        const lanes = Array.from({ length: AT_ONCE }, (_, n) => [load(A, B, `a${n}`), load(B, A, `b${n}`)]).flat();
        const ends = Promise.allSettled(lanes);
        await pause(1_500 + 700 * round);
        await halley.kill();
        isLoaded = false;
        const refused = (await ends).filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
        for (const error of refused) assert.ok(!error.error, `refused before it was killed: ${error.message}`);
        halley = await startHalley(folder, port);
        const startedAt = Date.now();
        for (const [n, device] of Object.values(devices).entries()) {
            await until(() => sockets[n] < device.sockets.length && device.isWelcome(), `${device.name} is back`);
        }
        return `${answered.size - before} sends answered; both back ${Date.now() - startedAt} ms after it listened`;
    });

    await step('all that was answered is there, for both the same', async () => {
        const [ofA, ofB] = [await readFrom(devices[A], B, idOf(first)), await readFrom(devices[B], A, idOf(first))];
        assert.deepEqual(ofA.map(shown), ofB.map(shown));
        const stored = new Map(ofA.map(message => [idOf(message), shown(message)]));
        for (const [id, { muid, text, may, reaction }] of answered) {
            const message = stored.get(Number(id));
            assert.ok(message, `${id} was answered and is gone`);
            assert.equal(message.muid, muid);
            assert.ok([text, may].includes(message.text), `${id} reads ${message.text} and not ${text}`);
            if (reaction) assert.equal(message.reactions, '👍1', `${id}`);
        }
        const ids = ofA.map(idOf);
        assert.deepEqual(ids, [...new Set(ids)].sort((one, other) => one - other));
        return `${ids.length} messages, ${answered.size} of them answered`;
    });

    await step('what was heard live was heard once, and what comes next is live again', async () => {
        for (const [uid, other] of [[A, B], [B, A]]) {
            const device = devices[uid];
            const { CometChat } = devices[other];
            const sent = await CometChat.sendMessage(new CometChat.TextMessage(uid, 'Live again', 'user'));
            await device.hears('onTextMessageReceived', is(sent));
            const heard = device.textsHeard();
            assert.equal(new Set(heard).size, heard.length, `${uid} hears nothing twice`);
            answered.set(idOf(sent), { muid: sent.getMuid(), text: 'Live again' });
        }
    });
}

await step('nothing was uncaught', async () => assert.deepEqual(uncaught, []));

for (const device of Object.values(devices)) device.close();
await halley.stop();
conclude();
