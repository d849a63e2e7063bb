//! What some bytes mean, and what is wrong with them: the reference against which a decoder is checked.

mod compressed;
mod due;
mod early;
mod faults;
#[cfg(test)]
mod tests;

use wsspec_wire::{Assembler, Decoded, Decoder, Frame, Header, Mask, Opcode, Utf8Validator};

use crate::{DecoderEvent, Demands, Setting, rejection_reason::RejectionReason};

use self::{compressed::CompressedProgress, early::least};

/// What a decoder has to make of some bytes, up to the first fault on which it must reject them, or to a close frame.
#[derive(Debug, Default)]
pub(crate) struct ExpectedDecoding {
    pub(crate) events: Vec<DueEvent>,
    pub(crate) faults: Vec<RejectionReason>,
    /// Offsets of the frames, including an unfinished one.
    pub(crate) frames: Vec<usize>,
    /// The bytes contain a compressed message that has no meaning. A decoder need not reject it, and whatever it
    /// reports after the last event that is due is not judged.
    pub(crate) is_open: bool,
}

/// An event that must be reported.
#[derive(Debug)]
pub(crate) struct DueEvent {
    pub(crate) event: DecoderEvent,
    /// Offset of the first byte of its last frame.
    pub(crate) at: usize,
    /// The number of bytes with which it is complete.
    pub(crate) end: usize,
    /// What a decoder breaks if it does not report it.
    pub(crate) requirement: &'static str,
    /// It is a close frame whose body a decoder may refuse: the decoder may report any other body in its place.
    pub(crate) in_any_words: bool,
}

impl ExpectedDecoding {
    /// What the bytes mean.
    pub(crate) fn of(setting: &Setting, bytes: &[u8], demands: &Demands) -> Self {
        let assembler = Assembler::new(setting.sender).with_limit(compressed::limit(demands));
        let mut walk = ReferenceDecoder {
            setting,
            demands,
            assembler: match setting.deflate {
                Some(agreed) => assembler.with_deflate(agreed),
                None => assembler,
            },
            text: None,
            compressed: None,
            size: 0,
            out: Self::default(),
        };
        // A frame longer than all the bytes does not end within them.
        let mut decoder = Decoder::new(bytes.len() as u64);
        let mut rest = bytes;
        loop {
            let at = bytes.len() - rest.len();
            let Some(Decoded::Frame(frame)) = decoder.decode(&mut rest) else {
                walk.unfinished(at, &bytes[at..]);
                return walk.out;
            };
            let end = bytes.len() - rest.len();
            if !walk.frame(at, &bytes[at..end], &frame) {
                return walk.out;
            }
        }
    }
}

/// Reads frames one after the other, and notes what they mean and what is wrong with them.
struct ReferenceDecoder<'a> {
    setting: &'a Setting,
    demands: &'a Demands,
    assembler: Assembler,
    /// The text message in progress, if it is not compressed.
    text: Option<UnfinishedText>,
    /// The compressed message in progress.
    compressed: Option<CompressedProgress>,
    /// How many bytes the message in progress has so far.
    size: u64,
    out: ExpectedDecoding,
}

#[derive(Default)]
struct UnfinishedText {
    utf8: Utf8Validator,
    /// Number of bytes so far.
    len: u64,
    /// Index of its fault.
    fault: Option<usize>,
}

/// A frame, or the beginning of one, with the payload so far.
struct FramePart<'a> {
    /// Offset of its first byte.
    at: usize,
    /// Offset of the byte after its length.
    sized: usize,
    /// Offset of its payload.
    body: usize,
    header: Header,
    payload: &'a [u8],
    /// Offset of the byte after it, if it is whole.
    end: Option<usize>,
}

impl ReferenceDecoder<'_> {
    /// Takes a whole frame; `false` if nothing after it counts.
    fn frame(&mut self, at: usize, raw: &[u8], frame: &Frame) -> bool {
        self.out.frames.push(at);
        let end = at + raw.len();
        if self.header(at, raw, Some(end)) {
            return false;
        }
        let (header, payload) = (frame.header, &frame.payload[..]);
        let body = end - payload.len();
        let key = if header.mask.is_some() { 4 } else { 0 };
        self.payload(&FramePart { at, sized: body - key, body, header, payload, end: Some(end) });
        let (fin, opcode) = (header.fin, header.opcode);
        let within = self.assembler.is_within_message();
        let mut assembled = Vec::new();
        self.assembler.push(frame, &mut assembled);
        if opcode.is_data() {
            self.size = if fin { 0 } else { self.size + payload.len() as u64 };
            if fin && self.text.take().is_some_and(|text| self.must_reject(text.fault)) {
                return false;
            }
            if self.demands.frames {
                self.due_frame(at, end, frame);
                return true;
            }
            if !self.decompressed(at, end, fin, &assembled) {
                return false;
            }
        }
        let refused = self.out.faults.iter().any(|fault| fault.at == at && fault.duty.is_some());
        if opcode == Opcode::CLOSE && refused {
            return false;
        }
        for assembled in assembled {
            self.due(at, end, assembled, within);
        }
        opcode != Opcode::CLOSE
    }

    /// Takes the beginning of a frame that does not end.
    fn unfinished(&mut self, at: usize, raw: &[u8]) {
        if !raw.is_empty() {
            self.out.frames.push(at);
            if self.header(at, raw, None) {
                return;
            }
            self.unfinished_payload(at, raw);
        }
        self.may_be_large();
    }

    /// Everything from the second byte on may show that no rest makes the frame valid.
    fn unfinished_payload(&mut self, at: usize, raw: &[u8]) {
        let Some(sized) = early::sized(raw) else { return };
        let mut payload = Vec::new();
        let (header, len) =
            Header::parse(raw).unwrap_or_else(|| (least(raw, self.setting.sender), raw.len()));
        header.mask.unwrap_or(Mask([0; 4])).append(&mut payload, &raw[len..], 0);
        let part = FramePart { at, sized: at + sized, body: at + len, header, payload: &payload, end: None };
        self.payload(&part);
        self.unfinished_compressed(&part);
    }

    fn fault(&mut self, fault: RejectionReason) -> usize {
        self.out.faults.push(fault);
        self.out.faults.len() - 1
    }

    fn must_reject(&self, fault: Option<usize>) -> bool {
        fault.is_some_and(|fault| self.out.faults[fault].duty.is_some())
    }
}
