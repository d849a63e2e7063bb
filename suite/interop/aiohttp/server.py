"""An echo server on aiohttp (Python)."""

import asyncio
import logging
import sys

from aiohttp import WSMsgType, web

# aiohttp refuses a message of exactly its limit.
MAX_MESSAGE_SIZE = 64 * 2**20 + 1


async def echo(request):
    ws = web.WebSocketResponse(protocols=["wsspec.echo"], max_msg_size=MAX_MESSAGE_SIZE)
    await ws.prepare(request)
    async for message in ws:
        if message.type == WSMsgType.TEXT:
            await ws.send_str(message.data)
        elif message.type == WSMsgType.BINARY:
            await ws.send_bytes(message.data)
    return ws


async def main(port):
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)
    app = web.Application()
    app.router.add_get("/{path:.*}", echo)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    host, port = runner.addresses[0]
    print(f"listening on {host}:{port}", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(int(sys.argv[1])))
