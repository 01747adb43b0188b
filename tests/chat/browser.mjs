// Windows of the chat in a real Chromium, each of one user, and what one does in them.

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { chromium } from 'playwright-core';
import { until } from '../sdk/suite.mjs';

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'];
const TYPES = { js: 'text/javascript', css: 'text/css' };
export const [ANDREW, GEORGE, NANCY, SUSAN] = [1, 2, 3, 4].map(n => `cometchat-uid-${n}`);
export const NAMES = { [ANDREW]: 'Andrew Joseph', [GEORGE]: 'George Alan', [NANCY]: 'Nancy Grace', [SUSAN]: 'Susan Marie' };
const TIMEOUT = 15_000;

export async function startBrowser() {
    const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
    /** What no window may say: errors of scripts and in the console, and what the policy refused. */
    const complaints = [];
    const all = [];

    /** A window at `host`, signed in as `uid` if one is given. */
    async function open(host, uid, { path = '', ...options } = {}) {
        const context = await browser.newContext({ viewport: { width: 1200, height: 760 }, permissions: ['clipboard-read', 'clipboard-write'], ...options });
        all.push(context);
        context.setDefaultTimeout(TIMEOUT);
        if (process.env.CHAT_FILES) {
            await context.route(/^https?:\/\/[^/]+\/[\w-]+\.(js|css)$/, route => {
                const name = basename(new URL(route.request().url()).pathname);
                return route.fulfill({ body: readFileSync(join(process.env.CHAT_FILES, name)), contentType: TYPES[name.split('.').pop()] });
            });
        }
        const page = await context.newPage();
        page.tolerated = () => false;
        page.on('console', said => {
            const text = said.text();
            if (['error', 'warning'].includes(said.type()) && !page.tolerated(text)) complaints.push(`${uid}: ${text} ${said.location().url}`);
        });
        page.on('pageerror', error => complaints.push(`${uid}: ${error.stack}`));
        await page.goto(`http://${host}/${path}${uid ? `?as=${uid}` : ''}`);
        if (uid) await page.getByText('Connected').waitFor();
        return page;
    }
    const close = () => browser.close();
    const closeAll = () => Promise.all(all.splice(0).map(context => context.close()));
    return { open, close, closeAll, complaints };
}

/** Where one writes; of two, the one in the conversation. */
export const field = page => page.getByRole('textbox', { name: 'Message', exact: true });

export async function say(page, text) {
    await field(page).fill(text);
    await page.keyboard.press('Enter');
}

/** The message with this text, in the conversation. */
export const message = (page, text) => page.locator('main article.message').filter({ hasText: text }).last();
export const conversation = (page, name) => page.locator('button.conversation').filter({ has: page.locator('.title', { hasText: name }) });
export const panel = page => page.locator('aside.panel');

/** Opens a conversation from the list, or by the button for a new one. */
export async function openChat(page, name) {
    const there = conversation(page, name);
    if (await there.count()) await there.click();
    else {
        await page.getByRole('button', { name: 'New conversation' }).click();
        await panel(page).getByRole('button', { name }).first().click();
        await panel(page).getByRole('button', { name: 'Close' }).click();
    }
    await page.getByRole('heading', { name, level: 1 }).waitFor();
}

/** Chooses from a message's menu. */
export async function choose(page, text, choice) {
    const one = message(page, text);
    // A list that moves under the mouse takes the button away: then one goes there again.
    const open = () => one.hover().then(() => one.getByRole('button', { name: 'More' }).click({ timeout: 2_000 })).then(() => true, () => false);
    await until(open, `the menu of ${text}`);
    await page.getByRole('menuitem', { name: choice, exact: true }).click();
}

/** Answers the dialog that is open. */
export async function answer(page, ok, fields = {}) {
    const dialog = page.getByRole('dialog');
    for (const [label, value] of Object.entries(fields)) {
        const control = dialog.getByLabel(label);
        if ((await control.evaluate(element => element.tagName)) === 'SELECT') await control.selectOption(value);
        else await control.fill(value);
    }
    await dialog.getByRole('button', { name: ok, exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
}

export const gone = locator => locator.waitFor({ state: 'detached' });
