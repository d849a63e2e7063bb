//! What happens on the streams of a QUIC connection, as octets in a row: the border between HTTP/3, which does no I/O, and
//! whatever speaks QUIC.
//!
//! A step is one octet for its kind, eight for the stream, eight for a code or four for a length, and the octets.

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Octets of one step.
const MOST: usize = 64 << 10;
/// The octets before a code or octets.
const HEADER: usize = 9;

/// What one end does on a stream (RFC 9000, 2 and 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuicStep {
    /// Octets on a stream; the first ones open it.
    Data {
        /// The stream, as numbered on the wire.
        stream: u64,
        /// At most 64 KiB.
        bytes: Bytes,
    },
    /// The end of this end's half.
    End {
        /// The stream.
        stream: u64,
    },
    /// RESET_STREAM.
    Reset {
        /// The stream.
        stream: u64,
        /// Why.
        code: u64,
    },
    /// STOP_SENDING.
    Stop {
        /// The stream.
        stream: u64,
        /// Why.
        code: u64,
    },
    /// CONNECTION_CLOSE with a code of the application.
    Close {
        /// Why.
        code: u64,
    },
}

impl QuicStep {
    /// Appends the step; octets beyond the limit of one become further steps.
    pub fn encode(&self, out: &mut BytesMut) {
        let (kind, stream) = match self {
            Self::Data { stream, bytes } => {
                for part in bytes.chunks(MOST) {
                    out.put_u8(0);
                    out.put_u64(*stream);
                    out.put_u32(u32::try_from(part.len()).unwrap_or_default());
                    out.extend_from_slice(part);
                }
                return;
            }
            Self::End { stream } => (1, *stream),
            Self::Reset { stream, .. } => (2, *stream),
            Self::Stop { stream, .. } => (3, *stream),
            Self::Close { .. } => (4, 0),
        };
        out.put_u8(kind);
        out.put_u64(stream);
        match self {
            Self::Reset { code, .. } | Self::Stop { code, .. } | Self::Close { code } => out.put_u64(*code),
            Self::Data { .. } | Self::End { .. } => {}
        }
    }
}

/// Reads steps from octets, however they are split.
#[derive(Debug, Default)]
pub struct QuicReader {
    buffer: BytesMut,
}

impl QuicReader {
    /// Adds octets.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next step, once it is complete.
    ///
    /// # Errors
    /// If the octets are not steps.
    pub fn take(&mut self) -> Result<Option<QuicStep>, &'static str> {
        const OTHER: &str = "wrote what is not a step of QUIC";
        let Some(&kind) = self.buffer.first() else { return Ok(None) };
        let mut ahead = &self.buffer[1..];
        let needed = match kind {
            0 => HEADER + 4,
            1 => HEADER,
            2..=4 => HEADER + 8,
            _ => return Err(OTHER),
        };
        if self.buffer.len() < needed {
            return Ok(None);
        }
        let stream = ahead.get_u64();
        let step = match kind {
            0 => {
                let length = usize::try_from(ahead.get_u32()).unwrap_or(usize::MAX);
                if length > MOST {
                    return Err(OTHER);
                }
                if ahead.len() < length {
                    return Ok(None);
                }
                self.buffer.advance(needed);
                let bytes = self.buffer.split_to(length).freeze();
                return Ok(Some(QuicStep::Data { stream, bytes }));
            }
            1 => QuicStep::End { stream },
            2 => QuicStep::Reset { stream, code: ahead.get_u64() },
            3 => QuicStep::Stop { stream, code: ahead.get_u64() },
            _ => QuicStep::Close { code: ahead.get_u64() },
        };
        self.buffer.advance(needed);
        Ok(Some(step))
    }
}
