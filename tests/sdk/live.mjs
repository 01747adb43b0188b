// What users are told over their sockets while it happens: two devices of A, one of B and a socket of C, who has nothing to
// do with them.

import assert from 'node:assert/strict';
import { assertSilent, idOf, is, openDevice } from './device.mjs';
import { openRaw } from './raw.mjs';
import { ask, startHalley, startWire } from './service.mjs';
import { conclude, pause, quiet, step, uncaught, until } from './suite.mjs';

const [A, B, C, D] = ['cometchat-uid-1', 'cometchat-uid-2', 'stranger', 'cometchat-uid-3'];
const PNG = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
);

const halley = await startHalley(process.env.HALLEY_FOLDER);
const wire = await startWire(halley.host);
const rest = (...call) => ask(halley.host, ...call);
const tokenOf = async uid => (await rest('POST', `/users/${uid}/auth_tokens`, {})).authToken;
await rest('POST', '/users', { uid: C, name: 'A stranger' });

let a1, a2, b, c;
const seconds = milliseconds => `${(milliseconds / 1000).toFixed(2)} s`;
const text = (CometChat, what, to = B, type = 'user') => new CometChat.TextMessage(to, what, type);
const send = (device, what, ...to) => device.CometChat.sendMessage(text(device.CometChat, what, ...to));
/** As the SDK reads it: REST says `available`. */
const statusOf = async uid => (await a1.CometChat.getUser(uid)).getStatus();
/** Where each device stands, to see what it hears from here on. */
const marks = () => ({ a1: a1.heard.length, a2: a2.heard.length, b: b.heard.length, c: c.frames.length });
const framesOf = mark => c.frames.slice(mark.c);

await step('1: a login gives a token and where the socket is, and three devices are told so', async () => {
    a1 = await openDevice('a1', A, { host: halley.host, hearsPresence: true });
    a2 = await openDevice('a2', A, { host: halley.host, hearsPresence: true });
    b = await openDevice('b', B, { host: wire.host });
    for (const device of [a1, a2, b]) {
        const login = device.requests.find(asked => asked.method === 'PUT' && asked.path.endsWith('/me'));
        const { jwt, settings } = JSON.parse(login.body).data;
        assert.ok(jwt);
        const url = `wss://${settings.CHAT_HOST_OVERRIDE}:${settings.CHAT_WSS_PORT}`;
        assert.deepEqual(device.sockets.map(socket => socket.url), [url]);
        assert.equal(new URL(url).host, device === b ? wire.host : halley.host);
        assert.equal(device.count('onConnected'), 1);
    }
    c = await openRaw(halley.host, await tokenOf(C), { subscription: 'NONE' });
    assert.deepEqual(c.answer(), { code: '200', status: 'OK' });
    return `jwt, ${a1.sockets[0].url}, four answers 200/OK`;
});

await step('2: a token that is none, and one that was revoked, are not answered 200 and hear nothing', async () => {
    const revoked = await tokenOf(A);
    const was = await openRaw(halley.host, revoked);
    assert.equal(was.answer().code, '200');
    await rest('DELETE', `/users/${A}/auth_tokens/${revoked}`);
    await until(() => !was.isOpen(), 'the socket of a token that is revoked ends');
    const refused = [await openRaw(halley.host, revoked), await openRaw(halley.host, 'none-at-all')];
    const message = await send(b, 'Who hears this?', A);
    await a1.hears('onTextMessageReceived', is(message));
    await quiet();
    for (const socket of [was, ...refused]) {
        assert.equal(socket.frames.length, 1, 'the answer only');
        socket.close();
    }
    for (const socket of refused) assert.notEqual(socket.answer().code, '200');
    return `answered ${refused.map(socket => `${socket.answer().code}/${socket.answer().status}`).join(' and ')}`;
});

