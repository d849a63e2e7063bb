//! Any bytes decode, the same however they are cut, to what encodes back to them, in memory that they bound.

use arbitrary::{Arbitrary, Unstructured};
use wsspec_wire::{Assembled, Assembler, Decoded, Decoder, Partial, Role};

use crate::{
    generate::{AnyDeflate, Cuts, role},
    same,
};

/// What a decoder of frames does; [`Decoder`] does it right.
pub trait Decode {
    /// See [`Decoder::push`].
    fn push(&mut self, bytes: &[u8]);
    /// See [`Decoder::next_frame`].
    fn next_frame(&mut self) -> Option<Decoded>;
    /// See [`Decoder::decode`].
    fn decode(&mut self, input: &mut &[u8]) -> Option<Decoded>;
    /// See [`Decoder::partial`].
    fn partial(&self) -> Option<Partial<'_>>;
    /// See [`Decoder::pending_bytes`].
    fn pending_bytes(&self) -> Vec<u8>;
}

impl Decode for Decoder {
    fn push(&mut self, bytes: &[u8]) {
        self.push(bytes);
    }

    fn next_frame(&mut self) -> Option<Decoded> {
        self.next_frame()
    }

    fn decode(&mut self, input: &mut &[u8]) -> Option<Decoded> {
        self.decode(input)
    }

    fn partial(&self) -> Option<Partial<'_>> {
        self.partial()
    }

    fn pending_bytes(&self) -> Vec<u8> {
        self.pending_bytes()
    }
}

/// What an input begins with, in [`LEN`](Setup::LEN) bytes.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub struct Setup {
    cuts: Cuts,
    limit: u16,
    client: bool,
    deflated: bool,
    deflate: AnyDeflate,
}

impl Setup {
    /// How many bytes of an input it takes.
    pub const LEN: usize = 12;

    /// The most bytes of an assembled message.
    const MESSAGE: usize = 4096;

    /// Whose bytes follow.
    pub(crate) const fn sender(&self) -> Role {
        role(self.client)
    }

    /// How they are cut.
    pub(crate) const fn cuts(&self) -> Cuts {
        self.cuts
    }

    fn assembler(&self) -> Assembler {
        let assembler = Assembler::new(role(self.client)).with_limit(Self::MESSAGE);
        if self.deflated { assembler.with_deflate(self.deflate.params()) } else { assembler }
    }
}

/// Judges the real decoder by an input: a [`Setup`], then what a peer sends.
///
/// # Panics
///
/// When something does not hold.
pub fn run(input: &[u8]) {
    run_with(Decoder::new, input);
}

/// Judges decoders that `new` makes, each with a limit of payload bytes.
///
/// # Panics
///
/// When something does not hold.
pub fn run_with<D: Decode>(new: impl Fn(u64) -> D, input: &[u8]) {
    let mut unstructured = Unstructured::new(input);
    let Ok(setup) = Setup::arbitrary(&mut unstructured) else { return };
    let bytes = unstructured.take_rest();
    let decoder = || new(setup.limit.into());

    let whole = Outcome::of(decoder(), &setup, bytes);
    whole.comes_of(
        decoder(),
        setup.cuts.cut(bytes),
        push,
        "pushed in segments, the bytes amount to something else",
    );
    whole.comes_of(
        decoder(),
        setup.cuts.cut(bytes),
        pull,
        "taken by `decode`, the bytes amount to something else",
    );

    whole.encodes_back_to(bytes);
    whole.stays_bounded_by(bytes.len());
}

/// All that came of some bytes, and the decoder that took them in.
struct Outcome<D> {
    decoder: D,
    decoded: Vec<Decoded>,
    assembled: Vec<Assembled>,
}

fn push<D: Decode>(decoder: &mut D, segment: &[u8], take: &mut dyn FnMut(Decoded)) {
    decoder.push(segment);
    while let Some(decoded) = decoder.next_frame() {
        take(decoded);
    }
}

fn pull<D: Decode>(decoder: &mut D, mut segment: &[u8], take: &mut dyn FnMut(Decoded)) {
    while let Some(decoded) = decoder.decode(&mut segment) {
        take(decoded);
    }
    assert!(segment.is_empty(), "`decode` stopped before the end of a segment");
}

