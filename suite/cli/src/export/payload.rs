//! The JSON of payloads: text if the bytes are UTF-8, otherwise hexadecimal; and the short forms.

use data_encoding::HEXLOWER;
use serde::Serialize;
use wsspec_notation::{Generator, Payload, PeerValue, Spelling, Word};

/// A payload.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum PayloadJson {
    /// UTF-8.
    Text(String),
    /// Hexadecimal digits without separators.
    Hex(String),
    /// A repeated payload.
    Repeat { of: Box<PayloadJson>, times: usize },
    /// Incompressible bytes, determined by seed and length; the seed in decimal.
    Random(MadeJson),
    /// ASCII words.
    Words(MadeJson),
    /// The start of a JSON text.
    Json(MadeJson),
    /// A value derived from the client's request, truncated to a length.
    FromPeer(FromPeerJson),
    /// A file next to the case file, and its contents.
    File { path: String, hex: String },
}

/// The parameters of a generated payload.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct MadeJson {
    seed: String,
    length: usize,
}

/// The part of the client's request that it is derived from.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct FromPeerJson {
    value: &'static str,
    length: usize,
}

impl FromPeerJson {
    fn of(value: PeerValue, length: usize) -> Self {
        Self { value: value.name(), length }
    }
}

impl PayloadJson {
    pub(super) fn of(payload: &Payload) -> Self {
        let once = match payload.spelling() {
            Spelling::Text(bytes) => Self::bytes(bytes),
            Spelling::Hex(bytes) => Self::Hex(HEXLOWER.encode(bytes)),
            Spelling::Generated { kind, seed, length } => {
                let made = MadeJson { seed: seed.to_string(), length };
                match kind {
                    Generator::Random => Self::Random(made),
                    Generator::Words => Self::Words(made),
                    Generator::Json => Self::Json(made),
                }
            }
            Spelling::FromPeer { value, length } => Self::FromPeer(FromPeerJson::of(value, length)),
            Spelling::File { path, content } => {
                Self::File { path: path.to_owned(), hex: HEXLOWER.encode(content) }
            }
        };
        match payload.times() {
            1 => once,
            times => Self::Repeat { of: Box::new(once), times },
        }
    }

    /// A bare word stands for its text.
    pub(super) fn of_word(word: &Word) -> Self {
        match word {
            Word::Bare(text) => Self::Text(text.clone()),
            Word::Payload(payload) => Self::of(payload),
        }
    }

    fn bytes(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Hex(HEXLOWER.encode(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_not_utf8_are_hexadecimal() {
        assert_eq!(PayloadJson::of(&Payload::text("κ")), PayloadJson::Text("κ".into()));
        assert_eq!(PayloadJson::of(&Payload::text(&b"\xFE"[..])), PayloadJson::Hex("fe".into()));
    }

    #[test]
    fn a_repetition_stays_short() {
        let json = serde_json::to_string(&PayloadJson::of(&Payload::text("*").repeated(65536))).unwrap();
        assert_eq!(json, r#"{"repeat":{"of":{"text":"*"},"times":65536}}"#);
    }
}
