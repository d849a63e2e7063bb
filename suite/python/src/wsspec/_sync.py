"""Tests of servers and clients, for code that waits."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, cast

from . import _invocation
from ._catalogue import Listed, listed
from ._invocation import Invocation, Server
from ._options import Path
from .errors import RunError, UsageError
from .results import Report

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._options import RunOptions

#: How long a program may take to end once it was asked to, in seconds.
GRACE = 10.0


def run(server: Server, *filters: str, **options: Unpack[RunOptions]) -> Report:
    """Tests a server: an address, or :class:`Spawn` with the command that starts it.

    `filters` select trials as on the command line: ids, the start of one, globs, ``level:must``, ``section:5.5``.
    The report says what was found, also where the server breaks rules; :meth:`Report.check` raises then.

    :raises UsageError: a filter, an option or a file has a mistake
    """
    with tempfile.TemporaryDirectory(prefix="wsspec-") as folder:
        given = cast("Mapping[str, Any]", options)
        return play(_invocation.of_run(FilePath(folder), server, filters, given))


def load(record: Path, *, strict: bool = False) -> Report:
    """The report of a record that ``wsspec run --json`` saved."""
    with tempfile.TemporaryDirectory(prefix="wsspec-") as folder:
        return play(_invocation.of_report(FilePath(folder), FilePath(record), strict))


def trials(
    *filters: str,
    role: str | None = None,
    exclude: Iterable[str] = (),
    extra: Iterable[str] = (),
    cases: Iterable[Path] = (),
) -> tuple[Listed, ...]:
    """The trials that filters select; with `role`, ``server`` or ``client``, those that test such a peer.

    :raises UsageError: a filter or a file has a mistake
    """
    if role not in (None, "server", "client"):
        raise UsageError(f"role {role!r}; write 'server' or 'client'")
    words = _invocation.of_list(filters, {"exclude": exclude, "extra": extra, "cases": cases})
    ended = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    errors = ended.stderr.decode(errors="replace").strip().removeprefix("error: ")
    if ended.returncode == 2:
        raise UsageError(errors)
    if ended.returncode != 0:
        raise RunError(f"`{words[0]} list` ended with {ended.returncode}: {errors}")
    return tuple(listed(trial) for trial in json.loads(ended.stdout) if role in (None, *trial["roles"]))


def play(invocation: Invocation) -> Report:
    """Starts the program and waits for its end."""
    process = subprocess.Popen(
        invocation.words,
        cwd=invocation.cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        _, errors = process.communicate()
    except BaseException:
        stop(process)
        raise
    return invocation.report(process.returncode, errors.decode(errors="replace"))


def stop(process: subprocess.Popen[bytes]) -> None:
    """Asks the program to end, so that it stops what it has started; ends it where it does not."""
    process.terminate()
    try:
        process.communicate(timeout=GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
