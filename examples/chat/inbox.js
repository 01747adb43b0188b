// @ts-check
/** The conversations of a user, kept as they are now: last message, unread, presence, who is typing. */
import { keyOf, pathOf } from './halley.js';

/** @typedef {import('./halley.js').Peer} Peer */
/** @typedef {import('./halley.js').Message} Message */
/** @typedef {{ conversationId: string, conversationType: 'user' | 'group', conversationWith: any, lastMessage?: Message,
 *   unreadMessageCount: number, unreadMentionsCount: number, lastReadMessageId?: number, latestMessageId?: number,
 *   updatedAt: number, pinnedAt?: number }} Conversation */

const PAGE = 50;
/** Typing that nobody ends is over after this. */
const TYPING = 6000;
/** Who said much at once is told of once. */
const PAUSE = 300;

/** @param {Conversation} conversation @returns {Peer} */
export const peerIn = ({ conversationType, conversationWith }) =>
    ({ type: conversationType, id: conversationType === 'group' ? conversationWith.guid : conversationWith.uid });

export class Inbox extends EventTarget {
    /** @param {import('./halley.js').Halley} client */
    constructor(client) {
        super();
        this.client = client;
        /** @type {Map<string, Conversation>} */
        this.all = new Map();
        /** @type {Map<string, string>} */
        this.presence = new Map();
        /** @type {Map<string, Map<string, { name: string, timer: any }>>} */
        this.typing = new Map();
        /** Up to where each is told to have arrived, and when that is sent. @type {Map<string, { id: number, timer: any }>} */
        this.delivered = new Map();
        this.pages = 0;
        this.hasMore = true;
        client.on('message', detail => this.hear(detail));
        client.on('notice', detail => this.notice(detail));
        client.on('receipt', detail => this.receipt(detail));
        client.on('typing', detail => this.types(detail));
        client.on('presence', detail => this.comesOrGoes(detail));
        client.on('conversation', detail => detail?.conversationWith && this.refresh(peerIn(detail)).catch(() => {}));
        client.on('caught-up', () => this.load().catch(() => {}));
    }

    changed() {
        this.dispatchEvent(new Event('change'));
    }

    /** The pinned ones first, then the latest. */
    get sorted() {
        const order = one => (one.pinnedAt ? 1e12 : 0) + one.updatedAt;
        return [...this.all.values()].sort((one, other) => order(other) - order(one));
    }

    /** Reads again as many pages as there were, so that nothing of before stays. */
    async load() {
        const pages = Math.max(1, this.pages);
        const all = new Map();
        for (let page = 1; page <= pages; page += 1) for (const one of await this.page(page)) all.set(keyOf(peerIn(one)), one);
        this.all = all;
        this.pages = pages;
        // What came while nobody was here has arrived now.
        for (const one of all.values()) if (one.unreadMessageCount) this.deliver(peerIn(one), one.latestMessageId);
        this.changed();
    }

    async more() {
        if (!this.hasMore) return;
        for (const one of await this.page(this.pages + 1)) this.all.set(keyOf(peerIn(one)), one);
        this.pages += 1;
        this.changed();
    }

    /** @param {number} page @returns {Promise<Conversation[]>} */
    async page(page) {
        const { data } = await this.client.request('GET', '/conversations', { query: { perPage: PAGE, page } });
        this.hasMore = data.length === PAGE;
        for (const { conversationType, conversationWith } of data) if (conversationType === 'user') this.sees(conversationWith);
        return data;
    }

    /** Learns from a profile whether its user is there. @param {any} user */
    sees(user) {
        if (user?.uid && user.status) this.presence.set(user.uid, user.status);
    }

    /** @param {Peer} peer */
    find(peer) {
        return this.all.get(keyOf(peer));
    }

    /** @param {Peer} peer */
    async refresh(peer) {
        try {
            const { data } = await this.client.request('GET', `${pathOf(peer)}/conversation`);
            this.all.set(keyOf(peer), data);
        } catch (error) {
            if (error.isPassing) throw error;
            this.all.delete(keyOf(peer));
        }
        this.changed();
    }

