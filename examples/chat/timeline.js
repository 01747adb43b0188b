// @ts-check
/** A conversation, or a thread, as a client follows it: pages, what is told between them, and what was missed. */

import { changedBy, isNotice, keyOf, pathOf, withOurs } from './model.js';

/** @import { Halley } from './halley.js' */
/** @import { Draft, Message, Peer } from './model.js' */

/** A catch-up reads large pages; scrolling reads small ones. */
const GAP_PAGE = 100;
/** How many pages of what is held a catch-up reads anew. */
const GAP_PAGES = 10;
const PAGE = 30;

/**
 * A part of a conversation, or of a thread, without gaps: `items` rise by id. Tells `change` when it is another, and `pending`
 * holds what is to be sent there.
 */
export class Timeline extends EventTarget {
    /** @param {Halley} client @param {Peer} peer @param {number} [parentId] The message whose thread it is. */
    constructor(client, peer, parentId) {
        super();
        this.client = client;
        this.peer = peer;
        this.key = keyOf(peer);
        this.parentId = parentId;
        this.path = parentId ? `/messages/${parentId}/thread` : `${pathOf(peer)}/messages`;
        /** @type {Message[]} */
        this.items = [];
        this.hasOlder = false;
        /** Whether any page was read; what is said before that is on it. */
        this.hasBegun = false;
        /** Whether it ends before the newest message, because somebody looks at what is older. */
        this.hasNewer = false;
        /** The first and last id of what was read; notices of edits and deletions have ids, too, and are no items. */
        this.knownFrom = Infinity;
        this.knownTo = 0;
        /** The connection whose frames alone keep this complete. @type {WebSocket | null} */
        this.liveIn = null;
        /** What was said while a page is under way, which may be of before; null while none is. @type {Message[] | null} */
        this.heard = null;
        /** What else was told meanwhile, to be told again when the page is here. @type {(() => void)[]} */
        this.late = [];
        /** @type {Promise<void>} */
        this.turn = Promise.resolve();
        client.timelines.add(this);
    }

    close() {
        this.client.timelines.delete(this);
    }

    changed() {
        this.dispatchEvent(new Event('change'));
    }

    /**
     * Pages are read one after the other, so that none is put behind another that it belongs before. `work` says whether
     * all up to the newest message is here then.
     * @param {() => Promise<boolean>} work @returns {Promise<void>}
     */
    read(work) {
        const done = this.turn.then(async () => {
            const { connection } = this.client;
            /** @type {Message[]} */
            const heard = [];
            this.heard = heard;
            const isWhole = await work();
            this.hasNewer = !isWhole;
            if (isWhole) {
                this.put(heard);
                // What was said before this connection, and is not on the pages, its own catch-up reads.
                this.liveIn = connection;
                if (this.isLive) this.knownTo = Math.max(this.knownTo, ...heard.map(message => message.id));
            }
            this.changed();
        }).finally(() => {
            this.heard = null;
            for (const tell of this.late.splice(0)) tell();
        });
        this.turn = done.catch(() => {});
        return done;
    }

    /** Tells again what is told while a page is under way. @param {() => void} tell */
    afterwards(tell) {
        if (this.heard) this.late.push(tell);
    }

    /** Lets go of the oldest, which are read again by whoever comes back to them. @param {number} most How many stay. */
    letGo(most) {
        // A page that is under way belongs to what is here.
        if (this.heard || this.items.length < 2 * most) return;
        this.items = this.items.slice(-most);
        Object.assign(this, { knownFrom: this.items[0].id, hasOlder: true });
    }

    get isLive() {
        return this.liveIn !== null && this.liveIn === this.client.connection;
    }

    /** One page, put into its place; whether it is full, so that more may follow. @param {Record<string, any>} query */
    async page(query) {
        const limit = query.limit ?? PAGE;
        const hideReplies = this.parentId ? undefined : true;
        const { data } = await this.client.request('GET', this.path, { query: { hideReplies, ...query, limit } });
        return /** @type {Message[] & { isFull: boolean }} */ (Object.assign(data, { isFull: data.length === limit }));
    }

    /** Shows the newest page. */
    open() {
        return this.read(async () => this.begin(await this.page({ affix: 'prepend' })));
    }

    /** Shows what is around a message. @param {number} id */
    openAt(id) {
        return this.read(async () => {
            const [before, after] = await Promise.all([this.page({ affix: 'prepend', id: id + 1 }), this.page({ affix: 'append', id })]);
            this.begin(before);
            return this.follow(after);
        });
    }

    /** @param {Message[] & { isFull: boolean }} page */
    begin(page) {
        Object.assign(this, { items: [], knownFrom: Infinity, knownTo: 0, liveIn: null, hasBegun: true, hasOlder: page.isFull });
        this.follow(page);
        return true;
    }

