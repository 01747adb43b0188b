// @ts-check
/** Elements, and nothing else: what people wrote becomes text nodes here and never HTML. */

/**
 * An element `tag.class.class` with properties and children. `on…` are listeners, `aria…`, `data-…` and the like attributes;
 * what is `false`, `null` or `undefined` is left out.
 * @param {string} name @param {Record<string, any> | null} [attributes] @param {...any} children @returns {any}
 */
export function h(name, attributes, ...children) {
    const [tag, ...classes] = name.split('.');
    const element = document.createElement(tag || 'div');
    if (classes.length) element.className = classes.join(' ');
    for (const [key, value] of Object.entries(attributes ?? {})) {
        if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
        else if (value !== false && value != null) element.setAttribute(key, value === true ? '' : String(value));
    }
    element.append(...children.flat(Infinity).filter(child => child != null && child !== false && child !== ''));
    return element;
}

/** A button with a name for those who do not see its sign. @param {string} sign @param {string} label @param {(event: any) => void} onclick
 * @param {Record<string, any>} [attributes] */
export const signButton = (sign, label, onclick, attributes = {}) =>
    h('button.sign', { type: 'button', 'aria-label': label, title: label, onclick, ...attributes }, h('span', { 'aria-hidden': 'true' }, sign));

/** Does nothing while it is doing it, so that who clicks twice has it once. @param {(event: any) => any} work */
export function once(work) {
    let isRunning = false;
    return async event => {
        if (isRunning) return;
        isRunning = true;
        await Promise.resolve(work(event)).finally(() => (isRunning = false));
    };
}

let isPressed = false;
/** @type {Set<() => void>} */
const waiting = new Set();
document.addEventListener('pointerdown', event => (isPressed = Boolean(/** @type {Element} */ (event.target).closest('button, a'))), true);
for (const end of ['pointerup', 'pointercancel']) document.addEventListener(end, () => setTimeout(released), true);

function released() {
    isPressed = false;
    const works = [...waiting];
    waiting.clear();
    for (const work of works) work();
}

/** Does it now, or after the click if a button is pressed: what moves away or is made anew under the pointer is not clicked. @param {() => void} work */
export const unlessPressed = work => (isPressed ? void waiting.add(work) : work());

/** @param {string} text @param {(event: any) => void} onclick @param {Record<string, any>} [attributes] */
export const button = (text, onclick, attributes = {}) => h('button', { type: 'button', onclick: once(onclick), ...attributes }, text);

/** The URL if a browser may open it; what is no web address leads nowhere. @param {unknown} url */
export function webUrl(url) {
    try {
        const { protocol, href } = new URL(String(url));
        return protocol === 'https:' || protocol === 'http:' ? href : null;
    } catch {
        return null;
    }
}

/** A name as it is shown: names may be long, empty or many lines. @param {unknown} name @param {string} [instead] */
export function shortName(name, instead = 'Nobody') {
    const text = String(name ?? '').replace(/\s+/g, ' ').trim() || instead;
    return text.length > 80 ? `${[...text].slice(0, 79).join('')}…` : text;
}

/** A picture, or else the first letters on a colour that stays the same. @param {{ id: string, name?: string, url?: string, status?: string }} who */
export function avatar({ id, name, url, status }) {
    const letters = shortName(name, id).split(' ').slice(0, 2).map(word => [...word][0] ?? '').join('').toUpperCase();
    const hue = [...id].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 8, 0);
    const src = webUrl(url);
    const picture = src && h('img', { src, alt: '', loading: 'lazy', referrerpolicy: 'no-referrer', onerror: event => event.target.remove() });
    const dot = status && h(`span.dot.${status === 'offline' ? 'offline' : 'available'}`);
    return h(`span.avatar.hue-${hue}`, { 'aria-hidden': 'true' }, letters, picture, dot);
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });
const shortDate = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const DAY = 86_400_000;
/** @param {number} seconds */
const startOfDay = seconds => new Date(seconds * 1000).setHours(0, 0, 0, 0);

/** @param {number} seconds */
export const timeOf = seconds =>
    h('time', { datetime: new Date(seconds * 1000).toISOString(), title: exact.format(seconds * 1000) }, clock.format(seconds * 1000));

/** Whether both are of one day here. @param {number} one @param {number} other */
export const isSameDay = (one, other) => startOfDay(one) === startOfDay(other);

/** @param {number} seconds */
export function dayOf(seconds) {
    const days = Math.round((startOfDay(Date.now() / 1000) - startOfDay(seconds)) / DAY);
    if (days === 0) return 'Today';
    if (days === 1) return 'Yesterday';
    return days > 1 && days < 7 ? weekday.format(seconds * 1000) : date.format(seconds * 1000);
}

/** A time in a list: of today the hour, else the day. @param {number} seconds */
export function briefTime(seconds) {
    const text = isSameDay(seconds, Date.now() / 1000) ? clock.format(seconds * 1000) : shortDate.format(seconds * 1000);
    return h('time', { datetime: new Date(seconds * 1000).toISOString(), title: exact.format(seconds * 1000) }, text);
}

/** @param {number} bytes */
export function sizeOf(bytes) {
    if (bytes < 1000) return `${bytes} B`;
    return bytes < 1e6 ? `${Math.round(bytes / 1e3)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Arrow keys, Home and End walk through the elements that `selector` finds. @param {HTMLElement} list @param {string} selector */
export function walkable(list, selector) {
    list.addEventListener('keydown', event => {
        const all = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(selector)]);
        const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
        const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
        if (to === undefined || at < 0) return;
        event.preventDefault();
        all[Math.max(0, Math.min(to, all.length - 1))].focus();
    });
}

const said = () => /** @type {HTMLElement} */ (document.getElementById('said'));
/** Says something to those who listen to the page instead of looking at it. @param {string} text */
export function announce(text) {
    said().append(h('p', null, text));
    while (said().childElementCount > 5) said().firstElementChild?.remove();
}

/** Says for a while what went wrong, or that something is done. @param {unknown} what */
export function notify(what) {
    const isBad = what instanceof Error;
    const text = isBad ? what.message : String(what);
    const toast = h(isBad ? 'p.toast.bad' : 'p.toast', { role: isBad ? 'alert' : 'status' }, text);
    const place = /** @type {HTMLElement} */ (document.getElementById('toasts'));
    place.append(toast);
    while (place.childElementCount > 3) place.firstElementChild?.remove();
    setTimeout(() => toast.remove(), 6000);
}

/** Does what a button asks for; what is refused is said. @param {() => any} work */
export async function attempt(work) {
    try {
        return await work();
    } catch (error) {
        notify(error);
        return undefined;
    }
}
