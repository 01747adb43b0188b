// A page in which a user is logged in and every listener is told down.

import assert from 'node:assert/strict';
import { openPage } from './page.mjs';
import { API_KEY } from './service.mjs';
import { until } from './suite.mjs';

const MESSAGE = [
    'onTextMessageReceived', 'onMediaMessageReceived', 'onCustomMessageReceived', 'onInteractiveMessageReceived',
    'onMessageEdited', 'onMessageDeleted', 'onMessageReactionAdded', 'onMessageReactionRemoved', 'onMessagesDelivered',
    'onMessagesRead', 'onMessagesDeliveredToAll', 'onMessagesReadByAll', 'onTypingStarted', 'onTypingEnded',
    'onTransientMessageReceived',
];
const USER = ['onUserOnline', 'onUserOffline'];
const GROUP = [
    'onGroupMemberJoined', 'onGroupMemberLeft', 'onGroupMemberKicked', 'onGroupMemberBanned', 'onMemberAddedToGroup',
    'onGroupMemberScopeChanged',
];
const CONNECTION = ['onConnected', 'inConnecting', 'onDisconnected'];

/** Opens a device and waits until its socket knows its user. */
export async function openDevice(name, uid, { host, sdk, hearsPresence = false }) {
    const page = openPage({ sdk });
    const { CometChat } = page;
    const heard = [];
    const note = on => [on, (...args) => heard.push({ on, args, at: Date.now() })];
    const told = names => Object.fromEntries(names.map(note));
    const builder = new CometChat.AppSettingsBuilder().setRegion('eu');
    if (hearsPresence) builder.subscribePresenceForAllUsers();
    const base = `${host}/v3.0`;
    await CometChat.init('halley-app', builder.overrideClientHost(base).overrideAdminHost(base).build());
    CometChat.addMessageListener(name, new CometChat.MessageListener(told(MESSAGE)));
    CometChat.addUserListener(name, new CometChat.UserListener(told(USER)));
    CometChat.addGroupListener(name, new CometChat.GroupListener(told(GROUP)));
    CometChat.addConnectionListener(name, new CometChat.ConnectionListener(told(CONNECTION)));

    const device = { ...page, name, uid, heard, login, hears, count, textsHeard, session, isWelcome };
    await login();
    return device;

    async function login() {
        const before = page.sockets.length;
        await CometChat.login(uid, API_KEY);
        await until(() => before < page.sockets.length && isWelcome(), () => `${name} is told that it is known`);
    }
    /** Whether the newest socket was told that it is known. */
    function isWelcome() {
        const { code, status } = page.sockets.at(-1)?.heard.find(frame => frame.type === 'auth')?.body ?? {};
        return code === '200' && status === 'OK';
    }
    /** By what the device is known to others. */
    function session() {
        return page.sockets.at(-1).sent.find(frame => frame.type === 'auth').deviceId;
    }
    /** Waits for a listener to be called so; with what it was. */
    async function hears(on, test = () => true) {
        const all = () => heard.map(entry => entry.on).join(', ');
        const found = () => heard.find(entry => entry.on === on && test(...entry.args));
        return (await until(found, () => `${name} hears ${on} (it heard: ${all()})`)).args;
    }
    function count(on, test = () => true) {
        return heard.filter(entry => entry.on === on && test(...entry.args)).length;
    }
    /** The ids of texts in the order in which they came. */
    function textsHeard() {
        return heard.filter(entry => entry.on === 'onTextMessageReceived').map(({ args: [message] }) => idOf(message));
    }
}

export const idOf = message => Number(message.getId());
/** Whether it is this message. */
export const is = message => other => idOf(other) === idOf(message);

/** That a device heard nothing since it had heard so much. */
export function assertSilent(device, since) {
    assert.deepEqual(device.heard.slice(since).map(entry => entry.on), [], `${device.name} hears nothing`);
}