    /** @param {Message[] & { isFull: boolean }} page What comes behind; whether it is the end. */
    follow(page) {
        this.put(page);
        this.knownTo = Math.max(this.knownTo, page.at(-1)?.id ?? 0);
        return !page.isFull;
    }

    older() {
        return this.read(async () => {
            if (this.hasOlder) {
                const page = await this.page({ affix: 'prepend', id: this.knownFrom });
                this.hasOlder = page.isFull;
                this.put(page);
            }
            return !this.hasNewer;
        });
    }

    newer() {
        return this.read(async () => !this.hasNewer || this.follow(await this.page({ affix: 'append', id: this.knownTo })));
    }

    /** Reads what was missed: all behind the last id, and anew what was held before, from the newest on. */
    catchUp() {
        return this.read(async () => {
            if (!this.knownTo) return this.begin(await this.page({ affix: 'prepend' }));
            const isWhole = !this.hasNewer;
            let before = this.knownTo + 1;
            while (isWhole && !this.follow(await this.page({ affix: 'append', id: this.knownTo, limit: GAP_PAGE })));
            for (let n = 0; n < GAP_PAGES && this.items[0]?.id < before; n += 1) {
                const page = await this.page({ affix: 'prepend', id: before, limit: GAP_PAGE });
                for (const message of page) this.update(message);
                before = page[0]?.id ?? 0;
            }
            return isWhole;
        });
    }

    /** What somebody says now. @param {Message} message */
    hear(message) {
        if (keyOf(this.client.peerOf(message)) !== this.key) return;
        if (message.parentId && !this.parentId) this.client.lookAgain(message.parentId);
        if (message.parentId !== this.parentId) return;
        this.heard?.push(message);
        if (!this.hasBegun) return;
        if (!this.hasNewer) this.put([message]);
        if (this.isLive && !this.hasNewer) this.knownTo = Math.max(this.knownTo, message.id);
        this.changed();
    }

    /** Puts messages in their places; one that is here already becomes what it is now. @param {Message[]} messages */
    put(messages) {
        const first = messages[0]?.id ?? Infinity;
        this.knownFrom = Math.min(this.knownFrom, first);
        for (const message of messages) {
            this.client.has(message);
            if (isNotice(message)) {
                // What stands on the same page is newer than what a notice on it says.
                const changed = changedBy(message);
                if (changed && changed.id < first) this.update(changed, true);
                continue;
            }
            const at = place(this.items, message.id);
            if (this.items[at]?.id === message.id) this.update(message);
            else this.items.splice(at, 0, message);
        }
    }

    /** @param {number} id */
    find(id) {
        const found = this.items[place(this.items, id)];
        return found?.id === id ? found : undefined;
    }

    /** @param {Message} message @param {boolean} [isForNobody] Whether it says nothing of what is ours: our reactions, receipts, saves. */
    update(message, isForNobody = false) {
        this.requote(message);
        const at = place(this.items, message.id);
        const old = this.items[at];
        if (old?.id !== message.id || message.updatedAt < old.updatedAt || (old.deletedAt && !message.deletedAt)) return;
        this.items[at] = isForNobody ? withOurs(message, old) : message;
        this.changed();
    }

    /** A quote says what the quoted message says now: nothing, if it was deleted. @param {Message} message */
    requote(message) {
        this.items.forEach((one, n) => {
            const { quotedMessage: quoted } = one;
            if (quoted?.id !== message.id || quoted.deletedAt || message.updatedAt < quoted.updatedAt) return;
            this.items[n] = { ...one, quotedMessage: { ...quoted, ...message } };
            this.changed();
        });
    }

    /** @param {Peer} peer @param {number} upTo @param {'readAt' | 'deliveredAt'} key @param {number} at */
    receive(peer, upTo, key, at) {
        if (keyOf(peer) !== this.key) return;
        this.afterwards(() => this.receive(peer, upTo, key, at));
        this.items = this.items.map(message => {
            if (message.id > upTo || message.sender !== this.client.me.uid || message[key]) return message;
            this.client.told(message.id);
            return { ...message, [key]: at, deliveredAt: message.deliveredAt ?? at };
        });
        this.changed();
    }

    get pending() {
        return this.client.outbox.of(this.peer, this.parentId);
    }

    /** @param {Draft} draft */
    send(draft) {
        this.client.outbox.send(this.peer, this.parentId, draft);
    }
}

/** Where the id is, or belongs. @param {Message[]} items @param {number} id */
function place(items, id) {
    let [from, to] = [0, items.length];
    while (from < to) {
        const middle = (from + to) >> 1;
        if (items[middle].id < id) from = middle + 1;
        else to = middle;
    }
    return from;
}
