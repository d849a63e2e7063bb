//! What a peer sent, as expectations see it.

use std::fmt;

use bytes::Bytes;
use wsspec_notation::{Payload, escaped};
use wsspec_wire::{CloseBody, Header, MessageKind, RequestHead, ResponseHead};

/// One thing the peer sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Arrival {
    Request(RequestHead),
    Response(ResponseHead),
    Message(MessageKind, Bytes),
    Ping(Bytes),
    Pong(Bytes),
    Close(CloseBody),
    /// A frame announced to be larger than anything expected.
    Oversize(Header),
    /// A message whose content could not be had.
    Lost,
    /// A head without end.
    EndlessHead(usize),
    Eof,
    Reset,
}

/// The longest payload that is shown in a sentence, in bytes.
const SHOWN: usize = 64;

/// A payload for a sentence: short ones whole, long ones as their start and length.
pub(crate) fn brief(bytes: &Bytes) -> String {
    let payload = Payload::of(bytes).to_string();
    if payload.len() <= 2 * SHOWN {
        return payload;
    }
    format!("{}... ({} bytes)", Payload::text(bytes.slice(..SHOWN.min(bytes.len()))), bytes.len())
}

/// In the notation, shortened.
impl fmt::Display for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(_) => f.write_str("a request"),
            Self::Response(head) => match head.status {
                Some(status) => write!(f, "response {status} \"{}\"", escaped(&head.reason)),
                None => f.write_str("a response without a valid status line"),
            },
            Self::Message(MessageKind::Text, payload) => write!(f, "text {}", brief(payload)),
            Self::Message(MessageKind::Binary, payload) => write!(f, "binary {}", brief(payload)),
            Self::Ping(payload) => write!(f, "ping {}", brief(payload)),
            Self::Pong(payload) => write!(f, "pong {}", brief(payload)),
            Self::Close(CloseBody::Empty) => f.write_str("close without a code"),
            Self::Close(CloseBody::OneByte(byte)) => write!(f, "close x\"{byte:02x}\""),
            Self::Close(CloseBody::Full { code, reason }) if reason.is_empty() => {
                write!(f, "close {}", code.0)
            }
            Self::Close(CloseBody::Full { code, reason }) => write!(f, "close {} {}", code.0, brief(reason)),
            Self::Oversize(header) => {
                write!(f, "a frame of {} bytes, larger than anything expected", header.length.value)
            }
            Self::Lost => f.write_str("a message that does not decompress or is too large"),
            Self::EndlessHead(limit) => write!(f, "a head that does not end within {limit} bytes"),
            Self::Eof => f.write_str("the end of the stream"),
            Self::Reset => f.write_str("a connection reset"),
        }
    }
}
