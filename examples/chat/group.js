// @ts-check
/** Groups: making one, joining, members and their roles, bans, leaving. */
import { attempt, avatar, button, h, notify, shortName, signButton, webUrl } from './dom.js';
import { ask, openMenu } from './dialog.js';
import { conversationButtons, listOf } from './people.js';
import { members } from './text.js';

/** @typedef {import('./app.js').App} App */
/** @typedef {import('./model.js').Group} Group */

const SCOPES = /** @type {[string, string][]} */ ([['participant', 'participant'], ['moderator', 'moderator'], ['admin', 'admin']]);
const TYPES = /** @type {[string, string][]} */ ([['public', 'Public: anybody may join'], ['password', 'By password'], ['private', 'Private: by invitation']]);

/** @param {string} guid */
const pathOf = guid => `/groups/${encodeURIComponent(guid)}`;

/** @param {App} app */
export async function createGroup(app) {
    /** @type {any} */
    let created;
    // Tried again it is the same group.
    const suffix = crypto.randomUUID().slice(0, 8);
    const answer = await ask({ title: 'New group', ok: 'Create', fields: [
        { name: 'name', label: 'Name', required: true, maxlength: 100 },
        { name: 'type', label: 'Who may join', options: TYPES },
        { name: 'password', label: 'Password, if it has one', maxlength: 100 },
        { name: 'members', label: 'Members', hint: 'UIDs, separated by commas or blanks' },
    ] }, async ({ name, type, password, members: named }) => {
        const participants = uidsIn(named);
        const body = { guid: `${slug(name)}-${suffix}`, name, type, ...(type === 'password' && { password }), ...(participants.length && { members: { participants } }) };
        created = (await app.client.request('POST', '/groups', { body })).data;
    });
    if (!answer) return;
    tellFailures(created.members);
    await app.openChat({ type: 'group', id: created.guid });
}

/** The beginning of an id, which says what the group was called first. @param {string} name */
const slug = name => name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 60) || 'group';

/** @param {string} text */
const uidsIn = text => text.split(/[\s,]+/).map(uid => uid.replace(/^@/, '')).filter(Boolean);

/** What did not become of some of several. @param {Record<string, Record<string, any>> | undefined} outcomes */
function tellFailures(outcomes) {
    for (const [uid, { success, error }] of Object.values(outcomes ?? {}).flatMap(Object.entries)) {
        if (success === false) notify(new Error(`${uid}: ${error?.message ?? 'was not added'}`));
    }
}

/** @param {App} app @param {Group} group */
export async function joinGroup(app, group) {
    const join = body => app.client.perform('POST', `${pathOf(group.guid)}/members`, { body });
    const fields = [{ name: 'password', label: 'Password', type: 'password', required: true }];
    try {
        if (group.type !== 'password') await join({});
        else if (!(await ask({ title: `Join ${shortName(group.name)}`, ok: 'Join', fields }, join))) return;
    } catch (error) {
        // How one gets in, and whether at all, may be another by now.
        for (const pane of app.panesOf({ type: 'group', id: group.guid })) pane.look();
        throw error;
    }
    await app.openChat({ type: 'group', id: group.guid });
}

/** @param {App} app @param {string} guid */
export async function groupPanel(app, guid) {
    const group = /** @type {Group} */ ((await app.client.request('GET', pathOf(guid))).data);
    const isLeader = group.scope === 'admin' || group.scope === 'moderator';
    const isAdmin = group.scope === 'admin';
    const isOwner = group.owner === app.client.me.uid;
    const anew = () => app.panels.group(guid);
    const list = group.hasJoined && await listOf(app, `${pathOf(guid)}/members`, {}, member => memberItem(app, group, member), { label: 'Members', none: 'Nobody.' });
    const banned = isLeader && await listOf(app, `${pathOf(guid)}/bannedusers`, {}, user =>
        h('li.person', null, words(user, 'banned'), button('Lift the ban', () => attempt(async () => {
            await app.client.request('DELETE', `${pathOf(guid)}/bannedusers/${encodeURIComponent(user.uid)}`);
            await anew();
        }))), { label: 'Banned', none: 'Nobody is banned.' });
    const icon = webUrl(group.icon);
    return h('div.about-group', null,
        avatar({ id: guid, name: group.name, url: icon ?? undefined }), h('h3', { dir: 'auto' }, shortName(group.name, guid)),
        h('p', null, `${group.type} · ${members(group.membersCount)} · you are ${group.scope ?? 'not a member'}`),
        group.description && h('p', { dir: 'auto' }, group.description),
        h('div.buttons', null,
            isAdmin && button('Edit', () => attempt(() => edit(app, group, anew))),
            isLeader && button('Add members', () => attempt(() => add(app, group, anew)), { class: 'primary' }),
            !group.hasJoined && button('Join', () => app.panels.join(group), { class: 'primary' }),
            group.hasJoined && !isOwner && button('Leave', () => attempt(() => leave(app, group)), { class: 'bad' }),
            isOwner && button('Delete group', () => attempt(() => remove(app, group)), { class: 'bad' })),
        group.hasJoined && conversationButtons(app, { type: 'group', id: guid }),
        list && [h('h3', null, 'Members'), list],
        banned && [h('h3', null, 'Banned'), banned]);
}

