//! The data that is compressed: five kinds, generated here, with the lengths of the recorded results.

use std::sync::LazyLock;

/// A kind of data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TestData {
    Json,
    Bitmap,
    Prose,
    Html,
    Document,
}

static MADE: LazyLock<[Vec<u8>; 5]> = LazyLock::new(|| TestData::ALL.map(TestData::make));

const WORDS: [&str; 24] = [
    "der", "die", "das", "und", "ein", "nicht", "mit", "auf", "Wasser", "Himmel", "Garten", "schreibt",
    "liest", "wandert", "leise", "schnell", "gestern", "morgen", "immer", "niemals", "Brief", "Fenster",
    "Licht", "Schatten",
];

impl TestData {
    pub const ALL: [Self; 5] = [Self::Json, Self::Bitmap, Self::Prose, Self::Html, Self::Document];

    pub fn bytes(self) -> &'static [u8] {
        &MADE[self as usize]
    }

    /// Whether it is sent as binary messages.
    pub fn is_binary(self) -> bool {
        !matches!(self, Self::Json | Self::Html)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Bitmap => "a bitmap",
            Self::Prose => "prose",
            Self::Html => "HTML",
            Self::Document => "a document of text and noise",
        }
    }

    fn length(self) -> usize {
        match self {
            Self::Json => 194_056,
            Self::Bitmap => 263_222,
            Self::Prose => 222_218,
            Self::Html => 263_647,
            Self::Document => 1_042_328,
        }
    }

    fn make(self) -> Vec<u8> {
        let mut random = Random(0x5EED + self as u64);
        let mut out = Vec::with_capacity(self.length() + 4096);
        while out.len() < self.length() {
            self.extend(&mut out, &mut random);
        }
        out.truncate(self.length());
        out
    }

    fn extend(self, out: &mut Vec<u8>, random: &mut Random) {
        match self {
            Self::Json => {
                let (id, name, value) = (random.below(100_000), random.word(), random.below(1_000_000));
                out.extend_from_slice(
                    format!("{{\"id\": {id}, \"name\": \"{name}\", \"value\": {value}}},\n").as_bytes(),
                );
            }
            // A gradient with some noise, as in a photograph.
            Self::Bitmap => {
                let slope = out.len() / 512 % 200 + out.len() % 512 / 32;
                out.push((slope as u64 + random.below(8)) as u8);
            }
            Self::Prose => {
                let end = if random.below(9) == 0 { ".\r\n" } else { " " };
                out.extend_from_slice(format!("{}{end}", random.word()).as_bytes());
            }
            Self::Html => {
                let (class, word, number) = (random.below(20), random.word(), random.below(1000));
                let row = format!("<tr><td class=\"c{class}\">{word}</td><td>{number}</td></tr>\n");
                out.extend_from_slice(row.as_bytes());
            }
            Self::Document => {
                let object = random.below(1000);
                out.extend_from_slice(format!("\n{object} 0 obj << /Length 512 >> stream\n").as_bytes());
                out.extend((0..512).map(|_| random.below(256) as u8));
            }
        }
    }
}

/// A stream that is the same every time (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.below(WORDS.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lengths_are_as_recorded_and_text_is_ascii() {
        let lengths = TestData::ALL.map(|data| data.bytes().len());
        assert_eq!(lengths, [194_056, 263_222, 222_218, 263_647, 1_042_328]);
        assert!([TestData::Json, TestData::Html].iter().all(|data| data.bytes().is_ascii()));
    }
}
