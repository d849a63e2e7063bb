//! The seed of a campaign without `--seed`.

use std::time::{SystemTime, UNIX_EPOCH};

/// A seed from the clock.
pub fn drawn() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // Short enough to type.
    since.as_micros() as u64 % 1_000_000_000
}
