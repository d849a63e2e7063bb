//! Frames of HTTP/2, valid or not (RFC 9113, 4.1).

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Kinds of frames (RFC 9113, 6).
pub(crate) mod kind {
    pub(crate) const DATA: u8 = 0;
    pub(crate) const HEADERS: u8 = 1;
    pub(crate) const RST_STREAM: u8 = 3;
    pub(crate) const SETTINGS: u8 = 4;
    pub(crate) const PUSH_PROMISE: u8 = 5;
    pub(crate) const PING: u8 = 6;
    pub(crate) const GOAWAY: u8 = 7;
    pub(crate) const WINDOW_UPDATE: u8 = 8;
    pub(crate) const CONTINUATION: u8 = 9;
}

/// Flags of frames (RFC 9113, 6).
pub(crate) mod flag {
    /// Of SETTINGS and PING.
    pub(crate) const ACK: u8 = 0x1;
    /// Of DATA and HEADERS.
    pub(crate) const END_STREAM: u8 = 0x1;
    /// Of HEADERS and CONTINUATION.
    pub(crate) const END_HEADERS: u8 = 0x4;
    /// Of DATA and HEADERS.
    pub(crate) const PADDED: u8 = 0x8;
    /// Of HEADERS.
    pub(crate) const PRIORITY: u8 = 0x20;
}

/// Octets before the payload.
const HEADER: usize = 9;
/// The reserved bit before a stream's number.
const RESERVED: u32 = 1 << 31;

/// One frame: any value can be on the wire.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Http2Frame {
    /// What it is.
    pub kind: u8,
    /// Bits that mean something to its kind.
    pub flags: u8,
    /// The bit before the stream's number, which means nothing.
    pub reserved: bool,
    /// The stream; 0: the connection.
    pub stream: u32,
    /// At most 2^24 - 1 octets; more are cut off.
    pub payload: Bytes,
}

impl Http2Frame {
    /// A frame whose reserved bit is clear.
    #[must_use]
    pub fn new(kind: u8, flags: u8, stream: u32, payload: impl Into<Bytes>) -> Self {
        Self { kind, flags, reserved: false, stream, payload: payload.into() }
    }

    /// Whether it has one of these flags.
    #[must_use]
    pub const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Appends its octets.
    pub fn encode(&self, out: &mut BytesMut) {
        let length = self.payload.len().min(0xFF_FFFF);
        out.put_uint(length as u64, 3);
        out.put_u8(self.kind);
        out.put_u8(self.flags);
        out.put_u32(self.stream & !RESERVED | if self.reserved { RESERVED } else { 0 });
        out.extend_from_slice(&self.payload[..length]);
    }

    /// The payload without its padding (RFC 9113, 6.1); `None` where the padding is longer than the payload.
    #[must_use]
    pub fn unpadded(&self) -> Option<Bytes> {
        if !self.has(flag::PADDED) {
            return Some(self.payload.clone());
        }
        let padding = usize::from(*self.payload.first()?);
        let end = self.payload.len().checked_sub(padding).filter(|end| *end >= 1)?;
        Some(self.payload.slice(1..end))
    }
}

/// Collects octets until a frame is complete.
#[derive(Debug)]
pub struct Http2FrameReader {
    limit: usize,
    bytes: BytesMut,
}

impl Default for Http2FrameReader {
    fn default() -> Self {
        Self::with_limit(0xFF_FFFF)
    }
}

impl Http2FrameReader {
    /// For payloads of at most so many octets.
    #[must_use]
    pub fn with_limit(limit: usize) -> Self {
        Self { limit, bytes: BytesMut::new() }
    }

    /// Takes octets as they arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next frame, once it is complete.
    ///
    /// # Errors
    /// The length that a frame announces, where that is above the limit: nothing can be read behind it.
    pub fn take(&mut self) -> Result<Option<Http2Frame>, usize> {
        let Some(mut header) = self.bytes.get(..HEADER) else { return Ok(None) };
        let length = usize::try_from(header.get_uint(3)).unwrap_or(usize::MAX);
        let (kind, flags, stream) = (header.get_u8(), header.get_u8(), header.get_u32());
        if length > self.limit {
            return Err(length);
        }
        if self.bytes.len() < HEADER + length {
            return Ok(None);
        }
        self.bytes.advance(HEADER);
        let payload = self.bytes.split_to(length).freeze();
        let reserved = stream & RESERVED != 0;
        Ok(Some(Http2Frame { kind, flags, reserved, stream: stream & !RESERVED, payload }))
    }

    /// The octets of a frame that is not complete.
    #[must_use]
    pub fn pending(&self) -> &[u8] {
        &self.bytes
    }

    /// Drops octets at the start.
    pub(crate) fn skip(&mut self, count: usize) {
        self.bytes.advance(count.min(self.bytes.len()));
    }
}
