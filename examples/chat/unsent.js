// @ts-check
/** What is not sent, wherever it was to go: also where one cannot go any more. */
import { h } from './dom.js';
import { pendingRow } from './message.js';

/** The list, which follows what becomes of it until `signal`. @param {import('./app.js').App} app @param {AbortSignal} signal */
export function unsentList(app, signal) {
    const { client, inbox, panels } = app;
    const list = h('ul.unsent', { 'aria-label': 'Not sent' });
    const show = () => {
        const isFocused = list.contains(document.activeElement);
        list.replaceChildren(...client.outbox.all.map(one => h('li', null,
            h('p', null, 'To ', h('b', { dir: 'auto' }, inbox.nameOf(one.peer)), one.parentId ? ', in a thread' : ''), pendingRow(one, client, true))));
        if (!list.childElementCount) list.append(h('li.none', null, 'All is sent.'));
        if (isFocused) (list.querySelector('button') ?? panels.title).focus();
    };
    client.on('outbox', show, { signal });
    show();
    return list;
}
