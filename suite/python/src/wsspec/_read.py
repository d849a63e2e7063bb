"""Makes a :class:`Report` of a saved record, and of the JUnit file of the same run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Optional
from xml.etree import ElementTree

from .errors import RunError
from .results import Entry, Failure, Note, Peer, Report, Requirement, Status, Trial, Verdict

#: The format of the record that this version reads.
FORMAT = 2


class _Told(NamedTuple):
    """What the JUnit file says of a trial."""

    status: Status
    message: str
    text: str


def report(record_file: Path, junit_file: Path, exit_code: int) -> Report:
    """The report that two files make."""
    record: Mapping[str, Any] = json.loads(record_file.read_bytes())
    if record.get("format") != FORMAT:
        raise RunError(
            f"the record has format {record.get('format')!r}, and this package reads {FORMAT}; "
            "install the package and the program in the same version"
        )
    told = _told(junit_file)
    peer = record["peer"]
    return Report(
        target=record["target"],
        role=record.get("role", "server"),
        exit_code=exit_code,
        wsspec=record["wsspec"],
        started=record["started"],
        duration=record["duration_us"] / 1e6,
        seed=record["seed"],
        peer=Peer(
            echo=peer["echo"],
            pong=peer["pong"],
            deflate=peer["deflate"],
            subprotocol=peer.get("subprotocol"),
            server=peer.get("server"),
        ),
        incidents=tuple(record.get("incidents", ())),
        aborted=record.get("aborted"),
        trials=tuple(_trial(trial, told) for trial in record["trials"]),
        record=record,
    )


def _trial(trial: Mapping[str, Any], told: Mapping[str, _Told]) -> Trial:
    verdict = trial["verdict"]
    failure = verdict.get("failure")
    standing = trial.get("standing") or {}
    status, message, text = told.get(trial["id"], _Told(Status.PASSED, "", ""))
    return Trial(
        id=trial["id"],
        title=trial["title"],
        verdict=Verdict(verdict["kind"]),
        status=status,
        message=message,
        text=text,
        requirement=_requirement(trial["requirement"]),
        broken=_requirement(trial["broken"]) if trial.get("broken") else None,
        also=tuple(trial.get("also", ())),
        failure=_failure(failure) if failure else None,
        notes=tuple(_note(note) for note in verdict.get("notes", ())),
        known=standing.get("reason") if standing.get("kind") == "known" else None,
        duration=trial["duration_us"] / 1e6,
        attempts=trial.get("attempts", 1),
        tags=tuple(trial.get("tags", ())),
        autobahn=tuple(trial.get("autobahn", ())),
        file=trial.get("file", ""),
        line=trial.get("line", 0),
        script=tuple(line["text"] for line in trial.get("script", ())),
        transcript=tuple(_entry(entry) for entry in trial.get("transcript", ())),
    )


def _requirement(value: Mapping[str, str]) -> Requirement:
    return Requirement(value["id"], value["level"], value["citation"], value["text"])


def _failure(value: Mapping[str, Any]) -> Failure:
    return Failure(value["line"], value["expected"], value["actual"], value["requirement"], value["level"])


def _note(value: Mapping[str, Any]) -> Note:
    return Note(value["line"], value["text"], value["requirement"], value["level"])


def _entry(value: Mapping[str, Any]) -> Entry:
    return Entry(value["at_us"] / 1e6, value["line"], value["event"], value.get("text", ""))


def _told(file: Path) -> dict[str, _Told]:
    told = {}
    # Our own file: what a peer sent is escaped in it.
    for case in ElementTree.parse(file).iter("testcase"):
        told[case.get("name", "")] = _case(case)
    return told


def _case(case: ElementTree.Element) -> _Told:
    for tag, status in (("failure", Status.FAILED), ("error", Status.ERROR), ("skipped", Status.SKIPPED)):
        element = case.find(tag)
        if element is not None:
            return _Told(status, element.get("message", ""), (element.text or "").rstrip("\n"))
    return _Told(Status.PASSED, "", _written(case.findtext("system-out")))


def _written(output: Optional[str]) -> str:
    """What follows the properties."""
    lines = (output or "").splitlines()
    return "\n".join(line for line in lines if not line.startswith("[[PROPERTY|"))
