// Vite's development server on a free port, in a process of its own.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** `{ address, stop }` of the page in this folder. */
export async function startVite(folder) {
    const vite = `${folder}/node_modules/vite/bin/vite.js`;
    const options = ['--host', '127.0.0.1', '--port', '0', '--clearScreen', 'false'];
    const child = spawn(process.execPath, [vite, ...options], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    const stop = () => child.kill('SIGKILL');
    process.once('exit', stop);
    const address = await new Promise((resolve, reject) => {
        child.once('exit', code => reject(new Error(`vite ended with ${code}`)));
        createInterface({ input: child.stdout }).on('line', line => {
            const listens = line.replace(/\x1b\[[0-9;]*m/g, '').match(/Local:\s+(http\S+)/);
            if (listens) resolve(listens[1]);
        });
    });
    return { address, stop };
}
