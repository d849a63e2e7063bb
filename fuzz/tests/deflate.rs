//! The comparison of compressors: errors of either direction are caught.

mod common;

use wsspec_fuzz::{
    deflate::{MessageCompressor, run_with},
    inflate::Inflate,
};
use wsspec_wire::{Deflater, InflateError, Inflater, Violation};

use self::common::noise;

/// It changes the last byte of what it compresses.
struct Careless(Deflater);

impl MessageCompressor for Careless {
    fn compress(&mut self, payload: &[u8]) -> Vec<u8> {
        let mut payload = payload.to_vec();
        payload.iter_mut().last().into_iter().for_each(|byte| *byte ^= 1);
        self.0.compress(&payload)
    }
}

/// It loses the last byte.
struct Lossy(Inflater);

impl Inflate for Lossy {
    fn decompress(&mut self, payload: &[u8], limit: usize) -> Result<Vec<u8>, InflateError> {
        let mut found = self.0.decompress(payload, limit)?;
        found.pop();
        Ok(found)
    }

    fn push(&mut self, payload: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), InflateError> {
        self.0.push(payload, out, limit)
    }

    fn finish(&mut self, out: &mut Vec<u8>, limit: usize) -> Result<(), InflateError> {
        self.0.finish(out, limit)
    }

    fn judge(&self, payload: &[u8]) -> Option<Violation> {
        self.0.judge(payload)
    }
}

#[test]
#[should_panic(expected = "what we compress, the other implementation reads differently")]
fn a_compressor_that_changes_a_byte_is_caught() {
    noise().for_each(|input| run_with(|end, with| Careless(Deflater::new(end, with)), Inflater::new, &input));
}

#[test]
#[should_panic(expected = "what the other implementation compresses, we read differently")]
fn a_decompressor_that_loses_a_byte_is_caught() {
    noise().for_each(|input| run_with(Deflater::new, |end, with| Lossy(Inflater::new(end, with)), &input));
}
