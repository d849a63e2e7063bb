//! Compressed fields of HTTP/2 (RFC 7541).

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};
use loona_hpack::Decoder;

use crate::fields::{FieldSection, LONGEST_SECTION};

/// The largest table that a peer may use, and that we may (RFC 9113, 6.5.2: the default).
const TABLE_SIZE: usize = 4096;
/// Announces a table without room (RFC 7541, 6.3).
const NO_TABLE: u8 = 0x20;

/// Decompresses the field sections of one direction.
pub(crate) struct FieldDecoder(Decoder<'static>);

impl fmt::Debug for FieldDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldDecoder").finish_non_exhaustive()
    }
}

impl Default for FieldDecoder {
    fn default() -> Self {
        let mut decoder = Decoder::new();
        decoder.set_max_allowed_table_size(TABLE_SIZE);
        Self(decoder)
    }
}

impl FieldDecoder {
    /// The fields of a whole block, and whether all were kept; `None` where they cannot be decompressed.
    pub(crate) fn decode(&mut self, block: &[u8]) -> Option<(FieldSection, bool)> {
        let (mut section, mut size) = (Vec::new(), 0);
        let decoded = self.0.decode_with_cb(block, |name, value| {
            // What is above the limit is not so much as copied: one octet can stand for kilobytes.
            size += name.len() + value.len() + 32;
            if size <= LONGEST_SECTION {
                section.push((Bytes::copy_from_slice(&name), Bytes::copy_from_slice(&value)));
            }
        });
        decoded.ok().map(|()| (section, size <= LONGEST_SECTION))
    }
}

/// Writes the field sections of one direction, without a table.
#[derive(Debug, Default)]
pub(crate) struct FieldEncoder {
    /// Whether the other end awaits that a smaller table is announced.
    owes_update: bool,
    /// Whether it knows that the table has no room.
    has_no_table: bool,
}

impl FieldEncoder {
    /// Takes the other end's limit on the table, in octets. If that is less than the table has been, the next block says
    /// so, although nothing was ever kept in it (RFC 9113, 4.3.1).
    pub(crate) const fn limit_table(&mut self, size: u32) {
        self.owes_update |= !self.has_no_table && (size as usize) < TABLE_SIZE;
    }

    /// A block for a whole field section.
    pub(crate) fn encode(&mut self, section: &[(Bytes, Bytes)]) -> Bytes {
        let fields = encode(section);
        if !std::mem::take(&mut self.owes_update) {
            return fields;
        }
        self.has_no_table = true;
        [&[NO_TABLE][..], &fields].concat().into()
    }
}

/// A block without compression: literal fields that are never indexed (RFC 7541, 6.2.2).
pub(crate) fn encode(section: &[(Bytes, Bytes)]) -> Bytes {
    let mut out = BytesMut::new();
    for (name, value) in section {
        out.put_u8(0);
        string(name, &mut out);
        string(value, &mut out);
    }
    out.freeze()
}

/// A string literal (RFC 7541, 5.2), its length an integer with a prefix of 7 bits (RFC 7541, 5.1).
fn string(text: &[u8], out: &mut BytesMut) {
    const PREFIX: usize = 0x7F;
    if text.len() < PREFIX {
        out.put_u8(u8::try_from(text.len()).unwrap_or_default());
    } else {
        out.put_u8(0x7F);
        let mut rest = text.len() - PREFIX;
        while rest >= 0x80 {
            out.put_u8(u8::try_from(rest & 0x7F).unwrap_or_default() | 0x80);
            rest >>= 7;
        }
        out.put_u8(u8::try_from(rest).unwrap_or_default());
    }
    out.extend_from_slice(text);
}
