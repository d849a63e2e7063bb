// An echo client on ws, the WebSocket library of Node.js. Where the path of its address begins with `/next/`, it connects
// again, many times at once, until it is answered with 410.
'use strict';

const { WebSocket } = require('ws');

const url = process.argv[2];
const again = new URL(url).pathname.startsWith('/next/');
const AT_ONCE = again ? 16 : 1;

// Sends each message back; resolves with whether to go on once the connection has ended.
function echo() {
  return new Promise((resolve) => {
    let goOn = again;
    const socket = new WebSocket(url, { perMessageDeflate: true, maxPayload: 64 * 1024 * 1024 });
    socket.on('error', (error) => {
      if (!again) console.error(error.message);
      if (error.code === 'ECONNREFUSED' || error.message.endsWith(' 410')) goOn = false;
    });
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on('close', () => resolve(goOn));
  });
}

async function main() {
  while (await echo());
}

for (let at = 0; at < AT_ONCE; at += 1) main();
