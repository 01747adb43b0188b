// @ts-check
/** What the page asks and is told: each request, also as curl, and each frame of the socket. So one learns the API by clicking. */
import { attempt, button, h, notify } from './dom.js';

const MOST = 200;
/** How much of a body is shown; copying gives all of it. */
const MOST_SHOWN = 20_000;

/** @typedef {{ kind: 'request', at: number, method: string, url: string, headers: Record<string, string>, body?: string, status: number,
 *   ms: number, answer: string }} Request */
/** @typedef {{ kind: 'frame', at: number, isOurs: boolean, text: string }} Frame */

/** A text in single quotes, as a shell reads it. @param {string} text */
const quoted = text => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * The request as a command. The token stands in a variable, so that nobody reads it over one's shoulder.
 * @param {Request} request @param {string} [token] Put into its place.
 */
export function curlOf({ method, url, headers, body }, token) {
    const lines = [`curl ${method === 'GET' ? '' : `-X ${method} `}${quoted(url)}`];
    for (const [name, value] of Object.entries(headers)) {
        const isSecret = name.toLowerCase() === 'authtoken';
        lines.push(isSecret && !token ? `-H "authToken: $TOKEN"` : `-H ${quoted(`${name}: ${value}`)}`);
    }
    if (body !== undefined) lines.push(`${body.startsWith('@') ? '--data-binary' : '--data-raw'} ${quoted(body)}`);
    return lines.join(' \\\n  ');
}

export class Inspector {
    /** @param {import('./halley.js').Halley} client */
    constructor(client) {
        this.client = client;
        /** @type {(Request | Frame)[]} */
        this.all = [];
        this.filter = 'all';
        this.isOpen = false;
        this.list = h('ol.traffic', { 'aria-label': 'Requests and frames, the newest first' });
        client.on('traffic', detail => this.add(detail));
    }

    open() {
        this.isOpen = true;
        this.show();
        const filters = [['all', 'All'], ['request', 'Requests'], ['frame', 'Frames']].map(([key, label]) =>
            button(label, event => {
                this.filter = key;
                for (const other of event.currentTarget.parentNode.children) other.setAttribute('aria-pressed', String(other === event.currentTarget));
                this.show();
            }, { 'aria-pressed': String(this.filter === key) }));
        return h('div.inspector', null,
            h('p', null, 'What this page asks over HTTP, and says and hears over its socket. ', h('code', null, '$TOKEN'), ' stands for the token; copying puts it in.'),
            h('div.buttons', { role: 'group', 'aria-label': 'Show' }, filters, button('Clear', () => (this.all = [], this.show()))), this.list);
    }

    close() {
        this.isOpen = false;
        this.list.replaceChildren();
    }

    /** @param {Request | Frame} entry */
    add(entry) {
        this.all.push(entry);
        if (this.all.length > MOST) this.all.shift();
        if (!this.isOpen || !this.fits(entry)) return;
        this.list.prepend(this.row(entry));
        while (this.list.childElementCount > MOST) this.list.lastElementChild.remove();
    }

    /** @param {Request | Frame} entry */
    fits(entry) {
        return this.filter === 'all' || this.filter === entry.kind;
    }

    show() {
        this.list.replaceChildren(...this.all.filter(one => this.fits(one)).reverse().map(one => this.row(one)));
    }

    /** What is inside is made when somebody opens it. @param {Request | Frame} entry */
    row(entry) {
        const details = h('details', { ontoggle: () => details.open && details.childElementCount === 1 && details.append(...this.inside(entry)) }, this.summary(entry));
        return h('li', null, details);
    }

    /** @param {Request | Frame} entry */
    summary(entry) {
        if (entry.kind === 'frame') {
            const { type, action, body } = parsed(entry.text) ?? {};
            const words = [type ?? action ?? 'frame', type && type !== 'message' ? body?.action : body?.category].filter(word => typeof word === 'string');
            return h('summary', null, h('b', { class: entry.isOurs ? 'ours' : 'theirs' }, entry.isOurs ? '↑' : '↓'), ` ${words.join(' ')}`, h('small', null, `${entry.text.length} B`));
        }
        const path = entry.url.startsWith(this.client.api) ? entry.url.slice(this.client.api.length) : new URL(entry.url).pathname;
        const isBad = entry.status >= 400;
        return h('summary', null, h('b', null, entry.method), ` ${path.slice(0, 200)} `, h(isBad ? 'span.status.bad' : 'span.status', null, String(entry.status || '–')), h('small', null, `${entry.ms} ms`));
    }

    /** @param {Request | Frame} entry */
    inside(entry) {
        if (entry.kind === 'frame') return [pre(this.masked(entry.text))];
        const copy = button('Copy as curl', () => attempt(async () => {
            await navigator.clipboard.writeText(curlOf(entry, this.client.token));
            notify('Copied.');
        }));
        return [pre(curlOf(entry)), copy, entry.answer && pre(this.masked(entry.answer))].filter(Boolean);
    }

    /** @param {string} text */
    masked(text) {
        const json = parsed(text);
        return (json ? JSON.stringify(json, null, 2) : text).replaceAll(this.client.token, '$TOKEN').slice(0, MOST_SHOWN);
    }
}

/** @param {string} text */
const pre = text => h('pre', { tabindex: 0 }, text);

/** @param {string} text */
function parsed(text) {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
}
