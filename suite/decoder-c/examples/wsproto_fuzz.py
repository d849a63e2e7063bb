"""wsproto as a fuzz target, in process: WSSPEC_LIBRARY=libwsspec_decoder_c.so python3 wsproto_fuzz.py [FILE..]

With Atheris installed and ATHERIS=1, libFuzzer drives it; otherwise it checks the files, or seeded inputs.
"""

import ctypes
import os
import struct
import sys

if os.environ.get("ATHERIS"):
    import atheris

    atheris.instrument_imports(include=["wsproto"]).__enter__()

from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage

ABI = 1
WSSPEC_OK, WSSPEC_DISAGREES = 0, 1
SEEDED = int(os.environ.get("WSSPEC_INPUTS", "2000"))
LONGEST = 4096
SETUP = 7

library = ctypes.CDLL(os.environ["WSSPEC_LIBRARY"])
if library.wsspec_abi() != ABI:
    sys.exit(f"{os.environ['WSSPEC_LIBRARY']}: version {library.wsspec_abi()} of the interface, not {ABI}")


class Setting(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_uint8)
        for name in (
            "of_client",
            "deflate",
            "server_no_context_takeover",
            "client_no_context_takeover",
            "server_max_window_bits",
            "client_max_window_bits",
        )
    ]


CREATE = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(Setting))
DECODE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)
DESTROY = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class Decoder(ctypes.Structure):
    _fields_ = [
        ("abi", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("limit", ctypes.c_uint64),
        ("context", ctypes.c_void_p),
        ("create", CREATE),
        ("decode", DECODE),
        ("destroy", DESTROY),
    ]


for function in (library.wsspec_ping, library.wsspec_pong, library.wsspec_close):
    function.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
library.wsspec_message.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t]
library.wsspec_rejection.argtypes = [ctypes.c_void_p, ctypes.c_int32, ctypes.c_char_p]
library.wsspec_check.argtypes = [
    ctypes.POINTER(Decoder),
    ctypes.c_char_p,
    ctypes.c_size_t,
    ctypes.c_char_p,
    ctypes.c_size_t,
]
library.wsspec_generate.argtypes = [ctypes.c_uint64, ctypes.c_uint32, ctypes.c_char_p, ctypes.c_size_t]
library.wsspec_generate.restype = ctypes.c_size_t
library.wsspec_mutate.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_uint32]
library.wsspec_mutate.restype = ctypes.c_size_t

# The connections that exist, by the number that stands for their pointer.
connections: dict[int, tuple[Connection, list[bytes]]] = {}
numbers = iter(range(1, sys.maxsize))


@CREATE
def create(_context, setting):
    ours = ConnectionType.SERVER if setting.contents.of_client else ConnectionType.CLIENT
    number = next(numbers)
    connections[number] = (Connection(ours), [])
    return number


@DECODE
def decode(number, data, size, events):
    connection, message = connections[number]
    connection.receive_data(ctypes.string_at(data, size))
    for event in connection.events():
        if isinstance(event, (TextMessage, BytesMessage)):
            is_text = isinstance(event, TextMessage)
            message.append(event.data.encode() if is_text else bytes(event.data))
            if event.message_finished:
                whole = b"".join(message)
                message.clear()
                library.wsspec_message(events, int(is_text), whole, len(whole))
        elif isinstance(event, Ping):
            library.wsspec_ping(events, bytes(event.payload), len(event.payload))
        elif isinstance(event, Pong):
            library.wsspec_pong(events, bytes(event.payload), len(event.payload))
        elif isinstance(event, CloseConnection):
            # wsproto reports a protocol error as a close; its state then says that no close frame arrived.
            if connection.state.name == "OPEN":
                library.wsspec_rejection(events, event.code, (event.reason or "").encode())
                return 1
            body = struct.pack(">H", event.code) + (event.reason or "").encode()
            body = b"" if event.code == 1005 else body
            library.wsspec_close(events, body, len(body))
    return 0


@DESTROY
def destroy(number):
    del connections[number]


decoder = Decoder(ABI, 0, 0, None, create, decode, destroy)


def check(data: bytes) -> None:
    report = ctypes.create_string_buffer(2048)
    result = library.wsspec_check(ctypes.byref(decoder), data, len(data), report, len(report))
    if result != WSSPEC_OK:
        raise RuntimeError(report.value.decode() if result == WSSPEC_DISAGREES else f"error {result}")


def generated(seed: int) -> bytes:
    data = ctypes.create_string_buffer(LONGEST)
    return data.raw[: library.wsspec_generate(seed, 0, data, LONGEST)]


def mutated(data: bytes, most: int, seed: int) -> bytes:
    """Another input: a new one now and then, a changed field of a frame, or what libFuzzer makes of it."""
    if len(data) < SETUP or seed % 8 == 0:
        return generated(seed)[:most]
    buffer = ctypes.create_string_buffer(data, max(most, len(data)))
    size = library.wsspec_mutate(buffer, len(data), most, seed % 2**32) if seed % 2 else 0
    return buffer.raw[:size] if size else atheris.Mutate(data, most)


def main() -> None:
    if os.environ.get("ATHERIS"):
        atheris.Setup(sys.argv, check, custom_mutator=mutated)
        atheris.Fuzz()
    files = [open(name, "rb").read() for name in sys.argv[1:]]
    inputs = files or [generated(seed) for seed in range(SEEDED)]
    for data in inputs:
        check(data)
    print(f"{len(inputs)} inputs, 0 disagreements")


main()
