//! How long a trial and its lines may take.

use std::time::Duration;

use wsspec_notation::{Interval, Script, time_for};

/// Round trips that each line may take of a trial's time.
const ROUND_TRIPS: u32 = 4;

/// A round trip that is shorter changes no limit.
const LONG_WAY: Duration = Duration::from_millis(5);

/// A length of time in whole hundredths of a second, none of it lost.
#[must_use]
pub fn in_hundredths(duration: Duration) -> Duration {
    Duration::from_millis(u64::try_from(duration.as_millis().div_ceil(10) * 10).unwrap_or(u64::MAX))
}

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For what a line expects.
    pub line: Duration,
    /// For a whole trial.
    pub trial: Duration,
    /// For what is only better or allowed (`<?`, `<~`).
    pub watch: Duration,
    /// The round trip, as measured.
    pub round_trip: Duration,
    /// For 1 MiB of what is sent or expected.
    pub mebibyte: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: Duration::from_secs(2),
            trial: Duration::from_secs(10),
            watch: Duration::from_millis(100),
            round_trip: Duration::from_millis(1),
            mebibyte: time_for(1 << 20),
        }
    }
}

impl Limits {
    /// The usual ones where a line may take so long: a trial may take five times that.
    #[must_use]
    pub fn with_line(line: Duration) -> Self {
        Self { line, trial: line.saturating_mul(5), ..Self::default() }
    }

    /// How long a length of time is that a script names.
    #[must_use]
    pub fn time_of(&self, interval: Interval) -> Duration {
        match interval {
            Interval::Millis(millis) => Duration::from_millis(millis),
            Interval::RoundTrips(count) => self.round_trip.saturating_mul(count),
        }
    }

    /// The same for one script: a trial may take longer by the time for what it sends, and by 4 round trips for
    /// each line that runs.
    #[must_use]
    pub fn for_script(self, script: &Script) -> Self {
        let (bytes, lines) = script.volume();
        let waits = self.round_trip.saturating_mul(ROUND_TRIPS.saturating_mul(lines));
        Self { trial: self.trial.saturating_add(self.time_for(bytes)).saturating_add(waits), ..self }
    }

    /// So many round trips, where they are long enough to matter, in whole hundredths of a second: limits are shown.
    #[must_use]
    pub fn round_trips(self, count: u32) -> Duration {
        if self.round_trip < LONG_WAY { Duration::ZERO } else { in_hundredths(self.round_trip * count) }
    }

    /// The time for so many bytes.
    #[must_use]
    pub fn time_for(self, bytes: usize) -> Duration {
        let micros = self.mebibyte.as_micros().saturating_mul(bytes as u128) >> 20;
        Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Script {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn a_trial_has_more_time_the_more_it_sends() {
        let limits = Limits::default();
        let longer =
            limits.for_script(&script("repeat 10\n> text \"a\"*1048576\n< text \"a\"*1048576\nend\n"));
        assert_eq!(longer.trial - limits.trial, Duration::from_secs(10) + 80 * limits.round_trip);
        assert_eq!((longer.line, longer.watch), (limits.line, limits.watch));
    }
}