    /** @param {Message} message */
    hear(message) {
        const peer = this.client.peerOf(message);
        this.types({ peer, user: { uid: message.sender }, isTyping: false });
        const isMine = message.sender === this.client.me.uid;
        if (!isMine) this.deliver(peer, message.id);
        const known = this.find(peer);
        if (!known) return this.refresh(peer).catch(() => {});
        if (message.id <= (known.latestMessageId ?? 0)) return;
        const unreadMessageCount = isMine ? known.unreadMessageCount : known.unreadMessageCount + 1;
        const isMentioned = !isMine && Object.hasOwn(message.data?.mentions ?? {}, this.client.me.uid);
        const unreadMentionsCount = (known.unreadMentionsCount ?? 0) + (isMentioned ? 1 : 0);
        const { id: latestMessageId, sentAt: updatedAt } = message;
        this.all.set(keyOf(peer), { ...known, lastMessage: message, latestMessageId, updatedAt, unreadMessageCount, unreadMentionsCount });
        this.changed();
    }

    /** That messages have arrived is told once for many. @param {Peer} peer @param {number} id */
    deliver(peer, id) {
        const told = this.delivered.get(keyOf(peer));
        if (told && told.id >= id) return;
        clearTimeout(told?.timer);
        const timer = setTimeout(() => this.client.markDelivered(peer, id).catch(() => {}), PAUSE);
        this.delivered.set(keyOf(peer), { id, timer });
    }

    /** Edits, deletions, and who came and went. @param {Message} message */
    notice(message) {
        const peer = this.client.peerOf(message);
        const known = this.find(peer);
        const { action, entities } = message.data;
        const on = entities?.on?.entity;
        if (message.type === 'groupMember') {
            const isMe = (action === 'left' ? message.sender : on?.uid ?? message.sender) === this.client.me.uid;
            if (isMe && ['left', 'kicked', 'banned'].includes(action)) this.all.delete(keyOf(peer)), this.changed();
            else if (known || (isMe && ['joined', 'added'].includes(action))) this.refresh(peer).catch(() => {});
        } else if (on?.id === known?.latestMessageId) this.refresh(peer).catch(() => {});
    }

    /** @param {{ peer: Peer, action: string, upTo: number, isOwn: boolean }} receipt */
    receipt({ peer, action, isOwn }) {
        const known = this.find(peer);
        if (!known) return;
        if (isOwn && /^(un)?read$/.test(action)) this.refresh(peer).catch(() => {});
        else if (known.lastMessage?.sender === this.client.me.uid) this.changed();
    }

    /** @param {Peer} peer */
    read(peer) {
        const known = this.find(peer);
        const upTo = known?.latestMessageId;
        if (!known?.unreadMessageCount || !upTo) return;
        this.all.set(keyOf(peer), { ...known, unreadMessageCount: 0, unreadMentionsCount: 0, lastReadMessageId: upTo });
        this.changed();
        // What was not taken is unread still.
        this.client.markRead(peer, upTo).catch(() => this.refresh(peer).catch(() => {}));
    }

    /** @param {Peer} peer @param {number} from */
    async unread(peer, from) {
        await this.client.markUnread(peer, from);
        await this.refresh(peer);
    }

    /** @param {{ peer: Peer, user: any, isTyping: boolean }} said */
    types({ peer, user, isTyping }) {
        if (user.uid === this.client.me.uid) return;
        const key = keyOf(peer);
        const who = this.typing.get(key) ?? new Map();
        const was = who.get(user.uid);
        clearTimeout(was?.timer);
        if (!was && !isTyping) return;
        who.delete(user.uid);
        if (isTyping) who.set(user.uid, { name: user.name, timer: setTimeout(() => this.types({ peer, user, isTyping: false }), TYPING) });
        this.typing.set(key, who);
        this.changed();
    }

    /** @param {Peer} peer @returns {string[]} */
    typingIn(peer) {
        return [...(this.typing.get(keyOf(peer)) ?? new Map()).values()].map(one => one.name);
    }

    /** @param {any} user */
    comesOrGoes(user) {
        this.presence.set(user.uid, user.status);
        const known = this.find({ type: 'user', id: user.uid });
        if (known) known.conversationWith = { ...known.conversationWith, status: user.status, lastActiveAt: user.lastActiveAt };
        this.changed();
    }

    get unreadTotal() {
        return [...this.all.values()].reduce((sum, one) => sum + one.unreadMessageCount, 0);
    }
}
