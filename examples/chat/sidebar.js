// @ts-check
/** The list of conversations, and what stands above it. */
import { attempt, avatar, briefTime, button, h, shortName, signButton, unlessPressed, walkable } from './dom.js';
import { openMenu } from './dialog.js';
import { keyOf } from './halley.js';
import { peerIn } from './inbox.js';
import { addressOfNobody } from './signin.js';
import { brief, senderName } from './text.js';

/** @typedef {import('./inbox.js').Conversation} Conversation */

const STATES = { online: 'Connected', connecting: 'Connecting…', offline: 'Offline', refused: 'Signed out by the service' };

export class Sidebar {
    /** @param {import('./app.js').App} app */
    constructor(app) {
        this.app = app;
        this.state = h('p.connection', { role: 'status' });
        this.search = h('input', { type: 'search', placeholder: 'Search people, groups, messages', 'aria-label': 'Search', autocomplete: 'off',
            onkeydown: event => event.key === 'Enter' && this.look() });
        this.unsent = button('', () => app.panels.unsent(), { class: 'link bad', hidden: true });
        this.list = h('ul.conversations', { 'aria-label': 'Conversations', onscroll: () => this.scrolled() });
        this.element = h('nav.sidebar', { 'aria-label': 'Conversations' }, this.header(), this.search, this.unsent, this.list);
        /** @type {Map<string, any>} */
        this.rows = new Map();
        walkable(this.list, 'button.conversation');
        app.inbox.addEventListener('change', () => this.due());
        app.client.on('outbox', () => this.due());
        app.client.on('connection', detail => (this.connection(detail), this.due()));
    }

    /** Searches at the side, where one may go on. */
    look() {
        const wanted = this.search.value.trim();
        this.search.value = '';
        if (wanted) this.app.panels.search(wanted);
    }

    header() {
        const { client, panels } = this.app;
        const more = event => openMenu(event.currentTarget, 'More', () => [
            { text: 'Saved messages', onclick: () => panels.saved() },
            { text: 'Blocked people', onclick: () => panels.blocked() },
            { text: 'Inspector', onclick: () => panels.inspector() },
            { text: 'Another window', onclick: () => open(addressOfNobody(), '_blank', 'noopener') },
            { text: 'Sign out', onclick: () => this.app.signOut() },
        ]);
        const { uid, name, avatar: url } = client.me;
        return h('header', null, avatar({ id: uid, name, url }), h('div.me', null, h('h1', null, shortName(name, uid)), this.state),
            signButton('✎', 'New conversation', () => panels.people()), signButton('⋯', 'More', more, { 'aria-haspopup': 'menu' }));
    }

    /** @param {{ state: keyof typeof STATES, retryAt?: number }} connection */
    connection({ state, retryAt }) {
        clearInterval(this.countdown);
        const show = () => {
            const seconds = retryAt ? Math.max(0, Math.ceil((retryAt - Date.now()) / 1000)) : 0;
            this.wait.textContent = seconds ? ` · again in ${seconds} s` : '';
        };
        this.state.className = `connection ${state}`;
        // Who listens is told of the state, and not of each second.
        this.wait = h('span', { 'aria-hidden': 'true' });
        this.state.replaceChildren(STATES[state], this.wait, ...(state === 'refused' ? [' · ', button('Sign in again', () => location.reload(), { class: 'link' })] : []));
        if (retryAt) this.countdown = setInterval(show, 1000);
        show();
    }

    due() {
        if (this.isDue) return;
        this.isDue = true;
        queueMicrotask(() => unlessPressed(() => {
            this.isDue = false;
            this.show();
        }));
    }

