//! A harness that checks other people's WebSocket decoders against RFC 6455.
//!
//! Implement [`DecoderUnderTest`] and pass [`fuzz_decoder!`] a closure that creates one, or use the protocol of
//! [`shim`] in any language.

mod answer;
mod cuts;
mod demands;
mod disagreement;
mod expected;
mod frame_mutator;
mod generator;
mod growth;
pub mod inputs;
mod meter;
mod oracle;
mod prefix;
mod pull;
mod rejection_reason;
mod replay;
pub mod shim;
mod shrink;

use std::fmt;

use wsspec_wire::Escaped;
pub use wsspec_wire::{DeflateParams, MessageKind, Role};

pub use self::{
    answer::{ExpectedAnswer, ExpectedEvent, ExpectedRejection, expected_answer},
    cuts::Cuts,
    demands::Demands,
    disagreement::{Disagreement, DisagreementKind},
    frame_mutator::{mutate_frames, mutate_input},
    growth::check_growth,
    meter::measure_memory,
    oracle::{check, run, run_with},
    prefix::InputPrefix,
    pull::{ArrivedBytes, PullDecoder, Pulled},
    replay::{replay, replay_files},
    shrink::shrink,
};

/// For the expansion of [`fuzz_decoder!`].
#[cfg(fuzzing)]
#[doc(hidden)]
pub use libfuzzer_sys;

/// A decoder of the bytes that follow the opening handshake, on one connection.
///
/// It gets the bytes of the other end, split in any way, and reports the messages and frames in them. Once it has
/// rejected something, or reported a close frame, it gets no more bytes.
pub trait DecoderUnderTest {
    /// Takes the next bytes; appends everything that is now complete, in order.
    ///
    /// # Errors
    ///
    /// If the connection has to be failed (RFC 6455, 7.1.7). Events that were complete before are still appended.
    fn decode(&mut self, bytes: &[u8], events: &mut Vec<DecoderEvent>) -> Result<(), Rejection>;
}

impl<D: DecoderUnderTest + ?Sized> DecoderUnderTest for Box<D> {
    fn decode(&mut self, bytes: &[u8], events: &mut Vec<DecoderEvent>) -> Result<(), Rejection> {
        (**self).decode(bytes, events)
    }
}

/// Something that has arrived completely.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DecoderEvent {
    /// A data message, its fragments joined and decompressed; for text, its UTF-8.
    Message(MessageKind, Vec<u8>),
    /// A data frame, from a decoder that reports [frames](Demands::frames).
    Frame {
        /// FIN: it is the last of its message.
        fin: bool,
        /// RSV1: it begins a compressed message.
        compressed: bool,
        /// 0: continuation, 1: text, 2: binary.
        opcode: u8,
        /// Its payload, unmasked.
        payload: Vec<u8>,
    },
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
            Self::Frame { fin, compressed, opcode, payload } => {
                write!(f, "frame op:{opcode} {}", Escaped(payload))?;
                f.write_str(if *compressed { " +rsv1" } else { "" })?;
                f.write_str(if *fin { "" } else { " -fin" })
            }
            Self::Ping(payload) => write!(f, "ping {}", Escaped(payload)),
            Self::Pong(payload) => write!(f, "pong {}", Escaped(payload)),
            Self::Close(None, reason) if reason.is_empty() => f.write_str("close"),
            Self::Close(None, reason) => write!(f, "close {}", Escaped(reason)),
            Self::Close(Some(code), reason) if reason.is_empty() => write!(f, "close {code}"),
            Self::Close(Some(code), reason) => write!(f, "close {code} {}", Escaped(reason)),
        }
    }
}

/// The connection has to be failed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rejection {
    /// The code for the close frame, if the decoder gives one. 0 is a code, and a wrong one.
    pub code: Option<u16>,
    /// The reason, in the decoder's words.
    pub why: String,
}

/// What a decoder knows before the first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Which end's bytes it reads: a client masks its frames, a server does not.
    pub sender: Role,
    /// The parameters of permessage-deflate, if it was agreed (RFC 7692, 7.1); always `None` for a decoder that does
    /// not [support](Demands::deflate) it.
    pub deflate: Option<DeflateParams>,
}

impl Setting {
    /// The bytes of this end, without extensions.
    #[must_use]
    pub const fn of(sender: Role) -> Self {
        Self { sender, deflate: None }
    }
}
