// Groups, in three windows: create, join, members, roles, kick, ban, leave.

import assert from 'node:assert/strict';
import { step, until } from '../sdk/suite.mjs';
import { ANDREW, GEORGE, NAMES, SUSAN, answer, choose, conversation, field, gone, message, openChat, panel, say } from './browser.mjs';

/** Opens what stands about the group that is open. */
async function about(page) {
    await page.getByRole('button', { name: 'About' }).click();
    await panel(page).getByRole('heading', { name: 'Group', exact: true }).waitFor();
}

const person = (page, name) => panel(page).locator('.person').filter({ hasText: name });

/** Chooses what becomes of a member. */
async function decide(page, name, choice) {
    await person(page, name).getByRole('button', { name: `What to do with ${name}` }).click();
    await page.getByRole('menuitem', { name: choice, exact: true }).click();
}

/** Looks a group up, and opens it. */
async function find(page, name) {
    await page.getByRole('button', { name: 'New conversation' }).click();
    await panel(page).getByRole('searchbox').fill(name);
    await panel(page).getByRole('button', { name: new RegExp(name) }).click();
    await panel(page).getByRole('button', { name: 'Close' }).click();
}

async function create(page, fields) {
    await page.getByRole('button', { name: 'New conversation' }).click();
    await panel(page).getByRole('button', { name: 'New group' }).click();
    await answer(page, 'Create', fields);
    await page.getByRole('heading', { name: fields.Name, level: 1 }).waitFor();
    await panel(page).getByRole('button', { name: 'Close' }).click();
}

