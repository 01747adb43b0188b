// @ts-check
/** One message as it is shown. */
import { attempt, avatar, button, dayOf, h, shortName, signButton, sizeOf, timeOf, webUrl } from './dom.js';
import { MOST_SHOWN, brief, deed, rich, senderName, senderOf } from './text.js';

/** @typedef {import('./model.js').Message} Message */
/** @typedef {import('./model.js').Pending} Pending */
/** @typedef {import('./model.js').Attachment} Attachment */
/** What can be done with a message. @typedef {{ me: string, menu: (message: Message, anchor: HTMLElement) => void,
 *   react: (message: Message, reaction: string) => void, may: (message: Message) => ReturnType<typeof import('./deeds.js').rightsOn>, standing: string, openThread: (message: Message) => void, jump: (id: number) => void,
 *   showUser: (uid: string) => void, fresh: (message: Message) => void, isThread: boolean }} Deeds */
/** What its neighbours make of it. @typedef {{ day?: string | false, isFollowing?: boolean, isFirstUnread?: boolean }} Place */

/** Pictures whose signed URL was over were asked for again once. @type {WeakSet<object>} */
const renewed = new WeakSet();

/** What may be anything, because people send any JSON, as the list that it should be. @param {any} value @returns {any[]} */
const list = value => (Array.isArray(value) ? value.filter(one => one && typeof one === 'object') : []);

/** A message that nobody thought of breaks nothing but itself. @param {Message} message @param {Place} place @param {Deeds} deeds */
export function row(message, place, deeds) {
    try {
        return safeRow(message, place, deeds);
    } catch {
        return h('article.message.deed', { tabindex: -1, 'data-id': message.id }, h('p', null, 'This message cannot be shown.'));
    }
}

/** @param {Message} message @param {Place} place @param {Deeds} deeds */
function safeRow(message, place, deeds) {
    const above = [
        place.day && h('p.day', null, h('span', null, place.day)),
        place.isFirstUnread && h('p.new-from-here', null, h('span', null, 'New messages')),
    ];
    const attributes = { tabindex: -1, 'data-id': message.id, 'aria-setsize': -1 };
    if (message.category === 'action') {
        return h('article.message.deed', attributes, above, h('p', null, deed(message, deeds.me), ' ', timeOf(message.sentAt)));
    }
    const isMine = message.sender === deeds.me;
    const sender = senderOf(message);
    const name = senderName(message);
    const label = `${isMine ? 'You' : name}, ${dayOf(message.sentAt)}`;
    const face = avatar({ id: message.sender, name, url: sender?.avatar });
    return h(`article.message${isMine ? '.mine' : ''}${place.isFollowing ? '.following' : ''}`, { ...attributes, 'aria-label': label }, above,
        h('div.who', null, !place.isFollowing && face),
        h('div.bubble', null,
            h('div.head', null,
                !place.isFollowing && button(name, () => deeds.showUser(message.sender), { class: 'name', tabindex: -1 }),
                timeOf(message.sentAt), !message.deletedAt && [marks(message), isMine && receipt(message)]),
            message.deletedAt ? h('p.gone', null, message.deletedBy === deeds.me ? 'You deleted this message' : 'Message deleted') : content(message, deeds),
            below(message, deeds)),
        !message.deletedAt && tools(message, deeds));
}

/** @param {Message} message */
const marks = message => [
    message.editedAt && h('span.mark', { title: `Edited by ${shortName(message.editedBy)}` }, 'edited'),
    message.pinnedAt && h('span.mark', null, '📌 pinned'),
    message.savedAt && h('span.mark', null, '🔖 saved'),
];

/** @param {Message} message @param {Deeds} deeds */
function content(message, deeds) {
    const { data, quotedMessage, category, type } = message;
    const isPlain = category === 'message';
    return [
        quotedMessage && h('button.quote', { type: 'button', onclick: () => deeds.jump(quotedMessage.id) },
            h('b', null, senderName(quotedMessage)), h('span', null, brief(quotedMessage, deeds.me))),
        list(data.attachments).slice(0, 10).map(one => attachment(one, message, deeds)),
        typeof data.text === 'string' && data.text && text(data.text, data.mentions ?? {}, deeds.me),
        !isPlain && h('details', null, h('summary', null, `${category}: ${type}`), h('pre', { tabindex: 0 }, cut(JSON.stringify(data.customData ?? data.interactiveData ?? {}, null, 2)))),
    ];
}

/** @param {string} whole */
const cut = whole => (whole.length > MOST_SHOWN ? `${whole.slice(0, MOST_SHOWN)}…` : whole);

