// A client of STOMP on @stomp/stompjs and ws, as docs/protocols.md asks for one: it sends the body of each message back.
'use strict';

const { Client } = require('@stomp/stompjs');
const { WebSocket } = require('ws');

const OUT = '/wsspec/out';

let subscriptions = [];

const client = new Client({
  webSocketFactory: () => new WebSocket(process.argv[2], ['v12.stomp', 'v11.stomp', 'v10.stomp']),
  connectHeaders: { host: 'localhost' },
  heartbeatIncoming: 1000,
  heartbeatOutgoing: 1000,
  reconnectDelay: 0,
  onConnect: () => { subscriptions = ['/wsspec/in', '/wsspec/more'].map(subscribe); },
  onWebSocketError: (event) => console.error(event.message),
  onWebSocketClose: () => process.exit(),
});

function subscribe(destination) {
  const ack = client.connectedVersion === '1.0' ? 'client' : 'client-individual';
  return client.subscribe(destination, answer, { ack });
}

// Sends a message back, and acknowledges it. Its header `swap` becomes the body, and its body the header.
function answer(message) {
  const { swap } = message.headers;
  const { body, binaryBody } = message;
  const headers = { 'content-type': 'application/octet-stream', ...(swap === undefined ? {} : { swap: body }) };
  const transaction = body === 'transaction' ? client.begin() : undefined;
  if (transaction) headers.transaction = transaction.id;
  client.publish({ destination: OUT, headers, ...(swap === undefined ? { binaryBody } : { body: swap }) });
  transaction?.commit();
  if (body === 'nack') message.nack();
  else message.ack();
  if (body === 'end') {
    subscriptions.forEach((subscription) => subscription.unsubscribe());
    client.deactivate();
  }
}

client.activate();
