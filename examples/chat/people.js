// @ts-check
/** People: to begin a conversation with, to look at, to block. Groups to join are listed with them. */
import { attempt, avatar, button, h, notify, shortName, walkable, webUrl } from './dom.js';
import { ask } from './dialog.js';
import { item } from './find.js';
import { createGroup } from './group.js';
import { members } from './text.js';

/** @typedef {import('./app.js').App} App */
/** @typedef {import('./model.js').User} User */

const PAGE = 30;
const PAUSE = 250;

/** A list that grows page by page. @param {App} app @param {string} path @param {Record<string, any>} query @param {(one: any, since: number) => any} show
 * @param {{ label: string, none: string }} words */
export async function listOf(app, path, query, show, { label, none }) {
    const list = h('ul.results', { 'aria-label': label });
    walkable(list, 'button.result');
    const more = button('More', () => attempt(next), { class: 'link', hidden: true });
    let page = 0;
    const next = async () => {
        page += 1;
        const since = app.inbox.now;
        const { data, meta } = await app.client.request('GET', path, { query: { ...query, perPage: PAGE, page } });
        const shown = data.map(one => show(one, since)).filter(Boolean);
        list.append(...shown);
        more.hidden = (meta?.pagination?.total_pages ?? 0) <= page || data.length === 0;
        if (!list.childElementCount) list.append(h('li.none', null, none));
    };
    await next();
    return h('div', null, list, more);
}

/** @param {App} app */
export function peoplePanel(app) {
    const found = h('div');
    const look = async () => {
        const searchKey = field.value.trim();
        const [people, groups] = await Promise.all([
            listOf(app, '/users', { searchKey }, (one, since) => one.uid !== app.client.me.uid && personItem(app, one, since), { label: 'People', none: 'Nobody is called so.' }),
            listOf(app, '/groups', { searchKey }, one => groupItem(app, one), { label: 'Groups', none: 'No group is called so.' }),
        ]);
        if (searchKey === field.value.trim()) found.replaceChildren(h('h3', null, 'People'), people, h('h3', null, 'Groups'), groups);
    };
    let timer = 0;
    const field = h('input', { type: 'search', 'aria-label': 'Name', placeholder: 'Name', autocomplete: 'off',
        oninput: () => (clearTimeout(timer), timer = setTimeout(() => attempt(look), PAUSE)) });
    attempt(look);
    return h('div.search', { role: 'search' }, button('New group', () => attempt(() => createGroup(app)), { class: 'primary' }), field, found);
}

/** @param {App} app @param {User} user @param {number} since */
function personItem(app, user, since) {
    app.inbox.sees(user, since);
    const words = [h('b', { dir: 'auto' }, shortName(user.name, user.uid)), h('span', null, user.blockedByMe ? 'blocked' : user.status === 'available' ? 'online' : user.uid)];
    return item(avatar({ id: user.uid, name: user.name, url: user.avatar, status: user.status }), words, () => attempt(() => app.openChat({ type: 'user', id: user.uid })));
}

/** @param {App} app @param {import('./model.js').Group} group */
function groupItem(app, group) {
    const words = [h('b', { dir: 'auto' }, shortName(group.name, group.guid)), h('span', null, `${group.type}, ${members(group.membersCount)}${group.hasJoined ? ', joined' : ''}`)];
    return item(avatar({ id: group.guid, name: group.name, url: group.icon }), words, () => attempt(() => app.openChat({ type: 'group', id: group.guid })));
}

/** @param {App} app */
export const blockedList = app => listOf(app, '/blockedusers', {}, user =>
    h('li.person', null, avatar({ id: user.uid, name: user.name }), h('span.words', null, h('b', { dir: 'auto' }, shortName(user.name, user.uid))),
        button('Unblock', () => attempt(() => setBlock(app, user.uid, false)))), { label: 'Blocked people', none: 'Nobody is blocked.' });

