// @ts-check
/** Who one is: one of the seeded users of a service on this machine, or whoever a token belongs to. */
import { attempt, avatar, button, h, notify, shortName, walkable } from './dom.js';
import { Halley, HalleyError } from './halley.js';

const given = new URLSearchParams(location.search);
const own = { api: `${location.origin}/v3`, socket: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}` };

/** Where the service is: where the address says, or else where the page came from. */
export const service = { api: (given.get('api') || own.api).replace(/\/+$/, ''), socket: given.get('socket') || (given.get('api') ? '' : own.socket) };
/** Whether the address says where the service is: then nothing of the one that the page came from is for it. */
const isElsewhere = Boolean(given.get('api') || given.get('socket'));
/** A token of one service is never shown to another, nor to another socket. */
const KEPT = `token of ${service.api} ${service.socket}`;

/** This page, where it does not say who one is. */
export function addressOfNobody() {
    const others = new URLSearchParams(location.search);
    others.delete('as');
    return location.pathname + (others.size ? `?${others}` : '');
}

/** @param {(client: Halley) => void} ready @param {HTMLElement} place */
export async function signIn(place, ready) {
    let isIn = false;
    const enter = async token => {
        const client = await clientOf(token);
        // Who clicked twice is here once.
        if (isIn) return;
        isIn = true;
        keep(token);
        ready(client);
    };
    /** @type {{ uid: string, name: string }[]} */
    let users = [];
    try {
        users = isElsewhere ? [] : await seeded();
        const as = users.find(user => user.uid === given.get('as'))?.uid;
        const known = kept();
        // Whom the address names comes before who was here.
        const client = known && (await clientOf(known).catch(error => (error.isPassing ? Promise.reject(error) : keep(null))));
        if (client && (!as || client.me.uid === as)) return ready(client);
        if (as) return await enter(await tokenOf(as));
    } catch (error) {
        return place.replaceChildren(failed(error, () => signIn(place, ready)));
    }
    if (given.has('as') && !isElsewhere) notify(new Error(`There is no seeded user ${shortName(given.get('as'))}. Choose one.`));
    place.replaceChildren(form(users, uid => attempt(async () => enter(await tokenOf(uid))), token => attempt(() => enter(token))));
}

/** @param {string} token */
async function clientOf(token) {
    const socket = service.socket || (await socketOf(service.api));
    if (!/^wss?:/.test(socket) || !URL.canParse(socket)) throw new Error('The address of the socket is none: it begins with ws:// or wss://.');
    const client = new Halley({ api: service.api, socket, token, storage: storage() });
    await client.login();
    return client;
}

/** What a browser keeps for this window, if it keeps anything. */
export function storage() {
    try {
        return sessionStorage;
    } catch {
        return undefined;
    }
}

/** @param {string | null} token */
export function keep(token) {
    try {
        if (token) storage()?.setItem(KEPT, token);
        else storage()?.removeItem(KEPT);
    } catch { /* A browser that keeps nothing asks again. */ }
}

const kept = () => storage()?.getItem(KEPT);

/** The users that a local service was filled with; nobody elsewhere. @returns {Promise<{ uid: string, name: string }[]>} */
async function seeded() {
    const answer = await fetch('/local/users').catch(unreachable);
    const users = (await answer.json().catch(() => null))?.data;
    return Array.isArray(users) ? users : [];
}

/** @param {string} uid */
async function tokenOf(uid) {
    const answer = await fetch(`/local/users/${encodeURIComponent(uid)}/token`, { method: 'POST' }).catch(unreachable);
    const token = answer.ok && (await answer.json().catch(() => null))?.data?.authToken;
    if (!token) throw new Error(`The service gives no token of ${uid}.`);
    return token;
}

/** Clients learn from the settings where the socket is. @param {string} api */
async function socketOf(api) {
    const answer = await fetch(`${api}/settings`).catch(unreachable);
    const { data } = await answer.json().catch(unreachable);
    if (!/^\d/.test(data?.CHAT_WSS_PORT)) throw new Error('This service has no socket; name one by ?socket=wss://…');
    return `wss://${data.CHAT_HOST}:${data.CHAT_WSS_PORT}`;
}

/** @param {{ uid: string, name: string }[]} users @param {(uid: string) => void} asSeeded @param {(token: string) => void} byToken */
function form(users, asSeeded, byToken) {
    const list = h('ul.results', { 'aria-label': 'Users' }, users.map(({ uid, name }) => h('li', null,
        h('button.result', { type: 'button', onclick: () => asSeeded(uid) }, avatar({ id: uid, name }), h('span.words', null, h('b', null, shortName(name)), h('span', null, uid))))));
    walkable(list, 'button');
    const token = h('input', { name: 'token', type: 'password', required: true, autocomplete: 'off' });
    const api = h('input', { name: 'api', type: 'url', required: true, value: service.api });
    const socket = h('input', { name: 'socket', value: service.socket, placeholder: 'as the settings say', pattern: 'wss?://.+' });
    const submit = event => {
        event.preventDefault();
        if (api.value === service.api && socket.value === service.socket) return byToken(token.value.trim());
        location.search = String(new URLSearchParams({ api: api.value, ...(socket.value && { socket: socket.value }) }));
    };
    return h('main.sign-in', { 'aria-labelledby': 'welcome' },
        h('h1', { id: 'welcome' }, 'Halley'),
        users.length > 0 && [h('p', null, 'Who are you? Open a second window to be somebody else, too.'), list],
        h('details', { open: !users.length }, h('summary', null, 'Sign in with an auth token'),
            h('form', { onsubmit: submit },
                h('p', null, 'Your backend makes one by ', h('code', null, 'POST /users/{uid}/auth_tokens'), '. It stays in this window and goes to this service only.'),
                h('label', null, h('span', null, 'API'), api), h('label', null, h('span', null, 'Socket'), socket), h('label', null, h('span', null, 'Auth token'), token),
                h('button.primary', { type: 'submit' }, 'Sign in'))),
        users.length > 0 && h('p', null, h('a', { href: '/docs' }, 'API reference')));
}

/** @returns {never} */
const unreachable = () => {
    throw new HalleyError(0, { code: 'NETWORK', message: 'The service cannot be reached.' });
};

/** @param {Error} error @param {() => void} again */
const failed = (error, again) => h('main.sign-in', null, h('h1', null, 'Halley'), h('p', { role: 'alert' }, error.message), button('Try again', again, { class: 'primary' }));
