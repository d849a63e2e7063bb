"""Keyword arguments, and the options of the command line that they become."""

from __future__ import annotations

import math
import os
import shlex
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable, TypedDict, Union

from .errors import UsageError

#: A command of the shell, or its words.
Command = Union[str, Sequence[str]]
#: A path of a file.
Path = Union[str, "os.PathLike[str]"]


class CommonOptions(TypedDict, total=False):
    """What every kind of test takes. Times are in seconds."""

    #: Cases to leave out, by the same patterns as filters.
    exclude: Iterable[str]
    #: Groups that run only when asked for: ``large``, ``throughput``, ``resources``, ``known-bugs``, ``all``.
    extra: Iterable[str]
    #: Folders of cases of your own.
    cases: Iterable[Path]
    #: The settings to read in place of ``wsspec.toml`` in the working directory.
    config: Path
    #: How long a line of a script waits for what it expects.
    timeout: float
    #: Where random bytes begin.
    seed: int
    #: Fail for a missed SHOULD, too.
    strict: bool
    #: Failures to expect: a file, or globs and reasons.
    known: Union[Path, Mapping[str, str]]
    #: Further arguments, as on the command line.
    args: Iterable[str]
    #: The working directory of wsspec and of what it starts.
    cwd: Path


class RunOptions(CommonOptions, total=False):
    """What :func:`wsspec.run` takes."""

    #: Header fields to add to every opening handshake.
    headers: Union[Mapping[str, str], Iterable[tuple[str, str]]]
    #: Origin to send.
    origin: str
    #: The one origin that the server accepts.
    allowed_origin: str
    #: An origin that the server is to refuse.
    foreign_origin: str
    #: Subprotocols to offer.
    subprotocols: Iterable[str]
    #: User and password for Basic authentication.
    user: tuple[str, str]
    #: Token for Bearer authentication.
    bearer: str
    #: PEM file of certificate authorities to trust besides the system's.
    ca_file: Path
    #: Accept any certificate.
    insecure: bool
    #: PEM files of a client certificate and of its key.
    client_cert: Path
    client_key: Path
    #: Server name to ask for in place of the target's host.
    sni: str
    #: Proxy to go through; by default that of ``ALL_PROXY``.
    proxy: str
    #: How long a connection may take to open.
    connect_timeout: float
    #: How long the server may take until it listens, where wsspec starts it.
    spawn_timeout: float
    #: How many trials at once.
    jobs: int
    #: How long the whole run may take.
    max_time: float


class ClientOptions(CommonOptions, total=False):
    """What :func:`wsspec.test_client` takes."""

    #: How long the client may take until its request has arrived.
    connect_timeout: float
    #: How many clients at once.
    jobs: int
    #: How long the whole run may take.
    max_time: float


class ServeOptions(CommonOptions, total=False):
    """What :func:`wsspec.serve` takes."""

    #: Where to listen; port 0 is a free one.
    listen: str
    #: How long a client may take to say what it wants.
    request_timeout: float
    #: ``self-signed``: serve over TLS with a certificate that is made for it.
    tls: str
    #: PEM files of a certificate chain and of its key.
    tls_cert: Path
    tls_key: Path


def command_line(command: Command) -> str:
    """A command as one line of the shell."""
    if isinstance(command, str):
        return command
    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)


def arguments(options: Mapping[str, Any]) -> list[str]:
    """The options of the command line. ``known`` is a path by now; ``cwd`` and ``args`` are for others."""
    words: list[str] = []
    for name, value in options.items():
        if value is None or name in ("cwd", "args"):
            continue
        option, kind = _OPTIONS[name]
        words.extend(word for text in kind(name, value) for word in ([option] if text is None else [option, text]))
    return words


def words_of(name: str, value: object) -> list[str]:
    """A list of words. A single one is taken for a list of one, and not for its letters."""
    if isinstance(value, (str, os.PathLike)):
        return [os.fspath(value)]
    if not isinstance(value, Iterable):
        raise UsageError(f"`{name}` is {value!r}; give a list of strings")
    return [os.fspath(word) for word in value]


def _one(name: str, value: object) -> list[str | None]:
    if isinstance(value, (str, os.PathLike, int)):
        return [str(os.fspath(value) if isinstance(value, os.PathLike) else value)]
    raise UsageError(f"`{name}` is {value!r}; give a string or a number")


def _many(name: str, value: object) -> list[str | None]:
    return list(words_of(name, value))


def _flag(name: str, value: object) -> list[str | None]:
    return [None] if value else []


def _seconds(name: str, value: object) -> list[str | None]:
    if isinstance(value, (int, float)) and math.isfinite(value) and value > 0:
        return [f"{max(1, round(value * 1000))}ms"]
    raise UsageError(f"`{name}` is {value!r}; give seconds, more than 0")


def _fields(name: str, value: Any) -> list[str | None]:
    pairs = value.items() if isinstance(value, Mapping) else value
    return [f"{field}: {content}" for field, content in pairs]


def _user(name: str, value: Any) -> list[str | None]:
    user, password = value
    return [f"{user}:{password}"]


_Kind = Callable[[str, Any], "list[str | None]"]
_OPTIONS: dict[str, tuple[str, _Kind]] = {
    "exclude": ("--exclude", _many),
    "extra": ("--extra", _many),
    "cases": ("--cases", _many),
    "config": ("--config", _one),
    "timeout": ("--timeout", _seconds),
    "seed": ("--seed", _one),
    "strict": ("--strict", _flag),
    "known": ("--known", _one),
    "headers": ("--header", _fields),
    "origin": ("--origin", _one),
    "allowed_origin": ("--allowed-origin", _one),
    "foreign_origin": ("--foreign-origin", _one),
    "subprotocols": ("--subprotocol", _many),
    "user": ("--user", _user),
    "bearer": ("--bearer", _one),
    "ca_file": ("--ca-file", _one),
    "insecure": ("--insecure", _flag),
    "client_cert": ("--client-cert", _one),
    "client_key": ("--client-key", _one),
    "sni": ("--sni", _one),
    "proxy": ("--proxy", _one),
    "connect_timeout": ("--connect-timeout", _seconds),
    "spawn_timeout": ("--spawn-timeout", _seconds),
    "jobs": ("--jobs", _one),
    "max_time": ("--max-time", _seconds),
    "listen": ("--listen", _one),
    "request_timeout": ("--request-timeout", _seconds),
    "tls": ("--tls", _one),
    "tls_cert": ("--tls-cert", _one),
    "tls_key": ("--tls-key", _one),
}
