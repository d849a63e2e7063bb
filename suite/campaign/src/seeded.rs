//! Sessions generated from numbers.

use arbitrary::Unstructured;
use rand::{Rng, SeedableRng, rngs::StdRng};
use wsspec_wire::Role;

use crate::session::{FuzzSession, extend, mutate};

/// How many bytes a session is generated from.
const BYTES: usize = 512;

/// Bytes for a session, generated from a number.
fn bytes(seed: u64) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    StdRng::seed_from_u64(seed).fill(&mut bytes[..]);
    bytes
}

/// The session with this number, with a peer of that role.
#[must_use]
pub fn session(seed: u64, peer: Role) -> FuzzSession {
    FuzzSession::any(&mut Unstructured::new(&bytes(seed)), peer).unwrap_or_default()
}

/// The session with this number that is derived from `parents`, if there are any.
#[must_use]
pub fn descendant(seed: u64, parents: &[FuzzSession], peer: Role) -> FuzzSession {
    let bytes = bytes(seed);
    let mut u = Unstructured::new(&bytes);
    let made = match parents {
        [] => FuzzSession::any(&mut u, peer),
        _ => u.choose(parents).and_then(|parent| {
            let other = u.choose(parents)?;
            mutate(&mut u, parent, other, peer)
        }),
    };
    made.unwrap_or_default()
}

/// The latest sessions that are worth the most.
const LATEST: usize = 16;

/// The session with this number that is derived from `parents`, which reach ever more of the peer's code: half of the time
/// from the latest of them, and half of the time it goes on differently.
#[must_use]
pub fn explorer(seed: u64, parents: &[FuzzSession], peer: Role) -> FuzzSession {
    let bytes = bytes(seed);
    let mut u = Unstructured::new(&bytes);
    let latest = &parents[parents.len().saturating_sub(LATEST)..];
    let mut made = || {
        let among = if u.arbitrary()? { latest } else { parents };
        let parent = u.choose(among)?;
        if u.arbitrary()? {
            return extend(&mut u, parent, peer);
        }
        let other = u.choose(parents)?;
        mutate(&mut u, parent, other, peer)
    };
    made().unwrap_or_default()
}

/// A separate seed for each number and attempt (SplitMix64).
#[must_use]
pub const fn mixed(seed: u64, number: u64, attempt: u64) -> u64 {
    let mut z =
        seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ attempt.wrapping_mul(0xD1B5_4A32_D192_ED03);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
