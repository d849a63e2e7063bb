// An echo server on faye-websocket, with the permessage-deflate extension of the same author.
'use strict';

const http = require('http');
const WebSocket = require('faye-websocket');
const deflate = require('permessage-deflate');

const options = { extensions: [deflate], maxLength: 64 * 1024 * 1024 };
const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket' };
const server = http.createServer((request, response) => response.writeHead(426, upgrade).end());

server.on('upgrade', (request, socket, body) => {
  if (!WebSocket.isWebSocket(request)) return socket.destroy();
  const connection = new WebSocket(request, socket, body, ['wsspec.echo'], options);
  connection.on('message', (event) => connection.send(event.data));
});

server.listen(Number(process.argv[2]), '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
