//! Messages to compressed payloads and back (RFC 7692, 7.2).

use std::borrow::Cow;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use thiserror::Error;

use super::{
    reach::reach,
    repeat::{DeflateDirection, Done, Repeat},
};
use crate::{DeflateParams, Role};

/// The bytes removed from the end of each compressed payload (RFC 7692, 7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];
/// A final block that stores the last [`MARK`] bytes, which data never contains by chance. Where a block may begin,
/// it decompresses to them; in the middle of anything else, such as a header or other data, it does not.
const PROBE: [u8; 13] = [0x01, 0x08, 0x00, 0xF7, 0xFF, 0x9D, 0x41, 0xE7, 0x2C, 0x5A, 0xB3, 0x06, 0xF8];
const MARK: usize = 8;
/// The largest window, in bits and in bytes (RFC 7692, 7.1.2).
const MAX_BITS: u8 = 15;
/// The compression level, 1 to 9.
const LEVEL: u32 = 2;
const WINDOW: usize = 1 << MAX_BITS;
/// The most final blocks in a message. After each, the window is set up again: 32 KiB of work for what may be two
/// bytes. A sender that ends its stream with every message needs one.
const FINAL_BLOCKS: usize = 1024;

/// Compresses the messages of one side of a connection.
#[derive(Debug)]
pub struct Deflater {
    /// A compressor takes a quarter of a megabyte, so a connection that compresses nothing has none.
    stream: Option<Compress>,
    window_bits: u8,
    afresh: bool,
    repeat: Repeat,
}

impl Deflater {
    /// A compressor for `sender`, with its window and its context takeover.
    #[must_use]
    pub fn new(sender: Role, params: &DeflateParams) -> Self {
        // zlib has no raw window of 8 bits; with 9 it refers back 250 bytes at most, which a window of 8 bits holds.
        let window_bits = params.window_bits(sender).clamp(9, 15);
        let afresh = params.no_context_takeover(sender);
        Self { stream: None, window_bits, afresh, repeat: Repeat::default() }
    }

    /// The payload that carries `message`, for one or several frames, RSV1 set on the first (RFC 7692, 7.2.1).
    pub fn compress(&mut self, message: &[u8]) -> Vec<u8> {
        if let Some(known) = self.repeat.again(message) {
            return known.to_vec();
        }
        let out = self.compressed(message);
        let (input, direction) = (message, DeflateDirection::Deflated);
        self.repeat.note(&Done { input, output: &out, direction, afresh: self.afresh, window: WINDOW });
        out
    }

    fn compressed(&mut self, message: &[u8]) -> Vec<u8> {
        // Any level produces valid data; the fast ones leave more time to the peer.
        let level = Compression::new(LEVEL);
        let stream =
            self.stream.get_or_insert_with(|| Compress::new_with_window_bits(level, false, self.window_bits));
        let mut out = Vec::with_capacity(message.len() / 2 + 64);
        let mut rest = message;
        loop {
            let before = stream.total_in();
            // An error would mean a finished stream, and this one never is.
            let _ = stream.compress_vec(rest, &mut out, FlushCompress::Sync);
            rest = &rest[(stream.total_in() - before) as usize..];
            if out.len() < out.capacity() {
                break;
            }
            out.reserve(out.len().max(64));
        }
        if self.afresh {
            stream.reset();
        }
        if out.ends_with(&TAIL) {
            out.truncate(out.len() - TAIL.len());
        }
        if out.is_empty() {
            out.push(0x00);
        }
        out
    }
}

/// Why a compressed message cannot be decompressed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Error)]
pub enum InflateError {
    /// The payload is not DEFLATE data, or does not end at the end of a block.
    #[error("the payload does not decompress")]
    Corrupt,
    /// The message is longer than the limit; with context takeover, later messages cannot be decompressed.
    #[error("the message is longer than {limit} bytes")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The message ends its stream so often that continuing would cost far more than its size justifies.
    #[error("the message has more than {FINAL_BLOCKS} final blocks")]
    TooManyFinalBlocks,
}

/// What a compressed message refers back to, although it must not.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Overreach {
    /// Earlier messages, by this many bytes.
    Context { sender: Role, bytes: usize },
    /// More than a window of this many bits contains.
    Window { sender: Role, bits: u8, distance: usize },
}

/// Decompresses the messages of one side of a connection, in bounded memory.
#[derive(Debug)]
pub struct Inflater {
    /// Created when the first byte arrives: it is large, and many connections compress nothing.
    stream: Option<Decompress>,
    sender: Role,
    /// The agreed window, in bits.
    bits: u8,
    afresh: bool,
    /// The end of the earlier messages, which a new stream may refer back to.
    window: Vec<u8>,
    /// Number of final blocks in this message.
    final_blocks: usize,
    repeat: Repeat,
    /// The last message was a known one.
    repeated: bool,
}

