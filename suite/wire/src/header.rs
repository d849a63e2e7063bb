//! The first 2 to 14 bytes of a frame (RFC 6455, 5.2). Also represents headers that no sender should send.

use std::ops::{BitOr, Range};

use crate::{Mask, Opcode};

/// The three reserved bits of a frame's first byte, RSV1 the highest (RFC 6455, 5.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Rsv(u8);

impl Rsv {
    /// No bit set.
    pub const NONE: Self = Self(0);
    /// RSV1, which permessage-deflate uses (RFC 7692, 6).
    pub const RSV1: Self = Self(0b100);
    /// RSV2.
    pub const RSV2: Self = Self(0b010);
    /// RSV3.
    pub const RSV3: Self = Self(0b001);

    /// From the low three bits of `bits`; higher ones are dropped.
    #[must_use]
    pub const fn from_low_bits(bits: u8) -> Self {
        Self(bits & 0b111)
    }

    /// The bits as a number, 0 to 7.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether every bit of `other` is set here.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether no bit is set.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// These bits without those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for Rsv {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// How a length is written: in 7 bits, or in 16 or 64 bits after an escape value (RFC 6455, 5.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum LengthForm {
    /// In the second byte itself: 0 to 125.
    Bits7,
    /// 126, then two bytes.
    Bits16,
    /// 127, then eight bytes.
    Bits64,
}

impl LengthForm {
    /// The largest length that the form can hold, in bytes.
    #[must_use]
    pub const fn max(self) -> u64 {
        match self {
            Self::Bits7 => 125,
            Self::Bits16 => 0xFFFF,
            Self::Bits64 => u64::MAX,
        }
    }
}

/// A payload length as a header announces it (RFC 6455, 5.2). It may be written in more bytes than it needs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Length {
    /// The announced length, in bytes.
    pub value: u64,
    /// How it is written.
    pub form: LengthForm,
}

impl Length {
    /// `value` in the shortest form that can hold it, as the RFC demands.
    #[must_use]
    pub const fn minimal(value: u64) -> Self {
        let form = match value {
            0..=125 => LengthForm::Bits7,
            126..=0xFFFF => LengthForm::Bits16,
            _ => LengthForm::Bits64,
        };
        Self { value, form }
    }

    /// Whether no shorter form could hold the value.
    #[must_use]
    pub const fn is_minimal(self) -> bool {
        Self::minimal(self.value).form as u8 == self.form as u8
    }

    /// Its position in a header, including the escape value.
    #[must_use]
    pub const fn place(self) -> Range<usize> {
        match self.form {
            LengthForm::Bits7 => 1..2,
            LengthForm::Bits16 => 1..4,
            LengthForm::Bits64 => 1..10,
        }
    }

    /// Whether the top bit of the 64-bit form is set, which the RFC forbids.
    #[must_use]
    pub const fn top_bit(self) -> bool {
        self.value >> 63 == 1
    }

    /// This length as the wire can represent it: a value too large for its form gets the shortest form that can hold
    /// it.
    #[must_use]
    pub const fn fitting(self) -> Self {
        if self.value <= self.form.max() { self } else { Self::minimal(self.value) }
    }
}

/// A frame's header: everything before the payload (RFC 6455, 5.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Header {
    /// Whether this is the last frame of its message.
    pub fin: bool,
    /// The reserved bits.
    pub rsv: Rsv,
    /// The type of the frame.
    pub opcode: Opcode,
    /// The masking key, if the mask bit is set (RFC 6455, 5.3).
    pub mask: Option<Mask>,
    /// The announced payload length.
    pub length: Length,
}

impl Header {
    /// The longest header, in bytes: two, an eight-byte length, a four-byte masking key.
    pub const MAX_LEN: usize = 14;

    /// Appends the header's bytes. A length too large for its form is written as by [`Length::fitting`].
    pub fn encode(&self, out: &mut Vec<u8>) {
        let length = self.length.fitting();
        let mask_bit = if self.mask.is_some() { 0x80 } else { 0 };
        let first = u8::from(self.fin) << 7 | self.rsv.bits() << 4 | self.opcode.value();
        let [a, b, c, d, e, f, high, low] = length.value.to_be_bytes();
        match length.form {
            LengthForm::Bits7 => out.extend_from_slice(&[first, mask_bit | low]),
            LengthForm::Bits16 => out.extend_from_slice(&[first, mask_bit | 126, high, low]),
            LengthForm::Bits64 => {
                out.extend_from_slice(&[first, mask_bit | 127, a, b, c, d, e, f, high, low]);
            }
        }
        if let Some(Mask(key)) = self.mask {
            out.extend_from_slice(&key);
        }
    }

