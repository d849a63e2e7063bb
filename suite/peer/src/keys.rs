//! The random numbers of a client: the same for the same seed, so that a trial can be repeated.

use wsspec_wire::Mask;

use crate::{Flaw, flaw::Conduct};

/// Splitmix64 by Steele, Lea and Flood: a test's numbers must be spread evenly, not secret.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    state: u64,
    /// Number of masking keys so far.
    masked: u32,
    /// The first masking key.
    first: Option<Mask>,
}

/// The first masking key of flaws that generate keys by a rule.
const START: u32 = 0x37FA_213D;

impl Keys {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed, masked: 0, first: None }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.state)
    }

    /// The 16 bytes of a Sec-WebSocket-Key (RFC 6455, 4.1).
    pub(crate) fn nonce(&mut self, fault: Conduct) -> [u8; 16] {
        match fault.flaw {
            Some(Flaw::KeepsKey) => *b"the sample nonce",
            Some(Flaw::SendsKeyOfOneByte) => [self.next() as u8; 16],
            Some(Flaw::SendsKeyOfOneWord) => {
                let word = (self.next() as u32).to_be_bytes();
                [word, word, word, word].concat().try_into().unwrap_or_default()
            }
            Some(Flaw::MakesKeysOfEightBytes) => {
                let [a, b, c, d, e, f, g, h] = self.next().to_be_bytes();
                [a, b, c, d, e, f, g, h, 0, 0, 0, 0, 0, 0, 0, 0]
            }
            Some(Flaw::MakesKeysOfFewValues) => {
                let (high, low) = (self.next(), self.next());
                let few = ((u128::from(high) << 64) | u128::from(low)).to_be_bytes();
                few.map(|byte| byte & 0x3F)
            }
            _ => {
                let (high, low) = (self.next(), self.next());
                ((u128::from(high) << 64) | u128::from(low)).to_be_bytes()
            }
        }
    }

    /// The key of the next frame (RFC 6455, 5.3).
    pub(crate) fn masking(&mut self, fault: Conduct) -> Mask {
        let fresh = (self.next() >> 32) as u32;
        let nth = self.masked;
        self.masked += 1;
        let first = *self.first.get_or_insert(Mask(fresh.to_be_bytes()));
        let key = match fault.flaw {
            Some(Flaw::ReusesMaskingKey) => return first,
            Some(Flaw::RepeatsMasksOnConnections) => (mix(u64::from(START) + u64::from(nth)) >> 32) as u32,
            Some(Flaw::MasksWithZero) => 0,
            Some(Flaw::MasksWithFixedKey) => START,
            Some(Flaw::CountsMaskingKeys) => START.wrapping_add(nth),
            Some(Flaw::StepsMaskingKeys) => START.wrapping_add(nth.wrapping_mul(0x0101_0101)),
            Some(Flaw::AlternatesMaskingKeys) => START.rotate_left(8 * (nth % 2)),
            Some(Flaw::MasksWithFewBits) => fresh & 0x7F7F_7F7F,
            Some(Flaw::MasksWithLowBytes) => fresh & 0xFFFF,
            Some(Flaw::MasksWithEqualHalves) => (fresh & 0xFFFF) * 0x1_0001,
            Some(Flaw::RenewsKeyEveryFour) if !nth.is_multiple_of(4) => return self.first.unwrap_or(first),
            Some(Flaw::RenewsKeyEveryFour) => {
                self.first = Some(Mask(fresh.to_be_bytes()));
                fresh
            }
            _ => fresh,
        };
        Mask(key.to_be_bytes())
    }
}

/// Spreads a number over 64 bits.
fn mix(number: u64) -> u64 {
    let mut mixed = number;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_repeated_for_the_same_seed_and_differ_otherwise() {
        let keys = |seed| {
            let mut keys = Keys::new(seed);
            (
                keys.nonce(Conduct::default()),
                keys.masking(Conduct::default()),
                keys.masking(Conduct::default()),
            )
        };
        assert_eq!(keys(1), keys(1));
        assert_ne!(keys(1).0, keys(2).0);
        assert_ne!(keys(1).1, keys(1).2);
    }
}
