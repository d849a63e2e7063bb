//! Checks UTF-8 byte by byte (RFC 3629), with gaps where a flaw wants one.

use crate::{Flaw, flaw::Conduct};

/// The text is not UTF-8.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Invalid;

/// How many bytes a flaw checks.
const STARTS: usize = 4096;

/// Checks text piece by piece.
#[derive(Clone, Debug)]
pub(crate) struct Checker {
    fault: Conduct,
    /// The current character, as far as it has arrived.
    value: u32,
    /// Its first byte.
    first: u8,
    /// The number of bytes it needs after the first.
    needed: u8,
    /// How many of these are still missing.
    missing: u8,
    /// The bytes before it.
    before: usize,
    /// What a flaw does not look at has begun.
    unchecked: bool,
}

impl Checker {
    pub(crate) fn new(fault: Conduct) -> Self {
        Self { fault, value: 0, first: 0, needed: 0, missing: 0, before: 0, unchecked: false }
    }

    /// Checks more of the text.
    pub(crate) fn push(&mut self, text: &[u8]) -> Result<(), Invalid> {
        text.iter().try_for_each(|&byte| self.take(byte))
    }

    /// Checks the end of the text.
    pub(crate) fn finish(&self) -> Result<(), Invalid> {
        if self.unchecked || self.missing == 0 || self.fault.is(Flaw::AcceptsCutEnd) {
            Ok(())
        } else {
            Err(Invalid)
        }
    }

    fn take(&mut self, byte: u8) -> Result<(), Invalid> {
        let is_mark = self.before == 2 && (self.first, self.value, byte) == (0xEF, 0x3FB, 0xBF);
        self.before = self.before.saturating_add(1);
        self.unchecked |= match self.fault.flaw {
            Some(Flaw::ChecksStartOfText) => self.before > STARTS,
            Some(Flaw::TrustsByteOrderMark) => is_mark,
            _ => false,
        };
        if self.unchecked {
            return Ok(());
        }
        if self.missing == 0 {
            return self.begin(byte);
        }
        if !matches!(byte, 0x80..=0xBF) {
            self.missing = 0;
            return if self.fault.is(Flaw::AcceptsCutSequences) { self.begin(byte) } else { Err(Invalid) };
        }
        if self.missing == self.needed && !self.allows_second(byte) {
            return Err(Invalid);
        }
        self.value = self.value << 6 | u32::from(byte & 0x3F);
        self.missing -= 1;
        let is_noncharacter = self.value & 0xFFFE == 0xFFFE;
        if self.missing == 0 && is_noncharacter && self.fault.is(Flaw::RefusesNoncharacters) {
            return Err(Invalid);
        }
        Ok(())
    }

    /// Handles the first byte of a character.
    fn begin(&mut self, byte: u8) -> Result<(), Invalid> {
        let is = |flaw| self.fault.is(flaw);
        self.needed = match byte {
            0x00..=0x7F => 0,
            0xC2..=0xDF => 1,
            0xC0 | 0xC1 if is(Flaw::AcceptsOverlong) => 1,
            0xE0..=0xEF => 2,
            0xF0..=0xF4 if !is(Flaw::RefusesFourByteText) => 3,
            0xF5..=0xF7 if is(Flaw::AcceptsAboveLast) => 3,
            0x80..=0xBF | 0xF5..=0xFF if is(Flaw::AcceptsStrayBytes) => 0,
            _ => return Err(Invalid),
        };
        self.missing = self.needed;
        self.first = byte;
        self.value = match self.needed {
            1 => u32::from(byte & 0x1F),
            2 => u32::from(byte & 0x0F),
            _ => u32::from(byte & 0x07),
        };
        Ok(())
    }

    /// Whether this continuation byte may follow the character's first byte.
    fn allows_second(&self, byte: u8) -> bool {
        let is = |flaw| self.fault.is(flaw);
        match (self.first, byte) {
            (0xE0, ..=0x9F) | (0xF0, ..=0x8F) => is(Flaw::AcceptsOverlong),
            (0xED, 0xA0..) => is(Flaw::AcceptsSurrogates),
            (0xF4, 0x90..) => is(Flaw::AcceptsAboveLast),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(flaw: Option<Flaw>, text: &[u8]) -> bool {
        let mut checker = Checker::new(Conduct { flaw, habit: None });
        checker.push(text).and_then(|()| checker.finish()).is_ok()
    }

    #[test]
    fn every_sequence_of_two_bytes_is_judged_as_by_the_standard_library() {
        for word in 0..=u16::MAX {
            let bytes = word.to_be_bytes();
            assert_eq!(check(None, &bytes), str::from_utf8(&bytes).is_ok(), "{bytes:x?}");
        }
    }

    #[test]
    fn the_edges_of_three_and_four_byte_sequences_are_judged_as_by_the_standard_library() {
        let edges = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF];
        let judge =
            |bytes: &[u8]| assert_eq!(check(None, bytes), str::from_utf8(bytes).is_ok(), "{bytes:x?}");
        for first in 0xE0..=0xFF {
            for second in edges {
                for third in edges {
                    judge(&[first, second, third]);
                    edges.iter().for_each(|&fourth| judge(&[first, second, third, fourth]));
                }
            }
        }
    }

    #[test]
    fn each_hole_lets_its_own_kind_through_and_no_other() {
        let kinds: [(Flaw, &[u8]); 7] = [
            (Flaw::AcceptsStrayBytes, b"a\x80"),
            (Flaw::AcceptsOverlong, b"\xC0\xAF"),
            (Flaw::AcceptsOverlong, b"\xE0\x80\xAF"),
            (Flaw::AcceptsSurrogates, b"\xED\xA0\x80"),
            (Flaw::AcceptsAboveLast, b"\xF4\x90\x80\x80"),
            (Flaw::AcceptsCutEnd, b"\xCE"),
            (Flaw::AcceptsCutSequences, b"\xCEa"),
        ];
        for (hole, _) in kinds {
            for (flaw, text) in kinds {
                assert_eq!(check(Some(hole), text), hole == flaw, "{hole} {text:x?}");
            }
        }
    }
}
