//! What no head that an intermediary sends may have.

use wsspec_wire::Fields;

/// What a head has that an intermediary may not send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadFault {
    /// Content-Length beside Transfer-Encoding (RFC 9112, 6.3).
    BothLengths,
    /// A value that goes on in a line of its own (RFC 9112, 5.2).
    Folded,
    /// CR without LF (RFC 9112, 2.2).
    BareCarriageReturn,
}

impl HeadFault {
    /// What a head has that no intermediary may send, even if it got it so.
    pub(crate) fn of(raw: &[u8], fields: &Fields) -> Option<Self> {
        let has = |name| fields.get(name).is_some();
        let start = raw.iter().position(|byte| *byte == b'\n').unwrap_or(raw.len());
        let after = |pairs: &[u8], first: u8, holds: fn(u8) -> bool| {
            pairs.windows(2).any(|pair| pair[0] == first && holds(pair[1]))
        };
        if has("Transfer-Encoding") && has("Content-Length") {
            Some(Self::BothLengths)
        } else if after(&raw[start..], b'\n', |byte| matches!(byte, b' ' | b'\t')) {
            Some(Self::Folded)
        } else if after(raw, b'\r', |byte| byte != b'\n') {
            Some(Self::BareCarriageReturn)
        } else {
            None
        }
    }

    /// The requirement that is broken.
    pub(crate) fn requirement(self) -> &'static str {
        match self {
            Self::BothLengths => "intermediaries#9112.6.3:1",
            Self::Folded => "intermediaries#9112.5.2:1",
            Self::BareCarriageReturn => "intermediaries#9112.2.2:1",
        }
    }

    /// What it is, in a few words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::BothLengths => "Content-Length beside Transfer-Encoding",
            Self::Folded => "a folded field",
            Self::BareCarriageReturn => "a CR without LF",
        }
    }
}
