// An echo server on SockJS, reached at the endpoint that speaks WebSocket without its framing.
'use strict';

const http = require('http');
const sockjs = require('sockjs');

const httpServer = http.createServer((request, response) => response.writeHead(404).end());
const server = sockjs.createServer({ log: () => {} });

// sockjs listens for no error on the socket of an upgrade that it refuses or leaves unanswered, so that a reset of it would
// end the process.
httpServer.on('connection', (socket) => socket.on('error', () => {}));
server.on('connection', (connection) => connection.on('data', (message) => connection.write(message)));
server.installHandlers(httpServer, { prefix: '/echo' });

httpServer.listen(Number(process.argv[2]), '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${httpServer.address().port}/echo/websocket`);
});
