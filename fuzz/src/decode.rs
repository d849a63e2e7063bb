//! Any bytes decode, however they are split, to frames that encode back to them, in memory bounded by the input.

use std::{iter, mem};

use wsspec_decoder::{Cuts, InputPrefix};
use wsspec_wire::{Decoded, Decoder, Header, Partial};

/// A decoder of frames; [`Decoder`] is the correct one.
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

/// The most frames of an input, and the most segments before the last one. How a frame is read does not depend on how
/// many came before; without a limit, a fuzzer collects inputs of a thousand empty frames in as many segments, each
/// of which takes as long as a hundred others.
const MOST: usize = 32;

/// The segments of an input, as a decoder gets them.
fn segments<'a>(cuts: Cuts, bytes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let mut left = bytes;
    let mut cut = cuts.cut(bytes).zip(0..);
    iter::from_fn(move || {
        let (segment, count) = cut.next()?;
        if count < MOST {
            left = &left[segment.len()..];
            return Some(segment);
        }
        Some(mem::take(&mut left)).filter(|rest| !rest.is_empty())
    })
}

/// Judges the real decoder with an input: an [`InputPrefix`], then the bytes of a peer.
///
/// # Panics
///
/// If a property does not hold.
pub fn run(input: &[u8]) {
    run_with(Decoder::new, input);
}

/// Judges decoders that `new` creates, each with a payload limit in bytes.
///
/// # Panics
///
/// If a property does not hold.
pub fn run_with<D: Decode>(new: impl Fn(u64) -> D, input: &[u8]) {
    let (prefix, bytes) = InputPrefix::read(input);
    let bytes = first_frames(bytes);
    let mut decoder = new(prefix.limit.into());
    let mut reading = Reading::of(bytes, prefix.limit);
    let mut way = if prefix.pulled { Way::Pull } else { Way::Push };
    for segment in segments(prefix.cuts, bytes) {
        give(&mut decoder, segment, way, |decoded| {
            reading.goes_on_with(&decoded);
            is_in_proportion(decoded);
        });
        way = way.other();
    }
    reading.ends_with(decoder.partial(), &decoder.pending_bytes());
}

/// The bytes up to the end of the frames that are judged.
pub(crate) fn first_frames(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    for _ in 0..MOST {
        let Some((header, len)) = Header::parse(rest) else { return bytes };
        let payload = usize::try_from(header.length.value).unwrap_or(usize::MAX);
        let Some(later) = rest[len..].get(payload..) else { return bytes };
        rest = later;
    }
    &bytes[..bytes.len() - rest.len()]
}

/// How a decoder gets a segment.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// With [`push`](Decode::push); the frames are taken with [`next_frame`](Decode::next_frame).
    Push,
    /// With [`decode`](Decode::decode).
    Pull,
}

impl Way {
    const fn other(self) -> Self {
        match self {
            Self::Push => Self::Pull,
            Self::Pull => Self::Push,
        }
    }
}

/// Gives a decoder a segment, and takes all frames that it completes.
fn give<D: Decode>(decoder: &mut D, mut segment: &[u8], way: Way, mut take: impl FnMut(Decoded)) {
    if way == Way::Push {
        decoder.push(segment);
        segment = &[];
    }
    while let Some(decoded) = match way {
        Way::Push => decoder.next_frame(),
        Way::Pull => decoder.decode(&mut segment),
    } {
        take(decoded);
    }
    assert!(segment.is_empty(), "`decode` stopped before the end of a segment");
}

/// The reading of some bytes: the frames that encode to them, one after the other, and the rest.
///
/// There is only one reading, because a header says where its frame ends. So a decoder that finds it in segments gets
/// the same result as for the whole, however the bytes are split, and no second decoder is needed to check that.
struct Reading<'a> {
    bytes: &'a [u8],
    /// Payloads above this are discarded.
    limit: u64,
    /// How many bytes belong to the frames so far.
    read: usize,
    /// The last frame, if it is oversize and continues after the last byte, and how many bytes of its payload there
    /// are.
    cut_short: Option<(Header, usize)>,
    /// The buffer that frames are encoded into.
    encoded: Vec<u8>,
}

impl<'a> Reading<'a> {
    fn of(bytes: &'a [u8], limit: u16) -> Self {
        let encoded = Vec::with_capacity(bytes.len());
        Self { bytes, limit: limit.into(), read: 0, cut_short: None, encoded }
    }

    /// A frame encodes to the next bytes; after an oversize one, skips as many as it announces.
    fn goes_on_with(&mut self, decoded: &Decoded) {
        assert!(self.cut_short.is_none(), "misread: a frame begins where another has not ended");
        self.encoded.clear();
        let (header, oversize) = match decoded {
            Decoded::Frame(frame) => {
                frame.encode(&mut self.encoded);
                assert!(
                    frame.header.length.value == frame.payload.len() as u64,
                    "misread: the payload ends early or late"
                );
                (&frame.header, false)
            }
            Decoded::Oversize(header) => {
                header.encode(&mut self.encoded);
                (header, true)
            }
        };
        let Header { length, .. } = *header;
        assert!(length == length.fitting(), "misread: a length in a form that can not hold it");
        assert!(
            oversize == (length.value > self.limit),
            "misread: a frame above the limit is kept, or one below is not"
        );
        let rest = self.bytes[self.read..].strip_prefix(&self.encoded[..]);
        let rest = rest.unwrap_or_else(|| panic!("misread: no frame encodes back to the bytes: {decoded:?}"));
        self.read = self.bytes.len() - rest.len();
        if oversize {
            let skipped = usize::try_from(length.value).unwrap_or(usize::MAX).min(rest.len());
            self.read += skipped;
            self.cut_short = (length.value > skipped as u64).then_some((*header, skipped));
        }
    }

    /// An unfinished frame is the rest of the bytes.
    fn ends_with(&mut self, partial: Option<Partial<'_>>, pending: &[u8]) {
        let rest = &self.bytes[self.read..];
        self.encoded.clear();
        match (partial, self.cut_short) {
            (None, None) => {}
            (Some(Partial::Header(bytes)), None) => {
                assert!(Header::parse(rest).is_none(), "misread: a complete header was not parsed");
                self.encoded.extend_from_slice(bytes);
            }
            (Some(Partial::Payload { header, payload, received }), None) => {
                header.encode(&mut self.encoded);
                header.mask.unwrap_or_default().append(&mut self.encoded, payload, 0);
                assert!(
                    received == payload.len() as u64,
                    "misread: a payload is not as long as it is said to be"
                );
                assert!(received < header.length.value, "misread: a frame is complete but was not returned");
            }
            (partial, Some((header, skipped))) => {
                let goes_on = Partial::Payload { header, payload: &[], received: skipped as u64 };
                assert!(partial == Some(goes_on), "misread: an oversize frame continues but is not reported");
                header.encode(&mut self.encoded);
                assert!(pending == self.encoded, "the pending bytes are not the header");
                return;
            }
        }
        assert!(rest == self.encoded, "misread: the unfinished frame is not the rest of the bytes");
        let shown = rest.len().min(Decoder::PENDING_MAX);
        assert!(pending == &rest[..shown], "the pending bytes are not those after the last frame");
    }
}

/// The memory for a payload is proportional to it.
fn is_in_proportion(decoded: Decoded) {
    let Decoded::Frame(frame) = decoded else { return };
    let len = frame.payload.len();
    let kept = frame.payload.try_into_mut().map_or(len, |payload| payload.capacity());
    assert!(kept <= 2 * len + 64, "{kept} bytes kept for a payload of {len}");
}
