"""A reader of WebSocket messages as somebody might write it, for the fuzz target of docs/decoders.md.

One bug may be planted: a message that begins within another one is accepted.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

PLANTED = "PLANTED" in os.environ


class ProtocolError(Exception):
    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass
class Message:
    #: text, binary, ping, pong or close
    kind: str
    data: bytes
    code: int | None = None


class Reader:
    def __init__(self, masked: bool) -> None:
        self.masked = masked
        self.buffer = bytearray()
        self.message: Message | None = None

    def push(self, data: bytes) -> Iterator[Message]:
        """Takes the next bytes, and gives the messages and control frames that are complete."""
        self.buffer += data
        while (frame := self.frame()) is not None:
            fin, opcode, payload = frame
            if opcode == 8:
                yield closing(payload)
                return
            if opcode > 8:
                yield Message("ping" if opcode == 9 else "pong", payload)
            elif (message := self.message_of(fin, opcode, payload)) is not None:
                yield message

    def message_of(self, fin: bool, opcode: int, payload: bytes) -> Message | None:
        if opcode == 0:
            if self.message is None:
                raise ProtocolError(1002, "nothing to continue")
            self.message.data += payload
        elif self.message is not None and not PLANTED:
            raise ProtocolError(1002, "a message within a message")
        else:
            self.message = Message("text" if opcode == 1 else "binary", payload)
        message = self.message
        if not fin:
            return None
        self.message = None
        if message.kind == "text":
            require_utf8(message.data)
        return message

    def frame(self) -> tuple[bool, int, bytes] | None:
        if len(self.buffer) < 2:
            return None
        first, second = self.buffer[:2]
        fin, opcode, length = first > 127, first & 15, second & 127
        if first & 0x70 or opcode not in (0, 1, 2, 8, 9, 10) or (second > 127) != self.masked:
            raise ProtocolError(1002, "a header that is not allowed")
        if opcode > 7 and (not fin or length > 125):
            raise ProtocolError(1002, "a control frame that is not allowed")
        at = 2 + {126: 2, 127: 8}.get(length, 0)
        key = 4 if self.masked else 0
        if len(self.buffer) < at + key:
            return None
        length = int.from_bytes(self.buffer[2:at], "big") if at > 2 else length
        if length > 1 << 20:
            raise ProtocolError(1009, "too large")
        if len(self.buffer) < at + key + length:
            return None
        mask = self.buffer[at : at + key] or b"\0"
        payload = bytes(byte ^ mask[i % len(mask)] for i, byte in enumerate(self.buffer[at + key : at + key + length]))
        del self.buffer[: at + key + length]
        return fin, opcode, payload


def closing(body: bytes) -> Message:
    if len(body) == 1:
        raise ProtocolError(1002, "a close frame of one byte")
    require_utf8(body[2:])
    return Message("close", body[2:], int.from_bytes(body[:2], "big") if body else None)


def require_utf8(data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError:
        raise ProtocolError(1007, "not UTF-8") from None
