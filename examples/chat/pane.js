// @ts-check
/** A conversation, or a thread: header, messages, composer. */
import { announce, attempt, avatar, button, h, shortName, signButton } from './dom.js';
import { Composer } from './composer.js';
import { deedsIn } from './deeds.js';
import { Timeline, keyOf, pathOf } from './halley.js';
import { row } from './message.js';
import { MessageList } from './messages.js';
import { typingWords } from './sidebar.js';
import { brief, senderName } from './text.js';

/** @typedef {import('./halley.js').Message} Message */
/** @typedef {import('./halley.js').Peer} Peer */

export class Pane {
    /** @param {import('./app.js').App} app @param {Peer} peer @param {Message} [parent] The message whose thread it is. */
    constructor(app, peer, parent) {
        this.app = app;
        this.peer = peer;
        this.parent = parent;
        this.isThread = Boolean(parent);
        this.key = keyOf(peer);
        this.timeline = new Timeline(app.client, peer, parent?.id);
        /** What is known of the other side. @type {any} */
        this.whom = app.inbox.find(peer)?.conversationWith ?? {};
        this.deeds = deedsIn(this);
        this.list = new MessageList({ timeline: this.timeline, deeds: this.deeds, label: parent ? 'Replies' : 'Messages', onmoved: () => this.moved() });
        this.composer = new Composer({ client: app.client, timeline: this.timeline, label: parent ? 'Reply' : 'Message',
            candidates: begun => this.people(begun), editLast: () => this.editLast(), onsend: () => this.list.toEnd() });
        this.title = h('h1', { dir: 'auto' });
        this.subtitle = h('p', { 'aria-live': 'polite' });
        this.face = h('span');
        this.bar = h('div.bar', { hidden: true });
        this.jump = button('↓ Newest', () => attempt(() => this.list.toEnd()), { class: 'jump', hidden: true });
        this.element = h(`section.pane${parent ? '.thread' : ''}`, { 'aria-label': parent ? 'Thread' : 'Conversation' },
            parent ? (this.above = h('div.parent', null, row(parent, { day: true }, this.deeds))) : this.header(),
            this.bar, h('div.scene', null, this.list.element, this.jump), this.composer.element);
        this.listen();
    }

    /** A thread shows what becomes of its parent, as the conversation beside it knows. @param {Timeline} timeline */
    follow(timeline) {
        timeline.addEventListener('change', () => {
            const parent = timeline.find(this.parent?.id ?? 0);
            if (!parent || parent === this.parent) return;
            this.parent = parent;
            this.above.replaceChildren(row(parent, { day: true }, this.deeds));
        }, { signal: this.stop.signal });
    }

    get group() {
        return this.peer.type === 'group' ? this.whom : undefined;
    }

    listen() {
        const { client, inbox } = this.app;
        const stop = (this.stop = new AbortController());
        const { signal } = stop;
        inbox.addEventListener('change', () => this.showHeader(), { signal });
        client.on('message', detail => this.said(detail), { signal });
        client.on('notice', detail => this.noticed(detail), { signal });
        client.on('caught-up', () => this.hasFailed && attempt(() => this.open()), { signal });
        document.addEventListener('visibilitychange', () => this.moved(), { signal });
    }

    close() {
        this.stop.abort();
        clearTimeout(this.learning);
        this.list.close();
        this.timeline.close();
        this.composer.tellTyping(false);
    }

    header() {
        const { panels } = this.app;
        return h('header', null,
            signButton('‹', 'Back to conversations', () => this.app.showList(), { class: 'sign back' }),
            this.face, h('div.whom', null, this.title, this.subtitle),
            signButton('🔍', 'Search in this conversation', () => panels.search('', this.peer)),
            signButton('📌', 'Pinned messages', () => panels.pinned(this.peer)),
            signButton('ℹ', 'About', () => this.about()));
    }

    about() {
        const { panels } = this.app;
        return this.peer.type === 'group' ? panels.group(this.peer.id) : panels.user(this.peer.id);
    }

    /** Shows the newest, or what is around a message. @param {number} [at] */
    async open(at) {
        this.showHeader();
        const conversation = this.app.inbox.find(this.peer);
        // A stranger need not ask for messages to be shown the way in.
        if (!conversation && !this.isThread && this.peer.type === 'group') await this.learn();
        if (this.group?.guid && !conversation && !this.group.hasJoined) return;
        const unread = this.isThread ? 0 : conversation?.unreadMessageCount ?? 0;
        if (at) await this.list.jump(at);
        else if (!(await this.load())) return;
        if (unread && !at) this.showUnread(unread, conversation?.lastReadMessageId ?? 0);
        if (!this.isThread) await this.learn().catch(() => {});
    }

    /** Reads the newest page. */
    async load() {
        try {
            await this.timeline.open();
            this.bar.hidden = true;
            this.hasFailed = false;
            return true;
        } catch (error) {
            this.composer.element.hidden = !error.isPassing;
            this.showBar(error.message, error.isPassing && button('Try again', () => attempt(() => this.open())));
            this.hasFailed = true;
            return false;
        }
    }

    showWayIn() {
        this.composer.element.hidden = true;
        this.list.element.setAttribute('aria-busy', 'false');
        this.showBar(`You are not a member of ${shortName(this.whom.name)}.`, button('Join', () => this.app.panels.join(this.whom), { class: 'primary' }));
    }