impl Inflater {
    /// A decompressor for `sender`. Its window is always the largest: [`judge`](Self::judge) says whether the sender
    /// exceeded a smaller agreed one.
    #[must_use]
    pub fn new(sender: Role, params: &DeflateParams) -> Self {
        let (bits, afresh) = (params.window_bits(sender), params.no_context_takeover(sender));
        let (stream, window, repeat) = (None, Vec::new(), Repeat::default());
        Self { stream, sender, bits, afresh, window, final_blocks: 0, repeat, repeated: false }
    }

    /// Decompresses a whole message to at most `limit` bytes (RFC 7692, 7.2.2).
    ///
    /// # Errors
    ///
    /// See [`InflateError`]. The next message then begins with an empty window.
    pub fn decompress(&mut self, payload: &[u8], limit: usize) -> Result<Vec<u8>, InflateError> {
        let mut out = Vec::new();
        self.whole(payload, &mut out, limit)?;
        Ok(out)
    }

    /// Decompresses a whole message into `out`, which is empty.
    pub(crate) fn whole(
        &mut self,
        payload: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), InflateError> {
        if let Some(known) = self.repeat.again(payload).filter(|known| known.len() <= limit) {
            out.extend_from_slice(known);
            self.repeated = true;
            return Ok(());
        }
        let mut repeat = std::mem::take(&mut self.repeat);
        self.push(payload, out, limit)?;
        self.finish(out, limit)?;
        let (input, direction) = (payload, DeflateDirection::Inflated);
        repeat.note(&Done { input, output: out, direction, afresh: self.afresh, window: WINDOW });
        self.repeat = repeat;
        Ok(())
    }

    /// Whether the last message equals the one before it, byte for byte, so that its judgement applies again.
    pub(crate) const fn repeated(&self) -> bool {
        self.repeated
    }

    /// Appends to `out` what the next bytes of a message's payload decompress to; `out` contains this message from
    /// its start.
    ///
    /// # Errors
    ///
    /// See [`InflateError`]. `out` then contains the data decompressed so far, at most `limit` bytes; the message has
    /// to be given up, and the next begins with an empty window.
    pub fn push(&mut self, payload: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), InflateError> {
        self.repeat.forget();
        self.repeated = false;
        self.inflate(payload, out, limit).inspect_err(|_| self.reset())
    }

    /// Ends the message, at its last frame.
    ///
    /// # Errors
    ///
    /// As for [`push`](Self::push).
    pub fn finish(&mut self, out: &mut Vec<u8>, limit: usize) -> Result<(), InflateError> {
        self.push(&TAIL, out, limit)?;
        if !self.is_between_blocks() {
            self.reset();
            return Err(InflateError::Corrupt);
        }
        self.final_blocks = 0;
        if self.afresh {
            self.reset();
            return Ok(());
        }
        remember(&mut self.window, out);
        self.begin_stream(&[]).inspect_err(|_| self.reset())
    }

    /// Whether a block may begin at the current position; the stream cannot be used afterwards. If its header
    /// continues, an incomplete block can absorb the end of a message without a sign of it.
    fn is_between_blocks(&mut self) -> bool {
        let Some(stream) = &mut self.stream else { return true };
        let mut mark = Vec::with_capacity(PROBE.len());
        let consumed = stream.total_in();
        let status = stream.decompress_vec(&PROBE, &mut mark, FlushDecompress::Sync);
        let whole = stream.total_in() - consumed == PROBE.len() as u64;
        matches!(status, Ok(Status::StreamEnd)) && whole && mark == PROBE[PROBE.len() - MARK..]
    }

    fn inflate(&mut self, mut rest: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), InflateError> {
        loop {
            let stream = self.stream.get_or_insert_with(|| Decompress::new(false));
            let room = rest.len().saturating_mul(4).clamp(256, 1 << 20);
            out.reserve(room.min((limit - out.len().min(limit)).saturating_add(1)));
            let (consumed, written) = (stream.total_in(), out.len());
            let status = stream.decompress_vec(rest, out, FlushDecompress::Sync);
            rest = &rest[(stream.total_in() - consumed) as usize..];
            let stuck = consumed == stream.total_in() && written == out.len();
            if out.len() > limit {
                out.truncate(limit);
                return Err(InflateError::TooLong { limit });
            }
            match status.map_err(|_| InflateError::Corrupt)? {
                Status::StreamEnd => self.restart(out)?,
                _ if out.len() == out.capacity() => {}
                _ if rest.is_empty() => return Ok(()),
                _ if stuck => return Err(InflateError::Corrupt),
                _ => {}
            }
        }
    }

