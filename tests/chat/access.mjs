// Who uses no mouse, or no screen, or a small or dark one; and axe, which looks for what such people stumble over.

import assert from 'node:assert/strict';
import { step, until } from '../sdk/suite.mjs';
import { axe } from './axe.mjs';
import { ANDREW, GEORGE, NAMES, SUSAN, choose, conversation, field, message, openChat, panel, say } from './browser.mjs';

const focused = page => page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent);

export async function run({ open }) {
    // The tool itself does what the page's policy does not let scripts do.
    const options = { bypassCSP: true };
    const andrew = await open('', options);
    await andrew.getByText('Who are you?').waitFor();

    await step('the keyboard alone: signing in, choosing a conversation, writing', async () => {
        await andrew.keyboard.press('Tab');
        await andrew.keyboard.press('ArrowDown');
        assert.match(await focused(andrew), /George Alan/);
        await andrew.keyboard.press('ArrowUp');
        await andrew.keyboard.press('Enter');
        await andrew.getByText('Connected').waitFor();
        await conversation(andrew, 'Hiking Group').focus();
        await andrew.keyboard.press('Enter');
        await until(() => field(andrew).evaluate(one => one === document.activeElement), 'one may write');
        await andrew.keyboard.type('Line one');
        await andrew.keyboard.press('Shift+Enter');
        await andrew.keyboard.type('line two');
        await andrew.keyboard.press('Enter');
        await message(andrew, 'Line one').getByRole('img', { name: 'Sent' }).waitFor();
    });

    await step('the keyboard alone: from message to message, and what one does with one', async () => {
        await say(andrew, 'The latest');
        await message(andrew, 'The latest').getByRole('img', { name: 'Sent' }).waitFor();
        await message(andrew, 'The latest').focus();
        await andrew.keyboard.press('ArrowUp');
        assert.match(await andrew.evaluate(() => document.activeElement.textContent), /Line one/);
        await andrew.keyboard.press('Enter');
        await andrew.getByRole('menu', { name: 'Message' }).waitFor();
        await andrew.keyboard.press('ArrowRight');
        await andrew.keyboard.press('Enter');
        await message(andrew, 'Line one').getByRole('button', { name: '❤️, 1, yours too' }).waitFor();
        await andrew.keyboard.press('Enter');
        await andrew.keyboard.press('Escape');
        assert.equal(await andrew.getByRole('menu').count(), 0);
        assert.match(await andrew.evaluate(() => document.activeElement.textContent), /Line one/);
    });

    await step('what is said is announced to who only listens', async () => {
        const susan = await open(SUSAN, options);
        await openChat(susan, 'Hiking Group');
        await say(susan, 'Heard by ear');
        await andrew.getByRole('log', { name: 'New messages' }).getByText('Susan Marie: Heard by ear').waitFor();
        await say(susan, 'Dark and narrow');
    });

    await step('axe finds nothing: sign-in, conversation, thread, group, people, inspector, menu, dialog', async () => {
        const stranger = await open('', options);
        await stranger.getByText('Who are you?').waitFor();
        let passed = await axe(stranger, 'sign-in');
        await stranger.getByText('Sign in with an auth token').click();
        passed += await axe(stranger, 'sign-in by token');
        await choose(andrew, 'The latest', 'Quote');
        await field(andrew).pressSequentially('@geo');
        await andrew.getByRole('option').first().waitFor();
        passed += await axe(andrew, 'conversation');
        await field(andrew).press('Escape');
        await field(andrew).press('Escape');
        await choose(andrew, 'The latest', 'Reply in thread');
        await panel(andrew).getByRole('textbox').fill('Inside');
        await panel(andrew).getByRole('textbox').press('Enter');
        await panel(andrew).getByRole('article').filter({ hasText: 'Inside' }).waitFor();
        passed += await axe(andrew, 'thread');
        await andrew.getByRole('button', { name: 'About' }).click();
        await panel(andrew).getByText('you are participant').waitFor();
        passed += await axe(andrew, 'group');
        await andrew.getByRole('button', { name: 'New conversation' }).click();
        await panel(andrew).getByRole('button', { name: NAMES[GEORGE] }).waitFor();
        passed += await axe(andrew, 'people');
        await panel(andrew).getByRole('button', { name: 'New group' }).click();
        passed += await axe(andrew, 'dialog');
        await andrew.keyboard.press('Escape');
        await andrew.getByRole('navigation').getByRole('button', { name: 'More' }).click();
        passed += await axe(andrew, 'menu');
        await andrew.getByRole('menuitem', { name: 'Inspector' }).click();
        await panel(andrew).locator('summary').first().click();
        passed += await axe(andrew, 'inspector');
        return `${passed} rules passed`;
    });

    await step('dark: axe finds nothing there either', async () => {
        const dark = await open(ANDREW, { ...options, colorScheme: 'dark' });
        await openChat(dark, NAMES[GEORGE]);
        await axe(dark, 'nothing said yet');
        await openChat(dark, 'Hiking Group');
        await message(dark, 'Dark and narrow').waitFor();
        await axe(dark, 'dark');
        const colour = await dark.evaluate(() => getComputedStyle(document.body).backgroundColor);
        assert.equal(colour, 'rgb(18, 21, 28)');
    });

    await step('narrow screens: list and conversation take turns, nothing is cut off', async () => {
        const narrow = await open(GEORGE, { ...options, viewport: { width: 360, height: 640 }, hasTouch: true });
        await openChat(narrow, 'Hiking Group');
        await message(narrow, 'Dark and narrow').waitFor();
        assert.equal(await narrow.getByRole('navigation').isVisible(), false);
        assert.equal(await narrow.evaluate(() => document.documentElement.scrollWidth), 360);
        await axe(narrow, 'narrow');
        await narrow.getByRole('button', { name: 'About' }).click();
        await panel(narrow).getByText('you are participant').waitFor();
        await narrow.keyboard.press('Escape');
        await narrow.getByRole('button', { name: 'Back to conversations' }).click();
        // The one that was open opens again, and what is found is not covered by what found it.
        await conversation(narrow, 'Hiking Group').click();
        await message(narrow, 'Dark and narrow').waitFor();
        await narrow.getByRole('button', { name: 'Search in this conversation' }).click();
        await panel(narrow).getByRole('searchbox').fill('narrow');
        await panel(narrow).getByRole('button', { name: /Dark and narrow/ }).click();
        await narrow.locator('article.found').filter({ hasText: 'Dark and narrow' }).waitFor();
        assert.equal(await panel(narrow).isVisible(), false);
    });

}