/** Long texts are opened by those who want to read them. @param {string} whole @param {Record<string, any>} mentions @param {string} me */
function text(whole, mentions, me) {
    const shown = h('p.text', { dir: 'auto' }, rich(cut(whole), mentions, me));
    if (whole.length <= MOST_SHOWN) return shown;
    const more = button('Show all of it', () => (more.remove(), shown.replaceChildren(...rich(whole, mentions, me).flat())), { class: 'link' });
    return [shown, more];
}

/** @param {Attachment} one @param {Message} message @param {Deeds} deeds */
function attachment(one, message, deeds) {
    const href = webUrl(one.url);
    const name = shortName(one.name, 'file');
    if (!href) return h('p.file', null, name);
    const expired = () => {
        if (renewed.has(one)) return;
        renewed.add(one);
        deeds.fresh(message);
    };
    const kind = String(one.mimeType ?? '').split('/')[0];
    const media = { src: href, onerror: expired, 'aria-label': name, controls: true, preload: 'metadata' };
    if (kind === 'image') {
        return h('a.picture', { href, target: '_blank', rel: 'noopener noreferrer' },
            h('img', { src: href, alt: name, loading: 'lazy', referrerpolicy: 'no-referrer', onerror: expired }));
    }
    if (kind === 'video') return h('video', media);
    if (kind === 'audio') return h('audio', media);
    return h('a.file', { href, target: '_blank', rel: 'noopener noreferrer' }, `📎 ${name}`, h('small', null, sizeOf(Number(one.size) || 0)));
}

/** @param {Message} message @param {Deeds} deeds */
function below(message, deeds) {
    const may = deeds.may(message);
    const reactions = list(message.data?.reactions).map(({ reaction, count, reactedByMe }) =>
        h('button.reaction', { type: 'button', disabled: !may.answer, 'aria-pressed': String(Boolean(reactedByMe)), onclick: () => deeds.react(message, reaction),
            'aria-label': `${shortName(reaction)}, ${count}${reactedByMe ? ', yours too' : ''}` }, `${shortName(reaction)} ${count}`));
    const replies = message.replyCount ?? 0;
    return [
        reactions.length > 0 && h('div.reactions', null, reactions),
        replies > 0 && !deeds.isThread && button(`${replies} ${replies === 1 ? 'reply' : 'replies'}`, () => deeds.openThread(message), { class: 'link replies', disabled: deeds.standing === 'out' }),
    ];
}

/** @param {Message} message */
function receipt({ readAt, deliveredAt }) {
    const [sign, words] = readAt ? ['✓✓', 'Read'] : deliveredAt ? ['✓✓', 'Delivered'] : ['✓', 'Sent'];
    return h(`span.receipt${readAt ? '.read' : ''}`, { role: 'img', 'aria-label': words, title: words }, sign);
}

/** For the mouse; keys have the menu, which has the same. @param {Message} message @param {Deeds} deeds */
function tools(message, deeds) {
    const isKeyless = { tabindex: -1 };
    const { answer } = deeds.may(message);
    return h('div.tools', null,
        answer && signButton('👍', 'React with 👍', () => deeds.react(message, '👍'), isKeyless),
        answer && !deeds.isThread && signButton('💬', 'Reply in thread', () => deeds.openThread(message), isKeyless),
        signButton('⋯', 'More', event => deeds.menu(message, event.currentTarget), { ...isKeyless, 'aria-haspopup': 'menu' }));
}

/**
 * What is being sent, or was not sent. @param {Pending} pending @param {import('./halley.js').Halley} client
 * @param {boolean} [isWaiting] Whether one may decide although it may be sent yet.
 */
export function pendingRow(pending, { me, outbox }, isWaiting = false) {
    const { state, error, draft: { data } } = pending;
    const names = list(data.attachments).map(one => h('p.file', null, `📎 ${shortName(one.name)}`));
    return h('article.message.mine.pending', { tabindex: -1, 'aria-setsize': -1, 'aria-label': 'You, not sent yet' },
        h('div.who', null),
        h('div.bubble', null,
            names, data.text && h('p.text', { dir: 'auto' }, rich(cut(data.text), {}, me.uid)),
            h('div.failed', null,
                h('small', null, error ?? 'Sending…'),
                state === 'failed' && button('Try again', () => outbox.again(pending)),
                (state === 'failed' || isWaiting) && [
                    data.text && button('Copy', () => attempt(() => navigator.clipboard.writeText(data.text))),
                    button('Discard', () => outbox.discard(pending))])));
}
