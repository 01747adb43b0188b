// @ts-check
/** The page: who signed in, which conversation is open, what stands beside it. */
import { attempt, h, notify } from './dom.js';
import { ask } from './dialog.js';
import { keyOf } from './halley.js';
import { Drafts } from './drafts.js';
import { Inbox } from './inbox.js';
import { Inspector } from './inspector.js';
import { Pane } from './pane.js';
import { Panels } from './panels.js';
import { Sidebar } from './sidebar.js';
import { addressOfNobody, keep, signIn, storage } from './signin.js';

/** @typedef {import('./model.js').Peer} Peer */
/** @typedef {import('./model.js').Message} Message */

const place = /** @type {HTMLElement} */ (document.getElementById('app'));

export class App {
    /** @param {import('./halley.js').Halley} client */
    constructor(client) {
        this.client = client;
        this.inspector = new Inspector(client);
        this.inbox = new Inbox(client);
        this.panels = new Panels(this);
        this.sidebar = new Sidebar(this);
        /** @type {Pane | undefined} */
        this.pane = undefined;
        this.drafts = new Drafts(client, storage());
        this.main = h('main', { id: 'main', tabindex: -1 }, nothing());
        client.on('connection', detail => this.connected(detail.state));
        client.on('notice', detail => this.noticed(detail));
        client.on('outbox', pending => pending && this.refused(pending));
        this.onhash = () => attempt(() => this.followAddress());
        addEventListener('hashchange', this.onhash);
    }

    async begin() {
        place.replaceChildren(this.sidebar.element, this.main, this.panels.element);
        place.className = 'signed-in';
        this.client.connect();
        await attempt(() => this.inbox.load());
        await attempt(() => this.followAddress());
    }

    /** The address names what is open, `#user/UID` or `#group/GUID`, or that nothing is. */
    async followAddress() {
        const { hash } = location;
        const [, type, id] = /^#(user|group)\/([\w-]{1,100})$/.exec(hash) ?? [];
        if (id) return this.openChat({ type: /** @type {Peer['type']} */ (type), id: id.toLowerCase() });
        if (this.pane || hash) this.closeChat();
        if (hash) throw new Error('The address names no conversation.');
    }

    /** @param {Peer} peer @param {{ at?: number }} [options] */
    async openChat(peer, { at } = {}) {
        const key = keyOf(peer);
        document.body.dataset.view = 'chat';
        // On a narrow screen what stands at the side covers the conversation.
        if (matchMedia('(max-width: 60rem)').matches && !this.panels.element.hidden) this.panels.close();
        if (this.panels.of && this.panels.of !== key) this.panels.close();
        if (this.pane?.key === key && at) return this.pane.list.jump(at);
        if (this.pane?.key === key && location.hash === `#${key}` && !this.pane.composer.element.hidden) return this.pane.composer.field.focus();
        this.pane?.close();
        const pane = (this.pane = new Pane(this, peer));
        this.main.replaceChildren(pane.element);
        if (location.hash !== `#${key}`) history.pushState(null, '', `#${key}`);
        this.inbox.changed();
        // Whoever writes on while it is read writes here.
        if (!at) pane.composer.field.focus();
        await pane.open(at);
        if (this.pane === pane && !at && document.activeElement === document.body) pane.focus();
    }

    /** @param {Message} message */
    async openMessage(message) {
        const peer = this.client.peerOf(message);
        await this.openChat(peer, { at: message.parentId ?? message.id });
        const { pane } = this;
        if (!message.parentId || pane?.key !== keyOf(peer)) return;
        const parent = pane.timeline.find(message.parentId) ?? (await this.client.refresh(message.parentId));
        // Who looks elsewhere by now stays there.
        if (this.pane === pane) await this.panels.openThread(pane, parent);
    }

    /** What shows a conversation: its messages, and a thread of it beside them. @param {Peer} peer @returns {Pane[]} */
    panesOf(peer) {
        return [this.pane, this.panels.thread].filter(pane => pane?.key === keyOf(peer));
    }

    /** @param {Peer} [peer] Only if this one is open. */
    closeChat(peer) {
        if (peer && this.pane?.key !== keyOf(peer)) return;
        this.pane?.close();
        this.pane = undefined;
        this.main.replaceChildren(nothing());
        this.panels.close();
        history.replaceState(null, '', location.pathname + location.search);
        this.showList();
        this.inbox.changed();
    }

    /** On a narrow screen, where the list and the conversation take turns. */
    showList() {
        document.body.dataset.view = 'list';
        this.sidebar.list.querySelector('[aria-current], button')?.focus();
    }

    /** @param {string} state */
    connected(state) {
        document.body.dataset.connection = state;
        if (state !== 'refused') return;
        keep(null);
        notify(new Error('Your session has ended. Sign in again.'));
    }

    /** @param {Message} message */
    noticed(message) {
        const peer = this.client.peerOf(message);
        const { wanted } = this.panels;
        if (message.type !== 'groupMember' || wanted !== `group ${peer.id}`) return;
        // Many may come at once.
        clearTimeout(this.regroup);
        this.regroup = setTimeout(() => this.panels.wanted === wanted && this.panels.group(peer.id), 300);
    }

    /** Who looks elsewhere is told that something was not sent. @param {import('./model.js').Pending} pending */
    refused({ state, peer, error }) {
        if (state !== 'failed' || this.pane?.key === keyOf(peer)) return;
        notify(new Error(`Not sent to ${this.inbox.nameOf(peer)}: ${error}`));
    }

    async signOut() {
        const n = this.client.outbox.all.length;
        const text = `${n} of your messages ${n === 1 ? 'is' : 'are'} not sent yet, and would be lost.`;
        if (n && !(await ask({ title: 'Sign out?', text, ok: 'Sign out', isBad: true }))) return;
        removeEventListener('hashchange', this.onhash);
        keep(null);
        this.pane?.close();
        this.drafts.clear();
        place.replaceChildren(h('main.loading', null, 'Signing out…'));
        await this.client.logout();
        location.replace(addressOfNobody());
    }
}

const nothing = () => h('div.nothing', null, h('p', null, 'Choose a conversation, or begin one.'));

await signIn(place, client => new App(client).begin());
