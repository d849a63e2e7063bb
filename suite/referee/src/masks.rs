//! The masking keys of one connection, as random numbers (RFC 6455, 5.3).
//!
//! Good random numbers are reported here less than once in 10^9 connections.

use std::collections::HashSet;

use wsspec_wire::{Frame, Mask, Opcode, Violation};

use crate::keys::KeyBook;

/// How many masking keys are remembered.
const MOST_MASKS: usize = 1 << 12;

/// Fewer octets than this may be text by chance: random octets are, of this length, once in 3,000.
const ENOUGH_TEXT: usize = 8;

/// How many masking keys are needed to judge all of them.
const ENOUGH_MASKS: usize = 24;

/// How many are needed to see that some of their 32 bits follow from the others. Each of the 2^32 sums of bits is the
/// same in 64 random keys once in 2^63.
const ENOUGH_FOR_SUMS: usize = 64;

/// The masking keys of a connection's frames, in order.
#[derive(Debug, Default)]
pub(crate) struct MaskKeys {
    keys: Vec<u32>,
    /// Another connection began with the same two, or had a key of zero as well.
    known: bool,
}

impl MaskKeys {
    /// Records a frame's key; `book` has those of the other connections.
    pub(crate) fn note(&mut self, mask: Option<Mask>, book: &KeyBook) {
        if let Some(mask) = mask.filter(|_| self.keys.len() < MOST_MASKS) {
            let key = u32::from_be_bytes(mask.0);
            self.keys.push(key);
            if let [first, second] = self.keys[..] {
                self.known |= book.repeats_masks([first, second]);
            }
            self.known |= key == 0 && book.repeats_zero();
        }
    }

    /// What is wrong with them in view of other connections, and what is wrong with all of them together.
    pub(crate) fn violations(&self) -> impl Iterator<Item = Violation> {
        let known = self.known.then_some(Violation::MaskPredictable);
        let together = self.together().filter(|together| known.as_ref() != Some(together));
        known.into_iter().chain(together)
    }

    fn together(&self) -> Option<Violation> {
        let keys = &self.keys;
        if keys.len() < ENOUGH_MASKS {
            return None;
        }
        let distinct: HashSet<_> = keys.iter().collect();
        // Two of a few thousand may be equal by chance, but not twice.
        if distinct.len() + 1 < keys.len() {
            return Some(Violation::MaskRepeated { keys: distinct.len(), frames: keys.len() });
        }
        if self.repeats(u32::wrapping_sub) || self.repeats(|after, before| after ^ before) {
            return Some(Violation::MaskPredictable);
        }
        let (all, any) = keys.iter().fold((u32::MAX, 0), |(all, any), key| (all & key, any | key));
        let mut bits = (all | !any).count_ones();
        if keys.len() >= ENOUGH_FOR_SUMS {
            bits = bits.max(u32::BITS - independent_bits(keys));
        }
        (bits > 1).then_some(Violation::MaskNotRandom { bits })
    }

    /// Whether the same difference occurs three times in a row.
    fn repeats(&self, apart: fn(u32, u32) -> u32) -> bool {
        let differences: Vec<_> = self.keys.windows(2).map(|pair| apart(pair[1], pair[0])).collect();
        differences.windows(3).any(|three| three[0] == three[1] && three[1] == three[2])
    }
}

/// How many bits of the keys do not follow from the others: the rank of the differences from the first, as vectors of
/// bits.
fn independent_bits(keys: &[u32]) -> u32 {
    let first = keys.first().copied().unwrap_or_default();
    let mut basis: Vec<u32> = Vec::new();
    for key in keys {
        let rest = basis.iter().fold(key ^ first, |rest, base| rest.min(rest ^ base));
        if rest != 0 {
            basis.push(rest);
        }
    }
    basis.len().try_into().unwrap_or(u32::BITS)
}

/// Whether the octets of a text frame on the wire are text, and no accident: its sender set a key and did not use it.
///
/// A key often makes text of a few octets that are alike. So each octet of the key has to do so with different ones, and without
/// the key most of them must look like text less.
pub(crate) fn is_as_before_masking(frame: &Frame) -> bool {
    let Some(key) = frame.header.mask.filter(|key| key.0 != [0; 4]) else { return false };
    let payload = &frame.payload;
    if frame.header.opcode != Opcode::TEXT || payload.len() < ENOUGH_TEXT {
        return false;
    }
    let mut wire = payload.to_vec();
    key.apply(&mut wire, 0);
    let is_text = |text: &str| !text.chars().any(|char| char.is_control() && !char.is_whitespace());
    let differ = |start: usize| payload.iter().skip(start).step_by(4).any(|octet| *octet != payload[start]);
    let printable = payload.iter().filter(|octet| matches!(octet, b' '..=b'~')).count();
    printable * 2 <= payload.len() && (0..4).all(differ) && str::from_utf8(&wire).is_ok_and(is_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violation(keys: impl IntoIterator<Item = u32>) -> Option<Violation> {
        MaskKeys { keys: keys.into_iter().collect(), known: false }.violations().next()
    }

    /// Numbers without a pattern.
    fn spread(nth: u32) -> u32 {
        let mixed = u64::from(nth + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ((mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 32) as u32
    }

    #[test]
    fn keys_are_fresh_spread_and_without_a_pattern() {
        assert_eq!(violation((0..40).map(spread)), None);
        let repeated = violation((0..40).map(|nth| spread(nth / 2)));
        assert_eq!(repeated, Some(Violation::MaskRepeated { keys: 20, frames: 40 }));
        assert_eq!(violation((0..40).map(|nth| nth * 7)), Some(Violation::MaskPredictable));
        let biased = violation((0..40).map(|nth| spread(nth) & 0x00FF_FFFF));
        assert_eq!(biased, Some(Violation::MaskNotRandom { bits: 8 }));
        assert_eq!(violation((0..ENOUGH_FOR_SUMS as u32).map(spread)), None);
        let halves = |nth| (spread(nth) >> 16) * 0x1_0001;
        assert_eq!(
            violation((0..ENOUGH_FOR_SUMS as u32).map(halves)),
            Some(Violation::MaskNotRandom { bits: 16 })
        );
    }

    #[test]
    fn repeated_masking_keys_of_another_connection_are_reported() {
        let book = KeyBook::default();
        let found = [0, 0, 1].map(|start| {
            let mut keys = MaskKeys::default();
            (start..start + 2).for_each(|nth| keys.note(Some(Mask(spread(nth).to_be_bytes())), &book));
            keys.violations().next()
        });
        assert_eq!(found, [None, Some(Violation::MaskPredictable), None]);
    }

    #[test]
    fn a_second_key_of_zero_is_reported_and_so_is_what_all_keys_show() {
        let book = KeyBook::default();
        let found = [0, 100].map(|start| {
            let mut keys = MaskKeys::default();
            for key in (start..start + 40).map(|nth| spread(nth) & 0xFFFF).chain([0]) {
                keys.note(Some(Mask(key.to_be_bytes())), &book);
            }
            keys.violations().collect::<Vec<_>>()
        });
        let not_random = Violation::MaskNotRandom { bits: 16 };
        assert_eq!(found, [vec![not_random.clone()], vec![Violation::MaskPredictable, not_random]]);
    }

    #[test]
    fn few_keys_say_nothing() {
        assert_eq!(violation([7; ENOUGH_MASKS - 1]), None);
    }
}
