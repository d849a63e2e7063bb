// An echo client on undici, the HTTP client of Node.js, whose WebSocket goes over HTTP/2 (RFC 8441). Where the path of its address
// begins with `/next/`, it connects again, several times at once, until it is answered with 410.
'use strict';

const { Agent, WebSocket, fetch } = require('undici');

const url = process.argv[2];
const again = new URL(url).pathname.startsWith('/next/');
const AT_ONCE = again ? 8 : 1;

// The certificate is made for the run.
const newAgent = () => new Agent({ allowH2: true, connect: { rejectUnauthorized: false } });

// Connects on a connection of its own, sends each message back, and resolves with the error, if there was one.
function echo() {
  return new Promise((resolve) => {
    let failure;
    const dispatcher = newAgent();
    const socket = new WebSocket(url, { dispatcher });
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => socket.send(data));
    socket.addEventListener('error', (event) => (failure = event.error ?? event));
    socket.addEventListener('close', async () => {
      await dispatcher.destroy().catch(() => {});
      resolve(failure);
    });
  });
}

// Whether there is nothing more to do; a WebSocket does not tell with which status it was refused.
async function isThrough() {
  const dispatcher = newAgent();
  try {
    return (await fetch(url.replace(/^ws/, 'http'), { dispatcher })).status === 410;
  } catch (error) {
    return error.cause?.code === 'ECONNREFUSED';
  } finally {
    await dispatcher.destroy().catch(() => {});
  }
}

async function main() {
  for (;;) {
    const failure = await echo();
    if (!again || (failure && (await isThrough()))) return;
  }
}

for (let at = 0; at < AT_ONCE; at += 1) main();
