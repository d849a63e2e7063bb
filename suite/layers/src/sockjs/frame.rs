//! One frame, right or wrong (SockJS 0.3.3, Protocol and framing).

use bytes::Bytes;
use serde_json::Value;
use wsspec_wire::{Layer, LayerItem};

/// The kind of a frame, by its first letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SockJsWord {
    /// The session is open.
    Open,
    /// Nothing but a sign of life.
    Heartbeat,
    /// Messages, as a JSON array of strings.
    Array,
    /// One message, as a JSON string; earlier versions have it.
    Message,
    /// The session is closed.
    Close,
    /// What a transport begins with, which is not a frame.
    Prelude,
    /// It begins with none of these letters.
    Unknown,
}

/// A frame: its kind, and what follows the letter; all of it, if it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SockJsFrame {
    /// Its kind.
    pub word: SockJsWord,
    /// What follows the letter.
    pub body: Bytes,
}

impl SockJsWord {
    /// Its word in the notation.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "o",
            Self::Heartbeat => "h",
            Self::Array => "a",
            Self::Message => "m",
            Self::Close => "c",
            Self::Prelude => "prelude",
            Self::Unknown => "unknown",
        }
    }
}

impl SockJsFrame {
    /// The frame in a text. Never refuses.
    #[must_use]
    pub fn decode(text: &Bytes) -> Self {
        let word = match text.first() {
            Some(b'o') => SockJsWord::Open,
            Some(b'h') => SockJsWord::Heartbeat,
            Some(b'a') => SockJsWord::Array,
            Some(b'm') => SockJsWord::Message,
            Some(b'c') => SockJsWord::Close,
            _ => return Self { word: SockJsWord::Unknown, body: text.clone() },
        };
        Self { word, body: text.slice(1..) }
    }

    /// Its text.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let letter = match self.word {
            SockJsWord::Prelude | SockJsWord::Unknown => "",
            word => word.name(),
        };
        [letter.as_bytes(), &self.body].concat()
    }

    /// The code and the reason of a close frame; `None` if they are not of that form.
    #[must_use]
    pub fn closing(&self) -> Option<(i64, String)> {
        match serde_json::from_slice::<Vec<Value>>(&self.body).ok()?.as_slice() {
            [Value::Number(code), Value::String(reason)] => Some((code.as_i64()?, reason.clone())),
            _ => None,
        }
    }

    /// The frame as an item. Code and reason of a close frame are its fields.
    #[must_use]
    pub fn item(&self) -> LayerItem {
        let mut fields = Vec::new();
        if self.word == SockJsWord::Close
            && let Some((code, reason)) = self.closing()
        {
            fields.push((Bytes::from_static(b"code"), code.to_string().into()));
            fields.push((Bytes::from_static(b"reason"), reason.into()));
        }
        LayerItem {
            layer: Layer::SockJs,
            word: Bytes::from_static(self.word.name().as_bytes()),
            fields,
            body: self.body.clone(),
            connection: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_encoded_as_it_was_decoded() {
        for text in ["o", "h", "a[\"x\"]", "m\"x\"", "c[3000,\"Go away!\"]", "", "x", "A[]"] {
            assert_eq!(SockJsFrame::decode(&text.into()).encode(), text.as_bytes());
        }
    }

    #[test]
    fn a_close_frame_has_a_code_and_a_reason() {
        let of = |text: &'static str| SockJsFrame::decode(&text.into()).closing();
        assert_eq!(of("c[3000, \"Go \\u0061way!\"]"), Some((3000, "Go away!".into())));
        for wrong in ["c", "c[3000]", "c[\"a\",\"b\"]", "c[3000,\"a\",1]", "c{}"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
