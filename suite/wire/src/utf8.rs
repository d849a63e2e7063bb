//! UTF-8 checked as it arrives, across fragments (RFC 6455, 8.1; RFC 3629).

use thiserror::Error;

/// Checks a text message piece by piece. Once an error is found, it stays.
#[derive(Clone, Debug, Default)]
pub struct Utf8Validator {
    /// Number of bytes taken, including those carried over.
    total: u64,
    /// The beginning of a sequence that the last piece split: `carry[..carried]`.
    carry: [u8; 4],
    carried: usize,
    error: Option<Utf8Error>,
}

/// The message is not UTF-8.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Error)]
#[error("not UTF-8 from byte {offset} on")]
pub struct Utf8Error {
    /// The first byte that cannot be part of valid UTF-8, counted from the start of the message; the length of the
    /// message if it ends inside a sequence.
    pub offset: u64,
}

impl Utf8Validator {
    /// At the start of a message.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of the message.
    ///
    /// # Errors
    ///
    /// If these or earlier bytes cannot be part of valid UTF-8, whatever follows.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Utf8Error> {
        match self.error {
            Some(error) => Err(error),
            None => self.check(bytes).inspect_err(|error| self.error = Some(*error)),
        }
    }

    /// Ends the message, and starts the next.
    ///
    /// # Errors
    ///
    /// If the message is not UTF-8, or ends inside a sequence.
    pub fn finish(&mut self) -> Result<(), Utf8Error> {
        let done = std::mem::take(self);
        match done.error {
            Some(error) => Err(error),
            None if done.carried > 0 => Err(Utf8Error { offset: done.total }),
            None => Ok(()),
        }
    }

    /// The character in progress: how many of its bytes have arrived, and how many are missing. Zeros between
    /// characters.
    #[must_use]
    pub const fn unfinished(&self) -> (usize, usize) {
        let needed = match self.carry[0] {
            _ if self.carried == 0 => 0,
            0xF0.. => 4,
            0xE0..=0xEF => 3,
            _ => 2,
        };
        (self.carried, needed - self.carried)
    }

    fn check(&mut self, bytes: &[u8]) -> Result<(), Utf8Error> {
        let bytes = self.complete_carry(bytes)?;
        if bytes.is_empty() {
            return Ok(());
        }
        let (body, cut) = bytes.split_at(bytes.len() - cut_sequence(bytes));
        if simdutf8::basic::from_utf8(body).is_err() || first_bad(cut).is_some() {
            let bad = first_bad(bytes).unwrap_or(bytes.len());
            return Err(Utf8Error { offset: self.total + bad as u64 });
        }
        self.total += bytes.len() as u64;
        self.carry[..cut.len()].copy_from_slice(cut);
        self.carried = cut.len();
        Ok(())
    }

    /// Completes the sequence that the last piece split, as far as `bytes` go; returns the bytes after it.
    fn complete_carry<'a>(&mut self, mut bytes: &'a [u8]) -> Result<&'a [u8], Utf8Error> {
        while self.carried > 0
            && let [first, rest @ ..] = bytes
        {
            self.carry[self.carried] = *first;
            let sequence = &self.carry[..=self.carried];
            if first_bad(sequence).is_some() {
                return Err(Utf8Error { offset: self.total });
            }
            self.carried = if std::str::from_utf8(sequence).is_ok() { 0 } else { self.carried + 1 };
            self.total += 1;
            bytes = rest;
        }
        Ok(bytes)
    }
}

/// How many bytes at the end begin an incomplete sequence: 0 to 3.
fn cut_sequence(bytes: &[u8]) -> usize {
    for back in 1..=bytes.len().min(3) {
        let needed = match bytes[bytes.len() - back] {
            0x80..=0xBF => continue,
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => 0,
        };
        return if back < needed { back } else { 0 };
    }
    0
}

/// The position of the first byte that cannot be part of UTF-8; `None` if there is none, even if the end is
/// incomplete.
fn first_bad(bytes: &[u8]) -> Option<usize> {
    let error = std::str::from_utf8(bytes).err()?;
    let start = error.valid_up_to();
    let bad = error.error_len()?;
    // A byte that begins a sequence is valid; the byte after the valid ones breaks the sequence.
    let begins = matches!(bytes[start], 0xC2..=0xF4);
    Some(if begins { start + bad } else { start })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offset(bytes: &[u8]) -> Option<u64> {
        let mut validator = Utf8Validator::new();
        validator.push(bytes).and_then(|()| validator.finish()).err().map(|error| error.offset)
    }

    #[test]
    fn valid_text_is_valid() {
        assert_eq!(offset("κόσμε 🦀 \u{0}\u{FFFF}\u{10FFFF}".as_bytes()), None);
    }

    #[test]
    fn the_offset_is_that_of_the_first_invalid_byte() {
        assert_eq!(offset(b"ab\xFF"), Some(2));
        assert_eq!(offset(b"ab\x80"), Some(2));
        assert_eq!(offset(b"\xC0\xAF"), Some(0));
        assert_eq!(offset(b"a\xC3("), Some(2));
        assert_eq!(offset(b"\xED\xA0\x80"), Some(1), "a surrogate");
        assert_eq!(offset(b"\xF4\x90\x80\x80"), Some(1), "above U+10FFFF");
        assert_eq!(offset(b"\xE1\x80A"), Some(2));
        assert_eq!(offset(b"\xF5"), Some(0));
        assert_eq!(offset(b"\xC2\xC2"), Some(1), "the second begins another sequence");
    }

    #[test]
    fn a_message_that_ends_within_a_sequence_is_bad_at_its_end() {
        assert_eq!(offset(b"ab\xE2\x82"), Some(4));
    }

    #[test]
    fn a_character_in_progress_has_bytes_that_are_missing() {
        let unfinished = |bytes: &[u8]| {
            let mut validator = Utf8Validator::new();
            validator.push(bytes).map(|()| validator.unfinished())
        };
        assert_eq!(unfinished(b"ab"), Ok((0, 0)));
        assert_eq!(unfinished(b"a\xC2"), Ok((1, 1)));
        assert_eq!(unfinished(b"\xE2\x82"), Ok((2, 1)));
        assert_eq!(unfinished(b"\xF0"), Ok((1, 3)));
        assert_eq!(unfinished("\u{1f600}".as_bytes()), Ok((0, 0)));
    }

    #[test]
    fn an_error_stays_until_the_message_ends() {
        let mut validator = Utf8Validator::new();
        assert_eq!(validator.push(b"\xFF"), Err(Utf8Error { offset: 0 }));
        assert_eq!(validator.push(b"a"), Err(Utf8Error { offset: 0 }));
        assert_eq!(validator.finish(), Err(Utf8Error { offset: 0 }));
        assert_eq!(validator.push(b"a"), Ok(()));
    }
}
