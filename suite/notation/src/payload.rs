//! Payloads as the notation writes them, and any bytes printed as a payload.

use std::{
    fmt::{self, Write as _},
    sync::{Arc, OnceLock},
};

use bytes::Bytes;

use crate::{generate::Generator, peer_value::PeerValue};

/// The largest payload a script can write, in bytes.
pub const LARGEST: usize = 256 << 20;

/// A payload in the form its author chose, so that printing gives it back.
#[derive(Clone, Debug)]
pub struct Payload {
    form: Form,
    times: usize,
    /// Where its bytes are kept once they are made; all clones share it.
    kept: Option<Arc<OnceLock<Bytes>>>,
}

/// Whether they are written alike.
impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        (&self.form, self.times) == (&other.form, other.times)
    }
}

impl Eq for Payload {}

/// How a payload is spelled, its repetition aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling<'a> {
    /// A quoted string.
    Text(&'a Bytes),
    /// Hexadecimal digits.
    Hex(&'a Bytes),
    /// Bytes that are made.
    Generated {
        /// What they are like.
        kind: Generator,
        /// What they follow from.
        seed: u64,
        /// In bytes.
        length: usize,
    },
    /// What the peer's opening tells.
    FromPeer {
        /// Which of it.
        value: PeerValue,
        /// In bytes, at most.
        length: usize,
    },
    /// A file beside the case file.
    File {
        /// As written, without the `@`.
        path: &'a str,
        /// What it holds.
        content: &'a Bytes,
    },
}

/// One spelling of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Text(Bytes),
    Hex(Bytes),
    Generated { kind: Generator, seed: u64, length: usize },
    FromPeer { value: PeerValue, length: usize },
    File { path: String, content: Bytes },
}

impl Payload {
    /// No bytes at all.
    pub fn empty() -> Self {
        Self::text(Bytes::new())
    }

    /// Bytes written as a quoted string.
    pub fn text(bytes: impl Into<Bytes>) -> Self {
        Self { form: Form::Text(bytes.into()), times: 1, kept: None }
    }

    /// Bytes written in hexadecimal.
    pub fn hex(bytes: impl Into<Bytes>) -> Self {
        Self { form: Form::Hex(bytes.into()), times: 1, kept: None }
    }

    /// `length` incompressible bytes, the same for the same seed.
    pub fn random(seed: u64, length: usize) -> Self {
        Self::generated(Generator::Random, seed, length)
    }

    /// `length` bytes of a kind, the same for the same seed.
    pub fn generated(kind: Generator, seed: u64, length: usize) -> Self {
        Self { form: Form::Generated { kind, seed, length }, times: 1, kept: None }
    }

    /// At most `length` bytes of what the peer's opening tells.
    pub fn from_peer(value: PeerValue, length: usize) -> Self {
        Self { form: Form::FromPeer { value, length }, times: 1, kept: None }
    }

    /// What of the peer's opening it takes its bytes from, if it does.
    pub fn peer_value(&self) -> Option<PeerValue> {
        match &self.form {
            Form::FromPeer { value, .. } => Some(*value),
            _ => None,
        }
    }

    /// The bytes, where `told` says what the peer's opening tells.
    pub fn bytes_with(&self, told: &dyn Fn(PeerValue) -> Bytes) -> Bytes {
        match &self.form {
            Form::FromPeer { value, length } => {
                let mut unit = told(*value);
                unit.truncate(*length);
                unit.repeat(self.times).into()
            }
            _ => self.bytes(),
        }
    }

    /// The content of a file beside the case file.
    pub fn file(path: impl Into<String>, content: Bytes) -> Self {
        Self { form: Form::File { path: path.into(), content }, times: 1, kept: None }
    }

    /// The same payload, repeated.
    pub fn repeated(self, times: usize) -> Self {
        Self { times, kept: None, ..self }
    }

    /// The same, made of a seed that is greater by so much; what is not made stays as it is.
    pub(crate) fn seeded(&self, more: u64) -> Self {
        match &self.form {
            Form::Generated { kind, seed, length } => {
                Self::generated(*kind, seed.wrapping_add(more), *length).repeated(self.times)
            }
            _ => self.clone(),
        }
    }

    /// The same payload, which keeps its bytes once they are made.
    pub(crate) fn keeping(mut self) -> Self {
        self.kept.get_or_insert_default();
        self
    }