await step('3: a text is heard once by B and by the other device of A, as REST answers it', async () => {
    const mark = marks();
    const message = text(a1.CometChat, 'Shall we?');
    message.setMetadata({ mood: 'good', n: [1, 2] });
    message.setMuid('live-3');
    const asked = Date.now();
    const sent = await a1.CometChat.sendMessage(message);
    const [got] = await b.hears('onTextMessageReceived', is(sent));
    await a2.hears('onTextMessageReceived', is(sent));
    const at = b.heard.find(({ on, args }) => on === 'onTextMessageReceived' && is(sent)(...args)).at;
    const shown = of => ({
        id: idOf(of), sender: of.getSender().getUid(), receiver: of.getReceiver().getUid(), muid: of.getMuid(),
        conversation: of.getConversationId(), metadata: JSON.stringify(of.getMetadata()), at: of.getSentAt(),
        text: of.getText(),
    });
    assert.deepEqual(shown(got), shown(sent));
    const stored = await rest('GET', `/messages/${idOf(sent)}`, undefined, { uid: B });
    assert.deepEqual([stored.muid, stored.conversationId], ['live-3', got.getConversationId()]);
    await quiet();
    assert.deepEqual([b.count('onTextMessageReceived', is(sent)), a2.count('onTextMessageReceived', is(sent))], [1, 1]);
    assertSilent(a1, mark.a1);
    assert.deepEqual(framesOf(mark), []);
    return `heard ${seconds(at - asked)} after it was sent`;
});

await step('4: texts in a row arrive in rising order, each once', async () => {
    const mark = { b: b.textsHeard().length, a2: a2.textsHeard().length };
    const ids = [];
    for (let n = 1; n <= 20; n += 1) ids.push(idOf(await send(a1, `Number ${n}`)));
    // At the same time, so that what is heard is the order in which they were stored.
    const numbers = Array.from({ length: 20 }, (_, n) => n + 21);
    const crowd = await Promise.all(numbers.map(n => send(a1, `Number ${n}`)));
    ids.push(...crowd.map(idOf).sort((one, other) => one - other));
    for (const device of [b, a2]) {
        await until(() => mark[device.name] + 40 <= device.textsHeard().length, `${device.name} hears 40 texts`);
    }
    await quiet();
    for (const device of [b, a2]) assert.deepEqual(device.textsHeard().slice(mark[device.name]), ids, device.name);
    return `20 in a row and 20 at once, ${ids[0]} to ${ids.at(-1)}`;
});

await step('5: custom data, a file, a form and a reply are heard; an edit, reactions and a deletion too', async () => {
    const mark = marks();
    const { CometChat } = a1;
    const custom = await CometChat.sendCustomMessage(new CometChat.CustomMessage(B, 'user', 'place', { lat: 50.6 }));
    const file = new a1.File([PNG], 'tree.png', { type: 'image/png' });
    const media = await CometChat.sendMediaMessage(new CometChat.MediaMessage(B, file, 'image', 'user'));
    const form = { title: 'Tea?', formFields: [{ elementId: 'yes' }] };
    const question = new CometChat.InteractiveMessage(B, 'user', 'form', form);
    const interactive = await CometChat.sendInteractiveMessage(question);
    const answer = text(CometChat, 'A reply');
    answer.setParentMessageId(idOf(custom));
    const reply = await CometChat.sendMessage(answer);
    const changed = text(CometChat, 'A better reply');
    changed.setId(idOf(reply));
    await CometChat.editMessage(changed);
    await CometChat.addReaction(idOf(media), '🌳');
    await CometChat.removeReaction(idOf(media), '🌳');
    await CometChat.deleteMessage(idOf(custom));
    for (const device of [b, a2]) {
        const [place] = await device.hears('onCustomMessageReceived', is(custom));
        assert.equal(place.getCustomData().lat, 50.6);
        const [picture] = await device.hears('onMediaMessageReceived', is(media));
        const answered = await fetch(picture.getAttachments()[0].getUrl());
        assert.deepEqual(Buffer.from(await answered.arrayBuffer()), PNG);
        const [asked] = await device.hears('onInteractiveMessageReceived', is(interactive));
        assert.equal(asked.getInteractiveData().title, 'Tea?');
        const [replied] = await device.hears('onTextMessageReceived', is(reply));
        assert.equal(Number(replied.getParentMessageId()), idOf(custom));
        const [edited] = await device.hears('onMessageEdited', is(reply));
        assert.deepEqual([edited.getText(), edited.getEditedBy()], ['A better reply', A]);
        for (const on of ['onMessageReactionAdded', 'onMessageReactionRemoved']) {
            const [event] = await device.hears(on);
            const { messageId, reaction, reactedBy } = JSON.parse(JSON.stringify(event.getReaction()));
            assert.deepEqual([Number(messageId), reaction, reactedBy.uid], [idOf(media), '🌳', A]);
        }
        const [deleted] = await device.hears('onMessageDeleted', is(custom));
        assert.equal(deleted.getDeletedBy(), A);
    }
    await quiet();
    assertSilent(a1, mark.a1);
    assert.equal(b.heard.length - mark.b, 8, b.heard.slice(mark.b).map(({ on }) => on).join(', '));
    assert.deepEqual(framesOf(mark), []);
    return 'eight calls each of the listeners of B and of the other device of A, none of the acting one';
});

