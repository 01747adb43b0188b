// Two people with the vendor's UI kit see each other's presence, typing, messages, ticks, edits, reactions and deletions
// live, and who loads the page again is still logged in.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { API_KEY, ask, startHalley } from '../sdk/service.mjs';
import { startVite } from './vite.mjs';

const EXAMPLE = fileURLToPath(new URL('../../examples/react-ui-kit', import.meta.url));
const [ANDREW, GEORGE] = [
    { uid: 'cometchat-uid-1', name: 'Andrew Joseph' },
    { uid: 'cometchat-uid-2', name: 'George Alan' },
];
// The service's certificate is its own authority's. The rest keeps Chromium from asking for things that no page asked for.
const OPTIONS = [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
];

/** A window of one user, and everything that went wrong in it. */
async function openWindow(browser, page, host, { uid }) {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const window = await context.newPage();
    window.setDefaultTimeout(60_000);
    const wrong = [];
    window.on('pageerror', error => wrong.push(error.message));
    window.on('response', answer => {
        if (answer.url().includes(host) && answer.status() >= 400) {
            wrong.push(`${answer.status()} ${answer.request().method()} ${answer.url()}`);
        }
    });
    await window.goto(`${page}?host=${host}&key=${API_KEY}&uid=${uid}`);
    await window.getByText('Chats').first().waitFor();
    return { window, wrong };
}

async function openChat(window, { name }) {
    await window.getByRole('button', { name: 'Users', exact: true }).click();
    await window.locator('section').first().getByText(name).click();
    await composer(window).waitFor();
}

const composer = window => window.locator('[contenteditable=true]');
const message = (window, text) => window.locator('.cometchat-message-bubble-wrapper').filter({ hasText: text }).last();

/** What the kit shows only beside a message under the mouse. */
async function press(window, text, button) {
    await message(window, text).hover();
    await message(window, text).getByRole('button', { name: button }).dispatchEvent('click');
}

async function choose(window, text, item) {
    await press(window, text, 'More options');
    await window.getByRole('menuitem', { name: item }).first().dispatchEvent('click');
}

async function type(window, text, delay = 0) {
    await composer(window).click();
    await window.keyboard.press('End');
    await window.keyboard.type(text, { delay });
}

const STEPS = {
    'presence': async (andrew, george) => {
        for (const window of [andrew, george]) await window.locator('section').nth(1).getByText('Online').waitFor();
    },
    'typing': async (andrew, george) => {
        const seen = george.getByText(/typing/i).first().waitFor();
        await type(andrew, 'Hello there', 150);
        await seen;
    },
    'a message': async (andrew, george) => {
        await andrew.keyboard.press('Enter');
        await message(george, 'Hello there').waitFor();
    },
    'ticks': andrew => message(andrew, 'Hello there').locator('[class*=receipts-read]').first().waitFor(),
    'an edit': async (andrew, george) => {
        await choose(andrew, 'Hello there', 'Edit');
        await type(andrew, ', again');
        await andrew.keyboard.press('Enter');
        await message(george, 'Hello there, again').waitFor();
    },
    'a reaction': async (andrew, george) => {
        await press(george, 'Hello there, again', 'React');
        await george.locator('.cometchat-emoji-keyboard__emoji-item').first().dispatchEvent('click');
        await message(andrew, 'Hello there, again').getByText('😀').first().waitFor();
    },
    'a deletion': async (andrew, george) => {
        await choose(andrew, 'Hello there, again', 'Delete');
        await andrew.getByRole('button', { name: 'Delete', exact: true }).last().click();
        await george.locator('section').nth(1).getByText(/deleted/i).first().waitFor();
    },
    'a page that is loaded again': async andrew => {
        await andrew.reload();
        await andrew.locator('section').first().getByText(GEORGE.name).waitFor();
    },
};

const firstMessage = { receiver: ANDREW.uid, receiverType: 'user', data: { text: 'Are you there?' } };
const folder = mkdtempSync(join(tmpdir(), 'halley-ui-kit-'));
const halley = await startHalley(folder);
const vite = await startVite(EXAMPLE);
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: OPTIONS });
try {
    // In a chat that has nothing yet the kit reads, but tells nobody of it.
    await ask(halley.host, 'POST', '/messages', firstMessage, { uid: GEORGE.uid });
    const people = [];
    for (const person of [ANDREW, GEORGE]) people.push(await openWindow(browser, vite.address, halley.host, person));
    const windows = people.map(person => person.window);
    await openChat(windows[0], GEORGE);
    await openChat(windows[1], ANDREW);
    for (const [what, step] of Object.entries(STEPS)) {
        await step(...windows);
        console.log(`seen: ${what}`);
    }
    const wrong = people.flatMap(person => person.wrong);
    if (wrong.length) throw new Error(`went wrong beside it:\n${wrong.join('\n')}`);
} finally {
    await browser.close();
    vite.stop();
    await halley.stop();
    rmSync(folder, { recursive: true });
}
