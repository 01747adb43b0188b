// @ts-check
/**
 * A client of Halley without dependencies: the REST API and the socket, and nothing else. Read it from top to bottom if you
 * write your own client; the chat beside it is built on it.
 *
 * What it promises:
 * - A send is stored once, however often it is tried, also after a reload: every try carries the same `muid`, and what is not sent
 *   yet waits in the client's `outbox`.
 * - A `Timeline` holds a part of a conversation without gaps and without doubles, in the order of ids. Within a conversation
 *   no message becomes visible behind one that is visible, so "everything behind the last id that I have" is all that a
 *   client missed: after each connection a timeline reads it, page by page.
 * - What is not a message (reactions, receipts, edits of what is shown) is read anew for what a timeline holds.
 */

import { changedBy, isNotice, pathOf } from './model.js';
import { Outbox } from './outbox.js';
import { Rest, backOff, parsed } from './rest.js';
export { keyOf, pathOf } from './model.js';
export { HalleyError } from './rest.js';
export { Timeline } from './timeline.js';

/** @import { Message, Peer, Reaction, User } from './model.js' */
/** @import { Timeline } from './timeline.js' */

const PING_EVERY = 15_000;
/** How long an answer to a ping, or to who we are, may take. */
const PATIENCE = 5_000;

/**
 * Talks to one Halley as one user. It tells what happens by events, whose `detail` says what:
 * `connection` `{state}`, `traffic` (all that is asked and said), `message`, `notice` (an edit or deletion, or who came and
 * went in a group), `receipt`, `typing`, `presence`, `conversation` (pinned), `caught-up`, `outbox` (what is to be sent is another).
 */
export class Halley extends Rest {
    /**
     * @param {{ api: string, socket: string, token: string, storage?: Storage }} options The API's base URL with its version; the
     * socket's URL; where what is not sent yet outlives the page.
     */
    constructor({ api, socket, token, storage }) {
        super({ api, token });
        this.outbox = new Outbox(this, storage);
        this.socketUrl = socket;
        /** @type {User} */
        this.me = { uid: '', name: '' };
        /** @type {Set<Timeline>} */
        this.timelines = new Set();
        /** Ends the wish to be connected; null while there is none. @type {AbortController | null} */
        this.wish = null;
        /** @type {WebSocket | null} */
        this.socket = null;
        /** The socket, once we are told over it what happens. @type {WebSocket | null} */
        this.connection = null;
        this.attempts = 0;
        this.timer = 0;
        /** What is to be read anew, soon. @type {Set<number>} */
        this.stale = new Set();
        /** What was asked or told of messages is numbered, and of each is known which of it is shown, while anything is asked. */
        this.turns = 0;
        this.asked = 0;
        /** @type {Map<number, number>} */
        this.shownSince = new Map();
    }

    // ---- What one does --------------------------------------------------------------------------------------------

    /** Learns who the token belongs to. */
    async login() {
        this.me = (await this.request('GET', '/me')).data;
        return this.me;
    }

    /** Ends the session: the token is worth nothing afterwards. */
    async logout() {
        this.disconnect();
        this.outbox.clear();
        await this.request('DELETE', '/me', { signal: AbortSignal.timeout(PATIENCE) }).catch(() => {});
    }

    /** @param {Peer} peer @param {number} [upTo] The last message that was read; all of them unless given. */
    markRead(peer, upTo) {
        return this.request('POST', `${pathOf(peer)}/conversation/read`, { body: { messageId: upTo }, again: 2 });
    }

    /** @param {Peer} peer @param {number} upTo */
    markDelivered(peer, upTo) {
        return this.request('POST', `${pathOf(peer)}/conversation/delivered`, { body: { messageId: upTo }, again: 2 });
    }

    /** This message and all behind it are unread again. @param {Peer} peer @param {number} from */
    markUnread(peer, from) {
        return this.request('DELETE', `${pathOf(peer)}/conversation/read`, { body: { messageId: from } });
    }

    /** Does what is answered by the message that tells everybody. @param {string} method @param {string} path @param {Parameters<Rest['request']>[2]} [options] */
    async perform(method, path, options) {
        this.take((await this.request(method, path, options)).data);
    }

    /** @param {Message} message @param {any} data Keys that replace their namesakes. */
    edit(message, data) {
        return this.perform('PUT', `/messages/${message.id}`, { body: { data } });
    }

    /** @param {Message} message */
    remove(message) {
        return this.perform('DELETE', `/messages/${message.id}`);
    }