await step('6: receipts of B reach A with who, for whom and when, and stand in REST', async () => {
    const mark = marks();
    const first = await send(a1, 'Have you got this?');
    const [got] = await b.hears('onTextMessageReceived', is(first));
    await b.CometChat.markAsDelivered(got);
    const upTo = receipt => Number(receipt.getMessageId()) === idOf(first);
    const told = {};
    for (const device of [a1, a2]) [told[device.name]] = await device.hears('onMessagesDelivered', upTo);
    await b.CometChat.markAsRead(got);
    for (const device of [a1, a2]) await device.hears('onMessagesRead', upTo);
    const [read] = await a1.hears('onMessagesRead', upTo);
    for (const receipt of [told.a1, read]) {
        const who = [receipt.getSender().getUid(), receipt.getReceiver(), receipt.getReceiverType()];
        assert.deepEqual(who, [B, A, 'user']);
        const now = Date.now() / 1000;
        assert.ok(Math.abs(Number(receipt.getTimestamp()) - now) < 60, `${receipt.getTimestamp()} is now, in seconds`);
    }
    const stored = await rest('GET', `/messages/${idOf(first)}`, undefined, { uid: A });
    assert.deepEqual([stored.deliveredAt, stored.readAt], [told.a1.getDeliveredAt(), read.getReadAt()]);
    const second = await send(a1, 'And this?');
    await b.hears('onTextMessageReceived', is(second));
    await b.CometChat.markConversationAsRead(A, 'user');
    await a1.hears('onMessagesRead', receipt => Number(receipt.getMessageId()) === idOf(second));
    await quiet();
    const echo = b.heard.slice(mark.b).map(({ on }) => on);
    assert.deepEqual(echo, ['onTextMessageReceived', 'onTextMessageReceived']);
    assert.deepEqual(framesOf(mark), []);
    return `delivered ${stored.deliveredAt}, read ${stored.readAt}, and by REST up to ${idOf(second)}`;
});

