'use strict';

// ws as a fuzz target: `npx jsfuzz ws.fuzz.js corpus`; `node ws.fuzz.js [FILE..]` checks files, or seeded inputs;
// `node ws.fuzz.js --write corpus` writes some of these.

const fs = require('node:fs');
const path = require('node:path');
const { Receiver } = require('ws');
const { harness } = require('./harness');

const SEEDED = Number(process.env.WSSPEC_INPUTS ?? 2000);

/** A decoder: a receiver of ws, which answers within each write. */
function start(ofClient) {
  const receiver = new Receiver({ isServer: ofClient });
  let events = [];
  receiver.on('message', (payload, isBinary) => events.push([isBinary ? 'binary' : 'text', payload]));
  receiver.on('ping', (payload) => events.push(['ping', payload]));
  receiver.on('pong', (payload) => events.push(['pong', payload]));
  receiver.on('conclude', (code, reason) => {
    const body = Buffer.alloc(code === 1005 ? 0 : 2);
    if (code !== 1005) body.writeUInt16BE(code);
    events.push(['close', Buffer.concat([body, reason])]);
  });
  return (bytes) => {
    events = [];
    let failed;
    receiver._write(bytes, 'buffer', (error) => {
      if (error) failed = { code: error[Object.getOwnPropertySymbols(error)[0]], message: error.message };
    });
    return { events, failed };
  };
}

const { check, generated } = harness(start);

exports.fuzz = (input) => check(input);

if (require.main === module) {
  const words = process.argv.slice(2);
  const seeded = Array.from({ length: SEEDED }, (_, seed) => generated(seed));
  if (words[0] === '--write') {
    fs.mkdirSync(words[1], { recursive: true });
    seeded.slice(0, 200).forEach((input, seed) => fs.writeFileSync(path.join(words[1], `${seed}.bin`), input));
  } else {
    const inputs = words.length > 0 ? words.map((name) => fs.readFileSync(name)) : seeded;
    inputs.forEach(check);
    console.log(`${inputs.length} inputs, 0 disagreements`);
  }
}
