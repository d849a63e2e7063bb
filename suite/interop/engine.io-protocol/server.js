// An Engine.IO server as docs/protocols.md asks for one: it sends messages back. Its times are short, so that the cases about
// the heartbeat do not take long.
'use strict';

const http = require('http');
const { attach } = require('engine.io');

const httpServer = http.createServer((request, response) => response.writeHead(404).end());
const server = attach(httpServer, { pingInterval: 1000, pingTimeout: 1000 });

server.on('connection', (socket) => socket.on('data', (data) => socket.send(data)));

httpServer.listen(Number(process.argv[2]), '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${httpServer.address().port}`);
});
