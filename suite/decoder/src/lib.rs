//! A harness for WebSocket decoders that somebody else wrote: it holds them against RFC 6455.
//!
//! Implement [`DecoderUnderTest`] and hand [`fuzz_decoder!`] what makes one, or speak the protocol of [`shim`] in any language.

mod cuts;
mod disagreement;
mod expected;
mod frame_mutator;
pub mod inputs;
mod leniency;
mod oracle;
mod prefix;
mod rejection_reason;
mod replay;
pub mod shim;
mod shrink;

use std::fmt;

use wsspec_wire::{Escaped, MessageKind, Role};

pub use self::{
    cuts::Cuts,
    disagreement::{Disagreement, DisagreementKind},
    frame_mutator::mutate_frames,
    leniency::Leniency,
    oracle::{check, run, run_with},
    prefix::InputPrefix,
    replay::replay,
    shrink::shrink,
};

/// For what [`fuzz_decoder!`] expands to.
#[cfg(fuzzing)]
#[doc(hidden)]
pub use libfuzzer_sys;

/// A decoder of the bytes that follow the opening handshake, on one connection.
///
/// It is handed what the other end sends, cut in any way, and says what that amounts to. Once it has rejected something, or
/// reported a close frame, it is handed nothing more.
pub trait DecoderUnderTest {
    /// Takes in the next bytes; appends what has become complete, in order.
    ///
    /// # Errors
    ///
    /// When the connection is to be failed (RFC 6455, 7.1.7). What was complete before is appended all the same.
    fn decode(&mut self, bytes: &[u8], events: &mut Vec<DecoderEvent>) -> Result<(), Rejection>;
}

impl<D: DecoderUnderTest + ?Sized> DecoderUnderTest for Box<D> {
    fn decode(&mut self, bytes: &[u8], events: &mut Vec<DecoderEvent>) -> Result<(), Rejection> {
        (**self).decode(bytes, events)
    }
}

/// Something that has arrived whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DecoderEvent {
    /// A data message, its fragments joined; of a text, its UTF-8.
    Message(MessageKind, Vec<u8>),
    /// A ping, with its payload.
    Ping(Vec<u8>),
    /// A pong, with its payload.
    Pong(Vec<u8>),
    /// A close frame, with its code if it has one, and its reason.
    Close(Option<u16>, Vec<u8>),
}

impl fmt::Display for DecoderEvent {
    /// As in a script: `text "Hello"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(MessageKind::Text, payload) => write!(f, "text {}", Escaped(payload)),
            Self::Message(MessageKind::Binary, payload) => write!(f, "binary {}", Escaped(payload)),
            Self::Ping(payload) => write!(f, "ping {}", Escaped(payload)),
            Self::Pong(payload) => write!(f, "pong {}", Escaped(payload)),
            Self::Close(None, reason) if reason.is_empty() => f.write_str("close"),
            Self::Close(None, reason) => write!(f, "close {}", Escaped(reason)),
            Self::Close(Some(code), reason) if reason.is_empty() => write!(f, "close {code}"),
            Self::Close(Some(code), reason) => write!(f, "close {code} {}", Escaped(reason)),
        }
    }
}

/// The connection is to be failed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rejection {
    /// The code of the close frame that would say so, where the decoder knows one.
    pub code: Option<u16>,
    /// Why, in the decoder's words.
    pub why: String,
}

/// What a decoder is told before the first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Whose bytes it reads: a client masks its frames, a server does not.
    pub sender: Role,
}
