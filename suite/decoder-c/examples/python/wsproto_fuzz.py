"""wsproto as a fuzz target, in process: python3 wsproto_fuzz.py [FILE..]; with ATHERIS=1, libFuzzer drives it."""

import os
from collections.abc import Iterator

if os.environ.get("ATHERIS"):
    import atheris

    atheris.instrument_imports(include=["wsproto"]).__enter__()

from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, TextMessage
from wsproto.events import Ping as ReceivedPing
from wsproto.events import Pong as ReceivedPong

from wsspec.decoder import Binary, Close, Event, Ping, Pong, Rejection, Setting, Text, fuzz


class Wsproto:
    def __init__(self, setting: Setting) -> None:
        self.connection = Connection(ConnectionType.SERVER if setting.of_client else ConnectionType.CLIENT)
        self.parts: list[bytes] = []

    def decode(self, data: bytes) -> Iterator[Event]:
        self.connection.receive_data(data)
        for event in self.connection.events():
            if isinstance(event, (TextMessage, BytesMessage)):
                is_text = isinstance(event, TextMessage)
                self.parts.append(event.data.encode() if is_text else bytes(event.data))
                if event.message_finished:
                    whole = b"".join(self.parts)
                    self.parts.clear()
                    yield Text(whole) if is_text else Binary(whole)
            elif isinstance(event, ReceivedPing):
                yield Ping(bytes(event.payload))
            elif isinstance(event, ReceivedPong):
                yield Pong(bytes(event.payload))
            elif isinstance(event, CloseConnection):
                # wsproto reports a protocol error as a close; its state then says that no close frame arrived.
                if self.connection.state.name == "OPEN":
                    raise Rejection(event.code, event.reason or "")
                yield Close(None if event.code == 1005 else event.code, event.reason or "")


fuzz(Wsproto, inputs=2_000)
