//! How soon a client reconnects after an abnormal closure (RFC 6455, 7.2.3).

use std::time::Duration;

use wsspec_catalogue::Trial;
use wsspec_record::{Note, Verdict};
use wsspec_wire::{Level, RequirementId};

use crate::outcome::Outcome;

/// A client waits before it reconnects (should).
const BACKS_OFF: RequirementId = RequirementId::from_static("rfc6455#7.2.3:1");
/// It waits longer after each further failure (should).
const TAKES_LONGER: RequirementId = RequirementId::from_static("rfc6455#7.2.3:4");
/// This many reconnections show whether the delays grow.
const ENOUGH: usize = 6;
/// A reconnection within this time was not delayed.
const AT_ONCE: Duration = Duration::from_millis(20);

/// The reconnections of a client in a trial about them. Each further connection is reset, and its delay after the
/// previous end is recorded.
#[derive(Clone, Debug, Default)]
pub struct Reconnections(Vec<Duration>);

impl Reconnections {
    /// How long the client is watched.
    pub const WATCH: Duration = Duration::from_secs(3);

    /// Whether the trial is about reconnecting.
    #[must_use]
    pub fn are_watched_in(trial: &Trial) -> bool {
        trial.cites(&BACKS_OFF)
    }

    /// Adds a connection that came `gap` after the end of the previous one.
    pub fn add(&mut self, gap: Duration) {
        self.0.push(gap);
    }

    /// Whether more of them would show nothing new.
    #[must_use]
    pub fn are_enough(&self) -> bool {
        self.0.len() >= ENOUGH
    }

    /// The outcome of the trial. A client that leaves reconnecting to its user breaks no rule.
    #[must_use]
    pub fn judge(&self, outcome: Outcome) -> Outcome {
        let verdict = match &outcome.verdict {
            Verdict::Pass if self.0.is_empty() => {
                Verdict::Skip { reason: "the client does not connect again on its own".into() }
            }
            Verdict::Pass => match self.missed() {
                Some(note) => Verdict::Lenient { notes: vec![note] },
                None => Verdict::Pass,
            },
            other => other.clone(),
        };
        Outcome { verdict, ..outcome }
    }

    fn missed(&self) -> Option<Note> {
        if !self.are_enough() {
            return None;
        }
        let longest = self.0.iter().max()?.as_millis();
        let (early, late) = self.0.split_at(self.0.len() / 2);
        let sum = |gaps: &[Duration]| gaps.iter().sum::<Duration>();
        let (requirement, what) = if longest <= AT_ONCE.as_millis() {
            (BACKS_OFF, "at once")
        } else if sum(late) <= sum(early) {
            (TAKES_LONGER, "after no longer a time than before")
        } else {
            return None;
        };
        let times = self.0.len();
        let text = format!("it connected again {times} times, {what}, at most {longest} ms after each end");
        Some(Note { line: 0, text, requirement, level: Level::Should })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(millis: &[u64]) -> Verdict {
        let gaps = Reconnections(millis.iter().copied().map(Duration::from_millis).collect());
        gaps.judge(Outcome::of(Verdict::Pass)).verdict
    }

    fn named(verdict: &Verdict) -> &str {
        let Verdict::Lenient { notes } = verdict else { panic!("{verdict:?}") };
        notes[0].requirement.as_str()
    }

    #[test]
    fn a_client_that_does_not_back_off_is_lenient_by_what_it_misses() {
        assert_eq!(named(&of(&[0, 1, 2, 0, 1, 3])), "rfc6455#7.2.3:1");
        assert_eq!(named(&of(&[200; 6])), "rfc6455#7.2.3:4");
    }

    #[test]
    fn a_client_that_takes_longer_or_comes_seldom_passes() {
        assert_eq!(of(&[10, 20, 40, 80, 160, 320]), Verdict::Pass);
        // The first delay may have any length.
        assert_eq!(of(&[0, 2000]), Verdict::Pass);
        assert!(matches!(of(&[]), Verdict::Skip { .. }));
    }
}
