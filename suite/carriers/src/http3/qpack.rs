//! Compressed fields of HTTP/3, without the dynamic table, which we never allow (RFC 9204).

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};
use loona_hpack::huffman::HuffmanDecoder;

use super::static_table::STATIC_TABLE;
use crate::fields::{FieldSection, LONGEST_SECTION};

/// Decompresses field sections. QPACK uses the Huffman code of HPACK (RFC 9204, 4.1.2).
pub(super) struct QpackDecoder(HuffmanDecoder);

impl fmt::Debug for QpackDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QpackDecoder").finish_non_exhaustive()
    }
}

impl Default for QpackDecoder {
    fn default() -> Self {
        Self(HuffmanDecoder::new())
    }
}

impl QpackDecoder {
    /// The fields of a whole section, and whether all were kept; `None` if they cannot be decompressed.
    pub(super) fn decode(&mut self, block: &[u8]) -> Option<(FieldSection, bool)> {
        let mut rest = block;
        // Required Insert Count and Base: without a dynamic table, both are zero (RFC 9204, 4.5.1).
        if integer(&mut rest, 8)? != 0 {
            return None;
        }
        integer(&mut rest, 7)?;
        let (mut section, mut size) = (Vec::new(), 0);
        while !rest.is_empty() {
            let (name, value) = self.line(&mut rest)?;
            size += name.len() + value.len() + 32;
            if size <= LONGEST_SECTION {
                section.push((name, value));
            }
        }
        Some((section, size <= LONGEST_SECTION))
    }

    /// One field line (RFC 9204, 4.5.2 to 4.5.6). Those that refer to the dynamic table are errors.
    fn line(&mut self, rest: &mut &[u8]) -> Option<(Bytes, Bytes)> {
        let first = *rest.first()?;
        match first {
            0xC0.. => {
                let (name, value) = named(integer(rest, 6)?)?;
                Some((name.into(), value.into()))
            }
            0x50..=0x5F | 0x70..=0x7F => {
                let (name, _) = named(integer(rest, 4)?)?;
                Some((name.into(), self.string(rest, 7)?))
            }
            0x20..=0x3F => {
                let name = self.string(rest, 3)?;
                Some((name, self.string(rest, 7)?))
            }
            _ => None,
        }
    }

    /// A string whose length has a prefix of this many bits, below the bit that says whether it is compressed.
    fn string(&mut self, rest: &mut &[u8], prefix: u32) -> Option<Bytes> {
        let is_compressed = rest.first()? & 1 << prefix != 0;
        let length = integer(rest, prefix)?;
        let (text, later) = rest.split_at_checked(length)?;
        *rest = later;
        match is_compressed {
            true => self.0.decode(text).ok().map(Bytes::from),
            false => Some(Bytes::copy_from_slice(text)),
        }
    }
}

fn named(index: usize) -> Option<(&'static str, &'static str)> {
    STATIC_TABLE.get(index).copied()
}

/// An integer with a prefix of this many bits (RFC 7541, 5.1).
fn integer(rest: &mut &[u8], prefix: u32) -> Option<usize> {
    let (first, mut later) = rest.split_first()?;
    let most = (1_usize << prefix) - 1;
    let mut value = usize::from(*first) & most;
    if value == most {
        // More octets would be more than any length that we take.
        for shift in [0, 7, 14, 21] {
            let (octet, behind) = later.split_first()?;
            later = behind;
            value += usize::from(octet & 0x7F) << shift;
            if octet & 0x80 == 0 {
                *rest = later;
                return Some(value);
            }
        }
        return None;
    }
    *rest = later;
    Some(value)
}

/// A section without compression: literal names and values (RFC 9204, 4.5.6).
pub(super) fn encode(section: &[(Bytes, Bytes)]) -> Bytes {
    let mut out = BytesMut::new();
    // Required Insert Count and Base.
    out.put_slice(&[0, 0]);
    for (name, value) in section {
        length(name.len(), 0x20, 3, &mut out);
        out.extend_from_slice(name);
        length(value.len(), 0, 7, &mut out);
        out.extend_from_slice(value);
    }
    out.freeze()
}

/// A length, below the bits that say what it is.
fn length(length: usize, bits: u8, prefix: u32, out: &mut BytesMut) {
    let most = (1_usize << prefix) - 1;
    if length < most {
        out.put_u8(bits | u8::try_from(length).unwrap_or_default());
        return;
    }
    out.put_u8(bits | u8::try_from(most).unwrap_or_default());
    let mut rest = length - most;
    while rest >= 0x80 {
        out.put_u8(u8::try_from(rest & 0x7F).unwrap_or_default() | 0x80);
        rest >>= 7;
    }
    out.put_u8(u8::try_from(rest).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(fields: &[(&str, &str)]) -> FieldSection {
        let field = |(name, value): &(&str, &str)| {
            (Bytes::copy_from_slice(name.as_bytes()), Bytes::copy_from_slice(value.as_bytes()))
        };
        fields.iter().map(field).collect()
    }

    #[test]
    fn what_is_encoded_is_decoded_as_the_same() {
        let long = "x".repeat(300);
        let fields =
            section(&[(":status", "200"), ("a", ""), ("sec-websocket-protocol", &long), (&long, "b")]);
        assert_eq!(QpackDecoder::default().decode(&encode(&fields)), Some((fields, true)));
    }

    #[test]
    fn the_static_table_and_the_huffman_code_are_read() {
        // Indexed `:status: 200`, a named `content-type` with a compressed value (RFC 7541, C.4.1).
        let block =
            [&[0, 0, 0xD9, 0x5F, 0x1D, 0x8C][..], b"\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff"];
        let expected = section(&[(":status", "200"), ("content-type", "www.example.com")]);
        assert_eq!(QpackDecoder::default().decode(&block.concat()), Some((expected, true)));
    }

    #[test]
    fn the_dynamic_table_and_half_a_section_are_errors() {
        for block in [
            &b""[..],
            b"\x00",
            b"\x01\x00",
            b"\x00\x00\x80",
            b"\x00\x00\x10",
            b"\x00\x00\x00\x00",
            b"\x00\x00\xff\x24\x00",
            b"\x00\x00\x23abc",
            b"\x00\x00\x5f\xff\xff\xff\xff\xff\xff\xff",
            b"\x00\x00\x21a\x81\x00",
        ] {
            assert_eq!(QpackDecoder::default().decode(block), None, "{block:x?}");
        }
    }

    #[test]
    fn a_section_that_is_too_long_is_not_kept() {
        let block = [&[0, 0][..], &[0xD9; 10_000]].concat();
        let (kept, is_whole) = QpackDecoder::default().decode(&block).unwrap();
        assert!(!is_whole && kept.len() < 10_000, "{}", kept.len());
    }
}
