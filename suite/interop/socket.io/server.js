// A server on Socket.IO, reached as its own clients do with no transport but WebSocket. It greets, and takes a message for
// an Engine.IO packet with a Socket.IO packet in it; what is no such packet ends the connection, so it echoes nothing here.
'use strict';

const http = require('http');
const { Server } = require('socket.io');

const httpServer = http.createServer((request, response) => response.writeHead(404).end());
const options = { transports: ['websocket'], perMessageDeflate: true, maxHttpBufferSize: 64 * 1024 * 1024 };
const server = new Server(httpServer, options);

server.on('connection', (socket) => socket.onAny((name, ...values) => socket.emit(name, ...values)));

httpServer.listen(Number(process.argv[2]), '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${httpServer.address().port}/socket.io/?EIO=4&transport=websocket`);
});
