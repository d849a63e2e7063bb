"""wsproto behind the shim protocol of docs/decoders.md: connections arrive on standard input, events go to standard output."""

import struct
import sys

from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage
from wsproto.extensions import PerMessageDeflate

HEAD = struct.Struct(">cI")


def message(kind: bytes, payload: bytes = b"") -> bytes:
    return HEAD.pack(kind, len(payload)) + payload


ACCEPTED = message(b"A")


class Decoder:
    """wsproto reports a message in pieces; they are joined here."""

    def __init__(self, setting: bytes) -> None:
        sender, agreed = setting[:1], setting[1:].decode()
        ours = ConnectionType.SERVER if sender == b"C" else ConnectionType.CLIENT
        self.connection = Connection(ours, [deflate(agreed)] if agreed else None)
        self.message = b""
        self.ended = False

    def decode(self, data: bytes, out: list[bytes]) -> None:
        """Appends the events of these bytes and the verdict on them."""
        self.connection.receive_data(data)
        for event in self.connection.events():
            if isinstance(event, TextMessage):
                self.piece(b"T", event.data.encode("utf-8", "surrogatepass"), event.message_finished, out)
            elif isinstance(event, BytesMessage):
                self.piece(b"M", bytes(event.data), event.message_finished, out)
            elif isinstance(event, Ping):
                out.append(message(b"P", bytes(event.payload)))
            elif isinstance(event, Pong):
                out.append(message(b"O", bytes(event.payload)))
            elif isinstance(event, CloseConnection):
                self.ended = True
                closing = struct.pack(">H", event.code) + (event.reason or "").encode()
                # wsproto reports a protocol error as a close; its state then says that no close frame arrived.
                if self.connection.state.name == "OPEN":
                    out.append(message(b"R", closing))
                    return
                out.append(message(b"C", closing))
        out.append(ACCEPTED)

    def piece(self, kind: bytes, data: bytes, last: bool, out: list[bytes]) -> None:
        self.message += data
        if last:
            out.append(message(kind, self.message))
            self.message = b""


def deflate(agreed: str) -> PerMessageDeflate:
    """The extension with the parameters of a response; a window of 9 bits reads what one of 8 bits wrote."""
    extension = PerMessageDeflate()
    extension.finalize(agreed.replace("bits=8", "bits=9"))
    return extension


def answer(requests: bytes) -> bytes:
    """The answers to requests `N` and `B`, one after the other; those after the end of a connection get none."""
    out: list[bytes] = []
    decoder, at = None, 0
    while at < len(requests):
        kind, length = HEAD.unpack_from(requests, at)
        at += HEAD.size
        payload = requests[at : at + length]
        at += length
        if kind == b"N":
            decoder = Decoder(payload)
        elif kind == b"B" and decoder is not None:
            if not decoder.ended:
                decoder.decode(payload, out)
        else:
            sys.exit(f"unknown message {kind!r}")
    return b"".join(out)


def main() -> None:
    reader, writer = sys.stdin.buffer, sys.stdout.buffer
    writer.write(message(b"H", b"wsspec-decoder 2"))
    writer.flush()
    while len(head := reader.read(HEAD.size)) == HEAD.size:
        kind, length = HEAD.unpack(head)
        if kind != b"Q":
            sys.exit(f"unknown message {kind!r}")
        writer.write(answer(reader.read(length)))
        writer.flush()


main()
