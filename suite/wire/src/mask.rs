//! Masking: XOR with a four-byte key (RFC 6455, 5.3).

/// A masking key. The same operation masks and unmasks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Mask(pub [u8; 4]);

/// How many bytes are transformed at a time: the fastest of 64, 128 and 256 in `benches/codec.rs`.
const BLOCK: usize = 128;

impl Mask {
    /// Masks or unmasks `payload` in place. `offset` is the position of its first byte in the frame's whole payload.
    #[inline]
    pub fn apply(self, payload: &mut [u8], offset: usize) {
        let key = self.rotated(offset);
        let (blocks, tail) = payload.as_chunks_mut::<16>();
        for block in blocks {
            *block = (u128::from_ne_bytes(*block) ^ u128::from_ne_bytes(repeat(key))).to_ne_bytes();
        }
        let (eights, tail) = tail.as_chunks_mut::<8>();
        for eight in eights {
            *eight = (u64::from_ne_bytes(*eight) ^ u64::from_ne_bytes(repeat(key))).to_ne_bytes();
        }
        let (fours, tail) = tail.as_chunks_mut::<4>();
        for four in fours {
            *four = (u32::from_ne_bytes(*four) ^ u32::from_ne_bytes(key)).to_ne_bytes();
        }
        for (byte, key) in tail.iter_mut().zip(key) {
            *byte ^= key;
        }
    }

    /// Appends `masked` to `out`, unmasked (or masked) on the way: one pass, no zeroing. `offset` as for
    /// [`apply`](Self::apply).
    #[inline]
    pub fn append(self, out: &mut Vec<u8>, masked: &[u8], offset: usize) {
        let tail = if masked.len() < 4 * BLOCK { masked } else { self.append_blocks(out, masked, offset) };
        let start = out.len();
        out.extend_from_slice(tail);
        self.apply(&mut out[start..], offset);
    }

    /// Appends whole blocks; returns the rest. Not inlined, so that it compiles the same wherever it is called.
    #[inline(never)]
    fn append_blocks<'a>(self, out: &mut Vec<u8>, masked: &'a [u8], offset: usize) -> &'a [u8] {
        out.reserve(masked.len());
        let key: [u8; BLOCK] = repeat(self.rotated(offset));
        let (blocks, tail) = masked.as_chunks::<BLOCK>();
        for block in blocks {
            let unmasked: [u8; BLOCK] = std::array::from_fn(|i| block[i] ^ key[i]);
            out.extend_from_slice(&unmasked);
        }
        tail
    }

    #[inline]
    const fn rotated(self, offset: usize) -> [u8; 4] {
        u32::from_be_bytes(self.0).rotate_left(offset as u32 % 4 * 8).to_be_bytes()
    }
}

/// The key repeated over `N` bytes, a multiple of four.
#[inline]
fn repeat<const N: usize>(key: [u8; 4]) -> [u8; N] {
    std::array::from_fn(|i| key[i % 4])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_6455_5_7_unmasks() {
        let mut payload = *b"\x7f\x9f\x4d\x51\x58";
        Mask([0x37, 0xFA, 0x21, 0x3D]).apply(&mut payload, 0);
        assert_eq!(&payload, b"Hello");
    }

    #[test]
    fn a_payload_unmasks_the_same_from_any_offset() {
        let mask = Mask([1, 2, 3, 4]);
        let mut whole: Vec<u8> = (0..=255).cycle().take(700).collect();
        let original = whole.clone();
        mask.apply(&mut whole, 0);
        for cut in 0..=whole.len() {
            let mut out = Vec::new();
            mask.append(&mut out, &whole[..cut], 0);
            mask.append(&mut out, &whole[cut..], cut);
            assert!(out == original, "cut at {cut}");
        }
    }
}