/** @param {any} user @param {string} role */
const words = (user, role) => [
    avatar({ id: user.uid, name: user.name, url: user.avatar, status: user.status }),
    h('span.words', null, h('b', { dir: 'auto' }, shortName(user.name, user.uid)), h('span', null, role))];

/** @param {App} app @param {Group} group @param {any} member */
function memberItem(app, group, member) {
    const isOwner = member.uid === group.owner;
    const isMe = member.uid === app.client.me.uid;
    const path = `${pathOf(group.guid)}/members/${encodeURIComponent(member.uid)}`;
    const anew = () => app.panels.group(group.guid);
    const act = work => () => attempt(async () => (await work(), await anew()));
    const isAdmin = group.scope === 'admin';
    const mayRemove = !isOwner && !isMe && (isAdmin || (group.scope === 'moderator' && member.scope === 'participant'));
    const choices = [
        { text: 'About', onclick: () => app.panels.user(member.uid) },
        ...(isAdmin && !isOwner && !isMe ? SCOPES.filter(([scope]) => scope !== member.scope).map(([scope]) =>
            ({ text: `Make ${scope}`, onclick: act(() => app.client.request('PUT', path, { body: { scope } })) })) : []),
        ...(group.owner === app.client.me.uid && !isMe ? [{ text: 'Make owner', onclick: act(() => app.client.request('PATCH', `${pathOf(group.guid)}/owner`, { body: { owner: member.uid } })) }] : []),
        ...(mayRemove ? [
            { text: 'Remove', isBad: true, onclick: act(() => app.client.request('DELETE', path)) },
            { text: 'Ban', isBad: true, onclick: act(() => app.client.request('POST', `${pathOf(group.guid)}/bannedusers/${encodeURIComponent(member.uid)}`)) },
        ] : []),
    ];
    const name = shortName(member.name, member.uid);
    return h('li.person', null, words(member, `${member.scope}${isOwner ? ', owner' : ''}${isMe ? ', you' : ''}`),
        signButton('⋯', `What to do with ${name}`, event => openMenu(event.currentTarget, name, () => choices), { 'aria-haspopup': 'menu' }));
}

/** @param {App} app @param {Group} group @param {() => any} anew */
async function add(app, group, anew) {
    const answer = await ask({ title: 'Add members', ok: 'Add', fields: [
        { name: 'uids', label: 'UIDs', required: true, hint: 'Separated by commas or blanks' }, { name: 'scope', label: 'As', options: SCOPES }] },
    async ({ scope, uids }) => tellFailures((await app.client.request('POST', `${pathOf(group.guid)}/members`, { body: { [`${scope}s`]: uidsIn(uids) } })).data));
    if (answer) await anew();
}

/** @param {App} app @param {Group} group @param {() => any} anew */
async function edit(app, group, anew) {
    const answer = await ask({ title: 'Edit group', ok: 'Save', fields: [
        { name: 'name', label: 'Name', value: group.name, required: true, maxlength: 100 },
        { name: 'description', label: 'Description', value: group.description ?? '', maxlength: 255 },
        { name: 'icon', label: 'Icon', value: group.icon ?? '', type: 'url', hint: 'A URL' }] }, async ({ name, ...rest }) => {
        const given = Object.entries(rest);
        const unset = given.filter(([key, value]) => !value && group[key]).map(([key]) => key);
        const body = { name, ...Object.fromEntries(given.filter(([, value]) => value)), ...(unset.length && { unset }) };
        await app.client.request('PUT', pathOf(group.guid), { body });
    });
    if (!answer) return;
    await Promise.all(app.panesOf({ type: 'group', id: group.guid }).map(pane => pane.learn()));
    await app.inbox.refresh({ type: 'group', id: group.guid });
    await anew();
}

/** @param {App} app @param {Group} group */
async function leave(app, group) {
    if (!(await ask({ title: `Leave ${shortName(group.name)}?`, ok: 'Leave', isBad: true }))) return;
    await app.client.request('DELETE', `${pathOf(group.guid)}/members`);
    await gone(app, group);
}

/** @param {App} app @param {Group} group */
async function remove(app, group) {
    const text = 'All its messages go, for everybody.';
    if (!(await ask({ title: `Delete ${shortName(group.name)}?`, text, ok: 'Delete', isBad: true }))) return;
    await app.client.request('DELETE', pathOf(group.guid));
    await gone(app, group);
}

/** @param {App} app @param {Group} group */
async function gone(app, { guid }) {
    app.closeChat({ type: 'group', id: guid });
    await app.inbox.load();
}
