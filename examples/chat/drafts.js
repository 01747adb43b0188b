// @ts-check
/** What one has begun to write, and where. Its text is there after a reload, too; files are not, so whoever leaves is asked before. */
import { Composer } from './composer.js';
import { parsed } from './rest.js';

/** @typedef {import('./model.js').Peer} Peer */

export class Drafts {
    /** @param {import('./halley.js').Halley} client @param {Storage} [storage] What the browser keeps for this window. */
    constructor(client, storage) {
        this.client = client;
        this.storage = storage;
        /** By the place where one writes. @type {Map<string, Composer>} */
        this.all = new Map();
        this.stop = new AbortController();
        const { signal } = this.stop;
        addEventListener('pagehide', () => this.keep(), { signal });
        addEventListener('beforeunload', event => this.hasFiles && event.preventDefault(), { signal });
        this.begin();
    }

    get name() {
        return `drafts of ${this.client.me.uid} at ${this.client.api}`;
    }

    /** Goes on with what an earlier page left. */
    begin() {
        const kept = parsed(this.storage?.getItem(this.name) ?? '');
        if (!Array.isArray(kept)) return;
        for (const { place, peer, isReply, draft } of kept.filter(one => one?.peer && one.draft)) this.at(place, peer, isReply).restore(draft);
    }

    get hasFiles() {
        return [...this.all.values()].some(one => one.uploads.all.length > 0);
    }

    keep() {
        const begun = [...this.all].filter(([, { draft }]) => draft.text || draft.quoted);
        const kept = begun.map(([place, { peer, isReply, draft }]) => ({ place, peer, isReply, draft }));
        try {
            if (kept.length) this.storage?.setItem(this.name, JSON.stringify(kept));
            else this.storage?.removeItem(this.name);
        } catch { /* What is too much for the storage lives as long as the page. */ }
    }

    /** Where one writes at a place. @param {string} place @param {Peer} peer @param {boolean} isReply */
    at(place, peer, isReply) {
        const composer = this.all.get(place) ?? new Composer({ client: this.client, peer, isReply });
        this.all.set(place, composer);
        return composer;
    }

    /** What one has begun at a place, if it is anything. @param {string} place */
    textAt(place) {
        return this.all.get(place)?.field.value.trim() ?? '';
    }

    /** Nobody looks at a place any more. @param {string} place */
    leave(place) {
        if (this.all.get(place)?.isEmpty) this.all.delete(place);
    }

    /** Gives up what is here. */
    clear() {
        this.stop.abort();
        this.all.clear();
        this.keep();
    }
}
