// @ts-check
/** What stands at the side: one thing at a time. */
import { attempt, h, signButton } from './dom.js';
import { receiptsOf } from './deeds.js';
import { pinnedList, savedList, searchPanel } from './find.js';
import { groupPanel, joinGroup } from './group.js';
import { blockedList, peoplePanel, setBlock, userPanel } from './people.js';
import { Pane } from './pane.js';

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
        /** What is shown, so that it can be shown anew. */
        this.shown = '';
    }

    /** @param {string} title @param {any} content @param {{ leave?: () => void, shown?: string }} [options] */
    show(title, content, { leave = () => {}, shown = '' } = {}) {
        const isAnew = shown !== '' && shown === this.shown;
        this.leave();
        if (this.element.hidden) this.before = document.activeElement;
        this.leave = leave;
        this.shown = shown;
        this.title.textContent = title;
        this.body.replaceChildren(content);
        this.element.hidden = false;
        document.body.dataset.side = 'open';
        if (!isAnew && !this.body.contains(document.activeElement)) this.title.focus();
    }

    close() {
        this.leave();
        this.leave = () => {};
        this.shown = '';
        this.element.hidden = true;
        this.body.replaceChildren();
        delete document.body.dataset.side;
        /** @type {any} */ (this.before)?.focus?.();
    }

    /** @param {Pane} pane @param {import('./halley.js').Message} message */
    thread(pane, message) {
        const thread = new Pane(this.app, pane.peer, message);
        thread.whom = pane.whom;
        thread.follow(pane.timeline);
        this.show('Thread', thread.element, { leave: () => thread.close(), shown: `thread ${message.id}` });
        thread.composer.field.focus();
        return attempt(() => thread.open());
    }

    /** @param {string} text @param {import('./halley.js').Peer} [peer] */
    search(text, peer) {
        const panel = searchPanel(this.app, text, peer);
        this.show(peer ? 'Search here' : 'Search', panel);
        panel.querySelector('input')?.focus();
    }

    saved() {
        return attempt(async () => this.show('Saved messages', await savedList(this.app)));
    }

    /** @param {import('./halley.js').Peer} peer */
    pinned(peer) {
        return attempt(async () => this.show('Pinned messages', await pinnedList(this.app, peer)));
    }

    /** @param {import('./halley.js').Message} message */
    receipts(message) {
        return attempt(async () => this.show('Who has read it', await receiptsOf(this.app, message)));
    }

    people() {
        const panel = peoplePanel(this.app);
        this.show('New conversation', panel);
        panel.querySelector('input')?.focus();
    }

    blocked() {
        return attempt(async () => this.show('Blocked people', await blockedList(this.app), { shown: 'blocked' }));
    }

    /** @param {string} uid */
    user(uid) {
        return attempt(async () => this.show('About', await userPanel(this.app, uid), { shown: `user ${uid}` }));
    }

    /** @param {string} uid @param {boolean} isOn */
    block(uid, isOn) {
        return attempt(() => setBlock(this.app, uid, isOn));
    }

    /** @param {string} guid */
    group(guid) {
        return attempt(async () => this.show('Group', await groupPanel(this.app, guid), { shown: `group ${guid}` }));
    }

    /** @param {import('./halley.js').Group} group */
    join(group) {
        return attempt(() => joinGroup(this.app, group));
    }

    inspector() {
        const { inspector } = this.app;
        this.show('Inspector', inspector.open(), { leave: () => inspector.close() });
    }
}
