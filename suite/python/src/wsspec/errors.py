"""What can go wrong. Each message says what, and what to do."""

from __future__ import annotations


class WsspecError(Exception):
    """Anything that this package raises."""


class BinaryNotFoundError(WsspecError):
    """The program ``wsspec`` is not installed."""


class UsageError(WsspecError):
    """``wsspec`` refuses what it was asked: a filter, an option, or a file has a mistake (exit code 2)."""


class RunError(WsspecError):
    """``wsspec`` ended without a record."""


class ConformanceError(WsspecError, AssertionError):
    """The peer breaks a requirement. The message holds the transcripts."""


class InconclusiveError(WsspecError):
    """Nothing can be said about the peer: it cannot be reached, or it died, or no trial was run."""


class HarnessError(WsspecError):
    """The harness for decoders does not load, or cannot judge a decoder."""


class DisagreementError(WsspecError, AssertionError):
    """A decoder is wrong about an input. The message names the requirement that it breaks."""
