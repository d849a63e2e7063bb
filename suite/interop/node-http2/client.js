// An echo client on ws over HTTP/2 of Node.js (RFC 8441). The opening handshake is this file's, frames and messages are
// those of ws, streams are those of Node.js. Where the path of its address begins with `/next/`, it connects again, many
// times at once, until it is answered with 410.
'use strict';

const http2 = require('node:http2');
const { WebSocket } = require('ws');

const url = new URL(process.argv[2]);
const scheme = url.protocol === 'wss:' ? 'https' : 'http';
const again = url.pathname.startsWith('/next/');
const AT_ONCE = again ? 16 : 1;

// Connects, sends each message back, and resolves with whether to go on once the connection has ended.
function connect() {
  return new Promise((resolve) => {
    let goOn = again;
    const session = http2.connect(`${scheme}://${url.host}`);
    session.on('error', (error) => {
      if (!again) console.error(error.message);
      if (error.code === 'ECONNREFUSED') goOn = false;
    });
    session.on('close', () => resolve(goOn));
    const open = (settings) => {
      if (!settings.enableConnectProtocol) {
        session.once('remoteSettings', open);
        return;
      }
      request(session).on('response', (headers) => {
        if (headers[':status'] === 410) goOn = false;
      });
    };
    session.once('remoteSettings', open);
  });
}

// Asks for a connection on a stream, and echoes there.
function request(session) {
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
  stream.on('error', () => {}); // a reset, which ends the stream
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
  return stream;
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

async function main() {
  while (await connect());
}

for (let at = 0; at < AT_ONCE; at += 1) main();
