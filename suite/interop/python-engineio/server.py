"""An Engine.IO server as docs/protocols.md asks for one: it sends messages back."""

import socket
import sys

import engineio
import uvicorn

server = engineio.AsyncServer(async_mode="asgi", ping_interval=1, ping_timeout=1)


@server.on("message")
async def message(sid, data):
    await server.send(sid, data)


listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(engineio.ASGIApp(server), log_level="error")).run(sockets=[listener])
