//! Frames form messages: few events per frame, within the limit, with text that is UTF-8 unless it is reported as
//! invalid.

use wsspec_decoder::InputPrefix;
use wsspec_wire::{Assembled, Assembler, Decoded, Decoder, Header, MessageKind, Opcode, Partial, Violation};

use crate::{
    decode::first_frames,
    generate::{AnyDeflate, role},
};

/// An assembler of messages; [`Assembler`] is the correct one.
pub trait Assemble {
    /// See [`Assembler::push`] and [`Assembler::oversize`].
    fn take(&mut self, decoded: &Decoded, out: &mut Vec<Assembled>);
    /// See [`Assembler::header`].
    fn header(&self, header: &Header) -> Vec<Violation>;
}

impl Assemble for Assembler {
    fn take(&mut self, decoded: &Decoded, out: &mut Vec<Assembled>) {
        match decoded {
            Decoded::Frame(frame) => self.push(frame, out),
            Decoded::Oversize(header) => self.oversize(header, out),
        }
    }

    fn header(&self, header: &Header) -> Vec<Violation> {
        self.header(header)
    }
}

/// The maximum size of a message in bytes.
const LIMIT: usize = 4096;

/// The most events that a frame may yield.
const MOST: usize = 16;

/// Judges the real assembler with an input: as many bytes as an [`InputPrefix`] has, so that each target can start
/// from the other's corpus, then the bytes of a peer. The first four are permessage-deflate parameters, the next two
/// the payload limit in little endian; in the last, bit 0 is set for a client, and bit 2 if messages may be
/// compressed.
///
/// # Panics
///
/// If a property does not hold.
pub fn run(input: &[u8]) {
    run_with(|assembler| assembler, input);
}

/// Judges assemblers that `new` creates from the real one.
///
/// # Panics
///
/// If a property does not hold.
pub fn run_with<A: Assemble>(new: impl Fn(Assembler) -> A, input: &[u8]) {
    let Some((&[a, b, c, d, low, high, who], bytes)) = input.split_first_chunk::<{ InputPrefix::LEN }>()
    else {
        return;
    };
    let assembler = Assembler::new(role(who & 1 != 0)).with_limit(LIMIT);
    let deflate = AnyDeflate::of([a, b, c, d]).params();
    let mut assembler = new(if who & 4 == 0 { assembler } else { assembler.with_deflate(deflate) });
    let mut decoder = Decoder::new(u16::from_le_bytes([low, high]).into());
    let mut rest = first_frames(bytes);
    let (mut tally, mut out) = (FrameTally::default(), Vec::new());
    while let Some(decoded) = decoder.decode(&mut rest) {
        assembler.take(&decoded, &mut out);
        assert!(out.len() <= MOST, "a frame yields too much");
        out.drain(..).for_each(|assembled| tally.goes_on_with(&assembled));
    }
    if let Some(Partial::Payload { header, .. }) = decoder.partial() {
        assert!(assembler.header(&header).len() <= MOST, "a header breaks too many rules");
    }
}

/// What was reported about the message in progress.
#[derive(Default)]
struct FrameTally {
    /// It is not UTF-8.
    invalid: bool,
    /// It begins with a reserved bit, so its payload is not judged as text.
    unread: bool,
}

impl FrameTally {
    fn goes_on_with(&mut self, assembled: &Assembled) {
        match assembled {
            Assembled::Violation(Violation::InvalidUtf8 { .. }) => {
                assert!(!self.invalid, "a text is reported twice as invalid");
                self.invalid = true;
            }
            Assembled::Violation(Violation::ReservedBits { opcode: Opcode::TEXT, .. }) => self.unread = true,
            // Behind a close frame, nothing further is said of a header.
            Assembled::Violation(Violation::DataAfterClose(opcode)) => {
                self.unread = true;
                self.invalid &= *opcode == Opcode::CONTINUATION;
            }
            // A reserved bit of the frame that interrupts is reported first.
            Assembled::Violation(Violation::InterruptedMessage { .. }) => self.invalid = false,
            Assembled::Message { kind, payload, frames, .. } => {
                assert!(payload.len() <= LIMIT, "a message above the limit");
                assert!(*frames > 0, "a message of no frames");
                let is_utf8 = *kind == MessageKind::Binary || std::str::from_utf8(payload).is_ok();
                assert!(self.unread || is_utf8 != self.invalid, "the report on a text is wrong");
                *self = Self::default();
            }
            Assembled::Lost { .. } => *self = Self::default(),
            _ => {}
        }
    }
}
