//! Parses bytes into frames, and passes payloads on as they arrive, so that a frame can be refused before it is
//! complete.

use bytes::{Buf, Bytes, BytesMut};
use wsspec_wire::{Header, Length, LengthForm, Mask, Opcode, Rsv};

use crate::{Flaw, flaw::Conduct};

/// The next piece of the stream.
#[derive(Debug)]
pub(crate) enum Piece {
    /// A frame begins.
    Begin(Header),
    /// More of its payload.
    Payload {
        /// As received.
        wire: Bytes,
        /// Unmasked.
        data: Vec<u8>,
    },
    /// The frame is complete.
    End,
}

/// Where a segment has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cut {
    Nowhere,
    InHeader,
    InPayload,
}

#[derive(Debug)]
pub(crate) struct FrameReader {
    fault: Conduct,
    buffer: BytesMut,
    frame: Option<FrameProgress>,
    /// The masking key of the first frame.
    first_key: Option<Mask>,
    /// How much of the current message was in earlier frames.
    earlier: usize,
    /// How many bytes were unread after the last segment.
    readable: usize,
}

/// A frame that has begun and not ended.
#[derive(Debug)]
struct FrameProgress {
    header: Header,
    received: u64,
    /// Where its payload began in the unread bytes.
    begun_at: usize,
}

impl FrameReader {
    pub(crate) fn new(fault: Conduct) -> Self {
        Self { fault, buffer: BytesMut::new(), frame: None, first_key: None, earlier: 0, readable: 0 }
    }

    /// Adds a segment.
    pub(crate) fn push(&mut self, segment: &[u8]) {
        self.buffer.extend_from_slice(segment);
        self.readable = self.buffer.len();
    }

    /// The next piece of what has arrived.
    pub(crate) fn next_piece(&mut self) -> Option<Piece> {
        let Some(frame) = &mut self.frame else {
            let (header, len) = read_header(self.fault, &self.buffer)?;
            self.buffer.advance(len);
            self.first_key = self.first_key.or(header.mask);
            let begun_at = self.readable - self.buffer.len();
            self.frame = Some(FrameProgress { header, received: 0, begun_at });
            return Some(Piece::Begin(header));
        };
        let left = frame.header.length.value - frame.received;
        if left == 0 {
            self.end_frame();
            return Some(Piece::End);
        }
        if self.buffer.is_empty() {
            return None;
        }
        let len = usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len());
        let wire = self.buffer.split_to(len).freeze();
        // What was received has been in memory, so its length fits.
        let offset = frame.received as usize;
        frame.received += len as u64;
        let mut data = wire.to_vec();
        if let Some(frame) = &self.frame {
            self.unmask(frame, &mut data, offset);
        }
        Some(Piece::Payload { wire, data })
    }

    /// Where the bytes parsed so far end.
    pub(crate) fn cut(&self) -> Cut {
        match &self.frame {
            Some(_) => Cut::InPayload,
            None if self.buffer.is_empty() => Cut::Nowhere,
            None => Cut::InHeader,
        }
    }

    /// Forgets the current frame, as if it had ended.
    pub(crate) fn end_frame(&mut self) {
        if let Some(frame) = self.frame.take_if(|frame| frame.header.opcode.is_data()) {
            self.earlier = if frame.header.fin { 0 } else { self.earlier + frame.received as usize };
        }
        self.frame = None;
    }

    /// Drops what has not been read.
    pub(crate) fn clear(&mut self) {
        self.buffer.clear();
    }

    /// Unmasks `data`, whose first byte is at `offset` in its frame (RFC 6455, 5.3).
    fn unmask(&self, frame: &FrameProgress, data: &mut [u8], offset: usize) {
        let (fault, header) = (self.fault, &frame.header);
        let Some(mut key) = header.mask else { return };
        if fault.is(Flaw::KeepsFirstKey) {
            key = self.first_key.unwrap_or(key);
        }
        let len = header.length.value as usize;
        let end = match fault.flaw {
            Some(Flaw::UnmasksNothing) => 0,
            Some(Flaw::UnmasksFirstFour) => 4,
            Some(Flaw::UnmasksWholeWords) => len - len % 4,
            Some(Flaw::UnmasksUpTo65535) => 65535,
            _ => usize::MAX,
        };
        let position = match fault.flaw {
            Some(Flaw::RestartsKeyAtSegments) => 0,
            Some(Flaw::AlignsKeyToSegment) if len >= 64 => frame.begun_at + offset,
            Some(Flaw::MiscountsKeyInCompressed) if offset > 0 && header.rsv.contains(Rsv::RSV1) => {
                offset + 1
            }
            Some(Flaw::KeepsKeyPosition) if header.opcode == Opcode::CONTINUATION => self.earlier + offset,
            _ => offset,
        };
        let until = end.saturating_sub(offset).min(data.len());
        key.apply(&mut data[..until], position);
    }
}

/// The header at the start of `bytes`, and its length.
fn read_header(fault: Conduct, bytes: &[u8]) -> Option<(Header, usize)> {
    let (mut header, mut len) = Header::parse(bytes)?;
    let Length { value, form } = header.length;
    let mut take_escape_for_length = |value| {
        len = if header.mask.is_some() { 6 } else { 2 };
        header.length = Length::minimal(value);
        header.mask = header.mask.map(|_| Mask([bytes[2], bytes[3], bytes[4], bytes[5]]));
    };
    match (fault.flaw, form) {
        (Some(Flaw::Takes126AsLength), LengthForm::Bits16) => take_escape_for_length(126),
        (Some(Flaw::Takes127AsLength), LengthForm::Bits64) => take_escape_for_length(127),
        (Some(Flaw::ReadsSwappedLength), LengthForm::Bits16) => {
            header.length.value = u64::from((value as u16).swap_bytes());
        }
        (Some(Flaw::Reads32BitLength), LengthForm::Bits64) => {
            header.length = Length::minimal(value & 0xFFFF_FFFF);
        }
        (Some(Flaw::Reads31BitLength), LengthForm::Bits64) => {
            header.length = Length::minimal(value & 0x7FFF_FFFF);
        }
        (Some(Flaw::CutsControlLength), LengthForm::Bits64) if header.opcode.is_control() => {
            header.length = Length::minimal(value & 0x7F);
        }
        (Some(Flaw::TakesKeyForPayload), _) if value == 0 && header.mask.is_some() => len -= 4,
        _ => {}
    }
    Some((header, len))
}
