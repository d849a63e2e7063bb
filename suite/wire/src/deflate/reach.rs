//! How far compressed data refers back (RFC 1951): a decompressor with a large window would not notice.
//!
//! Reads lengths and distances without producing output, so it needs no memory for output. Each block also costs a
//! few hundred steps: a hostile peer can send nothing but empty blocks.

use std::sync::LazyLock;

/// The furthest back-references of some compressed data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Reach {
    /// The largest distance, in bytes.
    pub distance: usize,
    /// The most by which a distance goes beyond the start of the message, in bytes.
    pub before_start: usize,
}

/// How far a message's payload refers back, as far as it is complete and valid DEFLATE data.
pub(crate) fn reach(payload: &[u8]) -> Reach {
    let mut walk = Walk { bits: BitReader { bytes: payload, at: 0 }, written: 0, reach: Reach::default() };
    while walk.block().is_some() {}
    walk.reach
}

/// The longest code, in bits (RFC 1951, 3.2.7).
const LONGEST: usize = 15;
const END_OF_BLOCK: u16 = 256;
/// The shortest length of each length code from 257 on, and the extra bits that follow it (RFC 1951, 3.2.5).
const LENGTHS: [(u16, u8); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];
/// The order in which the lengths of the code length codes are written (RFC 1951, 3.2.7).
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

struct Walk<'p> {
    bits: BitReader<'p>,
    /// How many bytes the message has decompressed to so far.
    written: usize,
    reach: Reach,
}

impl Walk<'_> {
    /// Walks over one block; `None` at the end, or if there is no valid block.
    fn block(&mut self) -> Option<()> {
        let last = self.bits.take(1)? == 1;
        match self.bits.take(2)? {
            0 => self.stored()?,
            1 => self.compressed(&FIXED.0, &FIXED.1)?,
            2 => {
                let (literals, distances) = self.codes()?;
                self.compressed(&literals, &distances)?;
            }
            _ => return None,
        }
        if last {
            // The data after a final block begins at a byte boundary (RFC 7692, 7.2.3.4).
            self.bits.align();
        }
        Some(())
    }

    fn stored(&mut self) -> Option<()> {
        self.bits.align();
        let (length, complement) = (self.bits.take(16)?, self.bits.take(16)?);
        if length != !complement & 0xFFFF {
            return None;
        }
        self.written += length;
        self.bits.skip_bytes(length)
    }

    fn compressed(&mut self, literals: &Code, distances: &Code) -> Option<()> {
        loop {
            let symbol = literals.read(&mut self.bits)?;
            match symbol.checked_sub(END_OF_BLOCK + 1) {
                None if symbol == END_OF_BLOCK => return Some(()),
                None => self.written += 1,
                Some(code) => {
                    let (base, extra) = *LENGTHS.get(usize::from(code))?;
                    let length = usize::from(base) + self.bits.take(extra)?;
                    let distance = self.distance(distances)?;
                    self.reach.distance = self.reach.distance.max(distance);
                    let before = distance.saturating_sub(self.written);
                    self.reach.before_start = self.reach.before_start.max(before);
                    self.written += length;
                }
            }
        }
    }

    /// A distance (RFC 1951, 3.2.5): from code 4 on, every two codes have one more extra bit.
    fn distance(&mut self, distances: &Code) -> Option<usize> {
        let code = usize::from(distances.read(&mut self.bits)?);
        match code {
            0..=3 => Some(code + 1),
            4..=29 => {
                let extra = (code / 2 - 1) as u8;
                Some(((2 + code % 2) << extra) + self.bits.take(extra)? + 1)
            }
            _ => None,
        }
    }

    /// The two codes of a dynamic block (RFC 1951, 3.2.7).
    fn codes(&mut self) -> Option<(Code, Code)> {
        let (literals, distances) = (self.bits.take(5)? + 257, self.bits.take(5)? + 1);
        let mut of_lengths = [0; 19];
        for &place in &ORDER[..self.bits.take(4)? + 4] {
            of_lengths[place] = self.bits.take(3)? as u8;
        }
        let code = Code::new(&of_lengths);
        let mut lengths = Vec::with_capacity(literals + distances);
        while lengths.len() < literals + distances {
            let (length, count) = match code.read(&mut self.bits)? {
                16 => (*lengths.last()?, 3 + self.bits.take(2)?),
                17 => (0, 3 + self.bits.take(3)?),
                18 => (0, 11 + self.bits.take(7)?),
                length => (length as u8, 1),
            };
            lengths.extend(std::iter::repeat_n(length, count));
        }
        let whole = lengths.len() == literals + distances;
        whole.then(|| (Code::new(&lengths[..literals]), Code::new(&lengths[literals..])))
    }
}

/// The two codes of a fixed block (RFC 1951, 3.2.6).
static FIXED: LazyLock<(Code, Code)> = LazyLock::new(|| (Code::new(&fixed_literals()), Code::new(&[5; 30])));

/// The lengths of the fixed code (RFC 1951, 3.2.6).
fn fixed_literals() -> [u8; 288] {
    let mut lengths = [8; 288];
    lengths[144..256].fill(9);
    lengths[256..280].fill(7);
    lengths
}

/// A Huffman code, given by its lengths (RFC 1951, 3.2.2).
struct Code {
    /// How many codes have each length.
    counts: [u16; LONGEST + 1],
    /// Symbols in the order of their codes.
    symbols: Vec<u16>,
}

