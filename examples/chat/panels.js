// @ts-check
/** What stands at the side: one thing at a time. */
import { attempt, h, signButton } from './dom.js';
import { receiptsOf } from './deeds.js';
import { pinnedList, savedList, searchPanel } from './find.js';
import { groupPanel, joinGroup } from './group.js';
import { blockedList, peoplePanel, setBlock, userPanel } from './people.js';
import { keyOf } from './halley.js';
import { Pane } from './pane.js';
import { unsentList } from './unsent.js';

/** @param {any} element */
const nameOf = element => element.getAttribute('aria-label') ?? element.textContent;

export class Panels {
    /** @param {import('./app.js').App} app */
    constructor(app) {
        this.app = app;
        this.title = h('h2', { tabindex: -1 });
        this.body = h('div.panel-body');
        this.element = h('aside.panel', { 'aria-label': 'Details', hidden: true },
            h('header', null, this.title, signButton('✕', 'Close', () => this.close())), this.body);
        this.element.addEventListener('keydown', event => {
            if (event.key === 'Escape' && !event.defaultPrevented && !event.target.value) this.close();
        });
        this.leave = () => {};
        /** The thread that is shown. @type {Pane | undefined} */
        this.thread = undefined;
        /** What one wants to see, which may have to be read first; how often something was asked for, and which of these is shown. */
        this.wanted = '';
        this.asked = 0;
        this.answered = 0;
        /** What is shown, so that it can be shown anew. */
        this.shown = '';
        /** The conversation that it is part of, if it is part of one. */
        this.of = '';
    }

    /** @param {string} title @param {any} content @param {{ leave?: () => void, shown?: string, of?: string }} [options] `of` is the conversation that it is part of. */
    show(title, content, { leave = () => {}, shown = '', of = '' } = {}) {
        this.wanted = shown;
        const isAnew = shown !== '' && shown === this.shown;
        const focused = this.body.contains(document.activeElement) ? nameOf(document.activeElement) : '';
        this.leave();
        if (this.element.hidden) this.before = document.activeElement;
        Object.assign(this, { leave, shown, of });
        this.title.textContent = title;
        this.body.replaceChildren(content);
        this.element.hidden = false;
        document.body.dataset.side = 'open';
        if (isAnew ? !focused : this.body.contains(document.activeElement)) return;
        // Who did something there goes on from there.
        ([...this.body.querySelectorAll('button, input')].find(one => isAnew && nameOf(one) === focused) ?? this.title).focus();
    }

    /** Shows what has to be read first, unless one wanted something else meanwhile. @param {string} title @param {(app: import('./app.js').App) => Promise<any>} read
     * @param {{ shown?: string, of?: string }} [options] */
    after(title, read, { shown = title, of = '' } = {}) {
        const turn = (this.asked += 1);
        this.wanted = shown;
        return attempt(async () => {
            const content = await read(this.app);
            if (this.wanted !== shown || turn < this.answered) return;
            this.answered = turn;
            this.show(title, content, { shown, of });
        });
    }

    close() {
        this.leave();
        Object.assign(this, { wanted: '', shown: '', of: '', leave: () => {} });
        this.element.hidden = true;
        this.body.replaceChildren();
        delete document.body.dataset.side;
        const before = /** @type {any} */ (this.before);
        (before?.isConnected ? before : this.app.pane ?? this.app.main).focus();
    }

    /** @param {Pane} pane @param {import('./model.js').Message} message */
    openThread(pane, message) {
        const shown = `thread ${message.id}`;
        if (this.shown === shown) return this.body.querySelector('textarea')?.focus();
        const thread = new Pane(this.app, pane.peer, message);
        thread.whom = pane.whom;
        thread.follow(pane.timeline);
        this.show('Thread', thread.element, { leave: () => (thread.close(), (this.thread = undefined)), shown, of: pane.key });
        this.thread = thread;
        thread.composer.field.focus();
        return attempt(() => thread.open());
    }

    /** @param {string} text @param {import('./model.js').Peer} [peer] */
    search(text, peer) {
        const panel = searchPanel(this.app, text, peer);
        this.show(peer ? 'Search here' : 'Search', panel, { of: peer && keyOf(peer) });
        panel.querySelector('input')?.focus();
    }

    saved() {
        return this.after('Saved messages', savedList);
    }

    /** @param {import('./model.js').Peer} peer */
    pinned(peer) {
        return this.after('Pinned messages', app => pinnedList(app, peer), { of: keyOf(peer) });
    }

    /** @param {import('./model.js').Message} message */
    receipts(message) {
        return this.after('Who has read it', app => receiptsOf(app, message), { of: keyOf(this.app.client.peerOf(message)) });
    }

    people() {
        const panel = peoplePanel(this.app);
        this.show('New conversation', panel);
        panel.querySelector('input')?.focus();
    }

    blocked() {
        return this.after('Blocked people', blockedList, { shown: 'blocked' });
    }

    /** What waits to be sent, or was refused, wherever it was to go. */
    unsent() {
        const stop = new AbortController();
        this.show('Not sent', unsentList(this.app, stop.signal), { leave: () => stop.abort(), shown: 'unsent' });
    }

    /** @param {string} uid */
    user(uid) {
        return this.after('About', app => userPanel(app, uid), { shown: `user ${uid}` });
    }

    /** @param {string} uid @param {boolean} isOn */
    block(uid, isOn) {
        return attempt(() => setBlock(this.app, uid, isOn));
    }

    /** @param {string} guid */
    group(guid) {
        return this.after('Group', app => groupPanel(app, guid), { shown: `group ${guid}`, of: `group/${guid}` });
    }

    /** @param {import('./model.js').Group} group */
    join(group) {
        return attempt(() => joinGroup(this.app, group));
    }

    inspector() {
        const { inspector } = this.app;
        this.show('Inspector', inspector.open(), { leave: () => inspector.close() });
    }
}
