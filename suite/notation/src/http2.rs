//! Frames of HTTP/2 and HTTP/3: what they are, how they are written and read.

use std::fmt::{self, Display, Formatter};

use wsspec_wire::{ErrorCode, Http2Setting};

use crate::payload::Payload;

/// A frame of HTTP/2 or HTTP/3 besides those that carry what other items say (RFC 9113, 6; RFC 9114, 7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Http2Spec {
    /// `settings enable-connect-protocol=0`: parameters.
    Settings(Vec<Http2Setting>),
    /// `rst CANCEL`: the stream is reset with this code.
    Reset(ErrorCode),
    /// `goaway`, `goaway PROTOCOL_ERROR`: no more streams are opened.
    GoAway(ErrorCode),
    /// `window 1`: the peer may send so many octets more on the stream; from then on no others are granted.
    Window(u32),
    /// `data P pad:8 +end`: one DATA frame.
    Data {
        /// What it carries.
        payload: Payload,
        /// How much padding it has.
        padding: Option<u8>,
        /// Whether it ends the stream.
        ends: bool,
    },
    /// `frame 0x21 P`: one frame of any kind on the stream.
    Frame {
        /// Its kind; over HTTP/2 at most 0xff.
        kind: u64,
        /// What it carries.
        payload: Payload,
    },
}

impl Display for Http2Spec {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(settings) => {
                f.write_str("settings")?;
                settings.iter().try_for_each(|setting| write!(f, " {setting}"))
            }
            Self::Reset(code) => write!(f, "rst {code}"),
            Self::GoAway(ErrorCode::NO_ERROR) => f.write_str("goaway"),
            Self::GoAway(code) => write!(f, "goaway {code}"),
            Self::Window(more) => write!(f, "window {more}"),
            Self::Data { payload, padding, ends } => {
                write!(f, "data {payload}")?;
                padding.iter().try_for_each(|padding| write!(f, " pad:{padding}"))?;
                f.write_str(if *ends { " +end" } else { "" })
            }
            Self::Frame { kind, payload } => write!(f, "frame {kind:#x} {payload}"),
        }
    }
}
