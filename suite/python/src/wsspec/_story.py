"""What pytest prints of a failure: the message alone, in which the transcripts stand."""

from __future__ import annotations

import pytest
from _pytest._code.code import ReprFileLocation, TerminalRepr
from _pytest._io import TerminalWriter


class Story(TerminalRepr):
    """The message of an error, and in the summary the line of it that says most."""

    def __init__(self, text: str, reprcrash: ReprFileLocation) -> None:
        self.text, self.reprcrash = text, reprcrash

    @classmethod
    def of(cls, error: BaseException, item: pytest.Item) -> Story:
        """The story of an error in an item."""
        text = str(error)
        path, line, _ = item.location
        return cls(text, ReprFileLocation(path, line or 0, headline(text)))

    def toterminal(self, tw: TerminalWriter) -> None:
        """Writes it."""
        for line in self.text.splitlines():
            tw.line(line, red=line.lstrip().startswith("found "))


def headline(text: str) -> str:
    """What was found, or the first line."""
    lines = text.strip().splitlines() or [""]
    for line in lines:
        label, _, rest = line.strip().partition("  ")
        if label == "found":
            return rest
    return lines[0]
