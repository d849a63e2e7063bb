"""A conformance suite for the WebSocket protocol: says which sentence of which RFC an endpoint breaks.

>>> import wsspec
>>> report = wsspec.run("ws://127.0.0.1:9001", "rfc6455/5.4")       # doctest: +SKIP
>>> report.check()                                                  # doctest: +SKIP

`wsspec.aio` has the same for code on an event loop, `wsspec.pytest_plugin` makes a test of each trial, and
`wsspec.decoder` fuzzes a decoder of frames.
"""

from . import aio
from ._background import in_thread
from ._binary import binary
from ._catalogue import Listed
from ._clients import test_client
from ._invocation import Client, Server, Spawn
from ._options import ClientOptions, Command, RunOptions, ServeOptions
from ._serving import Serving, serve
from ._sync import load, run, trials
from .errors import (
    BinaryNotFoundError,
    ConformanceError,
    DisagreementError,
    HarnessError,
    InconclusiveError,
    RunError,
    UsageError,
    WsspecError,
)
from .results import Entry, Failure, Note, Peer, Report, Requirement, Status, Trial, Verdict

__all__ = [
    "BinaryNotFoundError",
    "Client",
    "ClientOptions",
    "Command",
    "ConformanceError",
    "DisagreementError",
    "Entry",
    "Failure",
    "HarnessError",
    "InconclusiveError",
    "Listed",
    "Note",
    "Peer",
    "Report",
    "Requirement",
    "RunError",
    "RunOptions",
    "ServeOptions",
    "Server",
    "Serving",
    "Spawn",
    "Status",
    "Trial",
    "UsageError",
    "Verdict",
    "WsspecError",
    "aio",
    "binary",
    "in_thread",
    "load",
    "run",
    "serve",
    "test_client",
    "trials",
]
