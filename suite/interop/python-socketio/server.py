"""A Socket.IO server as docs/protocols.md asks for one: the same handlers in two namespaces."""

import socket
import sys

import socketio
import uvicorn

# Its handlers of connections run before CONNECT is answered, unless it always accepts.
server = socketio.AsyncServer(async_mode="asgi", always_connect=True, ping_interval=1, ping_timeout=1)


def serve(namespace):
    @server.on("connect", namespace=namespace)
    async def connect(sid, environ, auth):
        await server.emit("auth", auth or {}, to=sid, namespace=namespace)

    @server.on("message", namespace=namespace)
    async def message(sid, *values):
        await server.emit("message-back", values, to=sid, namespace=namespace)

    @server.on("message-with-ack", namespace=namespace)
    async def acknowledge(sid, *values):
        return values


serve("/")
serve("/custom")
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(socketio.ASGIApp(server), log_level="error")).run(sockets=[listener])
