// A browser's page with an SDK in it, as far as the SDK can tell: jsdom, and `fetch` on its XMLHttpRequest, which asks for
// CORS as a browser does.

import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { JSDOM } from 'jsdom';

export const SDK = '@cometchat/chat-sdk-javascript';
export const OLDER_SDK = '@cometchat-pro/chat';

/** `fetch`, as far as the SDKs use it. */
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

/** What the page asks and is answered. */
function recordRequests(window) {
    const requests = [];
    window.XMLHttpRequest = class extends window.XMLHttpRequest {
        open(method, url, ...rest) {
            const { host, pathname, search } = new URL(url);
            const asked = { method, host, path: pathname + search, status: 0, body: '' };
            requests.push(asked);
            this.addEventListener('load', () => Object.assign(asked, { status: this.status, body: this.responseText }));
            super.open(method, url, ...rest);
        }
    };
    return requests;
}

/** The page's sockets, each with the frames that it sent and heard. */
function recordSockets(window) {
    const sockets = [];
    window.WebSocket = class extends window.WebSocket {
        constructor(url, ...rest) {
            super(url, ...rest);
            this.record = { url, openedAt: 0, closedAt: 0, sent: [], heard: [] };
            sockets.push(this.record);
            this.addEventListener('open', () => (this.record.openedAt = Date.now()));
            this.addEventListener('close', () => (this.record.closedAt = Date.now()));
            this.addEventListener('message', ({ data }) => this.record.heard.push(frame(data)));
        }
        send(text) {
            this.record.sent.push(frame(text));
            super.send(text);
        }
    };
    return sockets;
}

const frame = text => ({ at: Date.now(), ...JSON.parse(text) });

/** Opens a page that keeps what `stored` holds; `{ CometChat, File, stored(), requests, sockets, close() }`. */
export function openPage({ stored = {}, sdk = SDK } = {}) {
    const options = { url: 'https://app.example/', runScripts: 'outside-only', pretendToBeVisual: true };
    const { window } = new JSDOM('<!doctype html><title>Chat</title>', options);
    for (const [key, value] of Object.entries(stored)) window.localStorage.setItem(key, value);
    const [requests, sockets] = [recordRequests(window), recordSockets(window)];
    // What browsers have and jsdom has not.
    Object.defineProperty(window.crypto, 'subtle', { value: webcrypto.subtle });
    const matchMedia = () => ({ matches: false });
    Object.assign(window, { fetch: fetchOf(window), matchMedia, TextEncoder, TextDecoder });
    window.eval(readFileSync(createRequire(import.meta.url).resolve(sdk), 'utf8'));
    return {
        CometChat: window.CometChat,
        File: window.File,
        stored: () => ({ ...window.localStorage }),
        requests,
        sockets,
        close: () => window.close(),
    };
}
