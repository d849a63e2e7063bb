"""Tests clients that are functions: each is called with the address of a trial and echoes until the connection closes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Optional

from ._serving import Serving
from .errors import InconclusiveError, RunError
from .results import Report, Verdict

#: A client that waits: it is called in threads.
EchoFunction = Callable[[str], object]
#: A client on an event loop.
EchoCoroutine = Callable[[str], Awaitable[object]]

#: How many trials at once, unless ``jobs`` says otherwise.
AT_ONCE = 8
#: How long a client may stay after its trial is over, in seconds.
PATIENCE = 30.0


class Calls:
    """The calls of a client. What they raise is no failure: a client that refuses what it should not is failed by a trial."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._first: Optional[Exception] = None

    def urls(self) -> list[str]:
        """The addresses of all trials."""
        return [self._serving.trial_url(id) for id in self._serving.ids()]

    def raised(self, error: Exception) -> None:
        """Remembers what the first call raised that raised anything."""
        self._first = self._first or error

    def again(self) -> list[str]:
        """The addresses of trials to confirm: a failure that is not seen again is flaky."""
        return [self._serving.trial_url(trial.id, confirm=True) for trial in self.report().of(Verdict.FAIL)]

    def report(self) -> Report:
        """The report, if there is anything to report."""
        try:
            return self._serving.report()
        except RunError:
            what = "returned" if self._first is None else f"raised {type(self._first).__name__}: {self._first}"
            raise InconclusiveError(
                f"the client connected to none of {len(self.urls())} addresses: it {what}"
            ) from self._first


def in_threads(serving: Serving, client: EchoFunction, jobs: int) -> Report:
    """Calls the client for each trial, then once more, one at a time, for those that failed."""
    calls = Calls(serving)

    def call(url: str) -> None:
        try:
            client(url)
        except Exception as error:
            calls.raised(error)

    with ThreadPoolExecutor(jobs, thread_name_prefix="wsspec-client") as pool:
        list(pool.map(call, calls.urls()))
    for url in calls.again():
        call(url)
    return calls.report()


async def on_the_loop(serving: Serving, client: EchoCoroutine, jobs: int) -> Report:
    """The same for a coroutine function."""
    calls, room = Calls(serving), asyncio.Semaphore(jobs)

    async def call(url: str) -> None:
        async with room:
            try:
                await asyncio.wait_for(_awaited(client(url)), PATIENCE)
            except Exception as error:
                calls.raised(error)

    await asyncio.gather(*map(call, calls.urls()))
    for url in calls.again():
        await call(url)
    return calls.report()


async def _awaited(client: Awaitable[object]) -> object:
    return await client