await step('7: typing and a transient message reach A only, and C cannot speak as B', async () => {
    const mark = marks();
    const { CometChat } = b;
    CometChat.startTyping(new CometChat.TypingIndicator(A, 'user', { where: 'here' }));
    CometChat.endTyping(new CometChat.TypingIndicator(A, 'user'));
    CometChat.sendTransientMessage(new CometChat.TransientMessage(A, 'user', { heart: 1 }));
    for (const device of [a1, a2]) {
        const [typing] = await device.hears('onTypingStarted');
        assert.deepEqual([typing.getSender().getUid(), typing.getReceiverId()], [B, A]);
        await device.hears('onTypingEnded');
        const [transient] = await device.hears('onTransientMessageReceived');
        assert.deepEqual([transient.getSender().getUid(), { ...transient.getData() }], [B, { heart: 1 }]);
    }
    const to = { receiver: A, receiverType: 'user', sender: B, deviceId: b.session() };
    c.say({ type: 'typing_indicator', ...to, body: { action: 'started', user: { uid: B, name: 'B' } } });
    c.say({ type: 'transient_message', ...to, body: { user: { uid: B, name: 'B' }, data: { heart: 2 } } });
    const last = await send(a1, 'Not read by B');
    const stamp = { messageId: `${idOf(last)}`, user: { uid: B } };
    c.say({ type: 'receipts', ...to, messageSender: A, body: { action: 'read', ...stamp } });
    const [forged] = await a1.hears('onTransientMessageReceived', ({ data }) => data.heart === 2);
    assert.equal(forged.getSender().getUid(), C, 'it comes from who says it');
    await a1.hears('onTypingStarted', typing => typing.getSender().getUid() === C);
    await quiet();
    assert.equal(a1.count('onTypingStarted', typing => typing.getSender().getUid() === B), 1);
    assert.equal((await rest('GET', `/messages/${idOf(last)}`, undefined, { uid: A })).readAt, undefined);
    assert.deepEqual(b.heard.slice(mark.b).map(({ on }) => on), ['onTextMessageReceived']);
    assert.deepEqual(framesOf(mark), []);
    return 'what C said as B reached A as from C, and read nothing for B';
});

await step('8: who asked hears B come and go once, who did not nothing, and one device of two is not A', async () => {
    const ofB = user => user.getUid() === B;
    const heardOf = device => ['onUserOffline', 'onUserOnline'].map(on => device.count(on, ofB));
    const before = { a1: heardOf(a1), a2: heardOf(a2), c: c.frames.length };
    const left = Date.now();
    await b.CometChat.logout();
    await until(() => before.a1[0] < a1.count('onUserOffline', ofB), 'A hears that B is gone');
    const wentAfter = Date.now() - left;
    assert.equal(await statusOf(B), 'offline');
    await b.login();
    await until(() => before.a1[1] < a1.count('onUserOnline', ofB), 'A hears that B is there');
    assert.equal(await statusOf(B), 'online');
    const { lastActiveAt } = await rest('GET', `/users/${B}`);
    assert.ok(left / 1000 - 2 < lastActiveAt);
    const witness = await openRaw(halley.host, await tokenOf(D), { subscription: 'ALL_USERS' });
    await until(() => a1.count('onUserOnline', user => user.getUid() === D), 'A hears of D');
    a2.CometChat.disconnect();
    // Longer than a device has to come back.
    await pause(10_000);
    const gone = witness.frames.filter(frame => frame.type === 'presence' && frame.body.user.uid === A);
    assert.deepEqual(gone, [], 'A has a device left');
    assert.equal(await statusOf(A), 'online');
    witness.close();
    const sockets = a2.sockets.length;
    a2.CometChat.connect();
    await until(() => sockets < a2.sockets.length && a2.isWelcome(), 'the other device is back');
    assert.deepEqual(heardOf(a1), before.a1.map(n => n + 1));
    assert.deepEqual(heardOf(a2), before.a2.map(n => n + 1));
    assert.equal(b.count('onUserOnline') + b.count('onUserOffline'), 0, 'B did not ask');
    assert.equal(c.frames.length, before.c);
    return `gone after ${seconds(wentAfter)}, once; there again, once`;
});

