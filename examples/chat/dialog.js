// @ts-check
/** Questions in a native dialog, and menus. */
import { button, h } from './dom.js';

/** @typedef {{ name: string, label: string, value?: string, type?: string, required?: boolean, maxlength?: number,
 *   options?: [string, string][], hint?: string }} Field */

/**
 * Asks, and does what was asked for; the answers by name, or null if nothing is to be done. While the service cannot be reached the
 * dialog stays, so that nobody fills it in again; what is refused is thrown.
 * @param {{ title: string, text?: string, fields?: Field[], ok?: string, isBad?: boolean }} question
 * @param {(answers: Record<string, string>) => any} [work]
 * @returns {Promise<Record<string, string> | null>}
 */
export function ask({ title, text, fields = [], ok = 'OK', isBad = false }, work = () => {}) {
    return new Promise((resolve, reject) => {
        const sayFailure = h('p.bad', { role: 'alert' });
        const submit = h(isBad ? 'button.bad' : 'button.primary', { type: 'submit' }, ok);
        const send = async event => {
            event.preventDefault();
            const answers = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
            submit.disabled = true;
            try {
                await work(answers);
                resolve(answers);
                dialog.close();
            } catch (error) {
                submit.disabled = false;
                sayFailure.textContent = error.message;
                if (error.isPassing) return;
                reject(error);
                dialog.close();
            }
        };
        const form = h('form', { onsubmit: send },
            h('h2', { id: 'dialog-title' }, title),
            text && h('p', null, text),
            fields.map(input), sayFailure,
            h('div.buttons', null, button('Cancel', () => dialog.close()), submit));
        const dialog = h('dialog', { 'aria-labelledby': 'dialog-title' }, form);
        dialog.addEventListener('close', () => {
            resolve(null);
            dialog.remove();
        });
        document.body.append(dialog);
        dialog.showModal();
        form.querySelector('input, textarea, select')?.focus();
    });
}

/** @param {Field} field */
function input({ name, label, value = '', type = 'text', required, maxlength, options, hint }) {
    const control = options
        ? h('select', { name }, options.map(([key, text]) => h('option', { value: key, selected: key === value }, text)))
        : h('input', { name, type, required, maxlength, autocomplete: 'off' });
    if (!options) control.value = value;
    return h('label', null, h('span', null, label), control, hint && h('small', null, hint));
}

/** @typedef {{ text: string, onclick: () => void, isBad?: boolean } | { signs: string[], onclick: (sign: string) => void }} Choice */

/** What is in the menu that is open may be another by now. */
export const renewMenu = () => document.querySelector('.menu')?.dispatchEvent(new Event('renew'));

/** Opens a menu at a button; arrow keys walk, Escape closes. @param {HTMLElement} anchor @param {string} label
 * @param {() => Choice[]} choices What may be chosen now; where nothing may be, the menu closes. */
export function openMenu(anchor, label, choices) {
    document.querySelector('.menu')?.dispatchEvent(new Event('leave'));
    if (!choices().length) return;
    const item = (name, text, onclick, attributes = {}) =>
        h(name, { type: 'button', role: 'menuitem', tabindex: -1, ...attributes, onclick: () => (close(), onclick()) }, text);
    const entries = () => choices().map(choice =>
        'signs' in choice
            ? h('div.signs', { role: 'group', 'aria-label': 'React' },
                choice.signs.map(sign => item('button', sign, () => choice.onclick(sign), { 'aria-label': `React with ${sign}` })))
            : item(choice.isBad ? 'button.bad' : 'button', choice.text, choice.onclick));
    const menu = h('div.menu', { role: 'menu', 'aria-label': label }, entries());
    const words = all => all.map(one => one.textContent).join('|');
    menu.addEventListener('renew', () => {
        const now = entries();
        if (!now.length) return close();
        if (words(now) === words([...menu.children])) return;
        const focused = document.activeElement?.textContent;
        menu.replaceChildren(...now);
        const items = [...menu.querySelectorAll('[role=menuitem]')];
        (items.find(one => one.textContent === focused) ?? items[0]).focus();
    });
    const close = () => {
        menu.remove();
        anchor.setAttribute('aria-expanded', 'false');
        document.removeEventListener('pointerdown', outside, true);
        if (anchor.isConnected) anchor.focus();
    };
    const outside = event => menu.contains(event.target) || close();
    menu.addEventListener('leave', close);
    menu.addEventListener('keydown', event => {
        const items = [...menu.querySelectorAll('[role=menuitem]')];
        const at = items.indexOf(document.activeElement);
        const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
        if (step) items[(at + step + items.length) % items.length].focus();
        else if (event.key === 'Escape' || event.key === 'Tab') close();
        else return;
        event.preventDefault();
        event.stopPropagation();
    });
    (anchor.closest('nav, main, aside') ?? document.body).append(menu);
    const [place, own] = [anchor.getBoundingClientRect(), menu.getBoundingClientRect()];
    const top = place.bottom + own.height > innerHeight ? Math.max(4, place.top - own.height) : place.bottom;
    menu.style.top = `${top}px`;
    menu.style.left = `${Math.max(4, Math.min(place.right - own.width, innerWidth - own.width - 4))}px`;
    anchor.setAttribute('aria-expanded', 'true');
    document.addEventListener('pointerdown', outside, true);
    menu.querySelector('[role=menuitem]')?.focus();
}
