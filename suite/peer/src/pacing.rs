//! How slow a peer is that breaks no rule. Knows no clock: whoever drives the peer waits.

use std::time::Duration;

/// How long a peer takes, and the way to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PeerPacing {
    /// For an opening handshake, of which it does one at a time.
    pub handshake: Duration,
    /// For 1 MiB that it reads.
    pub mebibyte: Duration,
    /// There and back.
    pub round_trip: Duration,
}

impl PeerPacing {
    /// A slow one, far away.
    pub const SLOW: Self = Self {
        handshake: Duration::from_millis(100),
        mebibyte: Duration::from_secs(20),
        round_trip: Duration::from_millis(500),
    };

    /// One way.
    #[must_use]
    pub fn way(self) -> Duration {
        self.round_trip / 2
    }

    /// For so many bytes that it reads.
    #[must_use]
    pub fn reading(self, bytes: usize) -> Duration {
        self.mebibyte.mul_f64(bytes as f64 / f64::from(1 << 20))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_takes_time_by_its_length() {
        assert_eq!(PeerPacing::SLOW.reading(1 << 20), Duration::from_secs(20));
        assert_eq!(PeerPacing::SLOW.reading(1 << 10), Duration::from_secs(20) / 1024);
        assert_eq!(
            (PeerPacing::SLOW.way(), PeerPacing::default().way()),
            (Duration::from_millis(250), Duration::ZERO)
        );
    }
}
