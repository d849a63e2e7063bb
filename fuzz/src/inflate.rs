//! Any bytes decompress to the same data however they are split, within the limit, and as with zlib; in frames, too.

use std::iter;

use arbitrary::{Arbitrary, Unstructured};
use flate2::{Decompress, FlushDecompress, Status};
use wsspec_decoder::Cuts;
use wsspec_wire::{
    Assembled, Assembler, DeflateParams, Deflater, Frame, InflateError, Inflater, Opcode, Role, Rsv,
    Violation,
};

use crate::{
    generate::{AnyDeflate, AnyPayload, few, role},
    same,
};

/// A decompressor; [`Inflater`] is the correct one.
pub trait Inflate {
    /// See [`Inflater::decompress`].
    ///
    /// # Errors
    ///
    /// As there.
    fn decompress(&mut self, payload: &[u8], limit: usize) -> Result<Vec<u8>, InflateError>;
    /// See [`Inflater::push`].
    ///
    /// # Errors
    ///
    /// As there.
    fn push(&mut self, payload: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), InflateError>;
    /// See [`Inflater::finish`].
    ///
    /// # Errors
    ///
    /// As there.
    fn finish(&mut self, out: &mut Vec<u8>, limit: usize) -> Result<(), InflateError>;
    /// See [`Inflater::judge`].
    fn judge(&self, payload: &[u8]) -> Option<Violation>;
}

impl Inflate for Inflater {
    fn decompress(&mut self, payload: &[u8], limit: usize) -> Result<Vec<u8>, InflateError> {
        self.decompress(payload, limit)
    }

    fn push(&mut self, payload: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), InflateError> {
        self.push(payload, out, limit)
    }

    fn finish(&mut self, out: &mut Vec<u8>, limit: usize) -> Result<(), InflateError> {
        self.finish(out, limit)
    }

    fn judge(&self, payload: &[u8]) -> Option<Violation> {
        self.judge(payload)
    }
}

/// The messages of one side of a connection.
#[derive(Clone, Debug, Arbitrary)]
pub(crate) struct SentMessages {
    pub(crate) deflate: AnyDeflate,
    pub(crate) client: bool,
    cuts: Cuts,
    pub(crate) limit: u16,
    #[arbitrary(with = few)]
    pub(crate) messages: Vec<AnyMessage>,
}

/// Noise, or compressed data that may be damaged.
#[derive(Clone, Debug, Arbitrary)]
pub(crate) struct AnyMessage {
    compressed: bool,
    pub(crate) payload: AnyPayload,
    damage: Option<(u16, u8)>,
}

/// Judges the real decompressor with a generated input.
///
/// # Panics
///
/// If a property does not hold.
pub fn run(input: &[u8]) {
    run_with(Inflater::new, input);
}

/// Judges decompressors that `new` creates.
///
/// # Panics
///
/// If a property does not hold.
pub fn run_with<I: Inflate>(new: impl Fn(Role, &DeflateParams) -> I, input: &[u8]) {
    let Ok(sent) = SentMessages::arbitrary(&mut Unstructured::new(input)) else { return };
    let (sender, params, limit) = (role(sent.client), sent.deflate.params(), usize::from(sent.limit));
    let mut deflater = Deflater::new(sender, &params);
    let (mut whole, mut cut) = (new(sender, &params), new(sender, &params));
    let mut reference = Reference::new(params.no_context_takeover(sender));
    let mut framed = Framed::new(sender, &params, limit);
    for message in &sent.messages {
        let payload = message.payload(&mut deflater);
        is_in_proportion(whole.judge(&payload));
        let found = whole.decompress(&payload, limit);
        same(
            &in_segments(&mut cut, &sent.cuts, &payload, limit),
            &found,
            "in segments, it decompresses differently",
        );
        assert!(found.iter().all(|text| text.len() <= limit), "a message above the limit");
        reference.agrees(&payload, &found, limit);
        framed.agrees(&payload, &sent.cuts, &found);
    }
}

impl AnyMessage {
    /// What is sent as its payload.
    pub(crate) fn payload(&self, deflater: &mut Deflater) -> Vec<u8> {
        let mut payload =
            if self.compressed { deflater.compress(&self.payload.0) } else { self.payload.0.clone() };
        if let (Some((at, flipped)), false) = (self.damage, payload.is_empty()) {
            let at = usize::from(at) % payload.len();
            payload[at] ^= flipped;
        }
        payload
    }
}

