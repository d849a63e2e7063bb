// An echo server on Engine.IO. It greets, and takes a text message for a packet, whose first character is its type; one of
// an unknown type ends the connection. A binary message is one of the application's, and comes back as it is.
'use strict';

const http = require('http');
const { attach } = require('engine.io');

const httpServer = http.createServer((request, response) => response.writeHead(404).end());
const options = { transports: ['websocket'], perMessageDeflate: true, maxHttpBufferSize: 64 * 1024 * 1024 };
const server = attach(httpServer, options);

server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));

httpServer.listen(Number(process.argv[2]), '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${httpServer.address().port}/engine.io/?EIO=4&transport=websocket`);
});
