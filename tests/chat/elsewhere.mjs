// The same page on any static host, against a service that its address names, with a token.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { basename } from 'node:path';
import { step } from '../sdk/suite.mjs';
import { ANDREW, GEORGE, NAMES, message, openChat, say } from './browser.mjs';

const TYPES = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };

/** A host of files that knows nothing of Halley. */
async function startHost() {
    const server = http.createServer((request, response) => {
        const name = basename(new URL(request.url, 'http://x').pathname) || 'index.html';
        try {
            response.writeHead(200, { 'content-type': TYPES[name.split('.').pop()] });
            response.end(readFileSync(new URL(`../../examples/chat/${name}`, import.meta.url)));
        } catch {
            response.destroy();
        }
    });
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
    return { host: `127.0.0.1:${server.address().port}`, stop: () => (server.closeAllConnections(), server.close()) };
}

export async function run({ host, open, ask }) {
    const files = await startHost();

    await step('?api=…&socket=… and a token: the page is hosted elsewhere', async () => {
        const { authToken } = await ask('POST', `/users/${ANDREW}/auth_tokens`, {});
        const asked = [];
        const there = `?api=http://${host}/v3&socket=ws://${host}`;
        const andrew = await open('', { host: files.host, path: there });
        andrew.on('request', request => asked.push(request.url()));
        await andrew.getByLabel('Auth token').fill(authToken);
        await andrew.getByRole('button', { name: 'Sign in' }).click();
        await andrew.getByText('Connected').waitFor();
        await openChat(andrew, NAMES[GEORGE]);
        await say(andrew, 'From elsewhere');
        const george = await open(GEORGE);
        await openChat(george, NAMES[ANDREW]);
        await message(george, 'From elsewhere').waitFor();
        await message(andrew, 'From elsewhere').getByRole('img', { name: 'Read' }).waitFor();
        await andrew.reload();
        await andrew.getByText('Connected').waitFor();
        assert.ok(asked.every(url => !url.includes('/local/')), 'nothing local is asked for');
        assert.ok(asked.every(url => !url.includes(authToken)), 'the token stands in no address');
        // Another service is not shown the token of this one.
        await andrew.goto(`http://${files.host}/?api=http://127.0.0.1:9/v3&socket=ws://127.0.0.1:9`);
        await andrew.getByLabel('Auth token').waitFor();
        // A slash more is the same service; a socket that is none is said.
        await andrew.goto(`http://${files.host}/?api=http://${host}/v3/&socket=ws://${host}`);
        await andrew.getByText('Connected').waitFor();
        await andrew.goto(`http://${files.host}/?api=http://${host}/v3&socket=ws://:`);
        await andrew.getByLabel('Auth token').fill(authToken);
        await andrew.getByRole('button', { name: 'Sign in' }).click();
        await andrew.getByRole('alert').getByText('The address of the socket is none').waitFor();
    });
    files.stop();
}
