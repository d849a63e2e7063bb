// A SockJS server as docs/protocols.md asks for one: a service that sends messages back, and three more.
'use strict';

const http = require('http');
const sockjs = require('sockjs');

const httpServer = http.createServer((request, response) => response.writeHead(404).end());

// sockjs listens for no error on the socket of an upgrade that it refuses, so that a reset of it would end the process.
httpServer.on('connection', (socket) => socket.on('error', () => {}));

const serve = (prefix, options, handler) => {
  const server = sockjs.createServer({ log: () => {}, ...options });
  server.on('connection', handler);
  server.installHandlers(httpServer, { prefix });
};

const echo = (connection) => connection.on('data', (message) => connection.write(message));
serve('/echo', {}, echo);
serve('/disabled_websocket_echo', { websocket: false }, echo);
serve('/cookie_needed_echo', { jsessionid: true }, echo);
serve('/close', {}, (connection) => connection.close(3000, 'Go away!'));

httpServer.listen(Number(process.argv[2]), '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${httpServer.address().port}/echo`);
});
