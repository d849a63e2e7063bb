"""An echo server on hypercorn (Python), which runs an ASGI application."""

import asyncio
import socket
import sys

from hypercorn.asyncio import serve
from hypercorn.config import Config


async def echo(scope, receive, send):
    if scope["type"] == "websocket":
        await echo_messages(scope, receive, send)
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})


async def echo_messages(scope, receive, send):
    while (event := await receive())["type"] != "websocket.disconnect":
        if event["type"] == "websocket.connect":
            subprotocol = "wsspec.echo" if "wsspec.echo" in scope["subprotocols"] else None
            await send({"type": "websocket.accept", "subprotocol": subprotocol})
        else:
            await send({"type": "websocket.send", "bytes": event.get("bytes"), "text": event.get("text")})


async def main(port):
    with socket.create_server(("127.0.0.1", port), backlog=100) as listener:
        config = Config()
        config.bind = [f"fd://{listener.fileno()}"]
        config.errorlog = None
        config.websocket_max_message_size = 64 * 2**20
        host, port = listener.getsockname()
        print(f"listening on {host}:{port}", flush=True)
        await serve(echo, config)


asyncio.run(main(int(sys.argv[1])))
