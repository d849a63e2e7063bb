//! How many trials run at once: fewer as soon as a peer keeps those that run waiting, as TCP has it with what it sends.

use std::time::Duration;

use crate::trial::TrialRun;

/// Of a line's limit, this part is long for an answer.
const LONG: u32 = 8;

/// The number of trials at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    size: usize,
    /// How often it was narrowed.
    generation: u32,
    /// An answer that takes longer shows that the peer is busy.
    long: Duration,
    /// The longest that an answer took since it was narrowed; `None`: none has come.
    slowest: Option<Duration>,
}

impl Window {
    /// So many trials, each of whose lines has that limit.
    pub(super) fn new(size: usize, line: Duration) -> Self {
        Self { size, generation: 0, long: line / LONG, slowest: None }
    }

    pub(super) fn size(self) -> usize {
        self.size
    }

    /// For a trial that begins now; to be handed in at its end.
    pub(super) fn generation(self) -> u32 {
        self.generation
    }

    /// A trial of that generation has ended. Whether it had so much company that it is to run again.
    ///
    /// A peer that lets a trial wait in vain while it answers others promptly is silent, not busy.
    pub(super) fn ended(&mut self, generation: u32, ran: &TrialRun) -> bool {
        if !ran.is_overdue() {
            if generation == self.generation && ran.has_answer() {
                self.slowest = self.slowest.max(Some(ran.outcome.pace.slowest));
            }
            return false;
        }
        let is_busy = self.slowest.is_none_or(|slowest| slowest > self.long);
        if generation == self.generation && self.size > 1 && is_busy {
            self.size = (self.size / 2).max(1);
            self.generation += 1;
            self.slowest = None;
        }
        generation < self.generation
    }
}

#[cfg(test)]
mod tests {
    use wsspec_exchange::Outcome;
    use wsspec_record::Verdict;

    use super::*;
    use crate::trial::tests::{answered, overdue};

    fn window() -> Window {
        Window::new(64, Duration::from_secs(2))
    }

    #[test]
    fn a_peer_that_is_late_with_all_is_given_fewer_trials_at_once() {
        let mut window = window();
        assert!(!window.ended(0, &answered(Duration::from_millis(1900))));
        assert!(window.ended(0, &overdue()));
        assert_eq!(window.size(), 32);
        // Those that began with it had the same company, and say nothing of the company there is now.
        assert!(window.ended(0, &overdue()));
        assert_eq!((window.size(), window.generation()), (32, 1));
        assert!(window.ended(1, &overdue()), "no answer at all");
        assert_eq!(window.size(), 16);
    }

    #[test]
    fn a_peer_that_is_silent_to_some_trials_and_prompt_to_others_is_not_busy() {
        let mut window = window();
        window.ended(0, &answered(Duration::from_millis(3)));
        assert!(!window.ended(0, &overdue()));
        assert_eq!(window.size(), 64);
    }

    #[test]
    fn with_one_at_a_time_a_silence_is_one() {
        let mut window = Window::new(1, Duration::from_secs(2));
        assert!(!window.ended(0, &overdue()));
        let skipped = TrialRun::of(Outcome::of(Verdict::Skip { reason: String::new() }), Duration::ZERO);
        assert!(!window.ended(0, &skipped));
        assert_eq!(window.size(), 1);
    }
}
