//! Frames of HTTP/3, valid or not (RFC 9114, 7).

use bytes::{Buf, Bytes, BytesMut};
use wsspec_wire::ErrorCode;

use super::varint;
use crate::{HttpError, fields::LONGEST_SECTION};

/// Kinds of frames (RFC 9114, 7.2).
pub(super) mod kind {
    pub(crate) const DATA: u64 = 0;
    pub(crate) const HEADERS: u64 = 1;
    pub(crate) const CANCEL_PUSH: u64 = 3;
    pub(crate) const SETTINGS: u64 = 4;
    pub(crate) const PUSH_PROMISE: u64 = 5;
    pub(crate) const GOAWAY: u64 = 7;
    pub(crate) const MAX_PUSH_ID: u64 = 0xD;
    /// Those of HTTP/2 that HTTP/3 lacks (RFC 9114, 7.2.8).
    pub(crate) const OF_HTTP2: [u64; 4] = [2, 6, 8, 9];
}

/// The longest frame that is kept, apart from field sections.
const LONGEST: u64 = 16 << 10;

/// A frame, or a part of DATA.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Http3FramePart {
    /// Octets of a DATA frame, as they came.
    Data(Bytes),
    /// Any other frame that is known.
    Whole(u64, Bytes),
    /// HEADERS that are too long to be kept.
    EndlessHeaders,
}

/// Appends a frame.
pub(super) fn write(kind: u64, payload: &[u8], out: &mut BytesMut) {
    varint::put(kind, out);
    varint::put(payload.len() as u64, out);
    out.extend_from_slice(payload);
}

/// Reads the frames of one stream. DATA frames are passed on as they come; frames of unknown kinds are left out (RFC
/// 9114, 9), and cost no memory.
#[derive(Debug, Default)]
pub(super) struct Http3FrameReader {
    buffer: BytesMut,
    /// The kind of a frame whose octets are not kept, and how many are still to come.
    passing: Option<(u64, u64)>,
    /// Whether frames of unknown kinds are taken for DATA: a fault, for tests.
    keeps_unknown: bool,
}

impl Http3FrameReader {
    pub(super) fn keeping_unknown(keeps_unknown: bool) -> Self {
        Self { keeps_unknown, ..Self::default() }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether the stream would end in the middle of a frame.
    pub(super) fn is_within_frame(&self) -> bool {
        !self.buffer.is_empty() || self.passing.is_some()
    }

    pub(super) fn take(&mut self) -> Result<Option<Http3FramePart>, HttpError> {
        loop {
            if let Some((kind, left)) = self.passing.take() {
                let count = usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len());
                let bytes = self.buffer.split_to(count).freeze();
                let left = left - count as u64;
                self.passing = (left > 0).then_some((kind, left));
                if (kind == kind::DATA || self.keeps_unknown) && !bytes.is_empty() {
                    return Ok(Some(Http3FramePart::Data(bytes)));
                }
                if self.passing.is_some() {
                    return Ok(None);
                }
            }
            let Some((kind, first)) = varint::take(&self.buffer) else { return Ok(None) };
            let Some((length, second)) = varint::take(&self.buffer[first..]) else { return Ok(None) };
            let most = if kind == kind::HEADERS { LONGEST_SECTION as u64 } else { LONGEST };
            match is_kept(kind) {
                true if length > most => {
                    self.pass(kind, length, first + second);
                    return match kind {
                        kind::HEADERS => Ok(Some(Http3FramePart::EndlessHeaders)),
                        _ => Err(HttpError::with(
                            ErrorCode::H3_EXCESSIVE_LOAD,
                            "sent a frame longer than we take",
                        )),
                    };
                }
                true => {
                    let length = usize::try_from(length).unwrap_or(usize::MAX);
                    if self.buffer.len() - first - second < length {
                        return Ok(None);
                    }
                    self.buffer.advance(first + second);
                    return Ok(Some(Http3FramePart::Whole(kind, self.buffer.split_to(length).freeze())));
                }
                false => self.pass(kind, length, first + second),
            }
        }
    }

    fn pass(&mut self, kind: u64, length: u64, header: usize) {
        self.buffer.advance(header);
        self.passing = (length > 0).then_some((kind, length));
    }
}

/// Whether a frame is looked at as a whole.
fn is_kept(kind: u64) -> bool {
    let known = [
        kind::HEADERS,
        kind::CANCEL_PUSH,
        kind::SETTINGS,
        kind::PUSH_PROMISE,
        kind::GOAWAY,
        kind::MAX_PUSH_ID,
    ];
    known.contains(&kind) || kind::OF_HTTP2.contains(&kind)
}