    show() {
        const { inbox, client } = this.app;
        // What is on its way is there at once; it is told where it waits.
        const n = client.outbox.all.filter(one => one.state === 'failed' || client.state !== 'online').length;
        this.unsent.hidden = !n;
        this.unsent.textContent = `${n} ${n === 1 ? 'message' : 'messages'} not sent`;
        const focused = /** @type {any} */ (document.activeElement)?.closest?.('.conversations button')?.dataset.key;
        const rows = inbox.sorted.map(one => this.row(one));
        if (!rows.length) rows.push({ element: h('li.none', null, 'No conversations yet. ', button('Begin one', () => this.app.panels.people(), { class: 'link' })) });
        rows.forEach(({ element }, n) => {
            if (this.list.children[n] !== element) this.list.insertBefore(element, this.list.children[n] ?? null);
        });
        while (this.list.childElementCount > rows.length) this.list.lastElementChild.remove();
        this.rows = new Map(rows.map(row => [row.key, row]));
        if (focused && document.activeElement === document.body) this.list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
        const unread = inbox.unreadTotal;
        document.title = unread ? `(${unread}) Halley` : 'Halley';
    }

    /** @param {Conversation} conversation */
    row(conversation) {
        const { inbox, client } = this.app;
        const peer = peerIn(conversation);
        const key = keyOf(peer);
        const typing = inbox.typingIn(peer);
        const isOpen = this.app.pane?.key === key;
        const status = peer.type === 'user' ? inbox.presence.get(peer.id) ?? 'offline' : undefined;
        const former = this.rows.get(key);
        const unsent = client.outbox.all.find(one => one.state === 'failed' && keyOf(one.peer) === key);
        const draft = !isOpen && this.app.drafts.textAt(key);
        const as = [typing.join(), isOpen, status, unsent?.muid, draft].join('|');
        if (former?.conversation === conversation && former.as === as) return former;
        const { conversationWith, lastMessage, unreadMessageCount: unread, unreadMentionsCount: mentions, pinnedAt, updatedAt } = conversation;
        const name = shortName(conversationWith.name, peer.id);
        const last = unsent ? h('em.bad', null, 'Not sent: ', unsent.draft.data.text ?? 'files')
            : typing.length ? h('em', null, typingWords(typing, peer.type))
            : draft ? [h('em', null, 'Draft: '), draft] : lastWords(lastMessage, peer, client.me.uid);
        const element = h('li', null, h('button.conversation', { type: 'button', 'data-key': key, 'aria-current': isOpen && 'true', onclick: () => attempt(() => this.app.openChat(peer)) },
            avatar({ id: peer.id, name, url: conversationWith.avatar ?? conversationWith.icon, status }),
            h('span.title', null, h('b', { dir: 'auto' }, name), pinnedAt && h('span', { role: 'img', 'aria-label': 'pinned' }, '📌'), status === 'available' && h('span.hidden', null, ', online')),
            h('span.when', null, briefTime(updatedAt)),
            h('span.last', { dir: 'auto' }, last),
            unread > 0 && h(mentions ? 'span.badge.mentioned' : 'span.badge', { 'aria-label': `${unread} unread${mentions ? ', you are mentioned' : ''}`, role: 'img' },
                `${mentions ? '@' : ''}${unread > 999 ? '999+' : unread}`)));
        return { key, conversation, as, element };
    }

    scrolled() {
        const { scrollTop, scrollHeight, clientHeight } = this.list;
        if (this.isLoading || scrollHeight - scrollTop - clientHeight > 200) return;
        this.isLoading = true;
        this.app.inbox.more().catch(() => {}).finally(() => (this.isLoading = false));
    }
}

/** @param {import('./model.js').Message | undefined} message @param {import('./model.js').Peer} peer @param {string} me */
function lastWords(message, peer, me) {
    const said = brief(message, me);
    if (peer.type === 'user' || !message || message.category === 'action') return said;
    return `${message.sender === me ? 'You' : senderName(message)}: ${said}`;
}

/** @param {string[]} names @param {'user' | 'group'} type */
export function typingWords(names, type) {
    if (type === 'user') return 'typing…';
    const short = names.map(name => shortName(name));
    return short.length > 2 ? 'Several people are typing…' : `${short.join(' and ')} ${short.length > 1 ? 'are' : 'is'} typing…`;
}
