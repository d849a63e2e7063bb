//! Integers of QUIC, of one to eight octets (RFC 9000, 16).

use bytes::{BufMut, BytesMut};

/// The largest one.
const LARGEST: u64 = (1 << 62) - 1;

/// Appends the shortest form; what is too large becomes the largest.
pub(super) fn put(value: u64, out: &mut BytesMut) {
    let value = value.min(LARGEST);
    match value {
        0..=0x3F => out.put_uint(value, 1),
        0x40..=0x3FFF => out.put_uint(value | 1 << 14, 2),
        0x4000..=0x3FFF_FFFF => out.put_uint(value | 2 << 30, 4),
        _ => out.put_uint(value | 3 << 62, 8),
    }
}

/// The integer at the beginning, and how many octets it has; `None` if some are still to come.
pub(super) fn take(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let count = 1 << (first >> 6);
    let rest = bytes.get(1..count)?;
    let value = rest.iter().fold(u64::from(first & 0x3F), |value, byte| value << 8 | u64::from(*byte));
    Some((value, count))
}
