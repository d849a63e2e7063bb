"""The trials that there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Listed:
    """A trial as ``wsspec list`` has it."""

    id: str
    title: str
    #: ``must``, ``should`` or ``may``
    level: str
    #: The requirement that it tests in the first place.
    requirement: str
    #: All requirements that it tests.
    cites: tuple[str, ...]
    #: ``server``, ``client``: the peers that it tests.
    roles: tuple[str, ...]
    tags: tuple[str, ...]
    autobahn: tuple[str, ...]
    #: File and line of the case.
    file: str
    line: int


def listed(trial: Mapping[str, Any]) -> Listed:
    """A trial of the list in JSON."""
    return Listed(
        id=trial["id"],
        title=trial["title"],
        level=trial["level"],
        requirement=trial["requirement"],
        cites=tuple(trial["cites"]),
        roles=tuple(trial["roles"]),
        tags=tuple(trial["tags"]),
        autobahn=tuple(trial["autobahn"]),
        file=trial["file"],
        line=trial["line"],
    )