    /** Reads who is on the other side, and what may be done there. */
    async learn() {
        this.whom = (await this.app.client.request('GET', pathOf(this.peer))).data;
        this.app.inbox.sees(this.whom);
        const { blockedByMe, uid } = this.whom;
        if (blockedByMe) this.showBar('You have blocked this person.', button('Unblock', () => this.app.panels.block(uid, false)));
        else if (this.group && !this.group.hasJoined) this.showWayIn();
        else if (!this.bar.dataset.unread) this.bar.hidden = true;
        this.showHeader();
    }

    /** @param {string} text @param {any} [what] */
    showBar(text, what) {
        this.bar.replaceChildren(h('span', null, text), ...(what ? [what] : []));
        this.bar.hidden = false;
        delete this.bar.dataset.unread;
    }

    /** @param {number} n @param {number} lastRead */
    showUnread(n, lastRead) {
        const first = this.timeline.items.find(message => message.id > lastRead && message.sender !== this.app.client.me.uid);
        const isHere = this.timeline.items.some(message => message.id <= lastRead) || !this.timeline.hasOlder;
        if (isHere) {
            this.list.firstUnread = first?.id ?? 0;
            return this.list.due();
        }
        const hide = () => (this.bar.hidden = true, delete this.bar.dataset.unread);
        this.showBar(`${n} unread messages.`, button('To the first one', () => attempt(async () => {
            hide();
            const next = (await this.timeline.page({ affix: 'append', id: lastRead, limit: 1 }))[0];
            this.list.firstUnread = next?.id ?? 0;
            await this.list.jump(next?.id ?? lastRead);
        }), { class: 'link' }));
        this.bar.dataset.unread = 'true';
    }

    showHeader() {
        if (this.isThread) return;
        const { type, id } = this.peer;
        const { name, avatar: picture, icon, membersCount, onlineMembersCount } = this.whom;
        const typing = this.app.inbox.typingIn(this.peer);
        const status = type === 'user' ? this.app.inbox.presence.get(id) ?? 'offline' : undefined;
        const members = membersCount === undefined ? '' : `${membersCount} ${membersCount === 1 ? 'member' : 'members'}${onlineMembersCount ? `, ${onlineMembersCount} online` : ''}`;
        const words = typing.length ? typingWords(typing, type) : type === 'group' ? members : status === 'available' ? 'online' : 'offline';
        if (this.subtitle.textContent !== words) this.subtitle.textContent = words;
        this.subtitle.className = typing.length ? 'typing' : '';
        this.title.textContent = shortName(name, id);
        this.face.replaceChildren(avatar({ id, name, url: picture ?? icon, status }));
    }

    /** What was seen is read. */
    moved() {
        this.jump.hidden = this.list.sticks;
        const isSeen = this.list.sticks && document.visibilityState === 'visible' && this.timeline.items.length > 0;
        if (isSeen && !this.isThread && !this.isKeptUnread) this.app.inbox.read(this.peer);
    }

    /** What somebody says while one looks on. @param {Message} message */
    said(message) {
        if (keyOf(this.app.client.peerOf(message)) !== this.key || message.parentId !== this.parent?.id) return;
        if (message.sender === this.app.client.me.uid) return void (this.isKeptUnread = false);
        announce(`${senderName(message)}: ${brief(message, this.app.client.me.uid)}`);
        queueMicrotask(() => this.moved());
    }

    /** Who came and went changes the header, and may put us out. @param {Message} message */
    noticed(message) {
        if (message.type !== 'groupMember' || keyOf(this.app.client.peerOf(message)) !== this.key || this.isThread) return;
        const { action, entities } = message.data;
        const isMe = entities?.on?.entity?.uid === this.app.client.me.uid;
        if (isMe && ['added', 'joined'].includes(action)) {
            this.composer.element.hidden = false;
            return void attempt(() => this.open());
        }
        if (isMe && ['kicked', 'banned'].includes(action)) {
            this.composer.element.hidden = true;
            // What was said before is not ours to read any more.
            this.timeline.hasOlder = false;
            return this.showBar(`You were ${action === 'banned' ? 'banned' : 'removed'} from this group.`);
        }
        // Many may come at once.
        clearTimeout(this.learning);
        this.learning = setTimeout(() => this.learn().catch(error => error.isPassing || this.showBar(error.message)), 300);
    }

    /** @param {Message} message */
    async markUnread(message) {
        // Otherwise it would be read at once, because one looks at it.
        this.isKeptUnread = true;
        this.list.firstUnread = message.id;
        await this.app.inbox.unread(this.peer, message.id);
        this.list.due();
    }

    editLast() {
        const mine = this.timeline.items.findLast(one => one.sender === this.app.client.me.uid && !one.deletedAt && typeof one.data?.text === 'string');
        if (mine) this.composer.edit(mine);
    }

    /** Whom one may mention here. @param {string} begun */
    async people(begun) {
        const { client } = this.app;
        if (this.peer.type === 'group') {
            const query = { searchKey: begun, perPage: 7 };
            const { data } = await client.request('GET', `${pathOf(this.peer)}/members`, { query });
            return data.filter(one => one.uid !== client.me.uid);
        }
        return [{ ...this.whom, uid: this.peer.id }].filter(one => `${one.name} ${one.uid}`.toLowerCase().includes(begun));
    }
}
