// @ts-check
/** Files on their way: each with its name, a preview, how much of it has arrived, and a button that takes it away. */
import { h, notify, shortName, signButton, sizeOf } from './dom.js';

/** @typedef {import('./model.js').Attachment} Attachment */
/** @typedef {{ file: File, element: any, progress: any, again: any, attachment?: Attachment, preview?: string, stop: AbortController }} Upload */

const MOST = 10;
const MOST_BYTES = 100 * 1024 * 1024;
/** What messages of one type may carry; everything else is a `file`. */
const MEDIA = ['image', 'video', 'audio'];

export class Uploads {
    /** @param {import('./halley.js').Halley} client @param {import('./model.js').Peer} peer @param {() => void} onchange */
    constructor(client, peer, onchange) {
        this.client = client;
        this.peer = peer;
        this.onchange = onchange;
        /** @type {Upload[]} */
        this.all = [];
        this.element = h('ul.uploads', { 'aria-label': 'Files to send', hidden: true });
    }

    /** @param {Iterable<File>} files */
    add(files) {
        for (const file of files) {
            const isTooMuch = this.all.length >= MOST || this.all.reduce((sum, one) => sum + one.file.size, file.size) > MOST_BYTES;
            if (isTooMuch) return notify(new Error(`A message carries ${MOST} files and ${sizeOf(MOST_BYTES)} at the most.`));
            if (!file.size) notify(new Error(`${shortName(file.name)} is empty.`));
            else this.begin(file);
        }
    }

    /** @param {File} file */
    begin(file) {
        const name = shortName(file.name);
        const preview = file.type.startsWith('image/') ? URL.createObjectURL(file) : undefined;
        const progress = h('progress', { max: 1, value: 0, 'aria-label': `Upload of ${name}` });
        const again = signButton('↻', `Upload ${name} again`, () => this.send(one), { hidden: true });
        const element = h('li', null,
            preview ? h('img', { src: preview, alt: '' }) : h('span', { 'aria-hidden': 'true' }, '📎'),
            h('span.file-name', null, name, ' ', h('small', null, sizeOf(file.size))), progress, again,
            signButton('✕', `Take ${name} away`, () => this.remove(one)));
        /** @type {Upload} */
        const one = { file, element, progress, again, preview, stop: new AbortController() };
        this.all.push(one);
        this.show();
        this.send(one);
    }

    /** What the network lost may be sent again; what is refused is not. @param {Upload} one */
    async send(one) {
        one.again.hidden = true;
        one.progress.value = 0;
        try {
            one.attachment = await this.client.upload(this.peer, one.file, part => (one.progress.value = part), one.stop.signal);
            one.element.classList.add('done');
        } catch (error) {
            if (one.stop.signal.aborted) return;
            notify(new Error(`${shortName(one.file.name)}: ${error.message}`));
            one.again.hidden = false;
            if (!error.isPassing) this.remove(one);
        }
        this.onchange();
    }

    /** @param {Upload} one */
    remove(one) {
        one.stop.abort();
        if (one.preview) URL.revokeObjectURL(one.preview);
        this.all = this.all.filter(other => other !== one);
        this.show();
    }

    show() {
        this.element.hidden = !this.all.length;
        this.element.replaceChildren(...this.all.map(one => one.element));
        this.onchange();
    }

    get isReady() {
        return this.all.every(one => one.attachment);
    }

    /** All attachments and the type of a message that may carry them; afterwards there are none. */
    take() {
        const attachments = this.all.map(one => /** @type {Attachment} */ (one.attachment));
        const kinds = new Set(this.all.map(one => one.file.type.split('/')[0]));
        const [kind] = kinds;
        for (const one of [...this.all]) this.remove(one);
        return { attachments, type: kinds.size === 1 && MEDIA.includes(kind) ? kind : 'file' };
    }
}
