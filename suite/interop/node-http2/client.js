// An echo client on ws over HTTP/2 of Node.js (RFC 8441). The opening handshake is this file's, frames and messages are
// those of ws, streams are those of Node.js.
'use strict';

const http2 = require('node:http2');
const { WebSocket } = require('ws');

const url = new URL(process.argv[2]);
const scheme = url.protocol === 'wss:' ? 'https' : 'http';
const session = http2.connect(`${scheme}://${url.host}`);
session.on('error', (error) => console.error(error.message));
session.once('remoteSettings', open);

function open(settings) {
  if (!settings.enableConnectProtocol) {
    session.once('remoteSettings', open);
    return;
  }
  const stream = session.request(
    {
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':scheme': scheme,
      ':path': `${url.pathname}${url.search}`,
      ':authority': url.host,
      'sec-websocket-version': '13',
    },
    { endStream: false },
  );
  stream.on('error', (error) => console.error(error.message));
  stream.on('close', () => session.close());
  stream.on('response', (headers) => {
    const status = headers[':status'];
    // This client offers neither subprotocols nor extensions.
    const unasked = headers['sec-websocket-protocol'] ?? headers['sec-websocket-extensions'];
    if (status < 200 || status > 299 || unasked !== undefined) {
      stream.close(http2.constants.NGHTTP2_CANCEL);
    } else {
      echo(stream);
    }
  });
}

function echo(stream) {
  stream.setNoDelay = () => {}; // a stream has none of its own
  const socket = new WebSocket(null, undefined, { autoPong: true, closeTimeout: 30_000 });
  socket._isServer = false;
  socket.on('error', () => {}); // ws closes the connection
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  socket.setSocket(stream, Buffer.alloc(0), {
    allowSynchronousEvents: true,
    maxPayload: 64 * 1024 * 1024,
    skipUTF8Validation: false,
  });
}
