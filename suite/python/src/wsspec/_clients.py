"""Tests of clients, for code that waits."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union, cast

from . import _callable, _invocation
from ._invocation import Client
from ._options import Command
from ._serving import Serving
from ._sync import play
from .errors import UsageError
from .results import Report

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._options import ClientOptions


def test_client(
    client: Union[Command, Client, _callable.EchoFunction], *filters: str, **options: Unpack[ClientOptions]
) -> Report:
    """Tests a client: a command that is started for each trial, with ``{url}`` for the address to connect to, or a
    function that is called with that address for each trial, in threads.

    The client connects, sends each message back until the connection closes, and ends or returns.

    :raises UsageError: a filter, an option or a file has a mistake
    """
    given = cast("Mapping[str, Any]", options)
    if inspect.iscoroutinefunction(client):
        raise UsageError(f"{client!r} is a coroutine function; call `await wsspec.aio.test_client(..)`")
    if callable(client):
        with serving(filters, given) as served:
            return _callable.in_threads(served, client, given.get("jobs", _callable.AT_ONCE))
    command = client.command if isinstance(client, Client) else client
    with tempfile.TemporaryDirectory(prefix="wsspec-") as folder:
        return play(_invocation.of_test_client(Path(folder), command, filters, given))


#: pytest takes functions of this name for tests.
test_client.__test__ = False  # type: ignore[attr-defined]


def serving(filters: tuple[str, ...], options: Mapping[str, Any]) -> Serving:
    """What a client that is a function is served by."""
    refused = {"max_time", "connect_timeout"} & options.keys()
    if refused:
        raise UsageError(f"`{min(refused)}` is for a client that is a command; leave it out")
    return Serving(filters, {name: value for name, value in options.items() if name != "jobs"})