impl Code {
    /// The code whose symbols have these lengths in bits, at most [`LONGEST`]; 0: not used.
    fn new(lengths: &[u8]) -> Self {
        let used = || (0..).zip(lengths).filter(|(_, length)| **length > 0);
        let mut counts = [0; LONGEST + 1];
        for (_, &length) in used() {
            counts[usize::from(length)] += 1;
        }
        // Where the symbols of each length begin.
        let mut next = [0; LONGEST + 1];
        for length in 1..LONGEST {
            next[length + 1] = next[length] + usize::from(counts[length]);
        }
        let mut symbols = vec![0; used().count()];
        for (symbol, &length) in used() {
            let place = &mut next[usize::from(length)];
            symbols[*place] = symbol;
            *place += 1;
        }
        Self { counts, symbols }
    }

    /// Reads one symbol; codes are written from their most significant bit on.
    fn read(&self, bits: &mut BitReader<'_>) -> Option<u16> {
        let (mut code, mut first, mut index) = (0, 0, 0);
        for count in self.counts[1..].iter().map(|&count| usize::from(count)) {
            code |= bits.take(1)?;
            if code < first + count {
                return self.symbols.get(index + code - first).copied();
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }
}

/// Bits, starting with the least significant of each byte.
struct BitReader<'p> {
    bytes: &'p [u8],
    /// In bits.
    at: usize,
}

impl BitReader<'_> {
    fn take(&mut self, count: u8) -> Option<usize> {
        let mut value = 0;
        for place in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            value |= usize::from(byte >> (self.at % 8) & 1) << place;
            self.at += 1;
        }
        Some(value)
    }

    fn align(&mut self) {
        self.at = self.at.next_multiple_of(8);
    }

    fn skip_bytes(&mut self, count: usize) -> Option<()> {
        self.at += count * 8;
        (self.at <= self.bytes.len() * 8).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DeflateParams, Deflater, Role};

    /// `n` incompressible bytes, the same for the same seed.
    fn noise(n: usize, seed: u32) -> Vec<u8> {
        let mut state = seed;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 11) as u8
        };
        (0..n).map(|_| next()).collect()
    }

    fn compressed(bits: u8, message: &[u8]) -> Vec<u8> {
        let params = DeflateParams { client_max_window_bits: bits, ..DeflateParams::default() };
        Deflater::new(Role::Client, &params).compress(message)
    }

    #[test]
    fn a_repetition_is_reached_at_its_distance() {
        for distance in [300, 1000, 5000, 20_000, 32_000] {
            let noise = noise(distance, 7);
            let payload = compressed(15, &[&noise[..], &noise[..200]].concat());
            assert_eq!(reach(&payload), Reach { distance, before_start: 0 });
        }
    }

    #[test]
    fn no_window_is_reached_beyond_by_a_compressor_that_keeps_to_it() {
        let text = "the quick brown fox ".repeat(50);
        for bits in 8..=15 {
            for message in [&noise(70_000, 3)[..], text.as_bytes(), &noise(2000, 5).repeat(4)] {
                assert!(reach(&compressed(bits, message)).distance <= 1 << bits, "{bits}");
            }
        }
    }

    #[test]
    fn a_back_reference_before_the_message_is_reported() {
        let mut deflater = Deflater::new(Role::Client, &DeflateParams::default());
        assert_eq!(reach(&deflater.compress(b"Hello")), Reach::default());
        assert_eq!(reach(&deflater.compress(b"Hello")), Reach { distance: 5, before_start: 4 });
    }

    #[test]
    fn data_after_a_final_block_is_walked_too() {
        let payload = b"\xf3\x48\xcd\xc9\xc9\x07\x00\xf2\x00\x11\x00\x00";
        assert_eq!(reach(payload), Reach { distance: 5, before_start: 0 });
    }

    #[test]
    fn the_symbols_of_a_code_stand_in_the_order_of_their_lengths() {
        // RFC 1951, 3.2.2: the lengths of A to H in its example, and one symbol not used.
        let code = Code::new(&[3, 3, 3, 3, 3, 0, 2, 4, 4]);
        assert_eq!(code.symbols, [6, 0, 1, 2, 3, 4, 7, 8]);
        assert_eq!(code.counts[..6], [0, 0, 1, 5, 2, 0]);
        assert!(Code::new(&[0; 30]).symbols.is_empty());
    }

    #[test]
    fn nothing_but_empty_blocks_is_walked_to_the_end() {
        // An empty block with fixed codes is ten bits long, four of them five bytes; then "Hello" twice.
        let empty = [0x02, 0x08, 0x20, 0x80, 0x00].repeat(1 << 18);
        let payload =
            [&empty[..], b"\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff\xf2\x00\x11\x00\x00"].concat();
        assert_eq!(reach(&payload), Reach { distance: 5, before_start: 0 });
    }

    #[test]
    fn garbage_and_truncated_data_end_the_walk() {
        let whole = compressed(15, &noise(3000, 9).repeat(2));
        for end in 0..whole.len() {
            assert!(reach(&whole[..end]).distance <= 3000);
        }
        for seed in 1..200 {
            let _ = reach(&noise(200, seed));
        }
        assert_eq!(reach(b"\x07\xff\xff"), Reach::default());
    }
}