    /// Begins a new stream after a final block; it may still refer back to earlier data (RFC 7692, 7.2.1).
    fn restart(&mut self, out: &[u8]) -> Result<(), InflateError> {
        self.final_blocks += 1;
        if self.final_blocks > FINAL_BLOCKS {
            return Err(InflateError::TooManyFinalBlocks);
        }
        self.begin_stream(out)
    }

    /// Begins a stream that may refer back to earlier messages and to `out`, the start of this one.
    fn begin_stream(&mut self, out: &[u8]) -> Result<(), InflateError> {
        let mut window = Cow::from(&self.window);
        if !out.is_empty() {
            remember(window.to_mut(), out);
        }
        let stream = self.stream.get_or_insert_with(|| Decompress::new(false));
        stream.reset(false);
        if !window.is_empty() {
            stream.set_dictionary(&window).map_err(|_| InflateError::Corrupt)?;
        }
        Ok(())
    }

    /// Whether less was agreed than the sender could use: a smaller window, or no context takeover.
    #[must_use]
    pub const fn is_narrow(&self) -> bool {
        self.bits < MAX_BITS || self.afresh
    }

    /// Whether a message's payload, or the start of it, refers back further than was agreed (RFC 7692, 7.2.1).
    pub(crate) fn overreach(&self, payload: &[u8]) -> Option<Overreach> {
        let (sender, bits, reach) = (self.sender, self.bits, reach(payload));
        if self.afresh && reach.before_start > 0 {
            return Some(Overreach::Context { sender, bytes: reach.before_start });
        }
        let beyond = reach.distance > 1 << bits;
        beyond.then_some(Overreach::Window { sender, bits, distance: reach.distance })
    }

    /// Whether a message may refer back to earlier ones.
    #[must_use]
    pub const fn keeps_context(&self) -> bool {
        !self.afresh
    }

    /// Starts again with an empty window, whatever came before.
    pub fn reset(&mut self) {
        if let Some(stream) = &mut self.stream {
            stream.reset(false);
        }
        self.window.clear();
        self.final_blocks = 0;
        self.repeat.forget();
    }
}

