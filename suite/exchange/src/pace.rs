//! How long a peer takes to answer, as far as a trial shows it.

use std::time::Duration;

/// Message size in bytes from which the time depends on the length.
const MUCH: usize = 16 << 10;

/// How long a peer took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// The longest time that a line waited for an answer, other than a long message.
    pub slowest: Duration,
    /// The longest time for a long message, scaled to 1 MiB; zero if there was none.
    pub mebibyte: Duration,
}

impl Pace {
    /// Notes that a line got a message of `bytes` bytes after `took`.
    pub(crate) fn add(&mut self, took: Duration, bytes: usize) {
        if bytes < MUCH {
            self.slowest = self.slowest.max(took);
            return;
        }
        let share = (1_u32 << 20) as f64 / bytes as f64;
        self.mebibyte = self.mebibyte.max(took.mul_f64(share.min(64.0)));
    }

    /// The maximum of both.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self { slowest: self.slowest.max(other.slowest), mebibyte: self.mebibyte.max(other.mebibyte) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_messages_are_measured_by_their_length_and_others_are_not() {
        let mut pace = Pace::default();
        pace.add(Duration::from_millis(300), 125);
        pace.add(Duration::from_secs(2), 128 << 10);
        pace.add(Duration::from_secs(3), 1 << 20);
        assert_eq!((pace.slowest, pace.mebibyte), (Duration::from_millis(300), Duration::from_secs(16)));
    }
}
