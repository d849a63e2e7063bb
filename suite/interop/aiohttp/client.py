"""An echo client on aiohttp (Python)."""

import asyncio
import logging
import sys

from aiohttp import ClientError, ClientSession, WSMsgType

# aiohttp refuses a message of exactly its limit.
MAX_MESSAGE_SIZE = 64 * 2**20 + 1


async def main(url):
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)
    async with ClientSession() as session:
        async with session.ws_connect(url, compress=15, max_msg_size=MAX_MESSAGE_SIZE) as ws:
            async for message in ws:
                if message.type == WSMsgType.TEXT:
                    await ws.send_str(message.data)
                elif message.type == WSMsgType.BINARY:
                    await ws.send_bytes(message.data)


try:
    asyncio.run(main(sys.argv[1]))
except (OSError, ClientError) as error:
    sys.exit(f"{type(error).__name__}: {error}")
