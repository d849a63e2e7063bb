"""One call of the program: its words, its files, and what its end means. Starts nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Union

from . import _read
from ._binary import binary
from ._options import Command, arguments, command_line, words_of
from .errors import InconclusiveError, RunError, UsageError
from .results import Report

_ADDRESS = re.compile(r"wss?(\+[a-z]+)?://", re.IGNORECASE)
#: What each call has: files, and nothing for people.
_SILENT = ["--quiet", "--color", "never", "--github", "never"]


@dataclass(frozen=True)
class Spawn:
    """A server that wsspec starts, watches, starts again where it dies, and stops: ``Spawn("node server.js {port}")``."""

    #: Shell command or its words; ``{port}`` stands for the port of `url`, or for a free one.
    command: Command
    #: Where it listens then; nothing: ``ws://127.0.0.1:{port}/``.
    url: Optional[str] = None


@dataclass(frozen=True)
class Client:
    """A client that is started for each trial: ``Client("node client.js {url}")``."""

    #: Shell command or its words; ``{url}`` stands for the address to connect to.
    command: Command


#: A server: its address, or how it is started.
Server = Union[str, Spawn]


@dataclass(frozen=True)
class Invocation:
    """A call that ends in a report."""

    words: list[str]
    record: Path
    junit: Path
    cwd: Optional[str]

    def report(self, code: int, errors: str) -> Report:
        """What the program's end means. `errors` is what it wrote to standard error."""
        message = errors.strip().removeprefix("error: ") if errors else ""
        if code == 2:
            raise UsageError(message or "wsspec refused its arguments without a word")
        if not (self.record.exists() and self.junit.exists()):
            if code == 3:
                raise InconclusiveError(message or "wsspec ended without a record")
            raise RunError(f"`{self.words[0]}` ended with {code} and without a record: {message or 'it says nothing'}")
        return _read.report(self.record, self.junit, code)


def of_run(folder: Path, server: Server, filters: Iterable[str], options: Mapping[str, Any]) -> Invocation:
    """``wsspec run``"""
    if isinstance(server, Spawn):
        target = [server.url] if server.url else []
        target += ["--spawn", command_line(server.command)]
    elif isinstance(server, str) and (_ADDRESS.match(server) or server == "embedded"):
        target = [server]
    else:
        raise UsageError(f"{server!r} is no address of a server; write 'ws://host:port/path', or Spawn(command)")
    return _invocation(folder, ["run", *target], filters, options)


def of_test_client(folder: Path, client: Command, filters: Iterable[str], options: Mapping[str, Any]) -> Invocation:
    """``wsspec test-client``"""
    command = client.command if isinstance(client, Client) else client
    return _invocation(folder, ["test-client", "--exec", command_line(command)], filters, options)


def of_report(folder: Path, saved: Path, strict: bool) -> Invocation:
    """``wsspec report``"""
    return _invocation(folder, ["report", str(saved)], (), {"strict": strict})


def of_serve(folder: Path, filters: Iterable[str], options: Mapping[str, Any]) -> list[str]:
    """``wsspec serve``: its words."""
    chosen = {"listen": "127.0.0.1:0", **options}
    return [binary(), "serve", *words_of("filters", filters), *_given(folder, chosen), "--color", "never"]


def of_list(filters: Iterable[str], options: Mapping[str, Any]) -> list[str]:
    """``wsspec list``: its words."""
    return [binary(), "list", "--members", "--format", "json", *words_of("filters", filters), *arguments(options)]


def _invocation(folder: Path, words: list[str], filters: Iterable[str], options: Mapping[str, Any]) -> Invocation:
    record, junit = folder / "record.json", folder / "junit.xml"
    files = ["--json", str(record), "--junit", str(junit)]
    cwd = options.get("cwd")
    return Invocation(
        words=[binary(), *words, *words_of("filters", filters), *_given(folder, options), *files, *_SILENT],
        record=record,
        junit=junit,
        cwd=None if cwd is None else str(cwd),
    )




def _given(folder: Path, options: Mapping[str, Any]) -> list[str]:
    """The options, with a file for what is known."""
    known = options.get("known")
    if isinstance(known, Mapping):
        file = folder / "known.toml"
        lines = [f"{json.dumps(glob)} = {json.dumps(reason)}" for glob, reason in known.items()]
        file.write_text("\n".join(["[known]", *lines, ""]), encoding="utf-8")
        options = {**options, "known": file}
    return [*arguments(options), *words_of("args", options.get("args", ()))]
