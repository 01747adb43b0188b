// A socket without an SDK: what is said over it is what somebody may say who wrote their own client.

import WebSocket from 'ws';
import { until } from './suite.mjs';

/** Opens a socket and shows a token; `{ frames, say, answer, close }`. */
export async function openRaw(host, token, { device = `RAW-${process.hrtime.bigint()}`, subscription } = {}) {
    const socket = new WebSocket(`wss://${host}`);
    const frames = [];
    socket.on('message', text => frames.push(JSON.parse(text)));
    socket.on('error', () => {});
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const say = frame => socket.send(JSON.stringify(frame));
    say({ type: 'auth', deviceId: device, body: { auth: token, deviceId: device, presenceSubscription: subscription } });
    const answer = () => frames.find(frame => frame.type === 'auth')?.body;
    await until(answer, 'the socket is answered');
    return { device, frames, say, answer, isOpen: () => socket.readyState === WebSocket.OPEN, close: () => socket.close() };
}