/// Keeps the last [`WINDOW`] bytes of `window` and `more`.
fn remember(window: &mut Vec<u8>, more: &[u8]) {
    let more = &more[more.len().saturating_sub(WINDOW)..];
    let excess = (window.len() + more.len()).saturating_sub(WINDOW);
    window.drain(..excess);
    window.extend_from_slice(more);
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 1 << 20;

    /// Ends inside the header of a block of dynamic codes.
    const HALF_A_HEADER: &[u8] = b"\xec\xc1\x81\0\0\0\0\xc3\xa0\xf9\x53\x5f\xe1\0\x55\x01\
        \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xc7\0\0\0\0\0\0\0\x8f\x01";

    fn inflater(afresh: bool) -> Inflater {
        let params = DeflateParams { server_no_context_takeover: afresh, ..DeflateParams::default() };
        Inflater::new(Role::Server, &params)
    }

    /// What a payload in two fragments decompresses to; two fragments, so that no remembered result is used.
    fn in_halves(inflater: &mut Inflater, payload: &[u8]) -> Vec<u8> {
        let (mut out, half) = (Vec::new(), payload.len() / 2);
        inflater.push(&payload[..half], &mut out, LIMIT).unwrap();
        inflater.push(&payload[half..], &mut out, LIMIT).unwrap();
        inflater.finish(&mut out, LIMIT).unwrap();
        out
    }

    fn hello(payloads: &[&[u8]]) {
        let mut inflater = inflater(false);
        for payload in payloads {
            assert_eq!(inflater.decompress(payload, LIMIT), Ok(b"Hello".to_vec()), "{payload:x?}");
        }
    }

    #[test]
    fn the_examples_of_rfc_7692_7_2_3_decompress() {
        let one = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
        hello(&[one, b"\xf2\x00\x11\x00\x00"]);
        hello(&[b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"]);
        hello(&[b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00", one]);
        hello(&[b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"]);
        assert_eq!(inflater(false).decompress(b"\x00", LIMIT), Ok(Vec::new()));
    }

    #[test]
    fn a_message_after_a_final_block_reaches_back_over_it() {
        hello(&[b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00", b"\xf2\x00\x11\x00\x00"]);
    }

    #[test]
    fn the_compressor_gives_the_bytes_of_rfc_7692_7_2_3() {
        let mut deflater = Deflater::new(Role::Client, &DeflateParams::default());
        assert_eq!(deflater.compress(b"Hello"), b"\xf2\x48\xcd\xc9\xc9\x07\x00");
        assert_eq!(deflater.compress(b"Hello"), b"\xf2\x00\x11\x00\x00");
        assert_eq!(inflater(false).decompress(&deflater.compress(b""), LIMIT), Ok(Vec::new()));
    }

    #[test]
    fn without_context_takeover_a_message_cannot_refer_back() {
        let mut inflater = inflater(true);
        assert_eq!(inflater.decompress(b"\xf2\x48\xcd\xc9\xc9\x07\x00", LIMIT), Ok(b"Hello".to_vec()));
        assert_eq!(inflater.decompress(b"\xf2\x00\x11\x00\x00", LIMIT), Err(InflateError::Corrupt));
    }

    #[test]
    fn garbage_and_a_truncated_payload_are_corrupt() {
        for payload in [
            &b"\xff\xff\xff"[..],
            b"\xf2\x48\xcd",
            b"",
            b"\x00\x05\x00\xfa\xffHel",
            b"\xf2\x48\x00\x00\x00\xff\xff",
            // A header continues into the bytes added at the end.
            HALF_A_HEADER,
        ] {
            assert_eq!(
                inflater(false).decompress(payload, LIMIT),
                Err(InflateError::Corrupt),
                "{payload:x?}"
            );
        }
    }

    #[test]
    fn a_message_sent_again_and_again_decompresses_with_what_follows_it() {
        let (mut text, mut noise) = (Vec::new(), 1_u32);
        for _ in 0..5000 {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.extend_from_slice(&noise.to_le_bytes());
        }
        for afresh in [false, true] {
            let params = DeflateParams { server_no_context_takeover: afresh, ..DeflateParams::default() };
            let mut deflater = Deflater::new(Role::Server, &params);
            let mut inflater = Inflater::new(Role::Server, &params);
            let mut plain = Inflater::new(Role::Server, &params);
            let last = &text[..9000];
            let messages = [&text[..], &text, &text, &text, &text, last, &text, &text, last, b"", b"", last];
            for message in messages {
                let payload = deflater.compress(message);
                assert_eq!(inflater.decompress(&payload, LIMIT).as_deref(), Ok(message));
                assert_eq!(in_halves(&mut plain, &payload), message);
            }
        }
    }

    #[test]
    fn the_same_bytes_refer_back_to_the_current_window() {
        // Five bytes from seven back: the window rotates, and the message with it.
        let (mut inflater, mut plain) = (inflater(false), inflater(false));
        let first = b"\x00\x07\x00\xf8\xffabcdefg\x00";
        let again = b"\x02\x53\x00\x00";
        let mut seen = Vec::new();
        for payload in [&first[..]].into_iter().chain(std::iter::repeat_n(&again[..], 20_000)) {
            let out = in_halves(&mut plain, payload);
            assert_eq!(inflater.decompress(payload, LIMIT).unwrap(), out);
            seen.push(out);
        }
        assert_ne!(seen[1], seen[2]);
    }

    #[test]
    fn a_bomb_is_bounded() {
        let mut deflater = Deflater::new(Role::Server, &DeflateParams::default());
        let bomb = deflater.compress(&vec![0; 1 << 24]);
        let mut out = Vec::new();
        let error = inflater(false).push(&bomb, &mut out, 1000);
        assert_eq!((error, out.len()), (Err(InflateError::TooLong { limit: 1000 }), 1000));
        assert!(out.capacity() < 1 << 12);
    }

    #[test]
    fn a_message_of_final_blocks_alone_ends_after_a_thousand() {
        let final_blocks = |count: usize| [&b"\x03\x00".repeat(count)[..], b"\x00"].concat();
        for afresh in [false, true] {
            let mut inflater = inflater(afresh);
            assert_eq!(inflater.decompress(&final_blocks(FINAL_BLOCKS), LIMIT), Ok(Vec::new()));
            let error = inflater.decompress(&final_blocks(FINAL_BLOCKS + 1), LIMIT);
            assert_eq!(error, Err(InflateError::TooManyFinalBlocks));
            assert_eq!(inflater.decompress(&final_blocks(1), LIMIT), Ok(Vec::new()));
        }
    }

    #[test]
    fn a_message_of_just_the_limit_is_not_too_long() {
        let payload = Deflater::new(Role::Server, &DeflateParams::default()).compress(&[7; 1000]);
        assert_eq!(inflater(false).decompress(&payload, 1000), Ok(vec![7; 1000]));
        assert_eq!(inflater(false).decompress(&payload, 999), Err(InflateError::TooLong { limit: 999 }));
    }
}
