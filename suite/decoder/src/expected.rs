//! What some bytes mean, and what is wrong with them: the reference against which a decoder is checked.

use wsspec_wire::{
    Assembled, Assembler, CloseBody, CodeClass, Decoded, Decoder, Frame, Header, LengthForm, Mask,
    MessageKind, Opcode, Role, Utf8Validator, Violation,
};

use crate::{
    DecoderEvent, Leniency,
    rejection_reason::{Codes, RejectionReason, Why, duty},
};

/// What a decoder has to make of some bytes, up to the first fault on which it must reject them, or to a close frame.
#[derive(Debug, Default)]
pub(crate) struct ExpectedDecoding {
    pub(crate) events: Vec<DueEvent>,
    pub(crate) faults: Vec<RejectionReason>,
    /// Offsets of the frames, including an unfinished one.
    pub(crate) frames: Vec<usize>,
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
    /// What the bytes of `sender` mean.
    pub(crate) fn of(sender: Role, bytes: &[u8], leniency: &Leniency) -> Self {
        let mut walk = ReferenceDecoder {
            sender,
            leniency,
            assembler: Assembler::new(sender),
            text: None,
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

struct ReferenceDecoder<'a> {
    sender: Role,
    leniency: &'a Leniency,
    assembler: Assembler,
    /// The text message in progress.
    text: Option<UnfinishedText>,
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

impl ReferenceDecoder<'_> {
    /// Takes a whole frame; `false` if nothing after it counts.
    fn frame(&mut self, at: usize, raw: &[u8], frame: &Frame) -> bool {
        self.out.frames.push(at);
        let end = at + raw.len();
        if self.header(at, raw, Some(end)) {
            return false;
        }
        let body = end - frame.payload.len();
        self.payload(at, body, &frame.header, &frame.payload, Some(end));
        let fin = frame.header.fin;
        let within = self.assembler.is_within_message();
        let mut assembled = Vec::new();
        self.assembler.push(frame, &mut assembled);
        if frame.header.opcode.is_data() {
            self.size = if fin { 0 } else { self.size + frame.payload.len() as u64 };
            if fin && self.text.take().is_some_and(|text| self.must_reject(text.fault)) {
                return false;
            }
        }
        let refused = self.out.faults.iter().any(|fault| fault.at == at && fault.duty.is_some());
        if frame.header.opcode == Opcode::CLOSE && refused {
            return false;
        }
        for assembled in assembled {
            self.due(at, end, assembled, within);
        }
        frame.header.opcode != Opcode::CLOSE
    }

    /// Takes the beginning of a frame that does not end.
    fn unfinished(&mut self, at: usize, raw: &[u8]) {
        if raw.is_empty() {
            return;
        }
        self.out.frames.push(at);
        if self.header(at, raw, None) {
            return;
        }
        if let Some((header, len)) = Header::parse(raw) {
            let mut payload = Vec::new();
            header.mask.unwrap_or(Mask([0; 4])).append(&mut payload, &raw[len..], 0);
            self.payload(at, at + len, &header, &payload, None);
        }
    }

    fn fault(&mut self, fault: RejectionReason) -> usize {
        self.out.faults.push(fault);
        self.out.faults.len() - 1
    }

    fn must_reject(&self, fault: Option<usize>) -> bool {
        fault.is_some_and(|fault| self.out.faults[fault].duty.is_some())
    }

    /// Judges a header, or the beginning of one; returns whether it must be rejected.
    fn header(&mut self, at: usize, raw: &[u8], end: Option<usize>) -> bool {
        let len = Header::parse(raw).map_or(raw.len(), |(_, len)| len);
        let whole = innocent(&raw[..len], self.sender);
        let violations = self.assembler.header(&whole);
        let size = self.size_with(&whole);
        let large = size > self.leniency.limit;
        if violations.is_empty() && !large {
            return false;
        }
        let is_known = |bytes: &usize| {
            let header = innocent(&raw[..*bytes], self.sender);
            !self.assembler.header(&header).is_empty() || self.size_with(&header) > self.leniency.limit
        };
        let known = at + (1..=len).find(is_known).unwrap_or(len);
        let mut codes = Codes::of(whole.opcode, &violations);
        codes.size |= large;
        let first = violations.iter().find(|violation| duty(violation).is_some()).or(violations.first());
        let duty = first.and_then(duty);
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
    fn payload(&mut self, at: usize, body: usize, header: &Header, payload: &[u8], end: Option<usize>) {
        match header.opcode {
            Opcode::CLOSE => self.close(at, body, header, payload, end),
            Opcode::TEXT => {
                self.text = Some(UnfinishedText::default());
                self.text(at, body, header.fin, payload, end);
            }
            Opcode::CONTINUATION => self.text(at, body, header.fin, payload, end),
            _ => {}
        }
    }

    fn text(&mut self, at: usize, body: usize, fin: bool, payload: &[u8], end: Option<usize>) {
        let Some(mut text) = self.text.take() else { return };
        let before = text.len;
        text.len += payload.len() as u64;
        if text.fault.is_none() {
            let found = match text.utf8.push(payload) {
                // The first two bytes of a frame may show that a sequence cannot be completed in it.
                Ok(()) if fin && end.is_some() => text.utf8.finish().map_err(|error| (at + 2, error)),
                Ok(()) => Ok(()),
                Err(error) => Err((body + (error.offset - before) as usize + 1, error)),
            };
            if let Err((known, error)) = found {
                let violation = Violation::InvalidUtf8 { offset: error.offset };
                text.fault = Some(self.of_text(at, known, violation));
            }
        }
        if let (true, Some(fault), Some(_)) = (fin, text.fault, end) {
            self.out.faults[fault].end = end;
        }
        self.text = Some(text);
    }

    /// A fault that only a decoder that checks text can see.
    fn of_text(&mut self, at: usize, known: usize, violation: Violation) -> usize {
        let duty = duty(&violation).filter(|_| !self.leniency.text_unchecked);
        let (why, codes) = (Why::Violation(violation), Codes { data: true, size: false });
        self.fault(RejectionReason { why, at, known, end: None, duty, codes })
    }

    fn close(&mut self, at: usize, body: usize, header: &Header, payload: &[u8], end: Option<usize>) {
        let codes = Codes { data: true, size: false };
        let mut found = Vec::new();
        if header.length.value == 1 {
            found.push((at + 2, Why::Violation(Violation::CloseBodyOneByte)));
        }
        if let CloseBody::Full { code, reason } = CloseBody::parse(payload.to_vec().into()) {
            let of_clients = code.0 == 1010 && self.sender == Role::Server;
            if !code.is_sendable() || of_clients {
                found.push((body + 1, Why::Violation(Violation::CloseCodeNotSendable(code))));
            } else if code.class() == CodeClass::Registered {
                found.push((body + 1, Why::LaterCode(code.0)));
            }
            let mut utf8 = Utf8Validator::new();
            let bad = match utf8.push(&reason) {
                Err(error) => Some(body + 3 + error.offset as usize),
                Ok(()) => end.and_then(|_| utf8.finish().err()).map(|_| at + 2),
            };
            if let Some(known) = bad {
                let fault = self.of_text(at, known, Violation::CloseReasonInvalidUtf8);
                self.out.faults[fault].end = end;
            }
        }
        for (known, why) in found {
            self.fault(RejectionReason { why, at, known, end, duty: None, codes });
        }
    }

    fn due(&mut self, at: usize, end: usize, assembled: Assembled, within: bool) {
        let of_control = |alone| if within { "rfc6455#5.4:14" } else { alone };
        let (event, requirement) = match assembled {
            Assembled::Message { kind, payload, frames, .. } => {
                let requirement = match (frames, kind) {
                    (1, MessageKind::Text) => "rfc6455#5.6:6",
                    (1, MessageKind::Binary) => "rfc6455#5.6:7",
                    _ => "rfc6455#5.4:8",
                };
                (DecoderEvent::Message(kind, payload.to_vec()), requirement)
            }
            Assembled::Ping(_) if self.leniency.pings_unreported => return,
            Assembled::Pong(_) if self.leniency.pongs_unreported => return,
            Assembled::Ping(payload) => (DecoderEvent::Ping(payload.to_vec()), of_control("rfc6455#5.5.2:5")),
            Assembled::Pong(payload) => (DecoderEvent::Pong(payload.to_vec()), of_control("rfc6455#5.5.3:4")),
            Assembled::Close(CloseBody::Full { code, reason }) => {
                (DecoderEvent::Close(Some(code.0), reason.to_vec()), "rfc6455#7.1.5:2")
            }
            Assembled::Close(_) => (DecoderEvent::Close(None, Vec::new()), "rfc6455#5.5.1:2"),
            Assembled::Violation(_) | Assembled::Lost { .. } => return,
        };
        let is_close = matches!(event, DecoderEvent::Close(..));
        let in_any_words = is_close && self.out.faults.iter().any(|fault| fault.at == at);
        self.out.events.push(DueEvent { event, at, end, requirement, in_any_words });
    }
}

/// The header that some bytes (at least one) begin, completed so that the missing part is valid and announces as
/// little as possible.
fn innocent(bytes: &[u8], sender: Role) -> Header {
    let mask = if sender == Role::Client { 0x80 } else { 0 };
    let mut whole = [0; Header::MAX_LEN];
    whole[..bytes.len()].copy_from_slice(bytes);
    if bytes.len() < 2 {
        whole[1] = mask;
    }
    let (length, form) = match whole[1] & 0x7F {
        126 => (2, LengthForm::Bits16),
        127 => (8, LengthForm::Bits64),
        _ => (0, LengthForm::Bits7),
    };
    let given = bytes.len().saturating_sub(2);
    let is_zero = whole[2..2 + length].iter().all(|byte| *byte == 0);
    match form {
        LengthForm::Bits16 if given < 2 && is_zero => whole[3] = 126,
        LengthForm::Bits64 if given < 6 && is_zero => whole[7] = 1,
        _ => {}
    }
    // Fourteen bytes hold any header.
    Header::parse(&whole).map_or_else(|| unreachable!("fourteen bytes hold any header"), |(header, _)| header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_completed_to_the_least_that_is_legal() {
        let cases: [(&[u8], u64, bool); 7] = [
            (b"\x81", 0, true),
            (b"\x81\x7e", 126, true),
            (b"\x81\x7e\x00", 126, true),
            (b"\x81\x7e\x01", 256, true),
            (b"\x81\x7f\x00\x00", 65_536, true),
            (b"\x81\x7f\x00\x00\x00\x00\x00\x00", 0, false),
            (b"\x81\x7e\x00\x05", 5, false),
        ];
        for (bytes, value, minimal) in cases {
            let length = innocent(bytes, Role::Server).length;
            assert_eq!((length.value, length.is_minimal()), (value, minimal), "{bytes:?}");
        }
    }

    #[test]
    fn a_fault_is_known_at_the_first_byte_that_tells_it() {
        let known = |sender, bytes: &[u8]| {
            let expected = ExpectedDecoding::of(sender, bytes, &Leniency::default());
            expected.faults.iter().map(|fault| (fault.known, fault.end, fault.duty)).collect::<Vec<_>>()
        };
        assert_eq!(known(Role::Server, b"\x81\x01a\xC1"), [(4, None, Some("rfc6455#5.2:6"))]);
        assert_eq!(known(Role::Client, b"\x81\x01a"), [(2, Some(3), Some("rfc6455#5.1:3"))]);
        assert_eq!(known(Role::Server, b"\x89\x7e\x00\x01a"), [(2, Some(5), None)]);
        assert_eq!(known(Role::Server, b"\x81\x03a\xFFb"), [(4, Some(5), Some("rfc6455#5.6:5"))]);
        assert_eq!(known(Role::Server, b"\x81\x03a\xFF"), [(4, None, Some("rfc6455#5.6:5"))]);
        assert_eq!(known(Role::Server, b"\x01\x01\xE2\x80\x00"), [(5, Some(5), Some("rfc6455#5.6:5"))]);
        assert_eq!(known(Role::Server, b"\x88\x02\x03\xF4"), [(3, Some(4), None)]);
        assert_eq!(known(Role::Server, b"\x82\x7f\x00\x00"), [(2, None, None)]);
    }
}
