// @ts-check
/** The conversations of a user, kept as they are now: last message, unread, presence, who is typing. */
import { shortName } from './dom.js';
import { keyOf, pathOf } from './halley.js';
import { memberIn } from './text.js';

/** @typedef {import('./model.js').Peer} Peer */
/** @typedef {import('./model.js').Message} Message */
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
        /** What those were called that are not there any more. @type {Map<string, string>} */
        this.former = new Map();
        /** @type {Map<string, string>} */
        this.presence = new Map();
        /** @type {Map<string, Map<string, { name: string, timer: any }>>} */
        this.typing = new Map();
        /** Up to where each is told to have arrived, and when that is sent. @type {Map<string, { id: number, timer: any }>} */
        this.delivered = new Map();
        this.pages = 0;
        this.hasMore = true;
        /** What is asked and told is numbered, and of each is known since which of it: what was asked before that is answered too late. */
        this.now = 0;
        /** @type {Map<string, number>} */
        this.knownSince = new Map();
        /** The list that is shown, by its number. */
        this.loaded = 0;
        /** What is being read anew, and whether that is wanted once more. @type {Map<string, { done: Promise<void>, isWanted: boolean }>} */
        this.refreshing = new Map();
        /** What is being marked as read, which the service may not know yet. @type {Map<string, Promise<any>>} */
        this.marking = new Map();
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

    /** Something newer is known of a conversation, or of whether a user is there, than any answer says that was asked for before. @param {string} key */
    told(key) {
        this.knownSince.set(key, this.asks());
    }

    /** The number of what is asked now. */
    asks() {
        this.now += 1;
        return this.now;
    }

    /** @param {Peer} peer @param {Conversation} conversation */
    set(peer, conversation) {
        this.told(keyOf(peer));
        this.all.set(keyOf(peer), conversation);
        this.changed();
    }

    /** It is not there any more. @param {Peer} peer */
    forget(peer) {
        this.told(keyOf(peer));
        this.former.set(keyOf(peer), this.nameOf(peer));
        this.all.delete(keyOf(peer));
        this.changed();
    }

    /** Whether what was asked `since` then is older than what is known. @param {string} key @param {number} since */
    isLate(key, since) {
        return (this.knownSince.get(key) ?? 0) > since || this.marking.has(key);
    }

    /** Reads again as many pages as there were, so that nothing of before stays. */
    async load() {
        const pages = Math.max(1, this.pages);
        const since = this.asks();
        const all = new Map();
        for (let page = 1; page <= pages; page += 1) for (const one of await this.page(page)) all.set(keyOf(peerIn(one)), one);
        // Of two lists the one that was asked for later counts.
        if (since < this.loaded) return;
        this.loaded = since;
        const before = this.all;
        this.all = new Map([...before].filter(([key]) => this.isLate(key, since)));
        // That it is not in the list is newer than any answer that was asked for before.
        for (const key of before.keys()) if (!this.all.has(key)) this.knownSince.set(key, since);
        // Of what is told meanwhile, and not in the list, nobody knows whether it is there still: a group may be gone since.
        for (const [key, one] of this.all) if (!all.has(key)) this.refresh(peerIn(one)).catch(() => {});
        for (const one of all.values()) this.add(one, since);
        this.pages = pages;
        // What came while nobody was here has arrived now.
        for (const one of all.values()) if (one.unreadMessageCount) this.deliver(peerIn(one), one.latestMessageId);
        this.changed();
    }

    /** What a page says of a conversation, unless more was told meanwhile. @param {Conversation} one @param {number} since */
    add(one, since) {
        const key = keyOf(peerIn(one));
        if (this.isLate(key, since)) this.refresh(peerIn(one)).catch(() => {});
        else this.all.set(key, one), this.knownSince.set(key, since);
    }

    async more() {
        if (!this.hasMore) return;
        const since = this.asks();
        for (const one of await this.page(this.pages + 1)) this.add(one, since);
        this.pages += 1;
        this.changed();
    }

    /** @param {number} page @returns {Promise<Conversation[]>} */
    async page(page) {
        const since = this.now;
        const { data } = await this.client.request('GET', '/conversations', { query: { perPage: PAGE, page } });
        this.hasMore = data.length === PAGE;
        for (const { conversationType, conversationWith } of data) if (conversationType === 'user') this.sees(conversationWith, since);
        return data;
    }

    /** Learns from a profile that was asked for `since` then whether its user is there. @param {any} user @param {number} since */
    sees(user, since) {
        if (user?.uid && user.status && !this.isLate(`presence of ${user.uid}`, since)) this.presence.set(user.uid, user.status);
    }

    /** @param {Peer} peer */
    find(peer) {
        return this.all.get(keyOf(peer));
    }

    /** @param {Peer} peer */
    nameOf(peer) {
        return shortName(this.find(peer)?.conversationWith.name ?? this.former.get(keyOf(peer)), peer.id);
    }

    /** Reads a conversation anew; what is told of it until then is not written over. @param {Peer} peer */
    refresh(peer) {
        const key = keyOf(peer);
        const running = this.refreshing.get(key);
        // Whoever asks now wants to know what is so now, and not what is on its way.
        if (running) return (running.isWanted = true), running.done;
        const begun = { done: Promise.resolve(), isWanted: true };
        this.refreshing.set(key, begun);
        begun.done = this.renew(peer, begun);
        return begun.done;
    }

    /** @param {Peer} peer @param {{ isWanted: boolean }} refreshing */
    async renew(peer, refreshing) {
        const key = keyOf(peer);
        try {
            while (refreshing.isWanted) {
                await this.marking.get(key);
                refreshing.isWanted = false;
                const since = this.asks();
                const found = await this.client.request('GET', `${pathOf(peer)}/conversation`).catch(error => {
                    if (error.isPassing) throw error;
                    return null;
                });
                if (this.isLate(key, since)) refreshing.isWanted = true;
                else if (found) this.set(peer, found.data);
                else this.forget(peer);
            }
        } finally {
            this.refreshing.delete(key);
        }
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
        this.set(peer, { ...known, lastMessage: message, latestMessageId, updatedAt, unreadMessageCount, unreadMentionsCount });
    }

    /** That messages have arrived is told once for many. @param {Peer} peer @param {number} id */
    deliver(peer, id) {
        const told = this.delivered.get(keyOf(peer)) ?? { id: 0, timer: 0 };
        if (told.id >= id) return;
        told.id = id;
        // What was not taken is told once more by a list that is read later.
        const tell = () => ((told.timer = 0), this.client.markDelivered(peer, told.id).catch(() => (told.id = 0)));
        told.timer ||= setTimeout(tell, PAUSE);
        this.delivered.set(keyOf(peer), told);
    }

    /** Edits, deletions, and who came and went. @param {Message} message */
    notice(message) {
        const peer = this.client.peerOf(message);
        const known = this.find(peer);
        const { action, entities } = message.data;
        const on = entities?.on?.entity;
        if (message.type === 'groupMember') {
            const isMe = memberIn(message) === this.client.me.uid;
            if (isMe && ['left', 'kicked', 'banned'].includes(action)) this.forget(peer);
            // Who is told is a member, perhaps because another window made the group.
            else this.refresh(peer).catch(() => {});
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
        const key = keyOf(peer);
        this.set(peer, { ...known, unreadMessageCount: 0, unreadMentionsCount: 0, lastReadMessageId: upTo });
        if (!this.marking.has(key)) this.marking.set(key, this.mark(peer, upTo));
    }

    /** Marks as read, and then at once all that was read meanwhile. @param {Peer} peer @param {number} upTo */
    async mark(peer, upTo) {
        const key = keyOf(peer);
        const isTaken = await this.client.markRead(peer, upTo).then(() => true, () => false);
        const now = this.find(peer)?.lastReadMessageId ?? 0;
        if (isTaken && now > upTo) return this.mark(peer, now);
        this.marking.delete(key);
        this.told(key);
        // What was not taken is unread still.
        if (!isTaken) this.refresh(peer).catch(() => {});
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
        this.told(`presence of ${user.uid}`);
        this.presence.set(user.uid, user.status);
        const known = this.find({ type: 'user', id: user.uid });
        if (known) known.conversationWith = { ...known.conversationWith, status: user.status, lastActiveAt: user.lastActiveAt };
        this.changed();
    }

    get unreadTotal() {
        return [...this.all.values()].reduce((sum, one) => sum + one.unreadMessageCount, 0);
    }
}
