// What the SDK talks to: the local service in a process of its own, and a TLS front before it that only forwards.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BINARY = process.env.HALLEY ?? fileURLToPath(new URL('../../target/debug/halley', import.meta.url));

/** Starts the service with this key and nothing stored; `{ url, stop }`. */
export async function startHalley(apiKey) {
    const options = ['--memory', '--port', '0', '--quiet', '--api-key', apiKey];
    const child = spawn(BINARY, options, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise(resolve => child.once('close', resolve));
    const stop = () => (child.kill('SIGTERM'), ended);
    process.once('exit', () => child.kill('SIGKILL'));
    const url = new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', code => reject(new Error(`${BINARY} ended with ${code} before it listened`)));
        createInterface({ input: child.stdout }).on('line', line => {
            const listens = line.match(/listens on (http:\S+?)\/v3$/);
            if (listens) resolve(listens[1]);
        });
    });
    return { url: await url, stop };
}

/** A key and a certificate for `localhost`, made now, good for a day. */
function certificate() {
    const folder = mkdtempSync(join(tmpdir(), 'halley-sdk-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    try {
        const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
        const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
        execFileSync('openssl', ['req', ...kind, ...names, '-keyout', key, '-out', cert], { stdio: 'pipe' });
        return { key: readFileSync(key), cert: readFileSync(cert) };
    } finally {
        rmSync(folder, { recursive: true });
    }
}

/**
 * Speaks TLS and forwards each request as it came, the `Host` header too. Keeps what was asked and answered in
 * `requests`, and who wanted a socket in `upgrades`.
 */
export async function startFront(url) {
    const { hostname, port } = new URL(url);
    const [requests, upgrades] = [[], []];
    const server = https.createServer(certificate(), (asked, answer) => {
        const { method, url: path, rawHeaders } = asked;
        const request = { method, path, status: 0, host: asked.headers.host, body: '' };
        if (method !== 'OPTIONS') requests.push(request);
        const options = { hostname, port, method, path, headers: rawHeaders, setHost: false };
        const forwarded = http.request(options, got => {
            request.status = got.statusCode;
            got.on('data', part => (request.body += part));
            answer.writeHead(got.statusCode, got.rawHeaders);
            got.pipe(answer);
        });
        forwarded.on('error', () => answer.destroy());
        asked.pipe(forwarded);
    });
    server.on('upgrade', (asked, socket) => (upgrades.push(asked.url), socket.destroy()));
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
    const stop = () => new Promise(resolve => (server.close(resolve), server.closeAllConnections()));
    return { host: `localhost:${server.address().port}`, requests, upgrades, stop };
}
