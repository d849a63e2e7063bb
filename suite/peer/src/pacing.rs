//! How slow a conforming peer is. Knows no clock: the driver waits.

use std::time::Duration;

/// How long a peer takes, and the delay on the way to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PeerPacing {
    /// Time for an opening handshake; it handles one at a time.
    pub handshake: Duration,
    /// Time to read 1 MiB.
    pub mebibyte: Duration,
    /// Round-trip time.
    pub round_trip: Duration,
}

impl PeerPacing {
    /// A slow and distant peer.
    pub const SLOW: Self = Self {
        handshake: Duration::from_millis(100),
        mebibyte: Duration::from_secs(20),
        round_trip: Duration::from_millis(500),
    };

    /// One-way delay.
    #[must_use]
    pub fn way(self) -> Duration {
        self.round_trip / 2
    }

    /// Time to read this many bytes.
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
