// @ts-check
/**
 * Where one writes: text with mentions, files, quotes and edits. It belongs to a conversation and outlives what shows that, so that
 * nothing of what one has begun is lost by looking elsewhere.
 */
import { attempt, h, notify, signButton } from './dom.js';
import { Mentions } from './mentions.js';
import { brief, senderName } from './text.js';
import { Uploads } from './uploads.js';

/** @typedef {import('./model.js').Message} Message */

/** After how long without a key nobody is typing. */
const IDLE = 3000;
/** How many characters one may write. */
const MOST = 10_000;

export class Composer {
    /** @param {{ client: import('./halley.js').Halley, peer: import('./model.js').Peer, isReply: boolean }} options */
    constructor({ client, peer, isReply }) {
        this.client = client;
        this.peer = peer;
        this.isReply = isReply;
        const label = isReply ? 'Reply' : 'Message';
        /** @type {Message | null} */
        this.quoted = null;
        /** @type {Message | null} */
        this.edited = null;
        /** What was being written when one began to edit something else. */
        this.aside = '';
        this.isSaving = false;
        this.typing = 0;
        this.field = h('textarea', { rows: 1, placeholder: label, 'aria-label': label, dir: 'auto', maxlength: MOST });
        this.mentions = new Mentions(this.field, begun => this.candidates(begun));
        this.uploads = new Uploads(client, peer, () => this.show());
        this.about = h('div.about', { hidden: true });
        this.files = h('input', { type: 'file', multiple: true, hidden: true, 'aria-label': 'Files to attach', onchange: () => this.attach(this.files.files) });
        this.sendButton = h('button.primary', { type: 'submit', disabled: true }, 'Send');
        this.element = h('form.composer', { onsubmit: event => (event.preventDefault(), this.send()) },
            this.about, this.uploads.element, this.mentions.list,
            h('div.line', null, signButton('📎', 'Attach files', () => this.files.click()), this.files, this.field, this.sendButton));
        this.listen();
    }

    /** Stands in what shows its conversation now. @param {{ timeline: import('./halley.js').Timeline, candidates: (begun: string) => Promise<any[]>,
     *   editLast: () => void, onsend: () => void, may: import('./message.js').Deeds['may'] }} place */
    enter({ timeline, candidates, editLast, onsend, may }) {
        this.timeline = timeline;
        this.candidates = candidates;
        this.editLast = editLast;
        this.onsend = onsend;
        this.may = may;
    }

    /** Whether one has begun nothing here. */
    get isEmpty() {
        return !this.field.value.trim() && !this.uploads.all.length && !this.edited && !this.quoted;
    }

    /** What of it outlives the page; an edit does not. */
    get draft() {
        return { text: this.edited ? this.aside : this.field.value, quoted: this.quoted, uids: [...this.mentions.uids] };
    }

    /** @param {Composer['draft']} draft */
    restore({ text, quoted, uids }) {
        this.field.value = text;
        this.quoted = quoted;
        this.mentions.uids = new Map(uids);
        this.show();
    }

    listen() {
        this.field.addEventListener('input', () => (this.show(), this.tellTyping(Boolean(this.field.value))));
        this.field.addEventListener('keydown', event => this.key(event));
        this.field.addEventListener('paste', event => {
            const { value, selectionStart, selectionEnd } = this.field;
            const length = value.length - (selectionEnd - selectionStart) + event.clipboardData.getData('text').length;
            if (length > MOST) notify(new Error(`A message has ${MOST} characters at the most; the rest was left out.`));
            if (event.clipboardData.files.length) event.preventDefault();
            this.attach(event.clipboardData.files);
        });
        this.element.addEventListener('dragover', event => event.preventDefault());
        this.element.addEventListener('drop', event => (event.preventDefault(), this.attach(event.dataTransfer.files)));
    }

    /** @param {any} event */
    key(event) {
        if (event.isComposing || this.mentions.takes(event)) return;
        if (event.key === 'Enter' && !event.shiftKey) {
            event.preventDefault();
            this.send();
        } else if (event.key === 'Escape') this.cancel();
        else if (event.key === 'ArrowUp' && !this.field.value && !this.edited) {
            event.preventDefault();
            this.editLast();
        }
    }