/** @param {App} app @param {string} uid */
export async function userPanel(app, uid) {
    const since = app.inbox.now;
    const { data } = await app.client.request('GET', `/users/${encodeURIComponent(uid)}`);
    /** @type {User & { link?: string }} */
    const user = data;
    app.inbox.sees(user, since);
    const isMe = uid === app.client.me.uid;
    const link = webUrl(user.link);
    const seen = user.status === 'available' ? 'online' : user.lastActiveAt ? `last seen ${new Date(user.lastActiveAt * 1000).toLocaleString()}` : 'offline';
    return h('div.about-user', null,
        avatar({ id: uid, name: user.name, url: user.avatar, status: user.status }),
        h('h3', { dir: 'auto' }, shortName(user.name, uid)), h('p', null, `${uid} · ${seen}`),
        user.statusMessage && h('p', { dir: 'auto' }, user.statusMessage),
        link && h('p', null, h('a', { href: link, target: '_blank', rel: 'noopener noreferrer nofollow' }, link)),
        !isMe && h('div.buttons', null,
            button('Write', () => attempt(() => app.openChat({ type: 'user', id: uid })), { class: 'primary' }),
            user.blockedByMe ? button('Unblock', () => attempt(() => setBlock(app, uid, false)))
                : button('Block', () => attempt(() => setBlock(app, uid, true)), { class: 'bad' })),
        !isMe && conversationButtons(app, { type: 'user', id: uid }),
        isMe && button('Change my name', () => attempt(() => rename(app))));
}

/** @param {App} app */
async function rename(app) {
    const answer = await ask({ title: 'Your name', fields: [{ name: 'name', label: 'Name', value: app.client.me.name, required: true, maxlength: 100 }] },
        async ({ name }) => (app.client.me = { ...app.client.me, ...(await app.client.request('PUT', '/me', { body: { name } })).data }));
    if (answer) notify('Your name is changed; who reloads sees it.');
}

/** Pins a conversation, or removes it from one's own view. @param {App} app @param {import('./model.js').Peer} peer */
export function conversationButtons(app, peer) {
    const path = `/${peer.type}s/${encodeURIComponent(peer.id)}/conversation`;
    const conversation = app.inbox.find(peer);
    if (!conversation) return null;
    const isPinned = Boolean(conversation.pinnedAt);
    const pin = async () => {
        await app.client.request(isPinned ? 'DELETE' : 'POST', `${path}/pin`);
        await app.inbox.refresh(peer);
        // Whoever looks at something else by now goes on with that.
        if (app.panels.wanted === `${peer.type} ${peer.id}`) await app.panels[peer.type](peer.id);
    };
    const remove = async () => {
        const text = 'What was said so far leaves your view; others keep it.';
        if (!(await ask({ title: 'Remove the conversation?', text, ok: 'Remove', isBad: true }))) return;
        await app.client.request('DELETE', path, { body: {} });
        app.closeChat(peer);
        await app.inbox.load();
    };
    return h('div.buttons', null, button(isPinned ? 'Unpin conversation' : 'Pin conversation', () => attempt(pin)), button('Remove conversation', () => attempt(remove), { class: 'bad' }));
}

/** @param {App} app @param {string} uid @param {boolean} isOn */
export async function setBlock(app, uid, isOn) {
    const { data } = await app.client.request(isOn ? 'POST' : 'DELETE', '/blockedusers', { body: { blockedUids: [uid] }, again: 2 });
    if (data[uid]?.success === false) throw new Error(data[uid].error?.message ?? 'That did not work.');
    notify(isOn ? 'Blocked.' : 'Unblocked.');
    const { wanted } = app.panels;
    if (wanted === `user ${uid}`) app.panels.user(uid);
    if (wanted === 'blocked') app.panels.blocked();
    await Promise.all(app.panesOf({ type: 'user', id: uid }).map(pane => pane.learn()));
}
