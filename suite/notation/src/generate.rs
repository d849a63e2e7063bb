//! Generated payloads: the same bytes for the same seed and length.

use std::fmt::Write as _;

use bytes::Bytes;
use rand::{Rng, RngCore, SeedableRng, rngs::StdRng};

/// What kind of data a generated payload contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Generator {
    /// Incompressible bytes.
    Random,
    /// ASCII words, which compress to about a third.
    Words,
    /// The start of a JSON text of many similar objects, which compresses to about a fifth. ASCII.
    Json,
}

const WORDS: [&str; 48] = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "is",
    "that",
    "it",
    "on",
    "for",
    "was",
    "with",
    "as",
    "by",
    "river",
    "stone",
    "window",
    "market",
    "letter",
    "garden",
    "silver",
    "morning",
    "winter",
    "harbour",
    "machine",
    "colour",
    "kitchen",
    "between",
    "another",
    "thousand",
    "village",
    "mountain",
    "paper",
    "quiet",
    "ladder",
    "copper",
    "yesterday",
    "journey",
    "feather",
    "orchard",
    "balance",
    "whistle",
    "cabinet",
    "lantern",
    "dozen",
    "velvet",
    "brother",
    "signal",
];

impl Generator {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Random, Self::Words, Self::Json];

    /// Its name, in the notation.
    pub fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Words => "words",
            Self::Json => "json",
        }
    }

    /// `length` bytes, the same for the same seed.
    pub fn bytes(self, seed: u64, length: usize) -> Bytes {
        let mut rng = StdRng::seed_from_u64(seed);
        match self {
            Self::Random => {
                let mut bytes = vec![0; length];
                rng.fill_bytes(&mut bytes);
                bytes.into()
            }
            Self::Words => text(length, |out| {
                out.push_str(word(&mut rng));
                out.push(' ');
            }),
            Self::Json => text(length, |out| object(out, &mut rng)),
        }
    }
}

/// ASCII text, piece by piece, of exactly `length` bytes.
fn text(length: usize, mut piece: impl FnMut(&mut String)) -> Bytes {
    let mut out = String::with_capacity(length + 256);
    while out.len() < length {
        piece(&mut out);
    }
    out.truncate(length);
    out.into()
}

/// A word; the first ones of the list are more frequent.
fn word(rng: &mut StdRng) -> &'static str {
    WORDS[rng.random_range(0..WORDS.len()).min(rng.random_range(0..WORDS.len()))]
}

fn object(out: &mut String, rng: &mut StdRng) {
    out.push_str(if out.is_empty() { "[" } else { "," });
    let (id, on, share) =
        (rng.random_range(0..100_000_u32), rng.random::<bool>(), rng.random_range(0..1000_u32));
    let (name, note) = (word(rng), word(rng));
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "{{\"id\":{id},\"name\":\"{name}\",\"active\":{on},\"share\":0.{share:03},\"note\":\"{note}\"}}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_as_many_as_asked_for_and_depend_on_the_seed_alone() {
        for kind in Generator::ALL {
            for length in [0, 1, 16, 1000] {
                assert_eq!(kind.bytes(7, length).len(), length);
                assert_eq!(kind.bytes(7, length), kind.bytes(7, length));
            }
            assert_ne!(kind.bytes(7, 64), kind.bytes(8, 64), "{}", kind.name());
            assert_eq!(
                kind.bytes(7, 1000)[..64],
                kind.bytes(7, 64)[..],
                "a longer one continues a shorter one"
            );
        }
    }

    #[test]
    fn words_and_json_are_ascii() {
        assert!(Generator::Words.bytes(1, 10_000).is_ascii() && Generator::Json.bytes(1, 10_000).is_ascii());
        assert!(Generator::Json.bytes(1, 100).starts_with(b"[{\"id\":"));
    }
}
