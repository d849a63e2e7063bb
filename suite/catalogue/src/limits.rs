//! Time limits of trials and their lines.

use std::time::Duration;

use wsspec_notation::{Interval, Script, Step, time_for};

/// Round trips added to a trial's limit for each line.
const ROUND_TRIPS: u32 = 4;

/// Upper bound on the time that a trial gets for the answers of a slow peer.
const LONGEST_ANSWERS: Duration = Duration::from_secs(60);

/// Round trips added to limits for a distant peer.
const MORE_ROUND_TRIPS: u32 = 4;
/// Minimum number of round trips for which optional expectations are watched.
const LEAST_ROUND_TRIPS: u32 = 3;
/// Round trips shorter than this do not change limits.
const LONG_WAY: Duration = Duration::from_millis(5);

/// How long what is only recommended is waited for at least: its absence is reported, and a machine may be busy.
const RECOMMENDED: Duration = Duration::from_millis(300);

/// Rounds a duration up to hundredths of a second.
#[must_use]
pub fn in_hundredths(duration: Duration) -> Duration {
    Duration::from_millis(u64::try_from(duration.as_micros().div_ceil(10_000) * 10).unwrap_or(u64::MAX))
}

/// The time limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For what a line expects.
    pub line: Duration,
    /// For a whole trial.
    pub trial: Duration,
    /// For what is only allowed (`<~`).
    pub watch: Duration,
    /// At least, for what is only recommended (`<?`).
    pub recommended: Duration,
    /// The measured round trip.
    pub round_trip: Duration,
    /// For each MiB sent or expected.
    pub mebibyte: Duration,
    /// The time that a peer which works on one message after another needs for an answer; zero if answers take no time to speak
    /// of.
    pub answer: Duration,
    /// `pingInterval` and `pingTimeout` together, as an Engine.IO server announces them; zero for any other peer.
    pub heartbeat: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: Duration::from_secs(2),
            trial: Duration::from_secs(10),
            watch: Duration::from_millis(100),
            recommended: RECOMMENDED,
            round_trip: Duration::from_millis(1),
            mebibyte: time_for(1 << 20),
            answer: Duration::ZERO,
            heartbeat: Duration::ZERO,
        }
    }
}

impl Limits {
    /// The default limits with this limit for a line; a trial's limit is five times that.
    #[must_use]
    pub fn with_line(line: Duration) -> Self {
        Self { line, trial: line.saturating_mul(5), ..Self::default() }
    }

    /// The duration of an interval in a script.
    #[must_use]
    pub fn time_of(&self, interval: Interval) -> Duration {
        match interval {
            Interval::Millis(millis) => Duration::from_millis(millis),
            Interval::RoundTrips(count) => self.round_trip.saturating_mul(count),
            Interval::Heartbeats(count) => self.heartbeat.saturating_mul(count),
        }
    }

    /// The limits for one script: a trial gets additional time for what it sends, for the line with the longest limit of its
    /// own, and for each line that runs 4 round trips and the time for an answer.
    #[must_use]
    pub fn for_script(self, script: &Script) -> Self {
        let (bytes, lines) = script.volume();
        let waits = self.round_trip.saturating_mul(ROUND_TRIPS.saturating_mul(lines));
        let answers = self.answer.saturating_mul(lines).min(LONGEST_ANSWERS);
        let own = script.walk().filter_map(|line| match &line.step {
            Step::Expect(expectation) => expectation.within.map(|interval| self.time_of(interval)),
            _ => None,
        });
        let more = [self.time_for(bytes), waits, answers, own.max().unwrap_or_default()];
        Self { trial: more.into_iter().fold(self.trial, Duration::saturating_add), ..self }
    }

    /// The limits for a peer at the measured distance, on which no verdict may depend. The watch has already been made
    /// a multiple of the round trip, as far as a line's limit allows.
    #[must_use]
    pub fn far(self) -> Self {
        let more = self.round_trips(MORE_ROUND_TRIPS);
        Self {
            line: self.line.saturating_add(more),
            trial: self.trial.saturating_add(more),
            watch: self.watch.max(self.round_trips(LEAST_ROUND_TRIPS)),
            ..self
        }
    }

    /// The limits for a run of which no absence counts, because another with more time confirms it.
    #[must_use]
    pub fn hasty(self) -> Self {
        Self { recommended: self.watch, ..self }
    }

    /// The duration of this many round trips, in hundredths of a second because limits are shown; zero if round trips
    /// are short.
    #[must_use]
    pub fn round_trips(self, count: u32) -> Duration {
        if self.round_trip < LONG_WAY { Duration::ZERO } else { in_hundredths(self.round_trip * count) }
    }

    /// The time for this many bytes.
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

    #[test]
    fn a_trial_has_the_time_that_its_lines_ask_for() {
        let limits = Limits::default();
        let longer = limits.for_script(&script("< eof within 12s\n"));
        assert_eq!(longer.trial - limits.trial, Duration::from_secs(12) + 4 * limits.round_trip);
    }

    #[test]
    fn a_trial_has_the_time_that_its_answers_take() {
        let limits =
            Limits { answer: Duration::from_secs(1), round_trip: Duration::ZERO, ..Limits::default() };
        let trial = |text: &str| limits.for_script(&script(text)).trial - limits.trial;
        assert_eq!(trial("> text \"a\"\n< text \"a\"\n"), Duration::from_secs(2));
        assert_eq!(trial("repeat 20000\n> text\nend\n"), LONGEST_ANSWERS);
    }

    #[test]
    fn a_far_peer_has_its_round_trips_besides() {
        assert_eq!(Limits::default().far(), Limits::default());
        let second = Duration::from_secs(1);
        let far = Limits { round_trip: second, watch: 2 * second, ..Limits::default() }.far();
        assert_eq!((far.line, far.trial, far.watch), (6 * second, 14 * second, 3 * second));
    }

    #[test]
    fn data_takes_as_long_as_was_measured() {
        let limits = Limits { mebibyte: Duration::from_secs(20), ..Limits::default() };
        assert_eq!(limits.time_for(1 << 18), Duration::from_secs(5));
        assert_eq!(Limits::default().time_for(1), Duration::ZERO);
        assert_eq!(in_hundredths(Duration::from_micros(1_230_001)), Duration::from_millis(1240));
    }
}
