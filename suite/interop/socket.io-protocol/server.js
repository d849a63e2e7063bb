// A Socket.IO server as docs/protocols.md asks for one: the same handlers in two namespaces. Its times are short, so that the
// cases about the heartbeat do not take long.
'use strict';

const http = require('http');
const { Server } = require('socket.io');

const httpServer = http.createServer((request, response) => response.writeHead(404).end());
const server = new Server(httpServer, { pingInterval: 1000, pingTimeout: 1000 });

const serve = (socket) => {
  socket.emit('auth', socket.handshake.auth);
  socket.on('message', (...values) => socket.emit('message-back', ...values));
  socket.on('message-with-ack', (...values) => values.pop()(...values));
};
server.on('connection', serve);
server.of('/custom').on('connection', serve);

httpServer.listen(Number(process.argv[2]), '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${httpServer.address().port}`);
});
