// @ts-check
/** What people wrote, as elements: links and mentions; and messages in a few words. */
import { h, shortName, webUrl } from './dom.js';

/** @typedef {import('./model.js').Message} Message */

const PARTS = /(<@uid:[\w-]{1,100}>|https?:\/\/[^\s<>"]+)/gi;
const MENTION = /<@uid:([\w-]{1,100})>/gi;
/** How much of a text is shown before one asks for more. */
export const MOST_SHOWN = 3000;

/** The user whom a text mentions, if the service knows them. @param {any} mentions @param {string} uid */
const mentioned = (mentions, uid) => (mentions && Object.hasOwn(mentions, uid) ? mentions[uid] : undefined);

/** @param {string} text @param {Record<string, any>} mentions The users whom it mentions. @param {string} me @returns {any[]} */
export function rich(text, mentions, me) {
    return String(text).split(PARTS).map(part => {
        const uid = /^<@uid:(.+)>$/i.exec(part)?.[1].toLowerCase();
        if (uid) {
            const name = shortName(mentioned(mentions, uid)?.name, uid);
            return h(uid === me ? 'span.mention.me' : 'span.mention', null, `@${name}`);
        }
        return /^https?:\/\//i.test(part) ? link(part) : part;
    });
}

/** What ends a sentence is no part of a link, nor is a bracket that it does not open. @param {string} part */
function link(part) {
    let text = part;
    for (let before = ''; before !== text; ) {
        before = text;
        text = text.replace(/[.,;:!?'"]+$/, '');
        if (/[)\]}]$/.test(text) && !/[([{]/.test(text)) text = text.slice(0, -1);
    }
    const href = webUrl(text);
    return href ? [h('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, text), part.slice(text.length)] : part;
}

/** @param {string} text @param {Record<string, any>} mentions */
export const plain = (text, mentions) =>
    String(text).replace(MENTION, (_, uid) => `@${shortName(mentioned(mentions, uid.toLowerCase())?.name, uid)}`);

/** @param {number} n */
export const members = n => `${n} ${n === 1 ? 'member' : 'members'}`;

/** @param {Message} message */
export const senderOf = message => message.data?.entities?.sender?.entity ?? message.data?.entities?.by?.entity;

/** @param {Message} message */
export const senderName = message => shortName(senderOf(message)?.name, message.sender);

/** A message in a few words, for lists and quotes. @param {Message | undefined} message @param {string} me */
export function brief(message, me) {
    if (!message) return 'No messages yet';
    if (message.category === 'action') return deed(message, me);
    if (message.deletedAt) return 'Message deleted';
    const { data = {} } = message;
    const text = typeof data.text === 'string' ? plain(data.text, data.mentions) : '';
    const sign = { image: '🖼 Image', video: '🎞 Video', audio: '🎵 Audio', file: '📎 File' }[message.type];
    const words = [sign, text].filter(Boolean).join(': ') || `[${message.category}: ${message.type}]`;
    return words.length > 200 ? `${words.slice(0, 199)}…` : words;
}

/** Whom a message about members concerns. @param {Message} message @returns {string} */
export const memberIn = ({ data, sender }) => (data.action === 'left' ? sender : data.entities?.on?.entity?.uid ?? sender);

/** What a message about members tells. @param {Message} message @param {string} me */
export function deed(message, me) {
    const { action, entities = {}, extras } = message.data ?? {};
    const name = entity => (entity?.uid === me ? 'You' : entity?.uid === 'app_system' ? 'The app' : shortName(entity?.name, entity?.uid));
    const [by, on] = [name(entities.by?.entity), name(entities.on?.entity)];
    const whom = on === 'You' ? 'you' : on;
    switch (action) {
        case 'joined': return `${by} joined`;
        case 'left': return `${by} left`;
        case 'added': return `${by} added ${whom}`;
        case 'kicked': return `${by} removed ${whom}`;
        case 'banned': return `${by} banned ${whom}`;
        case 'unbanned': return `${by} lifted the ban of ${whom}`;
        case 'scopeChanged': return `${by} made ${whom} ${extras?.scope?.new ?? 'another'} (was ${extras?.scope?.old ?? 'another'})`;
        case 'edited': return `${by} edited a message`;
        case 'deleted': return `${by} deleted a message`;
        default: return `${by}: ${String(action)}`;
    }
}