    /** Adds the reaction, or takes it back if it is there. @param {Message} message @param {string} reaction */
    async react(message, reaction) {
        const isMine = message.data.reactions?.some((/** @type {Reaction} */ one) => one.reaction === reaction && one.reactedByMe);
        const path = `/messages/${message.id}/reactions/${encodeURIComponent(reaction)}`;
        await this.renew(message.id, isMine ? 'DELETE' : 'POST', path);
    }

    /** Sets or clears a mark. @param {Message} message @param {'pin' | 'save'} mark @param {boolean} isOn */
    async mark(message, mark, isOn) {
        await this.request(isOn ? 'POST' : 'DELETE', `/messages/${message.id}/${mark}`, { again: 2 });
        await this.refresh(message.id);
    }

    /** Reads one message anew, for all timelines that hold it. @param {number} id */
    refresh(id) {
        return this.renew(id, 'GET', `/messages/${id}`);
    }

    /** Shows the message that the answer holds; if it was overtaken, it may be of before, and one looks again. @param {number} id @param {string} method @param {string} path */
    async renew(id, method, path) {
        const turn = (this.turns += 1);
        this.asked += 1;
        try {
            const { data } = await this.request(method, path, { again: 2 });
            const since = this.shownSince.get(id) ?? 0;
            if (turn < since) this.lookAgain(id);
            else this.update(data);
            this.shownSince.set(id, Math.max(turn, since));
            return /** @type {Message} */ (data);
        } finally {
            this.asked -= 1;
            if (!this.asked) this.shownSince.clear();
        }
    }

    /** What is told of a message now is newer than what was asked for before. @param {number} id */
    told(id) {
        this.turns += 1;
        if (this.asked) this.shownSince.set(id, this.turns);
    }

    // ---- Socket ---------------------------------------------------------------------------------------------------

    /** Opens the socket and keeps it open until `disconnect`. */
    connect() {
        this.wish = new AbortController();
        const { signal } = this.wish;
        // The browser knows at once what a ping would find out.
        addEventListener('offline', () => this.state !== 'offline' && this.lost(), { signal });
        addEventListener('online', () => this.state !== 'online' && this.open(), { signal });
        this.outbox.begin();
        this.open();
    }

    disconnect() {
        this.wish?.abort();
        this.wish = null;
        this.outbox.stop();
        this.drop();
        this.become('offline');
    }

    open() {
        this.drop();
        this.become('connecting');
        const socket = new WebSocket(this.socketUrl);
        this.socket = socket;
        const isMine = () => this.socket === socket;
        socket.onopen = () => this.introduce();
        socket.onmessage = event => isMine() && this.hear(String(event.data));
        socket.onclose = () => isMine() && this.lost();
        this.after(2 * PATIENCE, () => this.lost());
    }

    /** A connection waits for one thing at a time: an answer, the next ping, the next try. @param {number} milliseconds @param {() => void} work */
    after(milliseconds, work) {
        clearTimeout(this.timer);
        this.timer = setTimeout(work, milliseconds);
    }

    /** The first frame says who we are; whoever sends nothing else is told nothing. */
    introduce() {
        const { deviceId } = this;
        const body = { auth: this.token, deviceId, presenceSubscription: 'ALL_USERS', params: { deviceId, platform: 'javascript' } };
        this.say({ type: 'auth', appId: 'halley', sender: this.me.uid, deviceId, body });
    }

    /** @param {any} frame */
    say(frame) {
        if (this.socket?.readyState !== WebSocket.OPEN) return;
        const text = JSON.stringify(frame);
        this.socket.send(text);
        this.tell('traffic', { kind: 'frame', at: Date.now(), isOurs: true, text });
    }

