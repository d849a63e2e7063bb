//! A receiver with no larger window, and no more context, than agreed (RFC 7692, 7.1).
//!
//! A zlib-rs decompressor always keeps 32 KiB, so it would not notice a sender that refers back too far.

use flate2::{Decompress, FlushDecompress};
use wsspec_wire::{DeflateParams, Role};

/// It keeps only as much of earlier messages as the window holds; inside a message it does not check.
pub(crate) struct NarrowReceiver {
    stream: Decompress,
    window: usize,
    before: Vec<u8>,
}

impl NarrowReceiver {
    pub(crate) fn new(sender: Role, params: &DeflateParams) -> Self {
        let window = if params.no_context_takeover(sender) { 0 } else { 1 << params.window_bits(sender) };
        Self { stream: Decompress::new(false), window, before: Vec::new() }
    }

    /// Panics unless `payload` decompresses to `message`.
    pub(crate) fn reads(&mut self, payload: &[u8], message: &[u8]) {
        self.stream.reset(false);
        if !self.before.is_empty() {
            self.stream.set_dictionary(&self.before).expect("a new stream takes a dictionary");
        }
        let whole = [payload, &[0x00, 0x00, 0xFF, 0xFF]].concat();
        let mut out = Vec::with_capacity(message.len() + 64);
        let status = self.stream.decompress_vec(&whole, &mut out, FlushDecompress::Sync);
        assert!(status.is_ok() && out == message, "compressed beyond the agreed window: {status:?}");
        self.before.extend_from_slice(message);
        self.before.drain(..self.before.len().saturating_sub(self.window));
    }
}

#[cfg(test)]
mod tests {
    use wsspec_wire::Deflater;

    use super::*;

    /// Compresses with the largest window and full context takeover, against the agreement.
    fn reads(agreed: &DeflateParams, messages: [&[u8]; 2]) {
        let mut deflater = Deflater::new(Role::Client, &DeflateParams::default());
        let mut narrow = NarrowReceiver::new(Role::Client, agreed);
        for message in messages {
            narrow.reads(&deflater.compress(message), message);
        }
    }

    #[test]
    #[should_panic(expected = "beyond the agreed window")]
    fn a_compressor_that_refers_back_too_far_is_caught() {
        let noise: Vec<u8> = (0..600_u32).map(|at| (at.wrapping_mul(0x9E37_79B1) >> 13) as u8).collect();
        let agreed = DeflateParams { client_max_window_bits: 9, ..DeflateParams::default() };
        reads(&agreed, [&noise, &noise[..40]]);
    }

    #[test]
    #[should_panic(expected = "beyond the agreed window")]
    fn a_compressor_that_keeps_context_although_it_agreed_not_to_is_caught() {
        let agreed = DeflateParams { client_no_context_takeover: true, ..DeflateParams::default() };
        reads(&agreed, [b"again and again"; 2]);
    }
}
