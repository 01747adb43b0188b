// @ts-check
/** Search, and the lists of pinned and saved messages. */
import { attempt, avatar, briefTime, button, h, shortName, walkable } from './dom.js';
import { pathOf } from './halley.js';
import { brief, senderName } from './text.js';

/** @typedef {import('./app.js').App} App */
/** @typedef {import('./model.js').Message} Message */
/** @typedef {import('./model.js').Peer} Peer */

const PAGE = 20;
const PAUSE = 250;

/** Messages as results, which lead to where they stand. @param {App} app @param {Message[]} messages */
function results(app, messages) {
    return messages.map(message => {
        const peer = app.client.peerOf(message);
        const where = peer.type === 'group' ? message.data?.entities?.receiver?.entity?.name ?? peer.id : null;
        return item(avatar({ id: message.sender, name: senderName(message) }), [
            h('b', { dir: 'auto' }, senderName(message), where && ` in ${shortName(where)}`),
            briefTime(message.sentAt), h('span', { dir: 'auto' }, brief(message, app.client.me.uid)),
        ], () => attempt(() => app.openMessage(message)));
    });
}

/** @param {any} face @param {any[]} words @param {() => void} onclick */
export const item = (face, words, onclick) => h('li', null, h('button.result', { type: 'button', onclick }, face, h('span.words', null, words)));

/** A list that is read page by page. @param {App} app @param {(cursor: any) => Promise<{ messages: Message[], next: any }>} read @param {string} none */
async function pages(app, read, none) {
    const list = h('ul.results', { 'aria-label': 'Messages' });
    walkable(list, 'button');
    const more = button('More', () => attempt(next), { class: 'link', hidden: true });
    let cursor;
    const next = async () => {
        const page = await read(cursor);
        cursor = page.next;
        list.append(...results(app, page.messages));
        more.hidden = !cursor;
        if (!list.childElementCount) list.append(h('li.none', null, none));
    };
    await next();
    return h('div', null, list, more);
}

/** @param {App} app */
export const savedList = app => marked(app, '/messages', { saved: true }, 'Nothing saved yet.');

/** @param {App} app @param {Peer} peer */
export const pinnedList = (app, peer) => marked(app, `${pathOf(peer)}/messages`, { pinned: true }, 'Nothing pinned here.');

/** @param {App} app @param {string} path @param {any} query @param {string} none */
const marked = (app, path, query, none) => pages(app, async cursor => {
    const { data, meta } = await app.client.request('GET', path, { query: { ...query, ...cursor, limit: PAGE } });
    return { messages: data, next: meta?.next };
}, none);

/** The newest first; a page may be short, or empty, and lead on. @param {App} app @param {string} path @param {string} searchKey */
const found = (app, path, searchKey) => pages(app, async cursor => {
    const query = { searchKey, affix: 'prepend', limit: PAGE, categories: 'message', ...cursor };
    const { data, meta } = await app.client.request('GET', path, { query });
    const { id } = meta?.previous ?? {};
    const isEnd = data.length < PAGE && !id;
    return { messages: data.reverse(), next: isEnd || !id ? undefined : { id } };
}, 'No message holds this.');

/** @param {App} app @param {string} text @param {Peer} [peer] One conversation, or else everything. */
export function searchPanel(app, text, peer) {
    const people = h('ul.results', { 'aria-label': 'People and groups' });
    const messages = h('div', { role: 'region', 'aria-label': 'Found messages', 'aria-live': 'polite' });
    walkable(people, 'button');
    let timer = 0;
    let turn = 0;
    const look = async () => {
        const wanted = field.value.trim();
        turn += 1;
        const mine = turn;
        if (!wanted) return people.replaceChildren(), messages.replaceChildren();
        const [others, list] = await Promise.all([peer ? [] : parties(app, wanted), found(app, peer ? `${pathOf(peer)}/messages` : '/messages', wanted)]);
        // Whoever writes on wants what is found then.
        if (mine !== turn) return;
        people.replaceChildren(...others);
        messages.replaceChildren(list);
    };
    const field = h('input', { type: 'search', 'aria-label': 'Search for', placeholder: 'Search for', autocomplete: 'off',
        oninput: () => (clearTimeout(timer), timer = setTimeout(() => attempt(look), PAUSE)) });
    field.value = text;
    if (text) attempt(look);
    return h('div.search', { role: 'search' }, field, people, messages);
}

/** @param {App} app @param {string} searchKey */
async function parties(app, searchKey) {
    const query = { searchKey, perPage: 5 };
    const [users, groups] = await Promise.all([app.client.request('GET', '/users', { query }), app.client.request('GET', '/groups', { query })]);
    return [
        ...users.data.filter(one => one.uid !== app.client.me.uid).map(one => item(avatar({ id: one.uid, name: one.name, url: one.avatar, status: one.status }),
            [h('b', { dir: 'auto' }, shortName(one.name, one.uid))], () => attempt(() => app.openChat({ type: 'user', id: one.uid })))),
        ...groups.data.map(one => item(avatar({ id: one.guid, name: one.name, url: one.icon }),
            [h('b', { dir: 'auto' }, shortName(one.name, one.guid)), h('span', null, `${one.type} group`)], () => attempt(() => app.openChat({ type: 'group', id: one.guid })))),
    ];
}
