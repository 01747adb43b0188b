// @ts-check
/**
 * The list of a timeline's messages. However long the conversation is, the page holds a hundred of them at the most: a window
 * that moves over the timeline as one scrolls, while what one looks at stays where it is.
 */
import { attempt, dayOf, h, isSameDay, unlessPressed } from './dom.js';
import { pendingRow, row } from './message.js';

/** @typedef {import('./model.js').Message} Message */
/** @typedef {import('./halley.js').Timeline} Timeline */

const MOST = 100;
const STEP = 30;
/** How many messages are kept while one follows what is new. */
const KEPT = 500;
/** How near an end, in pixels, the window moves on. */
const EDGE = 500;
/** How near the end one follows what is new. */
const NEAR = 60;
/** Within how many seconds messages of one sender stand together. */
const TOGETHER = 300;

export class MessageList {
    /** @param {{ timeline: Timeline, deeds: import('./message.js').Deeds, label: string, onmoved: () => void }} options */
    constructor({ timeline, deeds, label, onmoved }) {
        this.timeline = timeline;
        this.deeds = deeds;
        this.onmoved = onmoved;
        this.element = h('div.feed', { role: 'region', 'aria-label': label, 'aria-busy': 'true' });
        /** The window: indexes into the timeline's items. */
        this.from = 0;
        this.to = 0;
        this.isNew = true;
        /** Whether it follows what is new. */
        this.sticks = true;
        /** Where it was when that was last looked at. */
        this.top = 0;
        this.isBusy = false;
        this.isDue = false;
        this.wantsEnd = false;
        /** The message before which it says that what follows is new. */
        this.firstUnread = 0;
        /** @type {Map<number | string, any>} */
        this.rows = new Map();
        /** @type {Message[]} */
        this.shown = [];
        this.listen();
    }

    listen() {
        this.onchange = () => this.due();
        this.timeline.addEventListener('change', this.onchange);
        this.element.addEventListener('scroll', () => this.scrolled(), { passive: true });
        this.element.addEventListener('load', () => this.resized(), true);
        this.element.addEventListener('keydown', event => this.walk(event));
        this.element.addEventListener('focusin', event => this.rove(event.target.closest('article')));
        this.sizes = new ResizeObserver(() => this.resized());
        this.sizes.observe(this.element);
    }

    close() {
        this.timeline.removeEventListener('change', this.onchange);
        this.sizes.disconnect();
    }

    /** Many changes at once are shown once. */
    due() {
        if (this.isDue) return;
        this.isDue = true;
        queueMicrotask(() => unlessPressed(() => {
            this.isDue = false;
            this.sync();
        }));
    }

    get showsEnd() {
        return this.to >= this.timeline.items.length && !this.timeline.hasNewer;
    }

    /** Follows the timeline, whose items may have moved, come or changed. */
    sync() {
        this.look();
        if (this.sticks) this.timeline.letGo(KEPT);
        const { items } = this.timeline;
        const [first, last] = [this.shown[0], this.shown.at(-1)];
        if (this.isNew || !first || !last) {
            [this.from, this.to] = [Math.max(0, items.length - MOST), items.length];
        } else {
            const followed = this.showedEnd;
            this.from = items.findIndex(message => message.id >= first.id);
            this.to = followed ? items.length : items.findLastIndex(message => message.id <= last.id) + 1;
            if (this.from < 0 || this.to <= this.from) [this.from, this.to] = [Math.max(0, items.length - MOST), items.length];
            else if (this.to - this.from > MOST && this.sticks) this.from = this.to - MOST;
            else if (this.to - this.from > MOST) this.to = this.from + MOST;
        }
        this.isNew = false;
        this.render();
        if (!this.isFull) this.up();
    }

    /** Whether there is enough to scroll. */
    get isFull() {
        return this.element.scrollHeight > this.element.clientHeight + EDGE || this.element.clientHeight === 0;
    }

    render() {
        const anchor = this.sticks ? undefined : this.anchor();
        this.shown = this.timeline.items.slice(this.from, this.to);
        this.showedEnd = this.showsEnd;
        const wanted = this.shown.map((message, n) => this.rowOf(message, this.timeline.items[this.from + n - 1], this.from + n));
        if (this.showsEnd) wanted.push(...this.timeline.pending.map(one => this.rowOfPending(one)));
        this.place(wanted);
        // A feed without articles is none.
        this.element.setAttribute('role', wanted.length ? 'feed' : 'region');
        this.element.setAttribute('aria-busy', 'false');
        if (anchor?.row.isConnected) this.element.scrollTop += anchor.row.getBoundingClientRect().top - anchor.top;
        this.settle();
    }

    /** @param {Message} message @param {Message | undefined} before @param {number} position */
    rowOf(message, before, position) {
        const day = (!before || !isSameDay(before.sentAt, message.sentAt)) && dayOf(message.sentAt);
        const isFirstUnread = message.id === this.firstUnread;
        const isFollowing = !day && !isFirstUnread && before.sender === message.sender && before.category === message.category
            && message.sentAt - before.sentAt < TOGETHER && !message.quotedMessage;
        const place = `${day} ${isFirstUnread} ${isFollowing} ${this.deeds.standing}`;
        let shown = this.rows.get(message.id);
        if (shown?.message !== message || shown.place !== place) {
            const element = row(message, { day, isFirstUnread, isFollowing }, this.deeds);
            shown = { key: message.id, message, place, element, former: shown?.element };
        }
        shown.element.setAttribute('aria-posinset', position + 1);
        return shown;
    }