    /// How it is spelled, its repetition aside.
    pub fn spelling(&self) -> Spelling<'_> {
        match &self.form {
            Form::Text(bytes) => Spelling::Text(bytes),
            Form::Hex(bytes) => Spelling::Hex(bytes),
            Form::Generated { kind, seed, length } => {
                Spelling::Generated { kind: *kind, seed: *seed, length: *length }
            }
            Form::FromPeer { value, length } => Spelling::FromPeer { value: *value, length: *length },
            Form::File { path, content } => Spelling::File { path, content },
        }
    }

    /// How often the spelling is repeated; 1 unless written otherwise.
    pub fn times(&self) -> usize {
        self.times
    }

    /// The shortest readable spelling of any bytes: a repetition, a quoted string or hexadecimal.
    pub fn of(bytes: &Bytes) -> Self {
        if let Some((unit, times)) = repetition(bytes) {
            return Self::readable(bytes.slice(..unit)).repeated(times);
        }
        Self::readable(bytes.clone())
    }

    fn readable(bytes: Bytes) -> Self {
        let plain = bytes.iter().filter(|b| matches!(b, 0x20..=0x7E)).count();
        if std::str::from_utf8(&bytes).is_ok_and(|text| !text.contains('\0')) || plain * 4 >= bytes.len() * 3
        {
            Self::text(bytes)
        } else {
            Self::hex(bytes)
        }
    }

    /// Length in bytes, without producing them; 0 of what only the peer tells.
    pub fn len(&self) -> usize {
        let unit = match &self.form {
            Form::Text(bytes) | Form::Hex(bytes) | Form::File { content: bytes, .. } => bytes.len(),
            Form::Generated { length, .. } => *length,
            Form::FromPeer { .. } => 0,
        };
        unit.saturating_mul(self.times)
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes; none of what only the peer tells.
    pub fn bytes(&self) -> Bytes {
        match &self.kept {
            Some(kept) => kept.get_or_init(|| self.made()).clone(),
            None => self.made(),
        }
    }

    fn made(&self) -> Bytes {
        let unit = match &self.form {
            Form::Text(bytes) | Form::Hex(bytes) | Form::File { content: bytes, .. } => bytes.clone(),
            Form::Generated { kind, seed, length } => kind.bytes(*seed, *length),
            Form::FromPeer { .. } => Bytes::new(),
        };
        if self.times == 1 { unit } else { unit.repeat(self.times).into() }
    }
}

/// The unit length and count of a payload that is one short unit over and over; `None` unless that is shorter.
fn repetition(bytes: &[u8]) -> Option<(usize, usize)> {
    if bytes.len() < 24 {
        return None;
    }
    (1..=16.min(bytes.len() / 4))
        .find(|&unit| bytes.len().is_multiple_of(unit) && bytes[unit..] == bytes[..bytes.len() - unit])
        .map(|unit| (unit, bytes.len() / unit))
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.form {
            Form::Text(bytes) => write_quoted(f, bytes)?,
            Form::Hex(bytes) => write_hex(f, bytes)?,
            Form::Generated { kind, seed, length } => write!(f, "{}({seed},{length})", kind.name())?,
            Form::FromPeer { value, length } => write!(f, "{}({length})", value.name())?,
            Form::File { path, .. } => write!(f, "@{path}")?,
        }
        if self.times == 1 { Ok(()) } else { write!(f, "*{}", self.times) }
    }
}

fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    f.write_str("x\"")?;
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            f.write_char(' ')?;
        }
        write!(f, "{byte:02x}")?;
    }
    f.write_char('"')
}

fn write_quoted(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    f.write_char('"')?;
    write_escaped(f, bytes)?;
    f.write_char('"')
}

/// Writes bytes as the inside of a quoted string: ASCII and letters as they are, all else escaped, so that nothing
/// of it acts on a terminal or reorders a line.
pub(crate) fn write_escaped(f: &mut impl fmt::Write, bytes: &[u8]) -> fmt::Result {
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                '\0' => f.write_str("\\0")?,
                ' '..='~' => f.write_char(c)?,
                c if c.is_alphabetic() => f.write_char(c)?,
                c if c.is_ascii() => write!(f, "\\x{:02X}", u32::from(c))?,
                c => write!(f, "\\u{{{:x}}}", u32::from(c))?,
            }
        }
        for byte in chunk.invalid() {
            write!(f, "\\x{byte:02X}")?;
        }
    }
    Ok(())
}

/// Bytes that a peer chose, made safe to show: escaped as inside a quoted string.
pub fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    // Writing to a String cannot fail.
    let _ = write_escaped(&mut text, bytes);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repetition_is_found_and_printed_short() {
        let bytes = Bytes::from("ab".repeat(500));
        assert_eq!(Payload::of(&bytes).to_string(), "\"ab\"*500");
        assert_eq!(Payload::of(&bytes).bytes(), bytes);
    }

    #[test]
    fn hostile_bytes_are_escaped() {
        assert_eq!(escaped(b"\x1b[2J\xff\"\\"), "\\x1B[2J\\xFF\\\"\\\\");
        assert_eq!(escaped("\u{202e}κ".as_bytes()), "\\u{202e}κ");
    }

    #[test]
    fn random_bytes_depend_on_the_seed_alone() {
        assert_eq!(Payload::random(7, 64).bytes(), Payload::random(7, 64).bytes());
        assert_ne!(Payload::random(7, 64).bytes(), Payload::random(8, 64).bytes());
    }
}
