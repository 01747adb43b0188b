// What an app does with the vendor's official SDK: log in, send, list, load the page again, log out. Each step is one
// test; the last ones look at all requests that the steps have made.

import assert from 'node:assert/strict';
import { openPage } from './page.mjs';
import { API_KEY, ask, startHalley } from './service.mjs';
import { conclude, pause, step, uncaught, until } from './suite.mjs';

const [ME, OTHER, GROUP] = ['cometchat-uid-1', 'cometchat-uid-2', 'cometchat-guid-1'];
/** What the vendor's UI kit asks of every list of messages. */
const KIT = ['message', 'action', 'call', 'custom', 'card', 'agentic'];
const PNG = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
);

const halley = await startHalley(process.env.HALLEY_FOLDER);
/** All that were loaded. */
const pages = [];
const requests = () => pages.flatMap(page => page.requests);

async function load(stored) {
    const page = openPage({ stored });
    pages.push(page);
    const builder = new page.CometChat.AppSettingsBuilder().subscribePresenceForAllUsers().setRegion('eu');
    const base = `${halley.host}/v3.0`;
    const settings = builder.overrideClientHost(base).overrideAdminHost(base).build();
    await page.CometChat.init('halley-app', settings);
    return page;
}

const calls = (method, path) => requests().filter(asked => asked.method === method && path.test(asked.path));
const settingsOf = page => JSON.parse(JSON.parse(page.stored()['halley-app:common_store/app_settings']));
// Arrays of a page are of another realm than those here.
const each = (list, of) => Array.from(list, of);
const idsOf = messages => each(messages, message => Number(message.getId()));

let page = await load();
let { CometChat } = page;
const sent = {};

const messages = configure => configure(new CometChat.MessagesRequestBuilder().setLimit(50).setCategories(KIT)).build();

await step('nobody is logged in before the login', async () => {
    assert.equal(await CometChat.getLoggedinUser(), null);
});

await step('a user logs in with the key', async () => {
    const user = await CometChat.login(ME, API_KEY);
    assert.equal(user.getUid(), ME);
    assert.equal((await CometChat.getLoggedinUser()).getUid(), ME);
});

await step('the login tells the settings, by the host that the client called', async () => {
    const kept = settingsOf(page);
    assert.equal(kept.CLIENT_API_HOST, halley.host);
    assert.equal(`${kept.CHAT_HOST}:${kept.CHAT_WSS_PORT}`, halley.host);
    assert.equal(kept.APP_VERSION, 4);
});

await step('text is sent to a user and to a group', async () => {
    for (const [receiver, type] of [[OTHER, 'user'], [GROUP, 'group']]) {
        const message = new CometChat.TextMessage(receiver, `Hello, ${receiver}`, type);
        message.setTags(['sdk']);
        sent[type] = await CometChat.sendMessage(message);
        assert.equal(sent[type].getText(), `Hello, ${receiver}`);
        assert.equal(sent[type].getSender().getUid(), ME);
    }
});

await step('custom data is sent', async () => {
    const message = new CometChat.CustomMessage(OTHER, 'user', 'location', { lat: 50.6 });
    sent.custom = await CometChat.sendCustomMessage(message);
    assert.deepEqual({ ...sent.custom.getCustomData() }, { lat: 50.6 });
});

await step('a file is sent in a form', async () => {
    const file = new page.File([PNG], 'tree.png', { type: 'image/png' });
    sent.file = await CometChat.sendMediaMessage(new CometChat.MediaMessage(OTHER, file, 'image', 'user'));
    const [attachment] = sent.file.getAttachments();
    assert.equal(attachment.getName(), 'tree.png');
    const answer = await fetch(attachment.getUrl());
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), PNG);
});

await step('a file is uploaded first and sent then', async () => {
    const file = new page.File([PNG], 'bush.png', { type: 'image/png' });
    const upload = CometChat.createUploadFileRequest(OTHER, 'user');
    const { successful } = await new Promise((resolve, reject) => {
        const refused = (_, error) => reject(error);
        const told = { onComplete: resolve, onFileError: refused, onFileFailure: refused };
        upload.uploadAttachments([{ fileId: 'bush', file }], new CometChat.UploadFileListener(told));
    });
    assert.equal(successful.length, 1);
    const message = new CometChat.MediaMessage(OTHER, undefined, 'image', 'user');
    message.setAttachments(upload.getAttachments());
    sent.upload = await CometChat.sendMediaMessage(message);
    const answer = await fetch(sent.upload.getAttachments()[0].getUrl());
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), PNG);
});

await step('a reply is sent', async () => {
    const message = new CometChat.TextMessage(OTHER, 'And another thing', 'user');
    message.setParentMessageId(Number(sent.user.getId()));
    sent.reply = await CometChat.sendMessage(message);
    assert.equal(Number(sent.reply.getParentMessageId()), Number(sent.user.getId()));
});

