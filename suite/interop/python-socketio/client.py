"""A client of Socket.IO as docs/protocols.md describes it, with python-socketio over WebSocket."""

import asyncio
import sys

import socketio

NAMESPACES = ["/", "/custom"]


async def main(url: str) -> None:
    client = socketio.AsyncClient(reconnection=False)

    def serve(namespace: str) -> None:
        @client.on("message", namespace=namespace)
        async def message(*values):
            await client.emit("message-back", values, namespace=namespace)

        @client.on("message-with-ack", namespace=namespace)
        async def acknowledge(*values):
            return values

    for namespace in NAMESPACES:
        serve(namespace)
    await client.connect(url, transports=["websocket"], namespaces=NAMESPACES, wait=False)
    await client.wait()


asyncio.run(main(sys.argv[1]))
