"""An echo client on websockets (Python, asyncio)."""

import asyncio
import logging
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException


async def main(url):
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    async with connect(url, max_size=64 * 2**20) as connection:
        async for message in connection:
            await connection.send(message)


try:
    asyncio.run(main(sys.argv[1]))
except (OSError, WebSocketException) as error:
    sys.exit(f"{type(error).__name__}: {error}")
