//! The masking keys of one connection, as random numbers (RFC 6455, 5.3).
//!
//! Good random numbers are reported here less than once in 10^9 connections.

use std::collections::HashSet;

use wsspec_wire::{Mask, Violation};

use crate::keys::KeyBook;

/// How many masking keys are remembered.
const MOST_MASKS: usize = 1 << 12;

/// How many masking keys are needed to judge all of them.
const ENOUGH_MASKS: usize = 24;

/// The masking keys of a connection's frames, in order.
#[derive(Debug, Default)]
pub(crate) struct MaskKeys {
    keys: Vec<u32>,
    /// Another connection began with the same two.
    repeated: bool,
}

impl MaskKeys {
    /// Records a frame's key; `book` has those of the other connections.
    pub(crate) fn note(&mut self, mask: Option<Mask>, book: &KeyBook) {
        if let Some(mask) = mask.filter(|_| self.keys.len() < MOST_MASKS) {
            self.keys.push(u32::from_be_bytes(mask.0));
            if let [first, second] = self.keys[..] {
                self.repeated = book.repeats_masks([first, second]);
            }
        }
    }

    /// What is wrong with all of them together.
    pub(crate) fn violation(&self) -> Option<Violation> {
        if self.repeated {
            return Some(Violation::MaskPredictable);
        }
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
        let bits = (all | !any).count_ones();
        (bits > 1).then_some(Violation::MaskNotRandom { bits })
    }

    /// Whether the same difference occurs three times in a row.
    fn repeats(&self, apart: fn(u32, u32) -> u32) -> bool {
        let differences: Vec<_> = self.keys.windows(2).map(|pair| apart(pair[1], pair[0])).collect();
        differences.windows(3).any(|three| three[0] == three[1] && three[1] == three[2])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violation(keys: impl IntoIterator<Item = u32>) -> Option<Violation> {
        MaskKeys { keys: keys.into_iter().collect(), repeated: false }.violation()
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
    }

    #[test]
    fn repeated_masking_keys_of_another_connection_are_reported() {
        let book = KeyBook::default();
        let found = [0, 0, 1].map(|start| {
            let mut keys = MaskKeys::default();
            (start..start + 2).for_each(|nth| keys.note(Some(Mask(spread(nth).to_be_bytes())), &book));
            keys.violation()
        });
        assert_eq!(found, [None, Some(Violation::MaskPredictable), None]);
    }

    #[test]
    fn few_keys_say_nothing() {
        assert_eq!(violation([7; ENOUGH_MASKS - 1]), None);
    }
}
