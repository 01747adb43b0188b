// Andrew and George chat by the vendor's SDK, unmodified, and hear each other live.

import { openPage } from './page.mjs';

const HOST = process.env.HALLEY_HOST ?? 'localhost:8080';
const KEY = process.env.HALLEY_KEY ?? 'demo';
const [ANDREW, GEORGE, HIKERS] = ['cometchat-uid-1', 'cometchat-uid-2', 'cometchat-guid-1'];

/** Logs a user in, who then says whatever they hear; `hears` waits for it. */
async function join(uid, name) {
    const { CometChat } = openPage();
    const settings = new CometChat.AppSettingsBuilder()
        .setRegion('eu')
        .subscribePresenceForAllUsers()
        // The only line that an app changes: where Halley is.
        .overrideClientHost(`${HOST}/v3.0`)
        .overrideAdminHost(`${HOST}/v3.0`)
        .build();
    await CometChat.init('halley-app', settings);

    const heard = [];
    const told = say => (...args) => (heard.push(say(...args)), console.log(`${name.padEnd(7)}hears ${heard.at(-1)}`));
    const from = message => message.getSender().getName();
    CometChat.addMessageListener(
        name,
        new CometChat.MessageListener({
            onTextMessageReceived: told(message => `"${message.getText()}" of ${from(message)}`),
            onMessageEdited: told(message => `an edit: "${message.getText()}"`),
            onMessageDeleted: told(message => `a deletion by ${message.getDeletedBy()}`),
            onMessageReactionAdded: told(event => `a reaction: ${event.getReaction().getReaction()}`),
            onTypingStarted: told(typing => `typing of ${from(typing)}`),
            onTypingEnded: told(typing => `no more typing of ${from(typing)}`),
            onMessagesDelivered: told(receipt => `delivered to ${from(receipt)}`),
            onMessagesRead: told(receipt => `read by ${from(receipt)}`),
        }),
    );
    CometChat.addUserListener(
        name,
        new CometChat.UserListener({
            onUserOnline: told(user => `online: ${user.getName()}`),
            onUserOffline: told(user => `offline: ${user.getName()}`),
        }),
    );
    await CometChat.login(uid, KEY);

    async function hears(what) {
        for (let tries = 0; tries < 200; tries += 1) {
            if (heard.some(line => line.includes(what))) return;
            await new Promise(resolve => setTimeout(resolve, 50));
        }
        throw new Error(`${name} does not hear ${what}`);
    }
    return { CometChat, hears };
}

const andrew = await join(ANDREW, 'Andrew');
// His socket is open before it is known to the service, and only then he is told who comes.
await new Promise(resolve => setTimeout(resolve, 1_000));
const george = await join(GEORGE, 'George');
await andrew.hears('online: George Alan');

const text = (what, to = GEORGE, type = 'user') => new andrew.CometChat.TextMessage(to, what, type);
andrew.CometChat.startTyping(new andrew.CometChat.TypingIndicator(GEORGE, 'user'));
await george.hears('typing of Andrew');
andrew.CometChat.endTyping(new andrew.CometChat.TypingIndicator(GEORGE, 'user'));
await george.hears('no more typing');

const sent = await andrew.CometChat.sendMessage(text('Up the hill at six?'));
await george.hears('Up the hill at six?');

const received = await george.CometChat.getMessageDetails(sent.getId());
george.CometChat.markAsDelivered(received);
await andrew.hears('delivered to George');
george.CometChat.markAsRead(received);
await andrew.hears('read by George');

await george.CometChat.addReaction(sent.getId(), '🥾');
await andrew.hears('🥾');

const better = text('Up the hill at seven?');
better.setId(sent.getId());
await andrew.CometChat.editMessage(better);
await george.hears('an edit');
await andrew.CometChat.deleteMessage(sent.getId());
await george.hears('a deletion');

await andrew.CometChat.sendMessage(text('Who comes along?', HIKERS, 'group'));
await george.hears('Who comes along?');

await george.CometChat.logout();
await andrew.hears('offline: George Alan');
await andrew.CometChat.logout();
console.log('All of it was heard.');
// Pages keep their clocks running.
process.exit();
