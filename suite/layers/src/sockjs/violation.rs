//! The ways in which a server breaks a rule of SockJS. Each owns its requirement.

use std::fmt::{self, Display, Formatter};

use wsspec_wire::{Escaped, LayerViolation, Violation};

/// One broken rule, of level MUST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SockJsViolation {
    /// A frame with another letter.
    Unknown(Vec<u8>),
    /// A frame of a session that no open frame has opened.
    BeforeOpen(Vec<u8>),
    /// A second open frame, or one that is not the first.
    OpenAgain,
    /// An open frame with more than its letter.
    OpenLong(Vec<u8>),
    /// A heartbeat frame with more than its letter.
    HeartbeatLong(Vec<u8>),
    /// The messages are not a JSON array of strings.
    ArrayForm(Vec<u8>),
    /// A close frame without a code and a reason.
    CloseForm(Vec<u8>),
    /// A frame after the close frame, on the same WebSocket or in the same response.
    AfterClose(Vec<u8>),
    /// A character that browsers change is not an escape.
    NotEscaped(char),
    /// What a service says of itself lacks a member, or one is of another type.
    InfoForm(Vec<u8>),
    /// Its random number is not one of 32 bits.
    EntropyRange(Vec<u8>),
    /// Its random number is the same as the time before.
    EntropyAgain(u64),
}

impl SockJsViolation {
    /// The broken rule as a value for verdicts.
    #[must_use]
    pub fn violation(&self) -> Violation {
        LayerViolation::everywhere(self.rule(), self)
    }

    /// The name of its kind, stable.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.rule().0
    }

    const fn rule(&self) -> (&'static str, &'static str) {
        match self {
            Self::Unknown(_) => ("sockjs-frame-unknown", "sockjs#0.3.framing:1"),
            Self::BeforeOpen(_) => ("sockjs-before-open", "sockjs#0.3.framing:2"),
            Self::OpenAgain => ("sockjs-open-again", "sockjs#0.3.framing:3"),
            Self::OpenLong(_) => ("sockjs-open-long", "sockjs#0.3.framing:4"),
            Self::HeartbeatLong(_) => ("sockjs-heartbeat-long", "sockjs#0.3.framing:5"),
            Self::ArrayForm(_) => ("sockjs-array-form", "sockjs#0.3.framing:6"),
            Self::CloseForm(_) => ("sockjs-close-form", "sockjs#0.3.framing:7"),
            Self::AfterClose(_) => ("sockjs-after-close", "sockjs#0.3.framing:8"),
            Self::NotEscaped(_) => ("sockjs-not-escaped", "sockjs#0.3.encoding:1"),
            Self::InfoForm(_) => ("sockjs-info-form", "sockjs#0.3.info:1"),
            Self::EntropyRange(_) => ("sockjs-entropy-range", "sockjs#0.3.info:2"),
            Self::EntropyAgain(_) => ("sockjs-entropy-again", "sockjs#0.3.info:3"),
        }
    }
}

impl Display for SockJsViolation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(text) if text.is_empty() => f.write_str("a frame is empty, without a letter"),
            Self::Unknown(text) => write!(f, "the frame {} does not begin with o, h, a or c", Escaped(text)),
            Self::BeforeOpen(text) => {
                write!(f, "the frame {} comes before the open frame of its session", Escaped(text))
            }
            Self::OpenAgain => f.write_str("an open frame follows another frame"),
            Self::OpenLong(text) => write!(f, "the open frame {} is more than its letter", Escaped(text)),
            Self::HeartbeatLong(text) => {
                write!(f, "the heartbeat frame {} is more than its letter", Escaped(text))
            }
            Self::ArrayForm(text) => {
                write!(f, "the messages {} are not a JSON array of strings", Escaped(text))
            }
            Self::CloseForm(text) => write!(f, "the close frame {} has no code and reason", Escaped(text)),
            Self::AfterClose(text) => write!(f, "the frame {} follows a close frame", Escaped(text)),
            Self::NotEscaped(letter) => {
                write!(f, "the character U+{:04X} is not sent as an escape", u32::from(*letter))
            }
            Self::InfoForm(text) => {
                write!(f, "{} is not a JSON object with websocket, cookie_needed and origins", Escaped(text))
            }
            Self::EntropyRange(text) => {
                write!(f, "{} has no entropy from 0 to 4294967295", Escaped(text))
            }
            Self::EntropyAgain(number) => write!(f, "entropy is {number} as the time before"),
        }
    }
}
