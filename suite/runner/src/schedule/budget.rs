//! Time budget: how long a run will take, and how long confirmations may take.

use std::time::Duration;

use tokio::time::Instant;
use wsspec_record::RunEvent;

use super::PlanRun;

/// Time limit for all confirmations together.
const CONFIRMING: Duration = Duration::from_secs(600);
/// Maximum number of confirming runs.
const MOST_CONFIRMATIONS: usize = 4000;
/// How long a run must have lasted before its remaining time is announced, and the shortest remaining time worth
/// announcing.
const ESTIMATED: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(60));

/// How much of a run's time is spent.
#[derive(Debug, Default)]
pub(super) struct TimeSpent {
    first_pass: Option<Instant>,
    done: usize,
    estimated: bool,
    confirming: Option<Instant>,
    confirmations: usize,
}

impl TimeSpent {
    /// Counts one more of `all` trials as done. Returns the remaining time of the first pass, once, and only if worth
    /// announcing.
    fn estimate(&mut self, all: usize) -> Option<Duration> {
        let since = *self.first_pass.get_or_insert_with(Instant::now);
        self.done += 1;
        let took = since.elapsed();
        if self.estimated || took < ESTIMATED.0 {
            return None;
        }
        let left = took.mul_f64(all.saturating_sub(self.done) as f64 / self.done as f64);
        self.estimated = true;
        (left >= ESTIMATED.1).then_some(left)
    }

    /// Counts one more confirmation, and returns whether it may begin.
    fn confirm(&mut self) -> bool {
        self.confirmations += 1;
        let since = *self.confirming.get_or_insert_with(Instant::now);
        self.confirmations <= MOST_CONFIRMATIONS && since.elapsed() < CONFIRMING
    }
}

impl PlanRun<'_> {
    /// Counts one more trial as done, and announces the remaining time if that is due.
    pub(super) fn estimate(&self) {
        let left = self.state.borrow_mut().time.estimate(self.plan.trials.len());
        left.into_iter().for_each(|left| self.tell(RunEvent::Estimated(left)));
    }

    /// Whether another outcome may be confirmed; otherwise it stays as it is.
    pub(super) fn may_confirm(&self) -> bool {
        !self.is_aborted() && self.state.borrow_mut().time.confirm()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_long_run_is_estimated_once() {
        let mut time = TimeSpent::default();
        assert_eq!(time.estimate(100), None);
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(time.estimate(100), Some(Duration::from_secs(490)));
        assert_eq!(time.estimate(100), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_run_is_not_estimated() {
        let mut time = TimeSpent::default();
        (0..20).for_each(|_| assert_eq!(time.estimate(30), None));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(time.estimate(30), None);
    }

    #[tokio::test(start_paused = true)]
    async fn confirmations_end_in_number_and_in_time() {
        let mut time = TimeSpent::default();
        assert!((0..MOST_CONFIRMATIONS).all(|_| time.confirm()));
        assert!(!time.confirm());
        let mut time = TimeSpent::default();
        assert!(time.confirm());
        tokio::time::advance(CONFIRMING).await;
        assert!(!time.confirm());
    }
}
