// An echo client on ws, the WebSocket library of Node.js.
'use strict';

const { WebSocket } = require('ws');

const socket = new WebSocket(process.argv[2], {
  perMessageDeflate: true,
  maxPayload: 64 * 1024 * 1024,
});

socket.on('error', (error) => console.error(error.message));
socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
