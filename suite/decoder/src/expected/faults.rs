//! What is wrong with a header or a payload that is not compressed.

use wsspec_wire::{CloseBody, CloseCode, CodeClass, Header, Opcode, Utf8Validator, Violation};

use crate::rejection_reason::{Codes, RejectionReason, Why, duty};

use super::{
    FramePart, ReferenceDecoder, UnfinishedText,
    compressed::CompressedProgress,
    early::{NotUtf8, code_known, is_sendable, least, not_utf8},
};

impl ReferenceDecoder<'_> {
    /// Judges a header, or the beginning of one; returns whether it must be rejected.
    pub(super) fn header(&mut self, at: usize, raw: &[u8], end: Option<usize>) -> bool {
        let len = Header::parse(raw).map_or(raw.len(), |(_, len)| len);
        let sender = self.setting.sender;
        let whole = least(&raw[..len], sender);
        let violations = self.assembler.header(&whole);
        let size = self.size_with(&whole);
        let large = size > self.demands.limit;
        if violations.is_empty() && !large {
            return false;
        }
        let is_known = |bytes: &usize| {
            let header = least(&raw[..*bytes], sender);
            !self.assembler.header(&header).is_empty() || self.size_with(&header) > self.demands.limit
        };
        let known = at + (1..=len).find(is_known).unwrap_or(len);
        let mut codes = Codes::of(whole.opcode, &violations);
        codes.size |= large;
        let must = |violation: &Violation| duty(violation, self.demands);
        let first = violations.iter().find(|violation| must(violation).is_some()).or(violations.first());
        let duty = first.and_then(must);
        let why = first.map_or(Why::Size(size), |violation| Why::Violation(violation.clone()));
        self.fault(RejectionReason { why, at, known, end, duty, codes });
        duty.is_some()
    }

    /// The size of the frame or of its message, whichever is larger.
    fn size_with(&self, header: &Header) -> u64 {
        let before = if header.opcode.is_data() { self.size } else { 0 };
        header.length.value.saturating_add(before)
    }

    /// Judges a payload, as much of it as has arrived.
    pub(super) fn payload(&mut self, part: &FramePart<'_>) {
        match part.header.opcode {
            Opcode::CLOSE => self.close(part),
            Opcode::TEXT | Opcode::BINARY => {
                let is_compressed = self.begins_compressed(&part.header);
                self.compressed = is_compressed.then(|| CompressedProgress::at(part.at));
                let is_text = part.header.opcode == Opcode::TEXT && !is_compressed;
                self.text = is_text.then(UnfinishedText::default);
                self.text(part);
            }
            Opcode::CONTINUATION => self.text(part),
            _ => {}
        }
    }

    fn text(&mut self, part: &FramePart<'_>) {
        let Some(mut text) = self.text.take() else { return };
        let header = &part.header;
        if text.fault.is_none() {
            let announced = header.fin.then_some(header.length.value);
            if let Some(found) = not_utf8(&text.utf8, part.payload, announced) {
                let offset = text.len + found.offset(part.payload.len());
                let violation = Violation::InvalidUtf8 { offset };
                text.fault = Some(self.of_text(part.at, found.known(part.sized, part.body), violation));
            } else {
                // It was checked just now.
                let _ = text.utf8.push(part.payload);
            }
        }
        text.len += part.payload.len() as u64;
        if let (true, Some(fault), Some(_)) = (header.fin, text.fault, part.end) {
            self.out.faults[fault].end = part.end;
        }
        self.text = Some(text);
    }

    /// A fault that only a decoder that checks text can see.
    pub(super) fn of_text(&mut self, at: usize, known: usize, violation: Violation) -> usize {
        let duty = duty(&violation, self.demands);
        let (why, codes) = (Why::Violation(violation), Codes { data: true, size: false });
        self.fault(RejectionReason { why, at, known, end: None, duty, codes })
    }

    fn close(&mut self, part: &FramePart<'_>) {
        let FramePart { at, body, end, .. } = *part;
        let length = part.header.length.value;
        if length == 1 {
            self.of_close(part, part.sized, Why::Violation(Violation::CloseBodyOneByte));
            return;
        }
        self.close_code(part);
        let CloseBody::Full { reason, .. } = CloseBody::parse(part.payload.to_vec().into()) else { return };
        let room = length.saturating_sub(2);
        if let Some(found) = not_utf8(&Utf8Validator::new(), &reason, Some(room)) {
            let known = found.known(part.sized, body + 2);
            let fault = self.of_text(at, known, Violation::CloseReasonInvalidUtf8);
            self.out.faults[fault].end = end;
        }
    }

    /// Judges a code, or its first byte.
    fn close_code(&mut self, part: &FramePart<'_>) {
        let sender = self.setting.sender;
        let code = match part.payload {
            [] => return,
            // Some codes that begin with it are valid, or none is.
            [high] => CloseCode(u16::from_be_bytes([*high, 0])),
            [high, low, ..] => CloseCode(u16::from_be_bytes([*high, *low])),
        };
        let known = code_known(code, sender);
        if known > part.payload.len() {
            return;
        }
        if !is_sendable(code, sender) {
            self.of_close(part, part.body + known, Why::Violation(Violation::CloseCodeNotSendable(code)));
        } else if code.class() == CodeClass::Registered {
            self.of_close(part, part.body + known, Why::LaterCode(code.0));
        }
    }

    fn of_close(&mut self, part: &FramePart<'_>, known: usize, why: Why) {
        let FramePart { at, end, .. } = *part;
        let duty = match &why {
            Why::Violation(violation) => duty(violation, self.demands),
            Why::Size(_) | Why::LaterCode(_) => None,
        };
        self.fault(RejectionReason { why, at, known, end, duty, codes: Codes { data: true, size: false } });
    }
}

impl NotUtf8 {
    /// The number of bytes of the input with which it shows, given where the length and the text's payload end and
    /// begin.
    const fn known(self, sized: usize, body: usize) -> usize {
        match self {
            Self::Length => sized,
            Self::Payload(bytes) => body + bytes,
        }
    }

    /// The index in the payload of the byte at which it shows.
    const fn offset(self, len: usize) -> u64 {
        match self {
            Self::Length => len as u64,
            Self::Payload(bytes) => bytes as u64 - 1,
        }
    }
}
