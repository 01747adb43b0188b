// A browser's page with the SDK in it, as far as the SDK can tell: jsdom, and `fetch` on its XMLHttpRequest, which asks
// for CORS as a browser does.

import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { JSDOM, ResourceLoader } from 'jsdom';

const SDK = readFileSync(createRequire(import.meta.url).resolve('@cometchat/chat-sdk-javascript'), 'utf8');
/** How much faster the page's clock runs: what the SDK does every five seconds happens every tenth of one. */
const HASTE = 50;

/** `fetch`, as far as the SDK uses it. */
function fetchOf(window) {
    return (url, { method = 'GET', headers = {}, body } = {}) =>
        new Promise((resolve, reject) => {
            const request = new window.XMLHttpRequest();
            request.open(method, url);
            for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
            request.onload = () => resolve(new Response(request.responseText, { status: request.status }));
            request.onerror = () => reject(new TypeError(`${method} ${url} failed`));
            request.send(body ?? null);
        });
}

/** Opens a page that keeps what `stored` holds; `{ CometChat, File, stored(), sockets, close() }`. */
export function openPage(stored = {}) {
    // The certificate is signed by nobody.
    const resources = new ResourceLoader({ strictSSL: false });
    const options = { url: 'https://app.example/', runScripts: 'outside-only', pretendToBeVisual: true, resources };
    const { window } = new JSDOM('<!doctype html><title>Chat</title>', options);
    for (const [key, value] of Object.entries(stored)) window.localStorage.setItem(key, value);

    const sockets = [];
    const { WebSocket, setTimeout, setInterval } = window;
    window.WebSocket = class extends WebSocket {
        constructor(url, ...rest) {
            sockets.push(url);
            super(url, ...rest);
        }
    };
    window.setTimeout = (task, delay = 0, ...rest) => setTimeout(task, delay / HASTE, ...rest);
    window.setInterval = (task, delay = 0, ...rest) => setInterval(task, delay / HASTE, ...rest);
    // What browsers have and jsdom has not.
    Object.defineProperty(window.crypto, 'subtle', { value: webcrypto.subtle });
    const matchMedia = () => ({ matches: false });
    Object.assign(window, { fetch: fetchOf(window), matchMedia, TextEncoder, TextDecoder });
    window.eval(SDK);
    return {
        CometChat: window.CometChat,
        File: window.File,
        stored: () => ({ ...window.localStorage }),
        sockets,
        close: () => window.close(),
    };
}

/** Waits until so many seconds of the pages' clocks are over. */
export const pageSeconds = seconds => new Promise(resolve => setTimeout(resolve, (seconds * 1000) / HASTE));
