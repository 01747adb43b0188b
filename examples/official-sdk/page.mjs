// The SDK is made for browsers and knows one user at a time, so each user gets a page of their own. In an app this file is
// `import { CometChat } from '@cometchat/chat-sdk-javascript'`.

import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { JSDOM } from 'jsdom';

const SDK = readFileSync(createRequire(import.meta.url).resolve('@cometchat/chat-sdk-javascript'), 'utf8');

export function openPage() {
    const { window } = new JSDOM('', { url: 'https://app.example/', runScripts: 'outside-only', pretendToBeVisual: true });
    // What browsers have and jsdom has not. Node refuses the referrer that the SDK gives.
    const ask = (url, { method, headers, body } = {}) => fetch(url, { method, headers, body });
    Object.defineProperty(window.crypto, 'subtle', { value: webcrypto.subtle });
    const matchMedia = () => ({ matches: false });
    Object.assign(window, { fetch: ask, matchMedia, TextEncoder, TextDecoder });
    window.eval(SDK);
    return window;
}
