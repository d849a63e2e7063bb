//! Any frames amount to messages: few things a frame, within the limit, text that is UTF-8 unless it is said not to be.

use wsspec_decoder::InputPrefix;
use wsspec_wire::{Assembled, Assembler, Decoded, Decoder, Header, MessageKind, Partial, Violation};

use crate::{
    decode::first_frames,
    generate::{AnyDeflate, role},
};

/// What an assembler of messages does; [`Assembler`] does it right.
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

/// The most bytes of a message.
const LIMIT: usize = 4096;

/// The most that a frame amounts to.
const MOST: usize = 16;

/// Judges the real assembler by an input: as many bytes as a [`InputPrefix`] takes, so that each target can begin with what
/// the other has found, then what a peer sends. The first four are parameters of permessage-deflate, the next two the longest
/// payload in little endian; of the last, bit 0 is set for a client, and bit 2 where messages may be compressed.
///
/// # Panics
///
/// When something does not hold.
pub fn run(input: &[u8]) {
    run_with(|assembler| assembler, input);
}

/// Judges assemblers that `new` makes of the real one.
///
/// # Panics
///
/// When something does not hold.
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
    let (mut told, mut out) = (FrameTally::default(), Vec::new());
    while let Some(decoded) = decoder.decode(&mut rest) {
        assembler.take(&decoded, &mut out);
        assert!(out.len() <= MOST, "a frame amounts to too much");
        out.drain(..).for_each(|assembled| told.goes_on_with(&assembled));
    }
    if let Some(Partial::Payload { header, .. }) = decoder.partial() {
        assert!(assembler.header(&header).len() <= MOST, "a header breaks too many rules");
    }
}

/// What was told of the message under way.
#[derive(Default)]
struct FrameTally {
    /// It is no UTF-8.
    invalid: bool,
}

impl FrameTally {
    fn goes_on_with(&mut self, assembled: &Assembled) {
        match assembled {
            Assembled::Violation(Violation::InvalidUtf8 { .. }) => {
                assert!(!self.invalid, "a text is said twice not to be UTF-8");
                self.invalid = true;
            }
            Assembled::Violation(Violation::InterruptedMessage { .. }) => self.invalid = false,
            Assembled::Message { kind, payload, frames, .. } => {
                assert!(payload.len() <= LIMIT, "a message above the limit");
                assert!(*frames > 0, "a message of no frames");
                let is_utf8 = *kind == MessageKind::Binary || std::str::from_utf8(payload).is_ok();
                assert!(is_utf8 != self.invalid, "what is said of a text is not so");
                self.invalid = false;
            }
            Assembled::Lost { .. } => self.invalid = false,
            _ => {}
        }
    }
}
