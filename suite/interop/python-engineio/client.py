"""A client of Engine.IO as docs/protocols.md describes it, with python-engineio over WebSocket."""

import asyncio
import sys

import engineio


async def main(url: str) -> None:
    client = engineio.AsyncClient()

    @client.on("message")
    async def message(data):
        await client.send(data)

    await client.connect(url, transports=["websocket"])
    await client.wait()


asyncio.run(main(sys.argv[1]))