    /// How many bytes [`encode`](Self::encode) appends: 2 to 14.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        let length = match self.length.fitting().form {
            LengthForm::Bits7 => 2,
            LengthForm::Bits16 => 4,
            LengthForm::Bits64 => 10,
        };
        if self.mask.is_some() { length + 4 } else { length }
    }

    /// The header at the start of `bytes` and its length in bytes, or `None` while it is incomplete. Any bytes are
    /// accepted.
    #[inline]
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let (&[first, second], rest) = bytes.split_first_chunk::<2>()?;
        let (length, rest) = parse_length(second & 0x7F, rest)?;
        let (mask, rest) = if second & 0x80 == 0 {
            (None, rest)
        } else {
            let (key, rest) = rest.split_first_chunk::<4>()?;
            (Some(Mask(*key)), rest)
        };
        let header = Self {
            fin: first & 0x80 != 0,
            rsv: Rsv::from_low_bits(first >> 4),
            opcode: Opcode::from_low_bits(first),
            mask,
            length,
        };
        Some((header, bytes.len() - rest.len()))
    }
}

#[inline]
fn parse_length(seven_bits: u8, rest: &[u8]) -> Option<(Length, &[u8])> {
    let (value, form, rest) = match seven_bits {
        126 => {
            let (bytes, rest) = rest.split_first_chunk::<2>()?;
            (u64::from(u16::from_be_bytes(*bytes)), LengthForm::Bits16, rest)
        }
        127 => {
            let (bytes, rest) = rest.split_first_chunk::<8>()?;
            (u64::from_be_bytes(*bytes), LengthForm::Bits64, rest)
        }
        short => (u64::from(short), LengthForm::Bits7, rest),
    };
    Some((Length { value, form }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(bytes: &[u8]) -> Header {
        Header::parse(bytes).expect("a whole header").0
    }

    #[test]
    fn the_minimal_form_changes_at_126_and_65536() {
        let form = |value| Length::minimal(value).form;
        assert_eq!([form(125), form(126)], [LengthForm::Bits7, LengthForm::Bits16]);
        assert_eq!([form(65535), form(65536)], [LengthForm::Bits16, LengthForm::Bits64]);
    }

    #[test]
    fn a_length_in_a_longer_form_than_it_needs_is_not_minimal() {
        assert!(!header(&[0x82, 126, 0, 125]).length.is_minimal());
        assert!(!header(&[0x82, 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]).length.is_minimal());
        assert!(header(&[0x82, 126, 0, 126]).length.is_minimal());
    }

    #[test]
    fn the_top_bit_of_a_64_bit_length_is_seen() {
        assert!(header(&[0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0]).length.top_bit());
        assert!(!header(&[0x82, 127, 0x7F, 0xFF, 0, 0, 0, 0, 0, 0]).length.top_bit());
    }

    #[test]
    fn a_truncated_header_is_incomplete_at_every_byte() {
        let whole = [0xFF, 0xFF, 1, 2, 3, 4, 5, 6, 7, 8, 0xA, 0xB, 0xC, 0xD];
        assert!((0..14).all(|end| Header::parse(&whole[..end]).is_none()));
        assert_eq!(header(&whole).mask, Some(Mask([0xA, 0xB, 0xC, 0xD])));
    }

    #[test]
    fn any_first_two_bytes_encode_back_to_themselves() {
        let mut bytes = [7; 14];
        for word in 0..=u16::MAX {
            bytes[..2].copy_from_slice(&word.to_be_bytes());
            let (header, len) = Header::parse(&bytes).expect("14 bytes hold any header");
            let mut again = Vec::new();
            header.encode(&mut again);
            assert_eq!((&again[..], header.encoded_len()), (&bytes[..len], len));
        }
    }

    #[test]
    fn a_length_too_large_for_its_form_is_written_in_one_that_holds_it() {
        let length = Length { value: 126, form: LengthForm::Bits7 };
        assert_eq!(length.fitting(), Length::minimal(126));
    }
}
