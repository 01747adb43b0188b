// @ts-check
/** What one can do with a message, where: its menu, and what stands behind each choice. */
import { attempt, h, notify, shortName } from './dom.js';
import { ask, openMenu } from './dialog.js';
import { brief, plain } from './text.js';

/** @typedef {import('./model.js').Message} Message */

const REACTIONS = ['👍', '❤️', '😂', '🎉', '😮', '😢', '🙏', '👀'];
const LEADERS = ['admin', 'moderator'];

/**
 * What one may do with a message where it stands, as far as the page knows; the service decides.
 * @param {import('./pane.js').Pane} pane @param {Message} message
 */
export function rightsOn(pane, { sender, deletedAt }) {
    const isHere = !deletedAt && pane.standing !== 'out';
    const isHeard = isHere && pane.standing !== 'blocked';
    const isMine = sender === pane.app.client.me.uid;
    const isLeader = LEADERS.includes(pane.group?.scope ?? '');
    return { isMine, keep: isHere, answer: isHeard, change: isHeard && (isMine || isLeader), pin: isHeard && (pane.peer.type === 'user' || isLeader) };
}

/** @param {import('./pane.js').Pane} pane @returns {import('./message.js').Deeds} */
export function deedsIn(pane) {
    const { app } = pane;
    const { client, panels } = app;
    const react = (message, reaction) => attempt(() => client.react(message, reaction));
    return {
        me: client.me.uid,
        isThread: pane.isThread,
        get standing() {
            return pane.standing;
        },
        may: message => rightsOn(pane, message),
        react,
        menu: (message, anchor) => openMenu(anchor, 'Message', () => choices(pane, pane.timeline.find(message.id) ?? message, react)),
        openThread: message => panels.openThread(pane, message),
        jump: id => attempt(() => pane.list.jump(id)),
        showUser: uid => panels.user(uid),
        fresh: message => client.refresh(message.id).catch(() => {}),
    };
}

/** @param {import('./pane.js').Pane} pane @param {Message} message @param {(message: Message, reaction: string) => void} react
 * @returns {import('./dialog.js').Choice[]} */
function choices(pane, message, react) {
    if (message.deletedAt) return [];
    const { client, panels } = pane.app;
    const may = rightsOn(pane, message);
    const isText = typeof message.data.text === 'string';
    const mark = (name, isOn) => () => attempt(() => client.mark(message, name, isOn));
    const all = [
        may.answer && { signs: REACTIONS, onclick: sign => react(message, sign) },
        may.answer && { text: 'React with…', onclick: () => reactWith(message, react) },
        may.answer && !pane.isThread && { text: 'Reply in thread', onclick: () => panels.openThread(pane, message) },
        may.answer && { text: 'Quote', onclick: () => pane.composer.quote(message) },
        isText && { text: 'Copy text', onclick: () => attempt(() => navigator.clipboard.writeText(plain(message.data.text, message.data.mentions))) },
        may.pin && { text: message.pinnedAt ? 'Unpin' : 'Pin', onclick: mark('pin', !message.pinnedAt) },
        may.keep && { text: message.savedAt ? 'Unsave' : 'Save', onclick: mark('save', !message.savedAt) },
        may.keep && !may.isMine && !pane.isThread && { text: 'Mark as unread', onclick: () => attempt(() => pane.markUnread(message)) },
        may.keep && may.isMine && { text: 'Who has read it', onclick: () => panels.receipts(message) },
        may.change && isText && { text: 'Edit', onclick: () => pane.composer.edit(message) },
        may.change && { text: 'Delete', isBad: true, onclick: () => remove(client, message) },
    ];
    return /** @type {import('./dialog.js').Choice[]} */ (all.filter(Boolean));
}

/** @param {Message} message @param {(message: Message, reaction: string) => void} react */
async function reactWith(message, react) {
    const answer = await ask({ title: 'React', fields: [{ name: 'reaction', label: 'An emoji or a word', required: true, maxlength: 45 }], ok: 'React' });
    if (answer?.reaction.trim()) react(message, answer.reaction.trim());
}

/** @param {import('./halley.js').Halley} client @param {Message} message */
async function remove(client, message) {
    const text = brief(message, client.me.uid);
    if (await ask({ title: 'Delete this message?', text, ok: 'Delete', isBad: true })) await attempt(() => client.remove(message));
}

/** Who received and read a message. @param {import('./app.js').App} app @param {Message} message */
export async function receiptsOf(app, message) {
    const { receipts } = await app.client.refresh(message.id);
    const when = seconds => (seconds ? new Date(seconds * 1000).toLocaleString() : '–');
    const rows = (receipts?.data ?? []).map(({ recipient, deliveredAt, readAt }) =>
        h('tr', null, h('th', { scope: 'row' }, shortName(recipient.name, recipient.uid)), h('td', null, when(deliveredAt)), h('td', null, when(readAt))));
    if (!rows.length) notify('Nobody has received it yet.');
    return h('table.receipts', null, h('thead', null, h('tr', null, ['Who', 'Delivered', 'Read'].map(title => h('th', { scope: 'col' }, title)))), h('tbody', null, rows));
}