export async function run({ open, ask }) {
    const [andrew, george, susan] = await Promise.all([open(ANDREW), open(GEORGE), open(SUSAN)]);

    await step('groups: created with members, who are told', async () => {
        await create(andrew, { Name: 'Climbers', Members: GEORGE });
        await conversation(george, 'Climbers').click();
        await message(george, `${NAMES[ANDREW]} added you`).waitFor();
        await say(george, 'Thank you');
        await message(andrew, 'Thank you').waitFor();
    });

    await step('groups: a public one is found and joined; a stranger sees the way in', async () => {
        await find(susan, 'Climbers');
        await susan.getByText('You are not a member').waitFor();
        await susan.getByRole('button', { name: 'Join' }).click();
        await field(susan).waitFor();
        await message(andrew, `${NAMES[SUSAN]} joined`).waitFor();
        await andrew.locator('.whom').getByText('3 members').waitFor();
    });

    await step('groups: one with a password, wrong and right', async () => {
        await create(andrew, { Name: 'Cave', 'Who may join': 'password', 'Password, if it has one': 'lantern' });
        susan.tolerated = text => /40[0-9]|417/.test(text);
        await find(susan, 'Cave');
        await susan.locator('main').getByRole('button', { name: 'Join' }).click();
        await answer(susan, 'Join', { Password: 'torch' });
        await susan.getByRole('alert').waitFor();
        await susan.locator('main').getByRole('button', { name: 'Join' }).click();
        await answer(susan, 'Join', { Password: 'lantern' });
        await field(susan).waitFor();
        // One that was public when one looked at it.
        await create(andrew, { Name: 'Tunnel' });
        await find(susan, 'Tunnel');
        await susan.locator('main').getByRole('button', { name: 'Join' }).waitFor();
        const guid = andrew.url().split('#group/')[1];
        await ask('PUT', `/groups/${guid}`, { name: 'Tunnel', type: 'password', password: 'torch' });
        await until(async () => (await susan.locator('main').getByRole('button', { name: 'Join' }).click(), susan.getByRole('dialog').isVisible()), 'the password is asked for');
        await answer(susan, 'Join', { Password: 'torch' });
        await field(susan).waitFor();
        susan.tolerated = () => false;
    });

    await step('members and roles: listed, raised, and told to those who are there', async () => {
        await openChat(andrew, 'Climbers');
        await about(andrew);
        await person(andrew, NAMES[GEORGE]).getByText('participant').waitFor();
        await person(andrew, NAMES[ANDREW]).getByText('admin, owner, you').waitFor();
        await decide(andrew, NAMES[GEORGE], 'Make moderator');
        await person(andrew, NAMES[GEORGE]).getByText('moderator').waitFor();
        // Who uses keys goes on where they were.
        await until(() => person(andrew, NAMES[GEORGE]).getByRole('button').evaluate(one => one === document.activeElement), 'the focus is there');
        await message(george, 'made you moderator').waitFor();
        // A moderator pins in the group.
        await choose(george, 'Thank you', 'Pin');
        await message(andrew, 'Thank you').getByText('pinned').waitFor();
    });

    await step('members: added by hand, and those that do not exist are said', async () => {
        await panel(andrew).getByRole('button', { name: 'Add members' }).click();
        await answer(andrew, 'Add', { UIDs: 'cometchat-uid-3 nobody-at-all' });
        await andrew.getByRole('alert').getByText('nobody-at-all').waitFor();
        await person(andrew, 'Nancy Grace').waitFor();
    });

    await step('kick: who is removed sees it, and writes no more', async () => {
        await openChat(susan, 'Climbers');
        await decide(andrew, NAMES[SUSAN], 'Remove');
        await gone(person(andrew, NAMES[SUSAN]));
        await susan.getByText('You were removed from this group.').waitFor();
        await gone(conversation(susan, 'Climbers'));
        // Who is added again goes on where they were.
        await panel(andrew).getByRole('button', { name: 'Add members' }).click();
        await answer(andrew, 'Add', { UIDs: SUSAN });
        await field(susan).waitFor();
        await say(susan, 'Here again');
        await message(andrew, 'Here again').waitFor();
    });

    await step('ban and its end: who is banned does not come back before', async () => {
        await decide(andrew, NAMES[SUSAN], 'Ban');
        await susan.getByText('You were banned from this group.').waitFor();
        await susan.goto(`${new URL(susan.url()).origin}/`);
        await susan.getByText('Connected').waitFor();
        await find(susan, 'Climbers');
        susan.tolerated = text => text.includes('403');
        await susan.locator('main').getByRole('button', { name: 'Join' }).click();
        await susan.getByRole('alert').waitFor();
        await person(andrew, NAMES[SUSAN]).getByRole('button', { name: 'Lift the ban' }).click();
        await panel(andrew).getByText('Nobody is banned.').waitFor();
        await susan.locator('main').getByRole('button', { name: 'Join' }).click();
        await field(susan).waitFor();
    });

    await step('groups: edited, and left', async () => {
        await panel(andrew).getByRole('button', { name: 'Edit' }).click();
        await answer(andrew, 'Save', { Name: 'Mountaineers', Description: 'Up and down' });
        await andrew.getByRole('heading', { name: 'Mountaineers', level: 1 }).waitFor();
        await panel(andrew).getByText('Up and down').waitFor();
        await about(george);
        await panel(george).getByRole('button', { name: 'Leave' }).click();
        await answer(george, 'Leave');
        await george.getByText('Choose a conversation').waitFor();
        await message(andrew, `${NAMES[GEORGE]} left`).waitFor();
    });

    await step('groups: many members come page by page; the owner deletes it', async () => {
        const uids = Array.from({ length: 40 }, (_, n) => `climber-${n}`);
        await Promise.all(uids.map(uid => ask('POST', '/users', { uid, name: `Climber ${uid}` })));
        const guid = (await ask('GET', '/groups?searchKey=Mountaineers'))[0].guid;
        for (const part of [uids.slice(0, 20), uids.slice(20)]) await ask('POST', `/groups/${guid}/members`, { participants: part });
        await andrew.locator('.whom').getByText('43 members').waitFor();
        await about(andrew);
        await panel(andrew).getByText('43 members').waitFor();
        // Shown anew while members come, it begins with the first page again.
        const more = panel(andrew).getByRole('button', { name: 'More', exact: true });
        await until(async () => (await person(andrew, 'Climber climber-9').count()) || (await more.isVisible() && more.click(), false), 'the second page');
        // What was asked as it was deleted is answered that it is gone.
        andrew.tolerated = susan.tolerated = text => /40[34]/.test(text);
        await panel(andrew).getByRole('button', { name: 'Delete group' }).click();
        await answer(andrew, 'Delete');
        await gone(conversation(andrew, 'Mountaineers'));
        assert.equal((await ask('GET', '/groups?searchKey=Mountaineers')).length, 0);
    });
}
