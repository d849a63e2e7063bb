// A client of Engine.IO as docs/protocols.md describes it, with engine.io-client over WebSocket.
const { Socket } = require('engine.io-client');

const socket = new Socket(process.argv[2], { transports: ['websocket'] });
socket.on('message', (data) => socket.send(data));
socket.on('close', () => process.exit());
socket.on('error', () => process.exit(1));
