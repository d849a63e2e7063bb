"""The same for code on an event loop: a run is awaited, and cancelling it stops it."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union, cast

from . import _callable, _invocation
from ._clients import serving
from ._invocation import Client, Invocation, Server
from ._options import Command
from ._serving import Serving, serve
from ._sync import GRACE
from .errors import UsageError
from .results import Report

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._options import ClientOptions, RunOptions

__all__ = ["Serving", "run", "serve", "test_client"]


async def run(server: Server, *filters: str, **options: Unpack[RunOptions]) -> Report:
    """:func:`wsspec.run`; the server may run on the same event loop."""
    with tempfile.TemporaryDirectory(prefix="wsspec-") as folder:
        given = cast("Mapping[str, Any]", options)
        return await _play(_invocation.of_run(Path(folder), server, filters, given))


async def test_client(
    client: Union[Command, Client, _callable.EchoCoroutine], *filters: str, **options: Unpack[ClientOptions]
) -> Report:
    """:func:`wsspec.test_client`; a function must be a coroutine function."""
    given = cast("Mapping[str, Any]", options)
    if callable(client):
        if not (inspect.iscoroutinefunction(client) or inspect.iscoroutinefunction(getattr(client, "__call__"))):
            raise UsageError(f"{client!r} is no coroutine function; write `async def`, or call `wsspec.test_client(..)`")
        with serving(filters, given) as served:
            return await _callable.on_the_loop(served, client, given.get("jobs", _callable.AT_ONCE))
    command = client.command if isinstance(client, Client) else client
    with tempfile.TemporaryDirectory(prefix="wsspec-") as folder:
        return await _play(_invocation.of_test_client(Path(folder), command, filters, given))


test_client.__test__ = False  # type: ignore[attr-defined]


async def _play(invocation: Invocation) -> Report:
    process = await asyncio.create_subprocess_exec(
        *invocation.words,
        cwd=invocation.cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        _, errors = await process.communicate()
    except BaseException:
        await _stop(process)
        raise
    return invocation.report(process.returncode or 0, errors.decode(errors="replace"))


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Asks the program to end, so that it stops what it has started; ends it where it does not."""
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.communicate(), GRACE)
        except asyncio.TimeoutError:
            process.kill()
            await process.wait()
