// @ts-check
/** `@` in a text field: who is meant is offered, and sent as `<@uid:UID>`. */
import { announce, avatar, h, shortName } from './dom.js';
import { pathOf } from './halley.js';

/** @typedef {import('./model.js').User} User */

/** What is being written behind an `@` that begins a word. */
const BEGUN = /(^|\s)@([^\s@]{0,50})$/;
const PAUSE = 120;

/** Whom one may mention in a conversation. @param {import('./pane.js').Pane} pane @param {string} begun */
export async function mentionable({ app: { client }, peer, whom }, begun) {
    if (peer.type === 'group') {
        const query = { searchKey: begun, perPage: 7 };
        const { data } = await client.request('GET', `${pathOf(peer)}/members`, { query });
        return data.filter(one => one.uid !== client.me.uid);
    }
    return [{ ...whom, uid: peer.id }].filter(one => `${one.name} ${one.uid}`.toLowerCase().includes(begun));
}

export class Mentions {
    /** @param {any} field @param {(begun: string) => Promise<User[]>} candidates */
    constructor(field, candidates) {
        this.field = field;
        this.candidates = candidates;
        /** Whom a name means in this text. @type {Map<string, string>} */
        this.uids = new Map();
        /** @type {User[]} */
        this.offered = [];
        this.chosen = 0;
        this.timer = 0;
        this.list = h('ul.mentions', { role: 'listbox', id: `mentions-${crypto.randomUUID()}`, 'aria-label': 'People to mention', hidden: true });
        field.setAttribute('aria-autocomplete', 'list');
        field.setAttribute('aria-controls', this.list.id);
        field.addEventListener('input', () => this.look());
        field.addEventListener('blur', () => setTimeout(() => this.hide(), 150));
    }

    get begun() {
        return BEGUN.exec(this.field.value.slice(0, this.field.selectionStart))?.[2];
    }

    look() {
        clearTimeout(this.timer);
        const begun = this.begun;
        if (begun === undefined) return this.hide();
        this.timer = setTimeout(async () => {
            const found = await this.candidates(begun.toLowerCase()).catch(() => []);
            // Whoever writes on asks again.
            if (this.begun === begun) this.offer(found.slice(0, 6));
        }, PAUSE);
    }

    /** @param {User[]} users */
    offer(users) {
        if (!users.length) return this.hide();
        this.offered = users;
        this.chosen = 0;
        this.list.hidden = false;
        announce(`${users.length} people to mention`);
        this.show();
    }

    show() {
        this.list.replaceChildren(...this.offered.map((user, n) =>
            h('li', { role: 'option', id: `${this.list.id}-${n}`, 'aria-selected': String(n === this.chosen),
                onpointerdown: event => (event.preventDefault(), this.choose(n)) },
            avatar({ id: user.uid, name: user.name, url: user.avatar }), h('span', null, shortName(user.name, user.uid)), h('small', null, user.uid))));
        this.field.setAttribute('aria-activedescendant', `${this.list.id}-${this.chosen}`);
    }

    hide() {
        this.list.hidden = true;
        this.offered = [];
        this.field.removeAttribute('aria-activedescendant');
    }

    /** @param {number} n */
    choose(n) {
        const user = this.offered[n];
        const { value, selectionStart } = this.field;
        const before = value.slice(0, selectionStart).replace(BEGUN, '$1');
        const name = this.nameOf(user.uid, user.name);
        this.field.value = `${before}@${name} ${value.slice(selectionStart)}`;
        this.field.selectionStart = this.field.selectionEnd = before.length + name.length + 2;
        this.hide();
    }

    /** A name that means nobody else in this text. @param {string} uid @param {string} given */
    nameOf(uid, given) {
        const short = shortName(given, uid);
        const name = (this.uids.get(short) ?? uid) === uid ? short : uid;
        this.uids.set(name, uid);
        return name;
    }

    /** Whether the key was for the list. @param {KeyboardEvent} event */
    takes(event) {
        if (this.list.hidden) return false;
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step) this.chosen = (this.chosen + step + this.offered.length) % this.offered.length;
        if (step) this.show();
        else if (event.key === 'Enter' || event.key === 'Tab') this.choose(this.chosen);
        else if (event.key === 'Escape') this.hide();
        else return false;
        event.preventDefault();
        return true;
    }

    /** The text as it is sent; a name that goes on is another. @param {string} text */
    encode(text) {
        const names = [...this.uids.keys()].sort((one, other) => other.length - one.length);
        if (!names.length) return text;
        const any = names.map(name => name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|');
        return text.replace(new RegExp(`@(${any})(?![\\p{L}\\p{N}])`, 'gu'), (_, name) => `<@uid:${this.uids.get(name)}>`);
    }

    /** The text as it is written. @param {string} text @param {Record<string, any>} mentions */
    decode(text, mentions = {}) {
        return text.replace(/<@uid:([\w-]{1,100})>/gi, (whole, uid) => {
            const user = Object.hasOwn(mentions, uid.toLowerCase()) ? mentions[uid.toLowerCase()] : undefined;
            return user ? `@${this.nameOf(user.uid, user.name)}` : whole;
        });
    }

    clear() {
        this.uids.clear();
        this.hide();
    }
}
