//! The meanings of close codes and of the opening handshake's status codes, and who may send them.

use std::ops::RangeInclusive;

use serde::Deserialize;
use toml::Spanned;

use wsspec_notation::NotationError;

use crate::place::Place;

/// The meaning of a close code or of a status code of the opening handshake.
#[derive(Clone, Debug)]
pub struct CodeExplanation {
    /// The codes, both ends included.
    pub codes: RangeInclusive<u16>,
    /// What it means.
    pub means: String,
    /// When to send it, and who may.
    pub send: String,
    /// Where it is defined.
    pub(crate) place: Place,
}

/// A raw `[[code]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCode {
    pub(crate) code: Spanned<String>,
    means: String,
    send: String,
}

impl CodeExplanation {
    /// Checks the explanation of a code or of a range of codes.
    pub(crate) fn checked(raw: RawCode, place: Place) -> Result<Self, NotationError> {
        let text = raw.code.get_ref();
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let codes = number(first).zip(number(last)).map(|(first, last)| first..=last);
        let codes = codes.filter(|codes| !codes.is_empty()).ok_or_else(|| {
            NotationError::new(raw.code.span(), format!("`{text}` is not a code"))
                .help("write `1002` or `3000-3999`; the highest is 65535")
        })?;
        Ok(Self { codes, means: raw.means, send: raw.send, place })
    }

    fn has(&self, other: &Self) -> bool {
        self.codes.contains(other.codes.start()) && self.codes.contains(other.codes.end())
    }

    /// Whether both explain some code, and neither range contains the other.
    pub(crate) fn collides_with(&self, other: &Self) -> bool {
        let apart = self.codes.end() < other.codes.start() || other.codes.end() < self.codes.start();
        self.place.layer == other.place.layer && !apart && self.has(other) == other.has(self)
    }
}

/// A decimal number up to 65535, without a sign.
fn number(text: &str) -> Option<u16> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
