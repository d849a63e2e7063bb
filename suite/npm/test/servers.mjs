// Echo servers and clients on npm `ws`. As a program: `node servers.mjs PORT`, or with an address a client.
import { once } from "node:events";
import { pathToFileURL } from "node:url";

import WebSocket, { WebSocketServer } from "ws";

/** An echo server; `lax` lets it take text that is not UTF-8. */
export async function listen({ port = 0, lax = false } = {}) {
  const server = new WebSocketServer({ host: "127.0.0.1", port, skipUTF8Validation: lax });
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (data, binary) => socket.send(data, { binary }));
  });
  await once(server, "listening");
  return {
    url: `ws://127.0.0.1:${server.address().port}`,
    stop() {
      server.clients.forEach((client) => client.terminate());
      server.close();
    },
  };
}

/** An echo client, which resolves when its connection is closed. */
export function echo(url) {
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.on("message", (data, binary) => socket.send(data, { binary }));
    socket.on("error", () => {});
    socket.on("close", resolve);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [, , what] = process.argv;
  await (what.startsWith("ws") ? echo(what) : listen({ port: Number(what), lax: process.argv[3] === "lax" }));
}
