"""An echo client on aiohttp (Python).

Where the path of its address begins with `/next/`, it connects again, many times at once, until it is answered with 410.
"""

import asyncio
import logging
import sys
from urllib.parse import urlsplit

from aiohttp import ClientConnectorError, ClientError, ClientSession, WSMsgType, WSServerHandshakeError

AT_ONCE = 16
# aiohttp refuses a message of exactly its limit.
MAX_MESSAGE_SIZE = 64 * 2**20 + 1


async def echo(url):
    async with ClientSession() as session:
        async with session.ws_connect(url, compress=15, max_msg_size=MAX_MESSAGE_SIZE) as ws:
            async for message in ws:
                if message.type == WSMsgType.TEXT:
                    await ws.send_str(message.data)
                elif message.type == WSMsgType.BINARY:
                    await ws.send_bytes(message.data)


async def echo_again(url):
    while True:
        try:
            await echo(url)
        except WSServerHandshakeError as error:
            if error.status == 410:
                return
        except ClientConnectorError:
            return
        except (OSError, ClientError):
            pass


async def main(url):
    if urlsplit(url).path.startswith("/next/"):
        await asyncio.gather(*(echo_again(url) for _ in range(AT_ONCE)))
    else:
        await echo(url)


logging.getLogger("aiohttp").setLevel(logging.CRITICAL)
try:
    asyncio.run(main(sys.argv[1]))
except (OSError, ClientError) as error:
    sys.exit(f"{type(error).__name__}: {error}")
