// An echo server on SockJS, reached at the endpoint that speaks WebSocket without its framing.
'use strict';

const http = require('http');
const sockjs = require('sockjs');

const httpServer = http.createServer((request, response) => response.writeHead(404).end());
const server = sockjs.createServer({ log: () => {} });

// sockjs leaves a request for an upgrade elsewhere unanswered, and a reset of its socket then ends the process: nobody listens
// for the error. It passes such requests on to whoever listened before it.
httpServer.on('upgrade', (request, socket) => {
  socket.on('error', () => {});
  socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
});
server.on('connection', (connection) => connection.on('data', (message) => connection.write(message)));
server.installHandlers(httpServer, { prefix: '/echo' });

httpServer.listen(Number(process.argv[2]), '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${httpServer.address().port}/echo/websocket`);
});
