"""Echo servers and clients on the libraries that Python has, as a user's tests would start them."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from aiohttp import ClientSession, WSMsgType, web
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.sync.client import connect as connect_and_wait

logging.getLogger("websockets").setLevel(logging.CRITICAL)
logging.getLogger("aiohttp").setLevel(logging.CRITICAL)


async def _echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


@asynccontextmanager
async def websockets_server(port: int = 0) -> AsyncIterator[str]:
    """An echo server on websockets; gives its address."""
    async with serve(_echo, "127.0.0.1", port) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _echo_request(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type == WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type == WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    return socket


@asynccontextmanager
async def aiohttp_server(port: int = 0) -> AsyncIterator[str]:
    """An echo server on aiohttp; gives its address."""
    app = web.Application()
    app.router.add_get("/{path:.*}", _echo_request)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"ws://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def websockets_client(url: str) -> None:
    """An echo client on websockets."""
    async with connect(url) as connection:
        async for message in connection:
            await connection.send(message)


def waiting_client(url: str) -> None:
    """An echo client on websockets that waits."""
    with connect_and_wait(url) as connection:
        for message in connection:
            connection.send(message)


async def aiohttp_client(url: str) -> None:
    """An echo client on aiohttp."""
    async with ClientSession() as session, session.ws_connect(url) as socket:
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                await socket.send_str(message.data)
            elif message.type == WSMsgType.BINARY:
                await socket.send_bytes(message.data)


SERVERS: dict[str, Callable[[int], AbstractAsyncContextManager[str]]] = {
    "websockets": websockets_server,
    "aiohttp": aiohttp_server,
}


async def _serve(name: str, port: int) -> None:
    async with SERVERS[name](port):
        await asyncio.Event().wait()


if __name__ == "__main__":
    # servers.py websockets|aiohttp PORT, or servers.py client URL
    if sys.argv[1] == "client":
        asyncio.run(websockets_client(sys.argv[2]))
    else:
        asyncio.run(_serve(sys.argv[1], int(sys.argv[2])))
