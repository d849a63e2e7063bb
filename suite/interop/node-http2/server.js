// An echo server on ws over HTTP/2 of Node.js, in the clear (RFC 8441). The opening handshake is this file's, frames and
// messages are those of ws, streams are those of Node.js.
'use strict';

const http2 = require('node:http2');
const { WebSocket } = require('ws');

const server = http2.createServer({ settings: { enableConnectProtocol: true } });

server.on('stream', (stream, headers) => {
  stream.on('error', () => {}); // a reset; without a listener the process would end
  if (headers[':method'] !== 'CONNECT' || headers[':protocol'] !== 'websocket') {
    stream.respond({ ':status': 501 }, { endStream: true });
  } else if (headers['sec-websocket-version'] !== '13') {
    stream.respond({ ':status': 400, 'sec-websocket-version': '13' }, { endStream: true });
  } else {
    accept(stream, (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim()));
  }
});

function accept(stream, offered) {
  const known = offered.includes('wsspec.echo');
  stream.respond({ ':status': 200, ...(known && { 'sec-websocket-protocol': 'wsspec.echo' }) });
  stream.setNoDelay = () => {}; // a stream has none of its own
  const socket = new WebSocket(null, undefined, { autoPong: true });
  socket.on('error', () => {}); // ws closes the connection
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  socket.setSocket(stream, Buffer.alloc(0), {
    allowSynchronousEvents: true,
    maxPayload: 64 * 1024 * 1024,
    skipUTF8Validation: false,
  });
}

server.listen(Number(process.argv[2]), '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
