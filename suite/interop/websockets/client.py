"""An echo client on websockets (Python, asyncio).

Where the path of its address begins with `/next/`, it connects again, many times at once, until it is answered with 410.
"""

import asyncio
import logging
import sys
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

AT_ONCE = 16


async def echo(url):
    async with connect(url, max_size=64 * 2**20) as connection:
        async for message in connection:
            await connection.send(message)


async def echo_again(url):
    while True:
        try:
            await echo(url)
        except InvalidStatus as error:
            if error.response.status_code == 410:
                return
        except ConnectionRefusedError:
            return
        except (OSError, WebSocketException):
            pass


async def main(url):
    if urlsplit(url).path.startswith("/next/"):
        await asyncio.gather(*(echo_again(url) for _ in range(AT_ONCE)))
    else:
        await echo(url)


logging.getLogger("websockets").setLevel(logging.CRITICAL)
try:
    asyncio.run(main(sys.argv[1]))
except (OSError, WebSocketException) as error:
    sys.exit(f"{type(error).__name__}: {error}")
