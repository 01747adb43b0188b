// What the SDKs talk to: the local service in a process of its own, and a wire to it that can be cut.

import { spawn } from 'node:child_process';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BINARY = process.env.HALLEY ?? fileURLToPath(new URL('../../target/debug/halley', import.meta.url));
export const API_KEY = 'sdk-test-key';

/** Starts the service on this data folder; `{ host, authority, dynamodb, stop, kill }`. */
export async function startHalley(folder, port = 0) {
    const options = ['--tls', '--data', folder, '--port', `${port}`, '--quiet', '--api-key', API_KEY];
    const child = spawn(BINARY, options, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise(resolve => child.once('close', resolve));
    const last = () => child.kill('SIGKILL');
    process.once('exit', last);
    ended.then(() => process.off('exit', last));
    const end = signal => (child.kill(signal), ended);
    const [host, authority, dynamodb] = await new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', code => reject(new Error(`${BINARY} ended with ${code} before it listened`)));
        const said = [];
        createInterface({ input: child.stdout }).on('line', line => {
            const listens = line.match(/^TLS: https:\/\/(\S+?)\/v3 for who trusts (.+), as by NODE_EXTRA_CA_CERTS$/);
            const keeps = line.match(/^DynamoDB: (\S+) /);
            said.push(...(listens ?? keeps ?? []).slice(1));
            if (keeps) resolve(said);
        });
    });
    return { host, authority, dynamodb, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

/** One request as a backend makes it, for a user or the app; its `data`. */
export async function ask(host, method, path, body, { uid, device } = {}) {
    const headers = { apikey: API_KEY, 'content-type': 'application/json' };
    if (uid) headers.onBehalfOf = uid;
    if (device) headers.resource = device;
    const answer = await fetch(`http://${host}/v3${path}`, { method, headers, body: body && JSON.stringify(body) });
    const { data, error } = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(`${method} ${path}: ${answer.status} ${error?.code}`), { error });
    return data;
}

/** A wire to the service that understands nothing of what it carries, and can be cut. */
export async function startWire(host) {
    const ends = new Set();
    const dead = new Set();
    const server = net.createServer(client => {
        const { hostname, port } = new URL(`http://${host}`);
        const service = net.connect(Number(port), hostname);
        for (const [from, to] of [[client, service], [service, client]]) {
            ends.add(from);
            from.on('data', part => dead.has(from) || to.write(part));
            from.on('error', () => {});
            from.on('close', () => (ends.delete(from), dead.delete(from) || to.destroy()));
        }
    });
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
    const cut = () => ends.forEach(end => (dead.delete(end), end.destroy()));
    return {
        host: `127.0.0.1:${server.address().port}`,
        /** Both sides learn that it is cut. */
        cut,
        /** As a phone that sleeps: over what is open nothing passes any more, and nobody is told. */
        freeze: () => ends.forEach(end => dead.add(end)),
        stop: () => new Promise(resolve => (server.close(resolve), cut())),
    };
}
