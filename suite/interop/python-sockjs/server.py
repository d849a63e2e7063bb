"""A SockJS server as docs/protocols.md asks for one: a service that sends messages back, and three more."""

import asyncio
import sys

import sockjs
from aiohttp import web


async def echo(_manager, session, message):
    if message.type == sockjs.MsgType.MESSAGE:
        session.send(message.data)


async def close(_manager, session, message):
    if message.type == sockjs.MsgType.OPEN:
        session.close(3000, "Go away!")


async def main(port):
    app = web.Application()
    sockjs.add_endpoint(app, echo, name="echo", prefix="/echo/")
    disabled = ("websocket",)
    sockjs.add_endpoint(app, echo, name="disabled", prefix="/disabled_websocket_echo/", disable_transports=disabled)
    sockjs.add_endpoint(app, echo, name="cookies", prefix="/cookie_needed_echo/", cookie_needed=True)
    sockjs.add_endpoint(app, close, name="close", prefix="/close/")
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    print(f"listening on 127.0.0.1:{runner.addresses[0][1]}/echo", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(int(sys.argv[1])))