await step('messages are listed with all categories of the UI kit', async () => {
    const withUser = await messages(builder => builder.setUID(OTHER).hideReplies(true)).fetchPrevious();
    assert.deepEqual(idsOf(withUser), idsOf([sent.user, sent.custom, sent.file, sent.upload]));
    const inGroup = await messages(builder => builder.setGUID(GROUP)).fetchPrevious();
    assert.ok(idsOf(inGroup).includes(Number(sent.group.getId())));
    const replies = await messages(builder => builder.setParentMessageId(Number(sent.user.getId()))).fetchPrevious();
    assert.deepEqual(idsOf(replies), idsOf([sent.reply]));
    const unknown = new CometChat.MessagesRequestBuilder().setUID(OTHER).setLimit(5).setCategories(['agentic']).build();
    assert.deepEqual(idsOf(await unknown.fetchPrevious()), []);
});

await step('a list is read page by page', async () => {
    const request = new CometChat.MessagesRequestBuilder().setUID(OTHER).setLimit(2).hideReplies(true).build();
    const pages = [await request.fetchPrevious(), await request.fetchPrevious(), await request.fetchPrevious()];
    assert.deepEqual(pages.map(page => page.length), [2, 2, 0]);
});

await step('conversations, users and groups are listed', async () => {
    const conversations = await new CometChat.ConversationsRequestBuilder().setLimit(30).build().fetchNext();
    const withs = each(conversations, conversation => conversation.getConversationWith());
    assert.deepEqual(withs.map(other => other.getUid?.() ?? other.getGuid()).sort(), [GROUP, OTHER]);
    assert.equal(Number(conversations[0].getLastMessage().getId()), Number(sent.reply.getId()));
    const users = await new CometChat.UsersRequestBuilder().setLimit(30).build().fetchNext();
    assert.ok(each(users, user => user.getUid()).includes(OTHER));
    const groups = await new CometChat.GroupsRequestBuilder().setLimit(30).build().fetchNext();
    assert.deepEqual(each(groups, group => group.getGuid()), [GROUP]);
});

await step('what the app may offer is on', async () => {
    for (const feature of ['messages.pinned', 'messages.saved', 'conversations.pinned']) {
        assert.equal(await CometChat.isFeatureEnabled(`features.ux.${feature}.enabled`), true, feature);
    }
    const updates = await CometChat.getConversationUpdateSettings();
    assert.equal(updates.shouldUpdateOnMessageReplies(), true);
    assert.equal(await CometChat.getMaxAttachmentCount(), 10);
});

await step('a message is reported for a reason', async () => {
    const reasons = await CometChat.getFlagReasons();
    const report = { reasonId: reasons[0].id, remark: 'The third one today' };
    await CometChat.flagMessage(String(sent.group.getId()), report);
});

await step('a message is reacted to, edited and deleted', async () => {
    const id = sent.custom.getId();
    const reacted = await CometChat.addReaction(id, '🌳');
    assert.equal(reacted.getReactions()[0].getCount(), 1);
    const text = new CometChat.TextMessage(OTHER, 'Hello again', 'user');
    text.setId(sent.user.getId());
    assert.equal((await CometChat.editMessage(text)).getText(), 'Hello again');
    assert.ok((await CometChat.deleteMessage(id)).getDeletedAt());
});

const isWelcome = () => page.sockets.at(-1)?.heard.some(({ type, body }) => type === 'auth' && body.code === '200');

await step('a page that is loaded again knows its user at once, without a login, and opens its socket', async () => {
    await until(isWelcome, 'the socket is known');
    const stored = page.stored();
    page.close();
    page = await load(stored);
    ({ CometChat } = page);
    const user = await CometChat.getLoggedinUser();
    assert.equal(user?.getUid(), ME);
    await until(isWelcome, 'the socket is known');
    assert.deepEqual(page.requests.filter(asked => /\/(me|auth_tokens|settings)$/.test(asked.path)), []);
});

await step('it goes on where the page before it was', async () => {
    const again = await CometChat.sendMessage(new CometChat.TextMessage(OTHER, 'Still here', 'user'));
    const listed = await messages(builder => builder.setUID(OTHER)).fetchPrevious();
    assert.equal(idsOf(listed).at(-1), Number(again.getId()));
});

await step('each page opens one socket, beside the API', async () => {
    // Longer than the SDK waits before it opens another one.
    await pause(7_000);
    assert.deepEqual(pages.map(page => page.sockets.map(socket => socket.url)), pages.map(() => [`wss://${halley.host}`]));
});

await step('the user logs out, and another page logs in with a token', async () => {
    await CometChat.logout();
    assert.equal(await CometChat.getLoggedinUser(), null);
    page.close();
    const { authToken } = await ask(halley.host, 'POST', `/users/${OTHER}/auth_tokens`, {});
    page = await load();
    ({ CometChat } = page);
    assert.equal((await CometChat.login(authToken)).getUid(), OTHER);
    await until(isWelcome, 'the socket is known');
    page.close();
});

await step('no request was refused', async () => {
    assert.deepEqual(requests().filter(asked => ![200, 204].includes(asked.status)), []);
    const elsewhere = requests().filter(asked => asked.host !== halley.host);
    assert.deepEqual(elsewhere.map(asked => asked.path), ['/halley'], 'the bucket takes one upload');
});

await step('the settings are asked once at the most, each login once', async () => {
    assert.ok(calls('GET', /\/settings$/).length <= 1, `${calls('GET', /\/settings$/).length}`);
    assert.equal(calls('PUT', /\/me$/).length, 2);
});

await step('nothing was uncaught', async () => assert.deepEqual(uncaught, []));

await halley.stop();
conclude();
