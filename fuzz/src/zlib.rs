//! zlib, compared with zlib-rs, its port to Rust and the base of our codec: either decompresses what the other compresses,
//! and any other data to the same bytes, or to an error at the same message.
//!
//! With the feature `zlib`, flate2 is built on zlib itself, for all crates of the build: so it stays off elsewhere.

use arbitrary::{Arbitrary, Unstructured};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use wsspec_wire::Deflater;
use zlib_rs::{Deflate, DeflateFlush, Inflate, InflateFlush};

use crate::{generate::role, inflate::SentMessages, same};

/// Ends a message that was flushed, and is not sent (RFC 7692, 7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];
/// How much is decompressed at a time, in bytes.
const ROOM: usize = 4096;

/// How much was read and written by one step, and whether the data says that it ends there; `None` after an error.
type DeflateStep = Option<(usize, usize, bool)>;

/// A codec of raw DEFLATE.
pub trait RawDeflate {
    /// With a window of so many bits, 9 to 15, and a level of compression, 0 to 9.
    fn new(bits: u8, level: u32) -> Self;
    /// Compresses and flushes as much as there is room for.
    fn compress(&mut self, data: &[u8], out: &mut [u8]) -> DeflateStep;
    /// Decompresses as much as there is room for.
    fn decompress(&mut self, data: &[u8], out: &mut [u8]) -> DeflateStep;
}

/// zlib.
pub struct Zlib(Compress, Decompress);

impl RawDeflate for Zlib {
    fn new(bits: u8, level: u32) -> Self {
        let compress = Compress::new_with_window_bits(Compression::new(level), false, bits);
        Self(compress, Decompress::new_with_window_bits(false, bits))
    }

    fn compress(&mut self, data: &[u8], out: &mut [u8]) -> DeflateStep {
        let before = (self.0.total_in(), self.0.total_out());
        let status = self.0.compress(data, out, FlushCompress::Sync).ok()?;
        let (read, written) = (self.0.total_in() - before.0, self.0.total_out() - before.1);
        Some((length(read), length(written), status == flate2::Status::StreamEnd))
    }

    fn decompress(&mut self, data: &[u8], out: &mut [u8]) -> DeflateStep {
        let before = (self.1.total_in(), self.1.total_out());
        let status = self.1.decompress(data, out, FlushDecompress::Sync).ok()?;
        let (read, written) = (self.1.total_in() - before.0, self.1.total_out() - before.1);
        Some((length(read), length(written), status == flate2::Status::StreamEnd))
    }
}

/// zlib-rs.
pub struct Port(Deflate, Inflate);

impl RawDeflate for Port {
    fn new(bits: u8, level: u32) -> Self {
        Self(Deflate::new(i32::try_from(level).unwrap_or(9), false, bits), Inflate::new(false, bits))
    }

    fn compress(&mut self, data: &[u8], out: &mut [u8]) -> DeflateStep {
        let before = (self.0.total_in(), self.0.total_out());
        let status = self.0.compress(data, out, DeflateFlush::SyncFlush).ok()?;
        let (read, written) = (self.0.total_in() - before.0, self.0.total_out() - before.1);
        Some((length(read), length(written), status == zlib_rs::Status::StreamEnd))
    }

    fn decompress(&mut self, data: &[u8], out: &mut [u8]) -> DeflateStep {
        let before = (self.1.total_in(), self.1.total_out());
        let status = self.1.decompress(data, out, InflateFlush::SyncFlush).ok()?;
        let (read, written) = (self.1.total_in() - before.0, self.1.total_out() - before.1);
        Some((length(read), length(written), status == zlib_rs::Status::StreamEnd))
    }
}

fn length(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// Compares the two, given a generated input.
///
/// # Panics
///
/// If they differ.
pub fn run(input: &[u8]) {
    run_with::<Zlib, Port>(input);
}

/// Compares two codecs.
///
/// # Panics
///
/// If they differ.
pub fn run_with<A: RawDeflate, B: RawDeflate>(input: &[u8]) {
    let Ok(sent) = SentMessages::arbitrary(&mut Unstructured::new(input)) else { return };
    let (sender, params) = (role(sent.client), sent.deflate.params());
    let bits = params.window_bits(sender).clamp(9, 15);
    let level = u32::from(sent.limit % 10);
    let (mut one, mut other) = (A::new(bits, level), B::new(bits, level));
    for message in &sent.messages {
        let payload = &message.payload.0;
        let read = decompressed(&mut other, &compressed(&mut one, payload));
        same(
            &read,
            &Some((payload.clone(), false)),
            "the second reads what the first compresses differently",
        );
        let read = decompressed(&mut one, &compressed(&mut other, payload));
        same(
            &read,
            &Some((payload.clone(), false)),
            "the first reads what the second compresses differently",
        );
    }
    let (mut one, mut other) = (A::new(bits, level), B::new(bits, level));
    let mut deflater = Deflater::new(sender, &params);
    for message in &sent.messages {
        let payload = message.payload(&mut deflater);
        let (first, second) = (decompressed(&mut one, &payload), decompressed(&mut other, &payload));
        same(&first, &second, "both decompress it differently");
        // Nothing follows an error, or the end of the data.
        if first.is_none_or(|(_, ends)| ends) {
            return;
        }
    }
}

fn compressed(codec: &mut impl RawDeflate, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0; 2 * payload.len() + ROOM];
    let (_, written, _) = codec.compress(payload, &mut out).unwrap_or_default();
    out.truncate(written);
    out.strip_suffix(&TAIL).map_or_else(|| vec![0x00], <[u8]>::to_vec)
}

/// What a message decompresses to, and whether its data says that it ends; `None` if it is not DEFLATE.
fn decompressed(codec: &mut impl RawDeflate, payload: &[u8]) -> Option<(Vec<u8>, bool)> {
    let whole = [payload, &TAIL].concat();
    let (mut rest, mut out, mut room) = (&whole[..], Vec::new(), [0; ROOM]);
    loop {
        let (read, written, ends) = codec.decompress(rest, &mut room)?;
        rest = &rest[read..];
        out.extend_from_slice(&room[..written]);
        if ends || rest.is_empty() && written < ROOM || read == 0 && written == 0 {
            return Some((out, ends));
        }
    }
}
