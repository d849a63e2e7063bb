//! A field section in HEADERS and CONTINUATION frames, until it has ended (RFC 9113, 4.3).

use bytes::{Buf, Bytes, BytesMut};
use wsspec_wire::ErrorCode;

use super::{
    frame::{Http2Frame, flag},
    hpack::FieldDecoder,
};
use crate::{
    HttpError,
    fields::{FieldSection, LONGEST_SECTION},
};

/// CONTINUATION frames of one block; a whole section fits into far fewer.
const MOST_CONTINUATIONS: usize = 64;

/// A field section that has not ended.
#[derive(Debug)]
pub(super) struct FieldBlock {
    /// Its stream.
    pub(super) stream: u32,
    /// Whether the stream ends with it.
    pub(super) ends: bool,
    bytes: BytesMut,
    frames: usize,
}

impl FieldBlock {
    /// The section that HEADERS begin, and the part of it that they contain.
    pub(super) fn begin(frame: &Http2Frame) -> Result<(Self, Bytes), HttpError> {
        let Some(mut payload) = frame.unpadded() else {
            return Err(HttpError::protocol("sent HEADERS with more padding than payload"));
        };
        if frame.has(flag::PRIORITY) {
            if payload.len() < 5 {
                return Err(HttpError::size("sent HEADERS without room for its priority"));
            }
            payload.advance(5);
        }
        let (stream, ends) = (frame.stream, frame.has(flag::END_STREAM));
        Ok((Self { stream, ends, bytes: BytesMut::new(), frames: 0 }, payload))
    }

    /// Takes the part in a frame with these flags. Returns whether the section has ended.
    pub(super) fn add(&mut self, part: &[u8], flags: u8) -> Result<bool, HttpError> {
        self.bytes.extend_from_slice(part);
        self.frames += 1;
        if self.bytes.len() > LONGEST_SECTION || self.frames > MOST_CONTINUATIONS {
            return Err(HttpError::flood("sent a field section without end"));
        }
        Ok(flags & flag::END_HEADERS != 0)
    }

    /// The fields of the whole section, and whether all were kept.
    pub(super) fn decode(&self, decoder: &mut FieldDecoder) -> Result<(FieldSection, bool), HttpError> {
        let what = "sent fields that cannot be decompressed";
        decoder.decode(&self.bytes).ok_or(HttpError { code: ErrorCode::COMPRESSION_ERROR, what })
    }
}
