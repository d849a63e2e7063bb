//! Any bytes decode, the same however they are cut, to what encodes back to them, in memory that they bound.

use arbitrary::{Arbitrary, Unstructured};
use wsspec_wire::{Assembled, Assembler, Decoded, Decoder, Header, Partial, Role};

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

    let whole = Outcome::of(decoder(), &setup, [bytes].into_iter(), push);
    let pushed = Outcome::of(decoder(), &setup, setup.cuts.cut(bytes), push);
    same(&pushed, &whole, "pushed in segments, the bytes amount to something else");
    let pulled = Outcome::of(decoder(), &setup, setup.cuts.cut(bytes), pull);
    same(&pulled, &whole, "taken by `decode`, the bytes amount to something else");

    whole.encodes_back_to(bytes);
    whole.stays_bounded_by(bytes.len());
}

/// All that came of some bytes.
#[derive(PartialEq, Eq, Debug)]
struct Outcome {
    decoded: Vec<Decoded>,
    assembled: Vec<Assembled>,
    pending: Vec<u8>,
    /// The unfinished frame's header, kept payload and count of bytes.
    partial: Option<(Header, Vec<u8>, u64)>,
}

fn push<D: Decode>(decoder: &mut D, segment: &[u8], out: &mut Vec<Decoded>) {
    decoder.push(segment);
    out.extend(std::iter::from_fn(|| decoder.next_frame()));
}

fn pull<D: Decode>(decoder: &mut D, mut segment: &[u8], out: &mut Vec<Decoded>) {
    out.extend(std::iter::from_fn(|| decoder.decode(&mut segment)));
    assert!(segment.is_empty(), "`decode` stopped before the end of a segment");
}

impl Outcome {
    fn of<'a, D: Decode>(
        mut decoder: D,
        setup: &Setup,
        segments: impl Iterator<Item = &'a [u8]>,
        feed: impl Fn(&mut D, &[u8], &mut Vec<Decoded>),
    ) -> Self {
        let (mut decoded, mut assembled) = (Vec::new(), Vec::new());
        let mut assembler = setup.assembler();
        for segment in segments {
            let seen = decoded.len();
            feed(&mut decoder, segment, &mut decoded);
            for decoded in &decoded[seen..] {
                match decoded {
                    Decoded::Frame(frame) => assembler.push(frame, &mut assembled),
                    Decoded::Oversize(header) => assembler.oversize(header, &mut assembled),
                }
            }
        }
        let partial = match decoder.partial() {
            Some(Partial::Payload { header, payload, received }) => {
                assembled.extend(assembler.header(&header).into_iter().map(Assembled::Violation));
                Some((header, payload.to_vec(), received))
            }
            Some(Partial::Header(_)) | None => None,
        };
        Self { decoded, assembled, pending: decoder.pending_bytes(), partial }
    }

    /// What was decoded, and what is pending, encodes to the bytes it came from; of oversize payloads, as many.
    fn encodes_back_to(&self, bytes: &[u8]) {
        let mut rest = bytes;
        let mut cut_short = None;
        for decoded in &self.decoded {
            assert_eq!(cut_short, None, "a frame begins where another has not ended");
            let mut encoded = Vec::new();
            match decoded {
                Decoded::Frame(frame) => frame.encode(&mut encoded),
                Decoded::Oversize(header) => header.encode(&mut encoded),
            }
            rest = rest.strip_prefix(&encoded[..]).expect("a frame encodes back to its bytes");
            if let Decoded::Oversize(header) = decoded {
                let skipped = usize::try_from(header.length.value).unwrap_or(usize::MAX);
                cut_short = (skipped > rest.len()).then_some((*header, Vec::new(), rest.len() as u64));
                rest = &rest[skipped.min(rest.len())..];
            }
        }
        if cut_short.is_some() {
            assert_eq!(self.partial, cut_short, "an oversize frame goes on, and is not said to");
        } else {
            let shown = rest.len().min(Decoder::PENDING_MAX);
            assert_eq!(self.pending, rest[..shown], "the pending bytes are not those after the last frame");
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
        let received = self.partial.iter().map(|(_, payload, _)| payload.len()).sum::<usize>();
        assert!(received <= len, "a payload longer than the bytes");
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
