"""Plays the server for clients that connect on their own."""

from __future__ import annotations

import json
import re
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional, cast
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

from . import _invocation
from ._sync import load, stop
from .errors import RunError, UsageError
from .results import Report

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._options import ServeOptions

_LISTENING = re.compile(r"listening on (wss?)://([^/\s]+)/")
#: How long an answer of our own server may take, in seconds.
_PATIENCE = 30.0


def serve(*filters: str, **options: Unpack[ServeOptions]) -> Serving:
    """Plays the server for a client that connects on its own::

        with wsspec.serve("rfc6455/5.4") as serving:
            connect_again_and_again(serving.url())     # until the answer is 410
            serving.report().check()

    Listens on a free port of 127.0.0.1 unless ``listen`` says otherwise. A browser may open ``serving.page``.
    Entering it raises :class:`UsageError` if a filter, an option or a file has a mistake.
    """
    return Serving(filters, cast("Mapping[str, Any]", options))


class Serving:
    """A server that plays a trial on each connection. A context manager, made by :func:`serve`."""

    def __init__(self, filters: tuple[str, ...], options: Mapping[str, Any]) -> None:
        self._filters, self._options = filters, options

    def url(self, agent: str = "client") -> str:
        """The address of the next trial of an agent, a name for the client. Each connection to it plays another one, then
        those that failed are played once more; 410 answers the connection after the last."""
        return f"{self._scheme}://{self._authority}/next/{quote(agent, safe='')}"

    def trial_url(self, id: str, agent: str = "client", *, confirm: bool = False) -> str:
        """The address of one trial. With `confirm` it is played once more, and a failure that is not seen again is flaky."""
        more = "&confirm=1" if confirm else ""
        return f"{self._scheme}://{self._authority}/case/{quote(id, safe='')}?agent={quote(agent, safe='')}{more}"

    @property
    def page(self) -> str:
        """The address of the page that runs every trial in the browser that opens it."""
        return f"{self._scheme.replace('ws', 'http', 1)}://{self._authority}/"

    def ids(self) -> list[str]:
        """The ids of the trials, in their order."""
        return [case["id"] for case in json.loads(self._get("cases"))]

    def report(self, agent: str = "client") -> Report:
        """What the trials of an agent came to so far."""
        try:
            record = self._get(f"record?agent={quote(agent, safe='')}")
        except URLError as error:
            raise RunError(f"no report on the agent {agent!r}: {error}; it was not played a trial yet") from error
        file = Path(self._folder.name) / "saved.json"
        file.write_bytes(record)
        return load(file, strict=bool(self._options.get("strict")))

    def _get(self, resource: str) -> bytes:
        # Our own server, whose certificate may be signed by nobody.
        context = ssl._create_unverified_context() if self._scheme == "wss" else None
        with urlopen(self.page + resource, timeout=_PATIENCE, context=context) as response:
            return cast(bytes, response.read())

    def __enter__(self) -> Serving:
        self._folder = tempfile.TemporaryDirectory(prefix="wsspec-")
        try:
            self._start(_invocation.of_serve(Path(self._folder.name), self._filters, self._options))
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self._stop()
        self._folder.cleanup()

    async def __aenter__(self) -> Serving:
        # Only its start is waited for, some milliseconds.
        return self.__enter__()

    async def __aexit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.__exit__(kind, error, trace)

    def _start(self, words: list[str]) -> None:
        self._process = subprocess.Popen(
            words,
            cwd=self._options.get("cwd"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert self._process.stdout is not None
        said = ""
        for line in self._process.stdout:
            said += line.decode(errors="replace")
            listening = _LISTENING.search(said)
            if listening is not None:
                self._scheme, self._authority = listening.groups()
                self._drain = threading.Thread(target=self._process.stdout.read, daemon=True)
                self._drain.start()
                return
        stop(self._process)
        message = said.strip().removeprefix("error: ") or "it says nothing"
        raise (UsageError if self._process.returncode == 2 else RunError)(message)

    def _stop(self) -> None:
        """Ends it. Its output goes to the thread that reads it."""
        process = self._process
        process.terminate()
        try:
            process.wait(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._drain.join()
        if process.stdout is not None:
            process.stdout.close()
