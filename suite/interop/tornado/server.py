"""An echo server on tornado (Python)."""

import asyncio
import logging
import sys

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketHandler


class Echo(WebSocketHandler):
    async def on_message(self, message):
        await self.write_message(message, binary=isinstance(message, bytes))

    def check_origin(self, origin):
        return True

    def get_compression_options(self):
        return {}

    def select_subprotocol(self, subprotocols):
        return "wsspec.echo" if "wsspec.echo" in subprotocols else None


async def main(port):
    logging.getLogger("tornado").setLevel(logging.CRITICAL)
    app = Application([("/.*", Echo)], websocket_max_message_size=64 * 2**20)
    sockets = bind_sockets(port, "127.0.0.1")
    HTTPServer(app).add_sockets(sockets)
    host, port = sockets[0].getsockname()
    print(f"listening on {host}:{port}", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(int(sys.argv[1])))