fn in_segments<I: Inflate>(
    inflater: &mut I,
    cuts: &Cuts,
    payload: &[u8],
    limit: usize,
) -> Result<Vec<u8>, InflateError> {
    let mut out = Vec::new();
    for segment in cuts.cut(payload) {
        inflater.push(segment, &mut out, limit)?;
    }
    inflater.finish(&mut out, limit)?;
    Ok(out)
}

fn is_in_proportion(found: Option<Violation>) {
    match found {
        Some(Violation::DeflateWindow { distance, bits, .. }) => {
            assert!(distance > 1 << bits && distance <= 1 << 15, "a distance of {distance} in {bits} bits");
        }
        Some(Violation::DeflateContext { bytes, .. }) => {
            assert!(bytes > 0 && bytes <= 1 << 15, "{bytes} bytes")
        }
        Some(other) => panic!("{other:?} is not for a decompressor to find"),
        None => {}
    }
}

/// zlib, given only the bytes sent. It does not know the end of a stream, nor the data after it.
struct Reference {
    stream: Decompress,
    afresh: bool,
    /// It can no longer say anything.
    lost: bool,
}

impl Reference {
    fn new(afresh: bool) -> Self {
        Self { stream: Decompress::new(false), afresh, lost: false }
    }

    /// Panics if a message decompresses differently with zlib.
    fn agrees(&mut self, payload: &[u8], found: &Result<Vec<u8>, InflateError>, limit: usize) {
        if self.afresh || found.is_err() {
            // After an error, the next message begins with an empty window.
            self.stream.reset(false);
            self.lost = false;
        }
        let Ok(found) = found else { return };
        if self.lost {
            return;
        }
        let whole = [payload, &[0x00, 0x00, 0xFF, 0xFF]].concat();
        let mut out = Vec::with_capacity(limit + 64);
        match self.stream.decompress_vec(&whole, &mut out, FlushDecompress::Sync) {
            Ok(Status::StreamEnd) => self.lost = true,
            Ok(_) => same(found, &out, "zlib decompresses it differently"),
            Err(error) => panic!("zlib does not decompress it: {error}"),
        }
    }
}

/// An assembler for the frames of messages.
struct Framed {
    assembler: Assembler,
    keeps_context: bool,
    /// A message was lost that later ones may refer back to.
    lost: bool,
}

impl Framed {
    fn new(sender: Role, params: &DeflateParams, limit: usize) -> Self {
        let assembler = Assembler::new(sender).with_limit(limit).with_deflate(*params);
        Self { assembler, keeps_context: !params.no_context_takeover(sender), lost: false }
    }

    /// Panics unless the frames of a message yield its decompressed data, or nothing if it does not decompress.
    fn agrees(&mut self, payload: &[u8], cuts: &Cuts, found: &Result<Vec<u8>, InflateError>) {
        let mut out = Vec::new();
        for frame in fragments(payload, cuts) {
            self.assembler.push(&frame, &mut out);
        }
        self.lost |= self.keeps_context && found.is_err();
        let expected = found.as_deref().ok().filter(|_| !self.lost);
        let messages = out.iter().filter_map(|assembled| match assembled {
            Assembled::Message { payload, compressed: true, .. } => Some(Some(&payload[..])),
            Assembled::Message { .. } | Assembled::Lost { .. } => Some(None),
            _ => None,
        });
        same(&messages.collect(), &vec![expected], "in frames, it yields something else");
    }
}

/// A compressed message in as many frames as there are segments (RFC 7692, 6.1).
fn fragments(payload: &[u8], cuts: &Cuts) -> Vec<Frame> {
    let opcodes = iter::once(Opcode::BINARY).chain(iter::repeat(Opcode::CONTINUATION));
    let frame = |(opcode, segment): (Opcode, &[u8])| Frame::new(opcode, segment.to_vec()).with_fin(false);
    let mut frames: Vec<Frame> = opcodes.zip(cuts.cut(payload)).map(frame).collect();
    if frames.is_empty() {
        frames.push(Frame::new(Opcode::BINARY, ""));
    }
    if let [first, ..] = &mut frames[..] {
        first.header.rsv = Rsv::RSV1;
    }
    if let [.., last] = &mut frames[..] {
        last.header.fin = true;
    }
    frames
}
