"""Servers on an event loop of their own, so that a test that waits does not keep them from answering."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def in_thread(server: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """Enters an asynchronous context manager on an event loop in another thread, gives what it gives, and leaves it at the
    end::

        @asynccontextmanager
        async def server():
            async with websockets.serve(echo, "127.0.0.1", 0) as listening:
                yield "ws://127.0.0.1:%d" % listening.sockets[0].getsockname()[1]

        with wsspec.in_thread(server()) as url:
            wsspec.run(url).check()
    """
    entered: Future[T] = Future()
    loop = asyncio.new_event_loop()
    left: Future[None] = Future()

    async def serve() -> None:
        try:
            async with server as value:
                entered.set_result(value)
                await asyncio.wrap_future(left)
        except BaseException as error:
            if entered.done():
                raise
            entered.set_exception(error)

    def work() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(serve())
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    thread = threading.Thread(target=work, name="wsspec-server", daemon=True)
    thread.start()
    try:
        yield entered.result()
    finally:
        left.set_result(None)
        thread.join()