    /** @param {FileList | null} files */
    attach(files) {
        this.uploads.add([...files ?? []]);
        this.files.value = '';
    }

    /** Told when it begins and ends, not with each key. @param {boolean} isTyping */
    tellTyping(isTyping) {
        const was = this.typing !== 0;
        clearTimeout(this.typing);
        this.typing = isTyping ? setTimeout(() => this.tellTyping(false), IDLE) : 0;
        if (was !== isTyping) this.client.typing(this.peer, isTyping);
    }

    show() {
        const isSomething = this.field.value.trim() || this.uploads.all.length || this.edited;
        this.sendButton.disabled = !isSomething || !this.uploads.isReady || this.isSaving;
        this.field.readOnly = this.isSaving;
        this.sendButton.textContent = this.edited ? 'Save' : 'Send';
        const message = this.edited ?? this.quoted;
        this.about.hidden = !message;
        this.about.replaceChildren(...(message ? [
            h('span', null, h('b', null, this.edited ? 'Editing' : `Quoting ${senderName(message)}`), ' ', brief(message, this.client.me.uid)),
            signButton('✕', 'Cancel', () => this.cancel())] : []));
        this.field.style.height = 'auto';
        this.field.style.height = `${Math.min(this.field.scrollHeight + 2, 180)}px`;
    }

    /** @param {Message} message */
    quote(message) {
        this.endEdit();
        this.quoted = message;
        this.show();
        this.field.focus();
    }

    /** @param {Message} message */
    edit(message) {
        if (this.isSaving) return;
        if (!this.edited) this.aside = this.field.value;
        this.quoted = null;
        this.edited = message;
        this.field.value = this.mentions.decode(message.data.text ?? '', message.data.mentions);
        this.show();
        this.field.focus();
    }

    /** Neither edits nor quotes; what was written beside that stays. */
    cancel() {
        this.quoted = null;
        this.endEdit();
        this.show();
    }

    /** Goes on with what was being written before. */
    endEdit() {
        if (!this.edited || this.isSaving) return;
        this.edited = null;
        this.field.value = this.aside;
        this.aside = '';
        this.tellTyping(false);
    }

    /** What is edited or quoted may be another by now, or be neither edited nor quoted any more. */
    renew() {
        const message = this.edited ?? this.quoted;
        if (!message) return;
        const now = this.timeline.find(message.id) ?? message;
        const { change, answer } = this.may(now);
        if (this.edited ? change : answer) {
            if (now === message) return;
            this[this.edited ? 'edited' : 'quoted'] = now;
            return this.show();
        }
        // What one has written for it is not lost with it.
        if (this.edited && !this.isSaving) this.aside ||= this.field.value;
        this.cancel();
        if (now.deletedAt) notify('What you answered, or edited, has been deleted.');
    }

    reset() {
        this.quoted = null;
        this.field.value = '';
        this.mentions.clear();
        this.tellTyping(false);
        this.show();
    }

    /** What could not be saved is there to be saved again. @param {Message} message @param {string} text */
    async save(message, text) {
        this.isSaving = true;
        this.show();
        const isSaved = await attempt(async () => (await this.client.edit(message, { text }), true));
        this.isSaving = false;
        if (isSaved) this.endEdit();
        else this.renew();
        this.show();
    }

    async send() {
        if (this.sendButton.disabled) return;
        const text = this.mentions.encode(this.field.value.trim());
        const { edited, quoted } = this;
        if (edited) return this.save(edited, text);
        const data = { ...(text && { text }) };
        const quotedMessageId = quoted ? quoted.id : undefined;
        const { attachments, type } = this.uploads.take();
        this.reset();
        const draft = attachments.length ? { type, data: { ...data, attachments }, quotedMessageId } : { data, quotedMessageId };
        this.timeline.send(draft);
        this.onsend();
    }
}
