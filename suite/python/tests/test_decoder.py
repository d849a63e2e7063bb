"""`wsspec.decoder` from the installed package: the target of docs/decoders.md, the events, and libraries that do not fit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import wsspec
from wsspec.decoder import Binary, Close, Deflate, Demands, Event, Frame, Harness, Ping, Pong, Rejection, Setting, Text

TESTS = Path(__file__).parent
DOCS = TESTS.parents[2] / "docs" / "decoders.md"
#: Setup that splits nothing: the bytes of a server.
OF_SERVER = bytes([255] * 6 + [0])


class Scripted:
    """Gives these events, or raises this, whatever arrives."""

    def __init__(self, *events: Event, raises: BaseException | None = None) -> None:
        self.events, self.raises = events, raises

    def decode(self, data: bytes) -> Iterator[Event]:
        if data:
            yield from self.events
            if self.raises is not None:
                raise self.raises


def harness(*events: Event, raises: BaseException | None = None, demands: Demands = Demands()) -> Harness:
    return Harness(lambda _: Scripted(*events, raises=raises), demands)


def target(folder: Path) -> Path:
    """The target that the docs show, in an empty folder next to the decoder that they call `mine`."""
    program = folder / "fuzz.py"
    program.write_text(DOCS.read_text().split("```python\n")[1].split("```")[0])
    shutil.copy(TESTS / "reader.py", folder / "mine.py")
    return program


def ran(program: Path, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(program), *args]
    return subprocess.run(
        command, cwd=program.parent, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300
    )


def test_the_target_of_the_docs_finds_a_planted_bug_and_replays_it(tmp_path: Path) -> None:
    program = target(tmp_path)
    found = ran(program, PLANTED="yes")
    assert found.returncode == 1 and "breaks   rfc6455#5.4:13" in found.stdout, found
    again = ran(program, "wsspec-found.bin", PLANTED="yes")
    assert again.returncode == 1 and "rfc6455#5.4:13" in again.stdout, again
    fixed = ran(program, "wsspec-found.bin")
    assert (fixed.returncode, fixed.stdout) == (0, "1 inputs, 0 disagreements\n"), fixed
    absent = ran(program, "absent.bin")
    assert absent.returncode == 2 and "absent.bin" in absent.stderr, absent


def test_nothing_is_found_in_the_reader_without_the_bug(tmp_path: Path) -> None:
    program = target(tmp_path)
    program.write_text(program.read_text().replace("fuzz(Mine)", "fuzz(Mine, inputs=1_000)"))
    assert ran(program).stdout == "1000 inputs, 0 disagreements\n"


@pytest.mark.parametrize(
    ("frame", "event"),
    [
        (b"\x81\x01a", Text("a")),
        (b"\x81\x01a", Text(b"a")),
        (b"\x82\x01a", Binary(b"a")),
        (b"\x89\x01a", Ping(b"a")),
        (b"\x8a\x01a", Pong(b"a")),
        (b"\x88\x00", Close()),
        (b"\x88\x03\x03\xe8a", Close(1000, "a")),
    ],
)
def test_each_event_is_the_one_that_its_frame_demands(frame: bytes, event: Event) -> None:
    harness(event).check(OF_SERVER + frame)
    with pytest.raises(wsspec.DisagreementError, match=r"breaks   rfc6455#"):
        harness().check(OF_SERVER + frame)


def test_a_frame_is_reported_with_its_first_byte() -> None:
    demands = Demands(frames=True)
    harness(Frame(0x01, b"a"), demands=demands).check(OF_SERVER + b"\x01\x01a")
    with pytest.raises(wsspec.DisagreementError):
        harness(Frame(0x81, b"a"), demands=demands).check(OF_SERVER + b"\x01\x01a")


def test_a_rejection_has_a_code_or_none() -> None:
    reserved = OF_SERVER + b"\xc1\x01a"
    harness(raises=Rejection()).check(reserved)
    harness(raises=Rejection(1002, "RSV1")).check(reserved)
    with pytest.raises(wsspec.DisagreementError, match="7.4"):
        harness(raises=Rejection(1000)).check(reserved)


def test_other_exceptions_are_bugs_of_the_decoder() -> None:
    with pytest.raises(KeyError, match="bug"):
        harness(raises=KeyError("bug")).check(OF_SERVER + b"\x89\x00")
    with pytest.raises(TypeError, match="not an event"):
        harness("a").check(OF_SERVER + b"\x81\x01a")  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        Harness(lambda _: 1 // 0).check(OF_SERVER)  # type: ignore[arg-type, return-value]


def test_a_program_with_such_a_bug_shows_where_it_is(tmp_path: Path) -> None:
    program = target(tmp_path)
    program.write_text(program.read_text().replace("EVENTS[message.kind]", "EVENTS[message.sort]"))
    found = ran(program)
    assert found.returncode == 1 and "message.sort" in found.stdout and "wsspec-found.bin" in found.stdout, found


def test_a_setting_says_what_was_agreed() -> None:
    seen: list[Setting] = []

    def create(setting: Setting) -> Scripted:
        seen.append(setting)
        return Scripted(raises=Rejection())

    agreed = Harness(create, Demands(deflate=True))
    for seed in range(200):
        try:
            agreed.check(agreed.generate(seed))
        except wsspec.DisagreementError:
            pass
    assert {setting.of_client for setting in seen} == {True, False}
    parameters = [setting.deflate for setting in seen if setting.deflate is not None]
    assert len(parameters) < len(seen) and any(isinstance(it, Deflate) for it in parameters)
    assert {it.server_max_window_bits for it in parameters} > {9, 15}


def test_inputs_are_the_same_for_the_same_number_and_change_within_their_room() -> None:
    made = harness()
    data = made.generate(7)
    assert data == made.generate(7) != made.generate(8) and any(data[7:])
    changed = [made.mutate(data, len(data), seed) for seed in range(100)]
    assert any(it not in (None, data) for it in changed)
    assert all(it is None or 0 < len(it) <= len(data) for it in changed)


def test_a_library_that_does_not_load_or_does_not_fit_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> str:
        monkeypatch.setenv("WSSPEC_DECODER_LIBRARY", str(path))
        with pytest.raises(wsspec.HarnessError) as error:
            harness()
        assert str(path) in str(error.value)
        return str(error.value)

    assert "does not load" in refused(tmp_path / "absent.so")
    text = tmp_path / "text.so"
    text.write_text("not a library")
    assert "does not load" in refused(text)
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    for source, why in [("int x;", "no `wsspec_abi`"), ("unsigned wsspec_abi(void) { return 9; }", "version 9")]:
        code, library = tmp_path / "other.c", tmp_path / f"{len(source)}.so"
        code.write_text(source)
        subprocess.run([compiler, "-shared", "-fPIC", str(code), "-o", str(library)], check=True)
        assert why in refused(library)


def test_a_target_without_a_library_ends_with_2(tmp_path: Path) -> None:
    ended = ran(target(tmp_path), WSSPEC_DECODER_LIBRARY=str(tmp_path / "absent.so"))
    assert ended.returncode == 2 and "does not load" in ended.stderr and "Traceback" not in ended.stderr
