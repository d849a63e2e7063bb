"""An echo server on picows (Python), by its interface for messages, picows.websockets."""

import asyncio
import logging
import sys

from picows.websockets import serve


async def echo(connection):
    async for message in connection:
        await connection.send(message)


def select_subprotocol(connection, offered):
    return "wsspec.echo" if "wsspec.echo" in offered else None


async def main(port):
    logging.getLogger("picows").setLevel(logging.CRITICAL)
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    options = {"max_size": 64 * 2**20, "select_subprotocol": select_subprotocol}
    async with serve(echo, "127.0.0.1", port, **options) as server:
        host, port = server.sockets[0].getsockname()
        print(f"listening on {host}:{port}", flush=True)
        await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))
