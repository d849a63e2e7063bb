"""Fuzzes a decoder of WebSocket frames in process, against RFC 6455 and RFC 7692, with or without Atheris.

`fuzz(create)` is the whole program: `create` makes a decoder for one connection, and its method `decode` takes the next
bytes and gives the events that are now complete. `Harness` is there for other fuzzers and for tests.
"""

from __future__ import annotations

import ctypes
import importlib
import itertools
import struct
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, NoReturn, Optional, Protocol, Union

from . import _harness
from .errors import DisagreementError, HarnessError

__all__ = [
    "Binary",
    "Close",
    "Decoder",
    "Deflate",
    "Demands",
    "Event",
    "Frame",
    "Harness",
    "Ping",
    "Pong",
    "Rejection",
    "Setting",
    "Text",
    "fuzz",
]

#: The number of seeded inputs, and the longest input, in bytes.
SEEDED, LONGEST = 20_000, 4096
#: The bytes of setup at the start of an input.
SETUP = 7
#: Where a seeded input that is decoded wrongly is saved.
FOUND = "wsspec-found.bin"


@dataclass(frozen=True)
class Deflate:
    """The parameters of permessage-deflate (RFC 7692, 7.1); windows in bits, 8 to 15."""

    server_no_context_takeover: bool
    client_no_context_takeover: bool
    server_max_window_bits: int
    client_max_window_bits: int


@dataclass(frozen=True)
class Setting:
    """What a decoder knows before the first byte."""

    #: The bytes are those of a client, which masks its frames; otherwise of a server.
    of_client: bool
    #: What was agreed; always `None` unless `Demands.deflate` says that the decoder supports it.
    deflate: Optional[Deflate]


@dataclass(frozen=True)
class Text:
    """A text message, its fragments joined and decompressed."""

    data: Union[str, bytes]


@dataclass(frozen=True)
class Binary:
    """A binary message, its fragments joined and decompressed."""

    data: bytes


@dataclass(frozen=True)
class Ping:
    """A ping."""

    payload: bytes


@dataclass(frozen=True)
class Pong:
    """A pong."""

    payload: bytes


@dataclass(frozen=True)
class Close:
    """A close frame: its code, if it has one, and its reason."""

    code: Optional[int] = None
    reason: Union[str, bytes] = b""


@dataclass(frozen=True)
class Frame:
    """A data frame, with `Demands.frames`: the first byte of its header, and its payload without the mask."""

    first: int
    payload: bytes


Event = Union[Text, Binary, Ping, Pong, Close, Frame]


