//! Another implementation of DEFLATE, compared with ours: what either compresses, the other decompresses to the same data,
//! and so do both with whatever else ours accepts. Ours is built on zlib-rs, a port of zlib; miniz_oxide has other
//! roots.

use arbitrary::{Arbitrary, Unstructured};
use miniz_oxide::{
    DataFormat, MZFlush, MZStatus,
    deflate::{
        core::{CompressionStrategy, CompressorOxide},
        stream::deflate,
    },
    inflate::stream::{InflateState, inflate},
};
use wsspec_wire::{DeflateParams, Deflater, Inflater, Role};

use crate::{
    generate::role,
    inflate::{Inflate, SentMessages},
    same,
};

/// Ends a message that was flushed, and is not sent (RFC 7692, 7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];
/// How much is compressed or decompressed at a time, in bytes.
const ROOM: usize = 4096;
/// Above every generated message.
const LIMIT: usize = 1 << 24;

/// A compressor; [`Deflater`] is the correct one.
pub trait MessageCompressor {
    /// See [`Deflater::compress`].
    fn compress(&mut self, payload: &[u8]) -> Vec<u8>;
}

impl MessageCompressor for Deflater {
    fn compress(&mut self, payload: &[u8]) -> Vec<u8> {
        self.compress(payload)
    }
}

/// Compares the real compressor and decompressor, given a generated input, with the other implementation.
///
/// # Panics
///
/// If they differ.
pub fn run(input: &[u8]) {
    run_with(Deflater::new, Inflater::new, input);
}

/// Compares the compressors and decompressors that these create.
///
/// # Panics
///
/// If they differ from the other implementation.
pub fn run_with<D: MessageCompressor, I: Inflate>(
    deflater: impl Fn(Role, &DeflateParams) -> D,
    inflater: impl Fn(Role, &DeflateParams) -> I,
    input: &[u8],
) {
    let Ok(sent) = SentMessages::arbitrary(&mut Unstructured::new(input)) else { return };
    let (sender, params) = (role(sent.client), sent.deflate.params());
    let afresh = params.no_context_takeover(sender);
    let (mut ours, mut theirs) = (deflater(sender, &params), OtherInflater::new(afresh));
    let mut other = OtherDeflater::new(&sent, &params, sender);
    let mut back = inflater(sender, &params);
    for message in &sent.messages {
        let payload = &message.payload.0;
        let read = theirs.decompress(&ours.compress(payload));
        same(&read, &Some(payload.clone()), "what we compress, the other implementation reads differently");
        let compressed = other.compress(payload);
        let read = back.decompress(&compressed, LIMIT).ok();
        same(&read, &Some(payload.clone()), "what the other implementation compresses, we read differently");
    }
    agree_on_noise(&sent, OtherInflater::new(afresh), inflater(sender, &params));
}

/// Bytes that are compressed data by chance, or were.
fn agree_on_noise(sent: &SentMessages, mut theirs: OtherInflater, mut ours: impl Inflate) {
    let mut deflater = Deflater::new(role(sent.client), &sent.deflate.params());
    for message in &sent.messages {
        let payload = message.payload(&mut deflater);
        let other = theirs.decompress(&payload);
        // The other does not say that data is incomplete, or refers to what was never sent; and what comes after an error
        // may be anything.
        let Ok(found) = ours.decompress(&payload, LIMIT) else { return };
        if theirs.is_lost {
            return;
        }
        same(&other, &Some(found), "the other implementation decompresses it differently");
    }
}

/// The other compressor.
struct OtherDeflater {
    compressor: CompressorOxide,
    afresh: bool,
}

impl OtherDeflater {
    fn new(sent: &SentMessages, params: &DeflateParams, sender: Role) -> Self {
        // Nothing else in these inputs says it.
        let (level, strategy) = ((sent.limit % 11) as u8, sent.limit / 11 % 5);
        let strategy = match strategy {
            0 => CompressionStrategy::Default,
            1 => CompressionStrategy::Filtered,
            2 => CompressionStrategy::HuffmanOnly,
            3 => CompressionStrategy::RLE,
            _ => CompressionStrategy::Fixed,
        };
        let bits = params.window_bits(sender);
        let compressor = CompressorOxide::with_params(DataFormat::Raw, level, strategy, bits);
        Self { compressor, afresh: params.no_context_takeover(sender) }
    }

    fn compress(&mut self, payload: &[u8]) -> Vec<u8> {
        if self.afresh {
            self.compressor.reset();
        }
        // All at once: with little room, it may return before everything is flushed, unlike zlib.
        let mut out = vec![0; 2 * payload.len() + ROOM];
        let written = deflate(&mut self.compressor, payload, &mut out, MZFlush::Sync).bytes_written;
        out.truncate(written);
        match out.strip_suffix(&TAIL) {
            Some(start) => start.to_vec(),
            // Nothing to flush: an empty block (RFC 7692, 7.2.3.6).
            None => vec![0x00],
        }
    }
}

/// The other decompressor.
struct OtherInflater {
    state: Box<InflateState>,
    afresh: bool,
    /// It can no longer say anything: it does not read on after a final block, as zlib does not.
    is_lost: bool,
}

impl OtherInflater {
    fn new(afresh: bool) -> Self {
        Self { state: InflateState::new_boxed(DataFormat::Raw), afresh, is_lost: false }
    }

    fn decompress(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        if self.afresh {
            self.state.reset(DataFormat::Raw);
        }
        let whole = [payload, &TAIL].concat();
        let (mut rest, mut out, mut room) = (&whole[..], Vec::new(), [0; ROOM]);
        loop {
            let step = inflate(&mut self.state, rest, &mut room, MZFlush::None);
            rest = &rest[step.bytes_consumed..];
            out.extend_from_slice(&room[..step.bytes_written]);
            match step.status {
                Ok(MZStatus::StreamEnd) => {
                    self.is_lost = true;
                    return Some(out);
                }
                Ok(_) if rest.is_empty() && step.bytes_written < ROOM => return Some(out),
                Ok(_) => {}
                // It has written all that it can.
                Err(miniz_oxide::MZError::Buf) if rest.is_empty() => return Some(out),
                Err(_) => return None,
            }
        }
    }
}
