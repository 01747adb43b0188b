// @ts-check
/** A conversation, or a thread: header, messages, composer. */
import { announce, attempt, avatar, button, dayOf, h, shortName, signButton } from './dom.js';
import { deedsIn } from './deeds.js';
import { renewMenu } from './dialog.js';
import { Timeline, keyOf, pathOf } from './halley.js';
import { mentionable } from './mentions.js';
import { row } from './message.js';
import { MessageList } from './messages.js';
import { typingWords } from './sidebar.js';
import { brief, memberIn, members, senderName } from './text.js';

/** @typedef {import('./model.js').Message} Message */
/** @typedef {import('./model.js').Peer} Peer */

/** How often one asks whether what is open is still there: nobody is told that a group, or a user, was deleted. */
const LOOK = 30_000;

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
        /** How much was told of it; an answer to what was asked before that is late. */
        this.told = 0;
        /** Whether one was put out, or it is not there any more. */
        this.isOut = false;
        /** Whether it was refused to be read, so that nothing can be written either. */
        this.isShut = false;
        this.deeds = deedsIn(this);
        this.list = new MessageList({ timeline: this.timeline, deeds: this.deeds, label: parent ? 'Replies' : 'Messages', onmoved: () => this.moved() });
        this.composer = app.drafts.at(this.place, peer, this.isThread);
        this.composer.enter({ timeline: this.timeline, candidates: begun => mentionable(this, begun), editLast: () => this.editLast(),
            onsend: () => attempt(() => this.list.toEnd()), may: this.deeds.may });
        this.title = h('h1', { dir: 'auto' });
        this.subtitle = h('p', { 'aria-live': 'polite' });
        this.face = h('span');
        this.bar = h('div.bar', { hidden: true });
        this.jump = button('↓ Newest', () => attempt(() => this.list.toEnd()), { class: 'jump', hidden: true });
        this.element = h(`section.pane${parent ? '.thread' : ''}`, { tabindex: -1, 'aria-label': parent ? 'Thread' : 'Conversation' },
            parent ? (this.above = h('div.parent')) : this.header(),
            this.bar, h('div.scene', null, this.list.element, this.jump), this.composer.element);
        this.listen();
        this.renew();
    }

    /** A thread shows what becomes of its parent, as the conversation beside it knows. @param {Timeline} timeline */
    follow(timeline) {
        timeline.addEventListener('change', () => {
            this.parent = timeline.find(this.parent?.id ?? 0) ?? this.parent;
            this.showParent();
        }, { signal: this.stop.signal });
    }

    showParent() {
        const { parent, standing, above } = this;
        if (!parent || (this.shown?.parent === parent && this.shown.standing === standing)) return;
        this.shown = { parent, standing };
        const isFocused = above.contains(document.activeElement);
        above.replaceChildren(row(parent, { day: dayOf(parent.sentAt) }, this.deeds));
        if (isFocused) above.firstElementChild.focus();
    }

    /** How one stands here: `out`, because one was put out or never let in; `blocked`, by oneself; or `in`. @returns {'out' | 'blocked' | 'in'} */
    get standing() {
        if (this.isOut || (this.group?.guid && !this.group.hasJoined)) return 'out';
        return this.whom.blockedByMe ? 'blocked' : 'in';
    }

    /** What may be done here may be another now: where one writes, with what is shown, and in a menu that is open. */
    renew() {
        // What one writes stands elsewhere by now.
        if (this.stop.signal.aborted) return;
        const isFocused = this.composer.element.contains(document.activeElement);
        this.composer.element.hidden = this.isShut || this.standing !== 'in';
        this.composer.renew();
        if (isFocused && this.composer.element.hidden) this.focus();
        this.showParent();
        this.list.due();
        renewMenu();
    }

    /** Goes where one writes, or else to what one may do instead. */
    focus() {
        const { field, element } = this.composer;
        (element.hidden ? this.bar.querySelector('button') ?? this.element : field).focus();
    }

    /** Names what one writes here, among all that one has begun. */
    get place() {
        return this.parent ? `${this.key} ${this.parent.id}` : this.key;
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
        client.on('caught-up', () => this.cameBack(), { signal });
        client.on('receipt', detail => this.marked(detail), { signal });
        client.on('outbox', pending => pending?.state === 'failed' && keyOf(pending.peer) === this.key && this.look(), { signal });
        this.timeline.addEventListener('change', () => (this.composer.renew(), renewMenu()), { signal });
        document.addEventListener('visibilitychange', () => (this.moved(), this.look()), { signal });
        this.looking = setInterval(() => this.look(), LOOK);
    }

    close() {
        this.stop.abort();
        clearTimeout(this.learning);
        clearInterval(this.looking);
        this.list.close();
        this.timeline.close();
        this.composer.tellTyping(false);
        this.app.drafts.leave(this.place);
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
        // What one has begun is as high as it needs to be, which shows only here.
        this.composer.show();
        try {
            await this.fill(at);
            this.hasFailed = false;
        } catch (error) {
            this.failed(error);
        }
    }

    /** @param {number} [at] */
    async fill(at) {
        const conversation = this.app.inbox.find(this.peer);
        // A stranger need not ask for messages to be shown the way in.
        if (!conversation && !this.isThread && this.peer.type === 'group') await this.learn();
        if (this.group?.guid && !conversation && !this.group.hasJoined) return;
        const unread = this.isThread ? 0 : conversation?.unreadMessageCount ?? 0;
        if (at) await this.list.jump(at);
        else await this.timeline.open();
        if (!this.bar.dataset.unread) this.bar.hidden = true;
        if (unread && !at) this.showUnread(unread, conversation?.lastReadMessageId ?? 0);
        await this.learn();
    }

    /** @param {any} error */
    failed(error) {
        this.list.element.setAttribute('aria-busy', 'false');
        if (error.isGone) return this.gone(error);
        this.hasFailed = !error.isPassing || !this.timeline.hasBegun;
        // What is here already is read, and written to, while one waits.
        this.isShut = !error.isPassing;
        if (this.hasFailed) this.showBar(error.message, error.isPassing && button('Try again', () => this.open()));
        this.renew();
    }

    /** @param {Error} error */
    gone(error) {
        const wasThere = this.app.inbox.find(this.peer) || this.timeline.hasBegun;
        const text = wasThere ? `This ${this.peer.type === 'group' ? 'group' : 'person'} is not there any more.` : error.message;
        this.putOut(text, !this.isThread && button('Close', () => this.app.closeChat()));
        this.app.inbox.forget(this.peer);
    }

    /** One reads on what is here, and writes no more. @param {string} text @param {any} [what] */
    putOut(text, what) {
        this.isOut = true;
        clearTimeout(this.learning);
        // What was said before is not ours to read any more.
        this.timeline.hasOlder = false;
        this.showBar(text, what);
        this.renew();
    }

    showWayIn() {
        this.list.element.setAttribute('aria-busy', 'false');
        this.showBar(`You are not a member of ${shortName(this.whom.name)}.`, button('Join', () => this.app.panels.join(this.whom), { class: 'primary' }));
    }

    /** What happened while one was away is asked for. */
    cameBack() {
        if (this.list.wantsEnd) attempt(() => this.list.toEnd());
        if (!this.hasFailed && !this.isOut) return this.look();
        this.isOut = false;
        this.open();
    }

    /** Whether it is there still, and what may be done there, for who looks at it. */
    look() {
        if (this.isOut || document.visibilityState !== 'visible' || this.app.client.state !== 'online') return;
        this.learn().catch(error => error.isPassing || this.failed(error));
    }

    /** Reads who is on the other side, and what may be done there. */
    async learn() {
        const { told } = this;
        const since = this.app.inbox.now;
        const { data } = await this.app.client.request('GET', pathOf(this.peer));
        if (this.isOut || this.stop.signal.aborted) return;
        // What was told meanwhile may be newer.
        if (told !== this.told) return this.learn();
        this.whom = data;
        this.app.inbox.sees(this.whom, since);
        // Nobody is told of a new name, or picture.
        const known = this.app.inbox.find(this.peer)?.conversationWith ?? data;
        if (['name', 'avatar', 'icon'].some(key => known[key] !== data[key])) this.app.inbox.refresh(this.peer).catch(() => {});
        const { blockedByMe, uid } = this.whom;
        this.isShut = false;
        if (blockedByMe) this.showBar('You have blocked this person.', button('Unblock', () => this.app.panels.block(uid, false)));
        else if (this.standing === 'out') this.showWayIn();
        else if (!this.bar.dataset.unread) this.bar.hidden = true;
        this.showHeader();
        this.renew();
    }

    /** @param {string} text @param {any} [what] */
    showBar(text, what) {
        this.bar.replaceChildren(h('span', null, text), ...(what ? [what] : []));
        this.bar.hidden = false;
        delete this.bar.dataset.unread;
    }

    /** @param {number} n @param {number} lastRead */
    showUnread(n, lastRead) {
        const isUnread = message => message.id > lastRead && message.sender !== this.app.client.me.uid;
        const first = this.timeline.items.find(isUnread);
        const isHere = this.timeline.items.some(message => message.id <= lastRead) || !this.timeline.hasOlder;
        if (isHere) {
            this.list.firstUnread = first?.id ?? 0;
            return this.list.due();
        }
        const hide = () => (this.bar.hidden = true, delete this.bar.dataset.unread);
        this.showBar(`${n} unread ${n === 1 ? 'message' : 'messages'}.`, button('To the first one', () => attempt(async () => {
            hide();
            // Who has read nothing yet begins with the oldest.
            const next = (await this.timeline.page({ affix: 'append', id: lastRead || undefined })).find(isUnread) ?? first;
            this.list.firstUnread = next?.id ?? 0;
            if (next) await this.list.jump(next.id);
        }), { class: 'link' }));
        this.bar.dataset.unread = 'true';
    }

    showHeader() {
        if (this.isThread) return;
        const { type, id } = this.peer;
        const { name, avatar: picture, icon, membersCount, onlineMembersCount } = this.whom;
        const typing = this.app.inbox.typingIn(this.peer);
        const status = type === 'user' ? this.app.inbox.presence.get(id) ?? 'offline' : undefined;
        const size = membersCount === undefined ? '' : `${members(membersCount)}${onlineMembersCount ? `, ${onlineMembersCount} online` : ''}`;
        const words = typing.length ? typingWords(typing, type) : type === 'group' ? size : status === 'available' ? 'online' : 'offline';
        if (this.subtitle.textContent !== words) this.subtitle.textContent = words;
        this.subtitle.className = typing.length ? 'typing' : '';
        this.title.textContent = shortName(name, id);
        this.face.replaceChildren(avatar({ id, name, url: picture ?? icon, status }));
    }

    /** What was seen is read. */
    moved() {
        this.jump.hidden = this.list.sticks;
        const isSeen = !this.stop.signal.aborted && this.list.sticks && document.visibilityState === 'visible' && this.timeline.items.length > 0;
        if (isSeen && !this.isThread && !this.isKeptUnread) this.app.inbox.read(this.peer);
    }

    /** What somebody says while one looks on. @param {Message} message */
    said(message) {
        if (keyOf(this.app.client.peerOf(message)) !== this.key || message.parentId !== this.parent?.id) return;
        if (message.sender === this.app.client.me.uid) return void (this.isKeptUnread = false);
        announce(`${senderName(message)}: ${brief(message, this.app.client.me.uid)}`);
        queueMicrotask(() => this.moved());
    }

    /**
     * Who came and went changes the header, and what one may do here: at once, because what is shown of it says so already.
     * @param {Message} message
     */
    noticed(message) {
        if (message.type !== 'groupMember' || keyOf(this.app.client.peerOf(message)) !== this.key) return;
        const { action, entities, extras } = message.data;
        const { membersCount = this.whom.membersCount, owner = this.whom.owner } = entities?.for?.entity ?? {};
        this.told += 1;
        this.whom = { ...this.whom, membersCount, owner };
        if (memberIn(message) === this.app.client.me.uid) this.becomes(action, extras?.scope?.new);
        this.showHeader();
        this.renew();
        if (this.isOut) return;
        // Many may come at once.
        clearTimeout(this.learning);
        this.learning = setTimeout(() => this.look(), 300);
    }

    /** What becomes of one's own membership. @param {string} action @param {string} [scope] */
    becomes(action, scope) {
        if (action === 'scopeChanged') this.whom.scope = scope;
        if (['added', 'joined'].includes(action)) {
            this.isOut = this.isShut = false;
            Object.assign(this.whom, { hasJoined: true, scope: 'participant' });
            return void this.open();
        }
        if (!['left', 'kicked', 'banned'].includes(action)) return;
        Object.assign(this.whom, { hasJoined: false, scope: undefined });
        this.putOut({ left: 'You left this group.', kicked: 'You were removed from this group.', banned: 'You were banned from this group.' }[action]);
    }

    /** What one marked as unread in another window stays so, although this one shows it. @param {{ peer: Peer, action: string, isOwn: boolean }} receipt */
    marked({ peer, action, isOwn }) {
        if (isOwn && action === 'unread' && keyOf(peer) === this.key) this.isKeptUnread = true;
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
}