class Rejection(Exception):
    """Raised by `decode`: the connection must be failed, with this code if the decoder has one."""

    def __init__(self, code: Optional[int] = None, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code, self.reason = code, reason


class Decoder(Protocol):
    """A decoder of the bytes that follow the opening handshake, on one connection."""

    def decode(self, data: bytes) -> Iterable[Event]:
        """Takes the next bytes, possibly none, and gives all events that are now complete, in order.

        Raises `Rejection` if the connection must be failed; a generator may give events before that. After a rejection
        or a close frame, it gets no more bytes. Any other exception is a bug of the decoder.
        """
        ...


@dataclass(frozen=True)
class Demands:
    """What a decoder supports and what it leaves to other code."""

    #: It may refuse frames and messages of more bytes than this.
    limit: int = 8192
    #: It passes on text without checking that it is UTF-8.
    text_unchecked: bool = False
    #: It answers pings and does not report them.
    pings_unreported: bool = False
    #: It does not report pongs.
    pongs_unreported: bool = False
    #: It reports a close frame without its body.
    close_bodies_unreported: bool = False
    #: It reports frames: other code joins and decompresses them, and checks their order and text.
    frames: bool = False
    #: It supports permessage-deflate.
    deflate: bool = False
    #: It must reject what the RFC forbids a sender.
    strict: bool = False

    def flags(self) -> int:
        """The same as flags of the C interface."""
        flags = (
            self.text_unchecked,
            self.pings_unreported,
            self.pongs_unreported,
            self.close_bodies_unreported,
            self.frames,
            self.deflate,
            self.strict,
        )
        return sum(1 << bit for bit, flag in enumerate(flags) if flag)


class Harness:
    """Judges decoders by inputs: seven bytes of setup, then the bytes of one end."""

    def __init__(self, create: Callable[[Setting], Decoder], demands: Demands = Demands()) -> None:
        """Loads the library; raises `HarnessError` if it cannot."""
        self._library = _harness.load()
        self._create, self._flags = create, demands.flags()
        #: The decoders that exist, by the number that stands for their pointer.
        self._decoders: dict[int, Decoder] = {}
        self._numbers = itertools.count(1)
        self._raised: Optional[BaseException] = None
        # The functions must live as long as the structure that names them, which keeps no reference.
        self._functions = (
            _harness.CREATE(self._created),
            _harness.DECODE(self._decoded),
            _harness.DESTROY(self._destroyed),
        )
        self._decoder = _harness.CDecoder(_harness.ABI, self._flags, demands.limit, None, *self._functions)

    def check(self, data: bytes) -> None:
        """Raises `DisagreementError` if the decoder is wrong about the input; if its methods raise, raises the same."""
        report = ctypes.create_string_buffer(1 << 16)
        self._raised = None
        result = self._library.wsspec_check(ctypes.byref(self._decoder), data, len(data), report, len(report))
        if self._raised is not None:
            raise self._raised
        if result == _harness.DISAGREES:
            raise DisagreementError(report.value.decode("utf-8", "replace"))
        if result != _harness.OK:
            raise HarnessError(self._library.wsspec_error(result).decode())

    def generate(self, seed: int) -> bytes:
        """The input with this number."""
        data = ctypes.create_string_buffer(LONGEST)
        size = self._library.wsspec_generate(seed, self._flags, data, LONGEST)
        return data.raw[:size]

    def mutate(self, data: bytes, most: int, seed: int) -> Optional[bytes]:
        """The input with one change to its frames or its segments, at most `most` bytes; `None` if nothing fits."""
        buffer = ctypes.create_string_buffer(data, max(most, len(data)))
        size = self._library.wsspec_mutate(buffer, len(data), max(most, len(data)), seed % 2**32)
        return buffer.raw[:size] if 0 < size <= most else None

    def _created(self, _context: object, pointer: ctypes._Pointer[_harness.CSetting]) -> int:
        of = pointer.contents
        deflate = Deflate(
            bool(of.server_no_context_takeover),
            bool(of.client_no_context_takeover),
            of.server_max_window_bits,
            of.client_max_window_bits,
        )
        number = next(self._numbers)
        try:
            self._decoders[number] = self._create(Setting(bool(of.of_client), deflate if of.deflate else None))
        except BaseException as error:  # noqa: BLE001 - ctypes would print and drop it; `check` raises it.
            self._raised = self._raised or error
        return number

    def _decoded(self, number: int, data: int, size: int, events: int) -> int:
        try:
            for event in self._decoders[number].decode(ctypes.string_at(data, size)):
                self._report(events, event)
        except Rejection as rejection:
            code = -1 if rejection.code is None else rejection.code
            self._library.wsspec_rejection(events, code, rejection.reason.replace("\0", " ").encode("utf-8", "replace"))
            return 1
        except BaseException as error:  # noqa: BLE001
            # Without a decoder, `create` has raised before.
            self._raised = self._raised or error
            return 1
        return 0

    def _destroyed(self, number: int) -> None:
        self._decoders.pop(number, None)

    def _report(self, events: int, event: Event) -> None:
        library = self._library
        if isinstance(event, (Text, Binary)):
            data = _octets(event.data)
            library.wsspec_message(events, int(isinstance(event, Text)), data, len(data))
        elif isinstance(event, Ping):
            library.wsspec_ping(events, bytes(event.payload), len(event.payload))
        elif isinstance(event, Pong):
            library.wsspec_pong(events, bytes(event.payload), len(event.payload))
        elif isinstance(event, Close):
            body = b"" if event.code is None else struct.pack(">H", event.code) + _octets(event.reason)
            library.wsspec_close(events, body, len(body))
        elif isinstance(event, Frame):
            library.wsspec_frame(events, event.first, bytes(event.payload), len(event.payload))
        else:
            raise TypeError(f"`decode` gave {event!r}, which is not an event of wsspec.decoder")


def fuzz(create: Callable[[Setting], Decoder], demands: Demands = Demands(), *, inputs: int = SEEDED) -> NoReturn:
    """Fuzzes a decoder, and ends the program.

    If the program has imported Atheris, libFuzzer drives it, with its options and folders on the command line. Otherwise
    it checks the files that the command line names, or this many seeded inputs. It stops at the first input that is
    decoded wrongly, and saves a seeded one; the exit code is then 1, and 2 if a file cannot be read or the harness does
    not load.
    """
    names = sys.argv[1:]
    try:
        harness = Harness(create, demands)
        if "atheris" in sys.modules:
            _with_atheris(harness)
        chosen = [Path(name).read_bytes() for name in names]
    except (HarnessError, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    count = 0
    for data in chosen or map(harness.generate, range(inputs)):
        wrong = _wrong(harness, data)
        if wrong is not None:
            print(f"{wrong}\n  input    {names[count] if names else _saved(data)}")
            sys.exit(1)
        count += 1
    print(f"{count} inputs, 0 disagreements")
    sys.exit(0)


def _wrong(harness: Harness, data: bytes) -> Optional[str]:
    """What the decoder does wrong."""
    try:
        harness.check(data)
    except DisagreementError as error:
        return str(error)
    except Exception:
        return f"the decoder raises an exception\n{traceback.format_exc().rstrip()}"
    return None


def _saved(data: bytes) -> str:
    """Saves an input that was made here; returns its path."""
    Path(FOUND).write_bytes(data)
    return FOUND


def _with_atheris(harness: Harness) -> None:
    """Passes the check and the mutator to libFuzzer, which ends the program."""
    atheris = importlib.import_module("atheris")

    def mutated(data: bytes, most: int, seed: int) -> bytes:
        """Another input: a new one now and then, a changed field of a frame, or what libFuzzer makes of it."""
        if len(data) < SETUP or seed % 8 == 0:
            return harness.generate(seed)[:most]
        changed = harness.mutate(data, most, seed) if seed % 2 else None
        return changed or bytes(atheris.Mutate(data, most))

    atheris.Setup(sys.argv, harness.check, custom_mutator=mutated)
    atheris.Fuzz()


def _octets(data: Union[str, bytes]) -> bytes:
    return data.encode("utf-8", "surrogatepass") if isinstance(data, str) else bytes(data)
