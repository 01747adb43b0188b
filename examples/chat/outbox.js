// @ts-check
/**
 * What one wrote and the service does not have yet, of all conversations: sent one after the other, in the order in which it was
 * written, and tried again for as long as only the network fails. It belongs to the client and not to what is open, and is kept in
 * the storage that it is given, so that neither another conversation nor a reload loses any. What is refused stays, with the reason.
 */

import { HalleyError, backOff, parsed, random } from './rest.js';

/** @import { Draft, Peer, Pending } from './model.js' */

/** For how long the service knows a `muid`; beyond it a repeat might be stored twice, so nobody but the user repeats it. */
const KNOWN = 23 * 3_600_000;
/** How often a service that answers with errors of its own is asked, before others have their turn. */
const MOST_TRIES = 8;

export class Outbox {
    /** @param {import('./halley.js').Halley} client @param {Storage} [storage] */
    constructor(client, storage) {
        this.client = client;
        this.storage = storage;
        /** In the order in which it was written. @type {Pending[]} */
        this.all = [];
        this.isWorking = false;
        this.stopped = new AbortController();
    }

    get isStopped() {
        return this.stopped.signal.aborted;
    }

    /** Whose it is, and where it goes: nobody else who signs in here sends it. */
    get name() {
        return `outbox of ${this.client.me.uid} at ${this.client.api}`;
    }

    /** Goes on with what an earlier page left. */
    begin() {
        this.stopped = new AbortController();
        const kept = parsed(this.storage?.getItem(this.name) ?? '');
        const isNew = (/** @type {Pending} */ one) => one?.muid && one.peer && one.draft?.data && one.state && !this.all.some(({ muid }) => muid === one.muid);
        if (Array.isArray(kept)) this.all = [...kept.filter(isNew), ...this.all];
        this.changed();
        this.work();
    }

    /** Sends nothing more, not even what is on its way; what is here is kept. */
    stop() {
        this.stopped.abort();
    }

    /** What is to be sent to a conversation, or into a thread. @param {Peer} peer @param {number} [parentId] */
    of(peer, parentId) {
        return this.all.filter(one => one.peer.type === peer.type && one.peer.id === peer.id && one.parentId === parentId);
    }

    /** @param {Peer} peer @param {number | undefined} parentId @param {Draft} draft */
    send(peer, parentId, draft) {
        /** @type {Pending} */
        const pending = { muid: random(), peer, parentId, draft, state: 'sending', at: Date.now() };
        this.all = [...this.all, pending];
        this.changed();
        this.work();
    }

    /** @param {Pending} pending */
    again(pending) {
        Object.assign(pending, { state: 'sending', error: undefined, at: Date.now() });
        this.changed(pending);
        this.work();
    }

    /** @param {Pending} pending */
    discard(pending) {
        this.has(pending.muid);
    }

    /** The service has what was sent as this, whoever says so. @param {string | undefined} muid */
    has(muid) {
        if (!this.all.some(one => one.muid === muid)) return;
        this.all = this.all.filter(one => one.muid !== muid);
        this.changed();
    }

    /** Gives up what is here; of what comes after this nothing outlives the page. */
    clear() {
        this.all = [];
        this.changed();
        this.storage = undefined;
    }

    /** @param {Pending} [pending] What became of it is told by `outbox`. */
    changed(pending) {
        try {
            if (this.all.length) this.storage?.setItem(this.name, JSON.stringify(this.all));
            else this.storage?.removeItem(this.name);
        } catch { /* What is too much for the storage lives as long as the page. */ }
        for (const timeline of this.client.timelines) timeline.changed();
        this.client.tell('outbox', pending);
    }

    async work() {
        if (this.isWorking) return;
        this.isWorking = true;
        const next = () => (this.isStopped ? undefined : this.all.find(one => one.state === 'sending'));
        for (let one = next(); one; one = next()) await this.post(one);
        this.isWorking = false;
    }

    /** One after the other, because of two at once either may be stored first. @param {Pending} pending */
    async post(pending) {
        const { peer, parentId, muid, draft } = pending;
        const { signal } = this.stopped;
        const body = { receiver: peer.id, receiverType: peer.type, category: 'message', type: 'text', muid, ...draft };
        for (let tries = 1; this.all.includes(pending) && !this.isStopped; tries += 1) {
            try {
                if (Date.now() - pending.at > KNOWN) throw new Error('This waits for a day. It may have arrived already.');
                await this.client.perform('POST', parentId ? `/messages/${parentId}/thread` : '/messages', { body, signal });
                return this.discard(pending);
            } catch (error) {
                // Whose token is refused signs in again, and it is sent then.
                if (this.isStopped) return;
                if (!mayPass(error, tries)) return this.refused(pending, /** @type {Error} */ (error));
                await this.client.pause(Math.max(backOff(tries - 1), 1000 * error.retryAfter));
            }
        }
    }

    /** @param {Pending} pending @param {Error} error */
    refused(pending, error) {
        Object.assign(pending, { state: 'failed', error: error.message });
        this.changed(pending);
    }
}

/** A network comes back; a service that fails at this very message does not. @param {unknown} error @param {number} tries @returns {error is HalleyError} */
const mayPass = (error, tries) =>
    error instanceof HalleyError && (error.code === 'NETWORK' || error.status === 429 || (error.isPassing && tries < MOST_TRIES));
