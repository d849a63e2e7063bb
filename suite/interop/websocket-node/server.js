// An echo server on websocket, which its authors call WebSocket-Node.
'use strict';

const http = require('http');
const { server: WebSocketServer } = require('websocket');

const LIMIT = 64 * 1024 * 1024;
const httpServer = http.createServer((request, response) => response.writeHead(404).end());
const server = new WebSocketServer({ httpServer, maxReceivedFrameSize: LIMIT, maxReceivedMessageSize: LIMIT });

server.on('request', (request) => {
  const subprotocol = request.requestedProtocols.includes('wsspec.echo') ? 'wsspec.echo' : null;
  const connection = request.accept(subprotocol, request.origin);
  connection.on('error', () => {}); // it closes the connection; without a listener the process would end
  connection.on('message', (message) => {
    if (message.type === 'utf8') connection.sendUTF(message.utf8Data);
    else connection.sendBytes(message.binaryData);
  });
});

httpServer.listen(Number(process.argv[2]), '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${httpServer.address().port}`);
});
