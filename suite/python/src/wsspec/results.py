"""What a run found, as values. Read from the record that wsspec saves; fields that are new there are passed over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Optional

from .errors import ConformanceError, InconclusiveError

#: How many transcripts stand in the message of an error.
MOST_SHOWN = 5


class Verdict(str, Enum):
    """What a trial came to."""

    #: Everything demanded was seen.
    PASS = "pass"
    #: Nothing demanded was missing, but something recommended was.
    LENIENT = "lenient"
    #: The peer broke a rule.
    FAIL = "fail"
    #: It failed among other trials and did not when it ran alone.
    FLAKY = "flaky"
    #: Nothing can be said about the peer.
    INCONCLUSIVE = "inconclusive"
    #: The trial does not apply to this peer.
    SKIP = "skip"


class Status(str, Enum):
    """What a trial is to a test harness, what is known and what has expired taken into account; as in JUnit."""

    PASSED = "passed"
    FAILED = "failed"
    #: It could not be found out.
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Requirement:
    """One sentence of a specification, in wsspec's words."""

    #: ``rfc6455#5.5.2:2``
    id: str
    #: ``MUST``, ``SHOULD`` or ``MAY``
    level: str
    #: ``RFC 6455 section 5.5.2``
    citation: str
    text: str


@dataclass(frozen=True)
class Failure:
    """How a peer broke a rule."""

    #: Line of the script; 0 for none of them.
    line: int
    expected: str
    actual: str
    #: The id of the requirement broken.
    requirement: str
    level: str


@dataclass(frozen=True)
class Note:
    """Something recommended that was missing, or something worth knowing."""

    line: int
    text: str
    requirement: str
    level: str


@dataclass(frozen=True)
class Entry:
    """One entry of a transcript."""

    #: Seconds since the connection opened.
    at: float
    #: The line of the script that it belongs to; 0 for none.
    line: int
    #: ``sent``, ``received``, ``eof``, ``reset``, ``timeout`` and others.
    event: str
    #: In the notation of scripts; empty where the event says it all.
    text: str


@dataclass(frozen=True)
class Trial:
    """One trial and what became of it."""

    id: str
    title: str
    verdict: Verdict
    status: Status
    #: Why it failed, was skipped, or is inconclusive; empty where it passed.
    message: str
    #: The whole story, as the terminal shows it: script, transcript, finding. Empty where it passed or was skipped.
    text: str
    #: The requirement that it tests in the first place.
    requirement: Requirement
    #: The requirement that the failure names, where it is another one.
    broken: Optional[Requirement]
    #: Ids of the further requirements that it cites.
    also: tuple[str, ...]
    failure: Optional[Failure]
    #: What was recommended and is missing.
    notes: tuple[Note, ...]
    #: Why the deviation is expected, where it is.
    known: Optional[str]
    #: In seconds.
    duration: float
    attempts: int
    tags: tuple[str, ...]
    autobahn: tuple[str, ...]
    #: File and line of the case.
    file: str
    line: int
    script: tuple[str, ...] = field(repr=False)
    transcript: tuple[Entry, ...] = field(repr=False)

    @property
    def named(self) -> Requirement:
        """The requirement that a failure names."""
        return self.broken or self.requirement

    @property
    def cites(self) -> tuple[str, ...]:
        """The ids of all requirements that it tests."""
        return (self.requirement.id, *self.also)

    def ok(self, *, strict: bool = False) -> bool:
        """Whether it stands in nobody's way; with ``strict`` a missed SHOULD does."""
        if strict and self.verdict is Verdict.LENIENT and self.known is None:
            return False
        return self.status in (Status.PASSED, Status.SKIPPED)

    def check(self, *, strict: bool = False) -> None:
        """Raises :class:`ConformanceError` or :class:`InconclusiveError` with the transcript unless it is :meth:`ok`."""
        if self.status is Status.ERROR:
            raise InconclusiveError(self.text or f"{self.id}: {self.message}")
        if not self.ok(strict=strict):
            raise ConformanceError(self.text or f"{self.id}: {self.message}")


@dataclass(frozen=True)
class Peer:
    """What the peer turned out to be able to do."""

    echo: bool
    pong: bool
    deflate: bool
    subprotocol: Optional[str]
    #: Its Server header field.
    server: Optional[str]


@dataclass(frozen=True)
class Report:
    """One run against one target."""

    #: The target's address, without secrets; a client's command, or its name.
    target: str
    #: ``server`` or ``client``
    role: str
    #: 0 conforms, 1 breaks a MUST, 3 inconclusive; as of the command.
    exit_code: int
    #: Version of wsspec.
    wsspec: str
    #: When the run began, RFC 3339.
    started: str
    #: In seconds.
    duration: float
    seed: int
    peer: Peer
    #: Things that concern the run and not one trial.
    incidents: tuple[str, ...]
    #: Why the run ended before all trials were done.
    aborted: Optional[str]
    trials: tuple[Trial, ...] = field(repr=False)
    #: The record itself, as `wsspec report` reads it.
    record: Mapping[str, Any] = field(repr=False, compare=False, hash=False)

    @property
    def conforms(self) -> bool:
        """Whether the exit code is 0."""
        return self.exit_code == 0

    def __iter__(self) -> Iterator[Trial]:
        return iter(self.trials)

    def __len__(self) -> int:
        return len(self.trials)

    def __getitem__(self, id: str) -> Trial:
        """The trial of an id."""
        for trial in self.trials:
            if trial.id == id:
                return trial
        raise KeyError(f"{id}: this run has {len(self)} trials, and none of that id")

    def of(self, verdict: Verdict) -> tuple[Trial, ...]:
        """The trials that came to a verdict."""
        return tuple(trial for trial in self.trials if trial.verdict is verdict)

    @property
    def failed(self) -> tuple[Trial, ...]:
        """The trials that stand in the way: those that failed and were not known to, or passed against expectation."""
        return tuple(trial for trial in self.trials if trial.status is Status.FAILED)

    @property
    def broken(self) -> dict[str, tuple[Trial, ...]]:
        """The requirements that the failures name, and the trials of each."""
        broken: dict[str, list[Trial]] = {}
        for trial in self.failed:
            broken.setdefault(trial.named.id, []).append(trial)
        return {id: tuple(trials) for id, trials in broken.items()}

    def summary(self) -> str:
        """The run in one line."""
        counts = ((len(self.of(verdict)), verdict.value) for verdict in Verdict)
        parts = [f"{count} {word}" for count, word in counts if count]
        return f"{self.target}: {len(self)} trials: {', '.join(parts) or 'none was run'}"

    def check(self) -> Report:
        """This report, or an error with the first transcripts unless the peer conforms."""
        if self.conforms:
            return self
        if self.exit_code == 3:
            raise InconclusiveError("\n".join(filter(None, (self.summary(), self.aborted, *self.incidents))))
        shown = [trial.text or f"{trial.id}: {trial.message}" for trial in self.failed[:MOST_SHOWN]]
        if len(self.failed) > MOST_SHOWN:
            shown.append(f"... and {len(self.failed) - MOST_SHOWN} more; `Report.failed` has them all")
        raise ConformanceError("\n".join((self.summary(), "", *shown)))
