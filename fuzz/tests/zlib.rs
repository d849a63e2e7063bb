//! zlib and its port agree; a codec that differs is caught.

mod common;

use rand::{Rng, SeedableRng, rngs::StdRng};
use wsspec_fuzz::zlib::{Port, RawDeflate, Zlib, run, run_with};

use self::common::{noise, random};

/// It accepts everything, and decompresses what is wrong to nothing.
struct Lenient(Port);

impl RawDeflate for Lenient {
    fn new(bits: u8, level: u32) -> Self {
        Self(Port::new(bits, level))
    }

    fn compress(&mut self, data: &[u8], out: &mut [u8]) -> Option<(usize, usize, bool)> {
        self.0.compress(data, out)
    }

    fn decompress(&mut self, data: &[u8], out: &mut [u8]) -> Option<(usize, usize, bool)> {
        self.0.decompress(data, out).or(Some((data.len(), 0, false)))
    }
}

/// It forgets the last byte.
struct Forgetful(Zlib);

impl RawDeflate for Forgetful {
    fn new(bits: u8, level: u32) -> Self {
        Self(Zlib::new(bits, level))
    }

    fn compress(&mut self, data: &[u8], out: &mut [u8]) -> Option<(usize, usize, bool)> {
        self.0.compress(&data[..data.len().saturating_sub(1)], out)
    }

    fn decompress(&mut self, data: &[u8], out: &mut [u8]) -> Option<(usize, usize, bool)> {
        self.0.decompress(data, out)
    }
}

#[test]
fn zlib_and_its_port_agree() {
    noise().for_each(|input| run(&input));
    for seed in 0..2000 {
        let rng = &mut StdRng::seed_from_u64(seed);
        let size = rng.random_range(0..=1024);
        run(&random(rng, size));
    }
}

#[test]
#[should_panic(expected = "both decompress it differently")]
fn a_decompressor_that_accepts_everything_is_caught() {
    noise().for_each(|input| run_with::<Zlib, Lenient>(&input));
}

#[test]
#[should_panic(expected = "the second reads what the first compresses differently")]
fn a_compressor_that_forgets_a_byte_is_caught() {
    noise().for_each(|input| run_with::<Forgetful, Port>(&input));
}
