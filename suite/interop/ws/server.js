// An echo server on ws, the WebSocket library of Node.js.
'use strict';

const { WebSocketServer } = require('ws');

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(process.argv[2]),
  perMessageDeflate: true,
  maxPayload: 64 * 1024 * 1024,
  handleProtocols: (offered) => offered.has('wsspec.echo') && 'wsspec.echo',
});

server.on('listening', () => console.log(`listening on 127.0.0.1:${server.address().port}`));

server.on('connection', (socket) => {
  socket.on('error', () => {}); // ws closes the connection; without a listener the process would end
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
