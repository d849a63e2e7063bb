// A client of Socket.IO as docs/protocols.md describes it, with socket.io-client over WebSocket.
const { io } = require('socket.io-client');

const url = process.argv[2];
const options = { transports: ['websocket'], reconnection: false };

function serve(socket) {
  socket.on('message', (...values) => socket.emit('message-back', ...values));
  socket.on('message-with-ack', (...values) => values.pop()(...values));
}

const main = io(url, options);
serve(main);
serve(io(`${url}/custom`, options));
main.io.on('close', () => process.exit());
main.io.on('error', () => process.exit(1));