await step('9: a group hears its message and when all have read it, and who is kicked hears that and no more', async () => {
    const group = { guid: 'live', name: 'Live', type: 'public', owner: A, members: { participants: [B, D] } };
    await rest('POST', '/groups', group);
    const mark = marks();
    const sent = await send(a1, 'To all of you', 'live', 'group');
    const [got] = await b.hears('onTextMessageReceived', is(sent));
    await a2.hears('onTextMessageReceived', is(sent));
    assert.equal(got.getReceiver().getGuid(), 'live');
    await b.CometChat.markAsRead(got);
    await quiet();
    // What came before the message may be told of too.
    const ofIt = receipt => idOf(sent) <= Number(receipt.getMessageId());
    assert.equal(a1.count('onMessagesReadByAll', ofIt) + a1.count('onMessagesRead', ofIt), 0, 'D has not read it');
    await rest('POST', '/groups/live/conversation/read', {}, { uid: D });
    const [all] = await a1.hears('onMessagesReadByAll', ofIt);
    assert.deepEqual([all.getReceiver(), Number(all.getMessageId())], ['live', idOf(sent)]);
    await a1.CometChat.kickGroupMember('live', B);
    const [, kicked, by, from] = await b.hears('onGroupMemberKicked');
    assert.deepEqual([kicked.getUid(), by.getUid(), from.getGuid()], [B, A, 'live']);
    const since = b.heard.length;
    const frames = b.sockets.at(-1).heard.length;
    const after = await send(a1, 'Without B', 'live', 'group');
    await a2.hears('onTextMessageReceived', is(after));
    await quiet();
    assertSilent(b, since);
    assert.deepEqual(b.sockets.at(-1).heard.slice(frames).filter(frame => frame.type), []);
    assert.deepEqual(framesOf(mark), []);
    return `read by all up to ${all.getMessageId()}; B was told of the kick and not of message ${idOf(after)}`;
});

/** How B loses its network, misses one message, comes back and goes on. */
async function comesBack(lose) {
    const presence = () => ['onUserOffline', 'onUserOnline'].map(on => a1.count(on, user => user.getUid() === B));
    const before = presence();
    const known = await send(a1, 'Before it');
    await b.hears('onTextMessageReceived', is(known));
    const sockets = b.sockets.length;
    lose();
    const lostAt = Date.now();
    const missed = await send(a1, 'Meanwhile');
    await until(() => sockets < b.sockets.length && b.isWelcome(), 'B is back', 60_000);
    const back = Date.now() - lostAt;
    const { CometChat } = b;
    const request = new CometChat.MessagesRequestBuilder().setUID(A).setLimit(30).setMessageId(idOf(known)).build();
    assert.deepEqual(Array.from(await request.fetchNext(), idOf), [idOf(missed)]);
    const next = await send(a1, 'After it');
    await b.hears('onTextMessageReceived', is(next));
    await quiet();
    assert.equal(b.count('onTextMessageReceived', is(next)), 1);
    assert.equal(b.count('onTextMessageReceived', is(missed)), 0);
    return { back, presence: presence().map((n, index) => n - before[index]) };
}

await step('10: B is back within 6 s of a cut, what was missed stands in REST, and the next comes once', async () => {
    const { back, presence } = await comesBack(wire.cut);
    assert.ok(back < 6_000, `back after ${back} ms`);
    assert.deepEqual(presence, [0, 0], 'who comes back was never away');
    return `back after ${seconds(back)}, and A did not hear of it`;
});

await step('10: B finds out itself that its network is dead, and takes the place of what it left behind', async () => {
    const { back, presence } = await comesBack(wire.freeze);
    wire.cut();
    // What was left behind ends only now, and the one in its place with it. B has time to come back again.
    await pause(12_000);
    assert.ok(b.isWelcome());
    assert.equal(await statusOf(B), 'online');
    assert.deepEqual(presence, [0, 0]);
    return `back after ${seconds(back)}, and A did not hear of it`;
});

await step('1: every ping got its pong within 3 s', async () => {
    const waits = [];
    for (const socket of [a1, a2, b].flatMap(device => device.sockets)) {
        const pings = socket.sent.filter(frame => frame.action === 'ping');
        const pongs = socket.heard.filter(frame => frame.action === 'pong');
        pings.slice(0, pongs.length).forEach((ping, n) => waits.push(pongs[n].at - ping.at));
        // The newest may be on its way, and those of a dead network never come.
        assert.ok(pings.length - pongs.length <= 1, `${pings.length} pings, ${pongs.length} pongs`);
    }
    const slowest = Math.max(...waits);
    assert.ok(2 < waits.length && slowest < 3_000, `${waits}`);
    return `${waits.length} pongs, the slowest after ${seconds(slowest)}`;
});

await step('nothing was uncaught', async () => assert.deepEqual(uncaught, []));

[a1, a2, b].forEach(device => device.close());
c.close();
await wire.stop();
await halley.stop();
conclude();
