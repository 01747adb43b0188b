// @ts-check
/** Requests to Halley's REST API: proof of identity, envelopes, what is tried again and when, uploads. */

/** How long an answer may take. A function has 20 seconds; a network that slept never brings any. */
const LIMIT = 25_000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
export const random = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), byte => byte.toString(16).padStart(2, '0')).join('');

/** What the API refused, or what did not reach it (`code` is `NETWORK` then). */
export class HalleyError extends Error {
    /** @param {number} status @param {{ code: string, message: string, details?: any }} error */
    constructor(status, error) {
        super(error.message);
        this.status = status;
        this.code = error.code;
        this.details = error.details;
        /** Seconds that the service asks to wait. */
        this.retryAfter = 0;
    }

    /** Whether asking again may help. */
    get isPassing() {
        return this.code === 'NETWORK' || this.code === 'UNREADABLE' || this.status === 429 || this.status >= 500;
    }

    /** Whether there is no such user or group, or none any more. */
    get isGone() {
        return this.code === 'ERR_UID_NOT_FOUND' || this.code === 'ERR_GUID_NOT_FOUND';
    }
}

/** The API as one user sees it. Tells by `traffic` what it asks and is answered. */
export class Rest extends EventTarget {
    /** @param {{ api: string, token: string }} options The API's base URL with its version. */
    constructor({ api, token }) {
        super();
        this.api = api.replace(/\/+$/, '');
        this.token = token;
        /** Names this client for as long as it lives: in the header `resource`, and in the frames of a socket. */
        this.deviceId = `halley-chat-${random()}`;
        /** @type {'offline' | 'connecting' | 'online' | 'refused'} */
        this.state = 'offline';
    }

    /** @param {string} type @param {any} detail */
    tell(type, detail) {
        this.dispatchEvent(new CustomEvent(type, { detail }));
    }

    /** @param {string} type @param {(detail: any) => void} listener @param {AddEventListenerOptions} [options] */
    on(type, listener, options) {
        this.addEventListener(type, event => listener(/** @type {CustomEvent} */ (event).detail), options);
    }

    /** The token is worth nothing: trying again would not help. */
    refuse() {
        this.state = 'refused';
    }

    /**
     * One request; `{ data, meta }` of its answer. Reads are tried again when the network fails or there were too many
     * requests; what changes something only if `again` says that a repeat is harmless.
     * @param {string} method @param {string} path
     * @param {{ query?: Record<string, any>, body?: any, again?: number, signal?: AbortSignal }} [options]
     * @returns {Promise<{ data: any, meta: any }>}
     */
    async request(method, path, { query = {}, body, again = method === 'GET' ? 2 : 0, signal } = {}) {
        const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
        const search = given.length ? `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}` : '';
        for (let attempt = 0; ; attempt += 1) {
            try {
                return await this.ask(method, `${this.api}${path}${search}`, body, signal);
            } catch (error) {
                const mayPass = error instanceof HalleyError && error.isPassing;
                if (!mayPass || attempt >= again || signal?.aborted) throw error;
                await this.pause(Math.max(backOff(attempt), 1000 * error.retryAfter));
            }
        }
    }

    /** @param {string} method @param {string} url @param {any} body @param {AbortSignal} [signal] */
    async ask(method, url, body, signal) {
        /** @type {Record<string, string>} */
        const headers = { authToken: this.token, resource: this.deviceId };
        if (body !== undefined) headers['content-type'] = 'application/json';
        const text = body === undefined ? undefined : JSON.stringify(body);
        const entry = { kind: 'request', at: Date.now(), method, url, headers, body: text, status: 0, ms: 0, answer: '' };
        const begun = performance.now();
        const stop = new AbortController();
        const late = setTimeout(() => stop.abort(), LIMIT);
        const ended = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
        let retryAfter = 0;
        try {
            const response = await fetch(url, { method, headers, body: text, signal: ended, cache: 'no-store' });
            entry.status = response.status;
            retryAfter = Number(response.headers.get('retry-after')) || 0;
            entry.answer = await response.text();
        } catch (error) {
            const message = 'The service cannot be reached.';
            entry.answer = String(error);
            throw new HalleyError(0, { code: 'NETWORK', message });
        } finally {
            clearTimeout(late);
            entry.ms = Math.round(performance.now() - begun);
            this.tell('traffic', entry);
        }
        const envelope = parsed(entry.answer);
        // What says neither is of somebody between here and the service.
        if (envelope?.error || entry.status >= 400 || envelope?.data == null) {
            const error = envelope?.error ?? { code: 'UNREADABLE', message: `The service answered ${entry.status}, and nothing that can be read.` };
            if (/AUTH_TOKEN_NOT_FOUND/.test(error.code)) this.refuse();
            throw Object.assign(new HalleyError(entry.status, error), { retryAfter });
        }
        return { data: envelope.data, meta: envelope.meta };
    }

    /** Waits, but not beyond the moment when the connection is back. @param {number} milliseconds */
    pause(milliseconds) {
        return new Promise(resolve => {
            const go = () => this.state === 'online' && done();
            const done = () => (clearTimeout(timer), this.removeEventListener('connection', go), resolve(null));
            const timer = setTimeout(done, milliseconds);
            this.addEventListener('connection', go);
        });
    }

    /**
     * Uploads a file past the API, to the signed URL that it gives, and returns what a message carries of it.
     * @param {import('./model.js').Peer} peer @param {File} file @param {(part: number) => void} told @param {AbortSignal} [signal]
     * @returns {Promise<import('./model.js').Attachment>}
     */
    async upload(peer, file, told, signal) {
        const announced = { name: file.name || 'file', mimeType: file.type || 'application/octet-stream', size: file.size };
        const body = { receiver: peer.id, receiverType: peer.type, files: { file: announced } };
        const { request, attachment } = (await this.request('POST', '/files/upload-url', { body, signal })).data.file;
        const { method, url, headers } = request;
        const entry = { kind: 'request', at: Date.now(), method, url, headers, body: `@${file.name}`, status: 0, ms: 0, answer: '' };
        // `fetch` does not tell how much has been sent.
        await new Promise((resolve, reject) => {
            const put = new XMLHttpRequest();
            put.open(method, url);
            for (const [name, value] of Object.entries(headers)) put.setRequestHeader(name, String(value));
            put.upload.onprogress = event => told(event.loaded / Math.max(1, event.total));
            put.onloadend = () => {
                Object.assign(entry, { status: put.status, ms: Date.now() - entry.at, answer: put.responseText });
                this.tell('traffic', entry);
                if (put.status >= 200 && put.status < 300) resolve(null);
                else reject(new HalleyError(put.status, { code: 'NETWORK', message: 'The upload did not succeed.' }));
            };
            signal?.addEventListener('abort', () => put.abort());
            put.send(file);
        });
        return attachment;
    }
}

/** Half of the pause is by chance, so that clients which lost one service do not all come back at once. @param {number} attempt */
export function backOff(attempt) {
    const whole = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** attempt);
    return whole / 2 + Math.random() * (whole / 2);
}

/** @param {string} text */
export function parsed(text) {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
}