impl<D: Decode> Outcome<D> {
    /// What comes of bytes in one segment.
    fn of(mut decoder: D, setup: &Setup, bytes: &[u8]) -> Self {
        let mut decoded = Vec::new();
        push(&mut decoder, bytes, &mut |frame| decoded.push(frame));
        let mut assembled = Vec::with_capacity(decoded.len());
        let mut assembler = setup.assembler();
        for decoded in &decoded {
            match decoded {
                Decoded::Frame(frame) => assembler.push(frame, &mut assembled),
                Decoded::Oversize(header) => assembler.oversize(header, &mut assembled),
            }
        }
        if let Some(Partial::Payload { header, .. }) = decoder.partial() {
            assembled.extend(assembler.header(&header).into_iter().map(Assembled::Violation));
        }
        Self { decoder, decoded, assembled }
    }

    /// The same comes of segments. An assembler sees frames, and nothing of the segments they came in: the same frames
    /// in the same order are the same messages, so that these are not assembled again.
    fn comes_of<'a>(
        &self,
        mut decoder: D,
        segments: impl Iterator<Item = &'a [u8]>,
        feed: fn(&mut D, &[u8], &mut dyn FnMut(Decoded)),
        otherwise: &str,
    ) {
        let mut expected = self.decoded.iter();
        let mut take = |decoded: Decoded| same(&Some(&decoded), &expected.next(), otherwise);
        segments.for_each(|segment| feed(&mut decoder, segment, &mut take));
        same(&None, &expected.next(), otherwise);
        same(&decoder.partial(), &self.decoder.partial(), otherwise);
        same(&decoder.pending_bytes(), &self.decoder.pending_bytes(), otherwise);
    }

    /// What was decoded, and what is pending, encodes to the bytes it came from; of oversize payloads, as many.
    fn encodes_back_to(&self, bytes: &[u8]) {
        let (mut rest, mut encoded) = (bytes, Vec::new());
        let mut cut_short = None;
        for decoded in &self.decoded {
            assert_eq!(cut_short, None, "a frame begins where another has not ended");
            encoded.clear();
            match decoded {
                Decoded::Frame(frame) => frame.encode(&mut encoded),
                Decoded::Oversize(header) => header.encode(&mut encoded),
            }
            rest = rest.strip_prefix(&encoded[..]).expect("a frame encodes back to its bytes");
            if let Decoded::Oversize(header) = *decoded {
                let skipped = usize::try_from(header.length.value).unwrap_or(usize::MAX);
                let received = rest.len() as u64;
                cut_short =
                    (skipped > rest.len()).then_some(Partial::Payload { header, payload: &[], received });
                rest = &rest[skipped.min(rest.len())..];
            }
        }
        if cut_short.is_some() {
            assert_eq!(self.decoder.partial(), cut_short, "an oversize frame goes on, and is not said to");
        } else {
            let shown = rest.len().min(Decoder::PENDING_MAX);
            let pending = self.decoder.pending_bytes();
            assert_eq!(pending, rest[..shown], "the pending bytes are not those after the last frame");
        }
    }

    /// Memory kept is in proportion to the bytes taken in, whatever they announce.
    fn stays_bounded_by(self, len: usize) {
        assert!(self.decoded.len() <= len / 2, "more frames than the bytes can hold");
        assert!(self.assembled.len() <= 16 * (self.decoded.len() + 1), "a frame amounts to too much");
        for assembled in &self.assembled {
            if let Assembled::Message { payload, .. } = assembled {
                assert!(payload.len() <= Setup::MESSAGE, "a message above the limit");
            }
        }
        if let Some(Partial::Payload { payload, .. }) = self.decoder.partial() {
            assert!(payload.len() <= len, "a payload longer than the bytes");
        }
        // An assembled message may share its payload with the frame: then the frame's could not be looked into.
        drop(self.assembled);
        for decoded in self.decoded {
            let Decoded::Frame(frame) = decoded else { continue };
            let len = frame.payload.len();
            let kept = frame.payload.try_into_mut().map_or(len, |payload| payload.capacity());
            assert!(kept <= 2 * len + 64, "{kept} bytes kept for a payload of {len}");
        }
    }
}
