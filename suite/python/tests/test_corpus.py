"""The corpus of decoders and its manifest suffice to check a decoder without any code of wsspec.

WSSPEC_CORPUS names the folder that `cargo xtask corpus` wrote.
"""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import reader

EXAMPLE = Path(__file__).parents[2] / "decoder" / "examples" / "corpus.py"


@pytest.fixture
def folder() -> Path:
    if "WSSPEC_CORPUS" not in os.environ:
        pytest.skip("WSSPEC_CORPUS is not set")
    return Path(os.environ["WSSPEC_CORPUS"])


@pytest.fixture
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("corpus", EXAMPLE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Started:
    """The reader, as the example wants it."""

    def __init__(self, of_client: bool) -> None:
        self.reader = reader.Reader(masked=of_client)

    def __call__(self, data: bytes) -> tuple[list[dict[str, Any]], bool]:
        events: list[dict[str, Any]] = []
        try:
            for message in self.reader.push(data):
                if message.kind == "close":
                    events.append({"close": message.code, "reason": message.data.hex()})
                else:
                    events.append({message.kind: message.data.hex()})
        except reader.ProtocolError:
            return events, True
        return events, False


def test_a_decoder_that_is_right_passes(folder: Path, example: ModuleType) -> None:
    count, lines = example.check(folder, Started)
    assert count > 200 and lines == []


def test_a_planted_bug_is_found_and_its_rule_named(
    folder: Path, example: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "PLANTED", True)
    _, lines = example.check(folder, Started)
    named = [line for line in lines if "(rfc6455#5.4:13)" in line]
    assert len(named) > 5, lines


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (lambda _: ([], False), "does not report"),
        (lambda _: ([], True), "rejects what is valid"),
        (lambda _: ([{"ping": "ff"}], False), "reports {'ping': 'ff'}, not"),
    ],
)
def test_a_decoder_that_does_next_to_nothing_fails(
    folder: Path, example: ModuleType, answer: Any, found: str
) -> None:
    _, lines = example.check(folder, lambda _: answer)
    assert any(found in line for line in lines), lines


def test_a_manifest_of_another_format_is_refused(tmp_path: Path, example: ModuleType) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"format": 2, "files": []}))
    with pytest.raises(SystemExit, match="format 2"):
        example.check(tmp_path, Started)
