// What the SDK before the present one hears, of what it knows: reactions and what all members read are not among it.

import assert from 'node:assert/strict';
import { idOf, is, openDevice } from './device.mjs';
import { OLDER_SDK } from './page.mjs';
import { startHalley } from './service.mjs';
import { conclude, quiet, step, uncaught, until } from './suite.mjs';

const [A, B, GROUP] = ['cometchat-uid-1', 'cometchat-uid-2', 'cometchat-guid-1'];
const halley = await startHalley(process.env.HALLEY_FOLDER);
let a, b;
const send = (device, what, to = B, type = 'user') =>
    device.CometChat.sendMessage(new device.CometChat.TextMessage(to, what, type));

await step('two users log in and their sockets know them', async () => {
    const options = { host: halley.host, sdk: OLDER_SDK };
    a = await openDevice('a', A, { ...options, hearsPresence: true });
    b = await openDevice('b', B, options);
    return `${b.session()} at ${b.sockets.map(socket => socket.url)}`;
});

await step('text, edit and deletion are heard, each once', async () => {
    const sent = await send(a, 'Shall we?');
    const [got] = await b.hears('onTextMessageReceived', is(sent));
    assert.deepEqual([got.getText(), got.getSender().getUid()], ['Shall we?', A]);
    const changed = new a.CometChat.TextMessage(B, 'Shall we not?', 'user');
    changed.setId(idOf(sent));
    await a.CometChat.editMessage(changed);
    await a.CometChat.deleteMessage(idOf(sent));
    assert.equal((await b.hears('onMessageEdited', is(sent)))[0].getText(), 'Shall we not?');
    await b.hears('onMessageDeleted', is(sent));
    await quiet();
    assert.deepEqual(b.heard.filter(({ on }) => on.startsWith('onMessage') || on.startsWith('onText')).length, 3);
    assert.equal(a.textsHeard().length, 0);
});

await step('a group hears its message', async () => {
    const sent = await send(a, 'To all', GROUP, 'group');
    const [got] = await b.hears('onTextMessageReceived', is(sent));
    assert.equal(got.getReceiver().getGuid(), GROUP);
});

await step('receipts and typing reach the other side', async () => {
    const sent = await send(a, 'Got it?');
    const [got] = await b.hears('onTextMessageReceived', is(sent));
    const ofIt = receipt => Number(receipt.getMessageId()) === idOf(sent);
    b.CometChat.markAsDelivered(got);
    await a.hears('onMessagesDelivered', ofIt);
    b.CometChat.markAsRead(got);
    const [read] = await a.hears('onMessagesRead', ofIt);
    assert.equal(read.getSender().getUid(), B);
    b.CometChat.startTyping(new b.CometChat.TypingIndicator(A, 'user'));
    await a.hears('onTypingStarted', typing => typing.getSender().getUid() === B);
    b.CometChat.endTyping(new b.CometChat.TypingIndicator(A, 'user'));
    await a.hears('onTypingEnded');
    b.CometChat.sendTransientMessage(new b.CometChat.TransientMessage(A, 'user', { heart: 1 }));
    await a.hears('onTransientMessageReceived');
});

await step('who asked hears the other come and go', async () => {
    const before = a.count('onUserOnline');
    await b.CometChat.logout();
    await a.hears('onUserOffline', user => user.getUid() === B);
    await b.login();
    await until(() => before < a.count('onUserOnline'), 'A hears that B is there');
});

await step('nothing was uncaught', async () => assert.deepEqual(uncaught, []));

a.close();
b.close();
await halley.stop();
conclude();
