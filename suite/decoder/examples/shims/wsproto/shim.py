"""wsproto behind the shim protocol of docs/decoders.md: connections arrive on standard input, events go to standard output."""

import struct
import sys

from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage


def write(kind: bytes, payload: bytes = b"") -> None:
    sys.stdout.buffer.write(kind + struct.pack(">I", len(payload)) + payload)


def read() -> tuple[bytes, bytes]:
    head = sys.stdin.buffer.read(5)
    if len(head) < 5:
        sys.exit(0)
    return head[:1], sys.stdin.buffer.read(struct.unpack(">I", head[1:])[0])


class Decoder:
    """wsproto reports a message in pieces; they are joined here."""

    def __init__(self, sender: bytes) -> None:
        ours = ConnectionType.SERVER if sender == b"C" else ConnectionType.CLIENT
        self.connection = Connection(ours)
        self.message = b""

    def decode(self, data: bytes) -> None:
        self.connection.receive_data(data)
        for event in self.connection.events():
            if isinstance(event, TextMessage):
                self.piece(b"T", event.data.encode("utf-8", "surrogatepass"), event.message_finished)
            elif isinstance(event, BytesMessage):
                self.piece(b"M", bytes(event.data), event.message_finished)
            elif isinstance(event, Ping):
                write(b"P", bytes(event.payload))
            elif isinstance(event, Pong):
                write(b"O", bytes(event.payload))
            elif isinstance(event, CloseConnection):
                reason = (event.reason or "").encode()
                # wsproto reports a protocol error as a close; its state then says that no close frame arrived.
                if self.connection.state.name == "OPEN":
                    write(b"R", struct.pack(">H", event.code) + reason)
                    return
                write(b"C", struct.pack(">H", event.code) + reason)
        write(b"A")

    def piece(self, kind: bytes, data: bytes, last: bool) -> None:
        self.message += data
        if last:
            write(kind, self.message)
            self.message = b""


def main() -> None:
    write(b"H", b"wsspec-decoder 1")
    sys.stdout.buffer.flush()
    decoder = None
    while True:
        kind, payload = read()
        if kind == b"N":
            decoder = Decoder(payload)
        elif kind == b"B" and decoder is not None:
            decoder.decode(payload)
            sys.stdout.buffer.flush()
        else:
            sys.exit(f"unknown message {kind!r}")


main()