    /** @param {import('./model.js').Pending} pending */
    rowOfPending(pending) {
        const shown = this.rows.get(pending.muid);
        if (shown?.place === pending.state) return shown;
        const element = pendingRow(pending, this.timeline.client);
        return { key: pending.muid, place: pending.state, element };
    }

    /** Leaves what is there already, so that focus and media live on. @param {any[]} wanted */
    place(wanted) {
        const focused = document.activeElement;
        const kept = new Set(wanted.map(one => one.element));
        const former = wanted.find(one => one.former?.contains(focused));
        for (const child of [...this.element.children]) if (!kept.has(child)) child.remove();
        wanted.forEach(({ element }, n) => {
            const there = this.element.children[n];
            if (there !== element) this.element.insertBefore(element, there ?? null);
        });
        this.rows = new Map(wanted.map(one => [one.key, one]));
        for (const one of wanted) one.former = undefined;
        if (former) former.element.focus({ preventScroll: true });
        this.rove(this.element.querySelector('article[tabindex="0"]') ?? this.element.lastElementChild);
    }

    /** The first row that one sees, and where it is. */
    anchor() {
        const top = this.element.getBoundingClientRect().top;
        const row = [...this.element.children].find(child => child.getBoundingClientRect().bottom > top);
        return row && { row, top: row.getBoundingClientRect().top };
    }

    /** How much is below what one sees. */
    get below() {
        const { scrollTop, scrollHeight, clientHeight } = this.element;
        return scrollHeight - scrollTop - clientHeight;
    }

    scrolled() {
        const { below } = this;
        this.top = this.element.scrollTop;
        this.sticks = below < NEAR && this.showsEnd;
        if (this.top < EDGE) this.up();
        if (below < EDGE) this.down();
        this.onmoved();
    }

    /** Who has scrolled up is not taken back to the end, although the browser tells of it only later. */
    look() {
        if (this.element.scrollTop < this.top && this.below >= NEAR) this.sticks = false;
    }

    resized() {
        this.look();
        this.settle();
    }

    /** Stays at the end, if it is there. */
    settle() {
        if (this.sticks) this.element.scrollTop = this.element.scrollHeight;
        this.top = this.element.scrollTop;
        this.onmoved();
    }

    async up() {
        if (this.isBusy || (this.from === 0 && !this.timeline.hasOlder)) return;
        if (this.from === 0) await this.loading(() => this.timeline.older());
        if (this.from === 0) return;
        this.from = Math.max(0, this.from - STEP);
        if (!this.sticks) this.to = Math.min(this.to, this.from + MOST);
        this.render();
    }

    async down() {
        const atEnd = () => this.to >= this.timeline.items.length;
        if (this.isBusy || (atEnd() && !this.timeline.hasNewer)) return;
        if (atEnd()) await this.loading(() => this.timeline.newer());
        if (atEnd()) return;
        this.to = Math.min(this.timeline.items.length, this.to + STEP);
        this.from = Math.max(this.from, this.to - MOST);
        this.render();
    }

    /** @param {() => Promise<void>} work */
    async loading(work) {
        this.isBusy = true;
        this.element.setAttribute('aria-busy', 'true');
        await work().catch(() => {});
        // What came with it is shown before the window moves over it.
        this.sync();
        this.isBusy = false;
    }

    /** Whoever cannot be shown the newest now, because the network is gone, wants it still when that is back. */
    async toEnd() {
        this.wantsEnd = true;
        if (this.timeline.hasNewer) await this.timeline.open();
        [this.isNew, this.sticks, this.wantsEnd] = [true, true, false];
        this.sync();
    }

    /** Shows a message, wherever it is. @param {number} id */
    async jump(id) {
        this.wantsEnd = false;
        if (!this.timeline.find(id)) await this.timeline.openAt(id);
        const at = this.timeline.items.findIndex(message => message.id >= id);
        if (at < 0) return;
        this.sticks = false;
        this.from = Math.max(0, at - MOST / 2);
        this.to = Math.min(this.timeline.items.length, at + MOST / 2);
        this.render();
        const element = this.rows.get(this.timeline.items[at].id)?.element;
        element.scrollIntoView({ block: 'center' });
        element.focus({ preventScroll: true });
        element.classList.add('found');
        setTimeout(() => element.classList.remove('found'), 2000);
    }

    /** One of the messages is reached by Tab, from there on by arrows. @param {any} article */
    rove(article) {
        if (!article || article.tabIndex === 0) return;
        for (const other of this.element.querySelectorAll('article[tabindex="0"]')) other.tabIndex = -1;
        article.tabIndex = 0;
    }

    /** @param {any} event */
    walk(event) {
        const article = event.target;
        if (!article.matches('article')) return;
        const message = this.timeline.find(Number(article.dataset.id));
        if (message && !message.deletedAt && (event.key === 'Enter' || event.key === 'ContextMenu')) {
            event.preventDefault();
            return this.deeds.menu(message, article);
        }
        const next = { ArrowUp: article.previousElementSibling, ArrowDown: article.nextElementSibling }[event.key];
        if (event.key === 'End') attempt(() => this.toEnd().then(() => this.element.lastElementChild?.focus()));
        if (next) next.focus();
        if (next || event.key === 'End') event.preventDefault();
    }
}