    /** Forgets the socket without waiting for its farewell, which a dead network never brings. */
    drop() {
        const { socket } = this;
        this.socket = this.connection = null;
        clearTimeout(this.timer);
        // A socket that is closed before it opened makes noise in the console.
        if (socket?.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
        else if (this.wish) socket?.close();
        else socket?.close(1000, 'User logged out');
    }

    /** Tries again after a pause that doubles, and that no two clients share. */
    lost() {
        this.drop();
        if (!this.wish) return;
        const wait = backOff(this.attempts);
        this.attempts += 1;
        this.become('offline', Date.now() + wait);
        this.after(wait, () => this.open());
    }

    /** The token is worth nothing: trying again would not help. */
    refuse() {
        this.disconnect();
        this.become('refused');
    }

    /** @param {Halley['state']} state @param {number} [retryAt] */
    become(state, retryAt) {
        this.state = state;
        this.tell('connection', { state, retryAt });
    }

    ping() {
        this.after(PING_EVERY, () => {
            this.say({ action: 'ping', ack: 'true' });
            this.after(PATIENCE, () => this.lost());
        });
    }

    /** @param {string} text */
    hear(text) {
        this.tell('traffic', { kind: 'frame', at: Date.now(), isOurs: false, text });
        const frame = parsed(text);
        if (!frame) return;
        if (frame.action === 'pong') return this.ping();
        const body = frame.body ?? {};
        switch (frame.type) {
            case 'auth': return this.introduced(body);
            case 'message': return this.take(body);
            case 'reaction': return this.lookAgain(Number(body.messageId));
            case 'receipts': return this.receipt(frame);
            case 'typing_indicator': return this.typingOf(frame);
            case 'presence': return this.tell('presence', { ...body.user, status: body.action === 'offline' ? 'offline' : 'available' });
            case 'message_pinned': case 'message_unpinned': case 'message_saved': case 'message_unsaved':
                return this.lookAgain(Number(body.id));
            case 'conversation_pinned': case 'conversation_unpinned': return this.tell('conversation', body.conversation);
        }
    }

    /** @param {any} body */
    async introduced(body) {
        if (String(body.code) !== '200') return this.refuse();
        const connection = (this.connection = this.socket);
        this.attempts = 0;
        this.ping();
        this.become('online');
        // From here on all that happens is told. What happened before is asked for.
        const all = await Promise.allSettled([...this.timelines].map(timeline => timeline.catchUp()));
        if (this.connection !== connection) return;
        const isBroken = all.some(one => one.status === 'rejected' && one.reason.isPassing);
        if (isBroken) this.lost();
        else this.tell('caught-up', {});
    }

    /** A message, from wherever: a frame, or the answer to what we did. @param {Message} message */
    take(message) {
        const changed = isNotice(message) && changedBy(message);
        if (changed) this.update(changed, true);
        for (const timeline of this.timelines) timeline.hear(message);
        this.has(message);
        this.tell(message.category === 'action' ? 'notice' : 'message', message);
    }

    /** What the service has is not sent again. @param {Message} message */
    has(message) {
        if (message.muid && message.sender === this.me.uid) this.outbox.has(message.muid);
    }

    /** Shows a newer state wherever the message is held. @param {Message} message @param {boolean} [isForNobody] */
    update(message, isForNobody = false) {
        for (const timeline of this.timelines) timeline.update(message, isForNobody);
    }

    /**
     * Frames are the same for everybody and may come twice, so a message that somebody reacted to, or pinned, is read anew;
     * many such frames at once are one request for each message.
     * @param {number} id
     */
    lookAgain(id) {
        for (const timeline of this.timelines) timeline.afterwards(() => this.lookAgain(id));
        if (![...this.timelines].some(timeline => timeline.find(id))) return;
        if (!this.stale.size) setTimeout(() => {
            for (const each of this.stale) this.refresh(each).catch(() => {});
            this.stale.clear();
        }, 100);
        this.stale.add(id);
    }

    /** A receipt is a watermark: it holds for all messages up to its id. @param {any} frame */
    receipt(frame) {
        const { action, messageId, user, timestamp } = frame.body;
        const isOwn = user?.uid === this.me.uid;
        const isGroup = frame.receiverType === 'group';
        /** @type {Peer} */
        const peer = isGroup ? { type: 'group', id: frame.receiver } : { type: 'user', id: isOwn ? frame.receiver : user?.uid };
        const key = /read/i.test(action) ? 'readAt' : 'deliveredAt';
        const isOfOthers = isGroup ? /All$/.test(action) : !isOwn;
        if (isOfOthers) for (const timeline of this.timelines) timeline.receive(peer, Number(messageId), key, timestamp);
        this.tell('receipt', { peer, action, upTo: Number(messageId), isOwn });
    }

    /** @param {any} frame */
    typingOf({ receiver, receiverType, body }) {
        const peer = receiverType === 'group' ? { type: 'group', id: receiver } : { type: 'user', id: body.user.uid };
        this.tell('typing', { peer, user: body.user, isTyping: body.action === 'started' });
    }

    /** @param {Peer} peer @param {boolean} isTyping */
    typing(peer, isTyping) {
        const body = { action: isTyping ? 'started' : 'ended', user: { uid: this.me.uid } };
        this.say({ type: 'typing_indicator', receiver: peer.id, receiverType: peer.type, deviceId: this.deviceId, body });
    }

    /** Whose conversation a message is part of. @param {Message} message @returns {Peer} */
    peerOf(message) {
        if (message.receiverType === 'group') return { type: 'group', id: message.receiver };
        return { type: 'user', id: message.sender === this.me.uid ? message.receiver : message.sender };
    }
}
