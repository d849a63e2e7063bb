//! How many trials run at once: fewer as soon as the peer is too busy for those that run, and one more after rounds in which
//! it is not, like the congestion window of TCP.

use std::time::Duration;

use wsspec_record::Verdict;

use crate::trial::TrialRun;

/// An answer that takes longer than this many quarters of a line's limit shows that the peer is busy: others may then be
/// overdue for the same reason.
const LONG: u32 = 3;

/// The number of trials that run at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    size: usize,
    /// The size never exceeds this.
    most: usize,
    /// How often the size was halved.
    generation: u32,
    /// Trials that ended in time since the size changed.
    clean: usize,
    /// An answer that takes longer than this shows that the peer is busy.
    long: Duration,
    /// The slowest answer since the size was last halved.
    slowest: Duration,
}

impl Window {
    /// Starts with `size` trials at once, and never allows more. Lines may wait for `line`.
    pub(super) fn new(size: usize, line: Duration) -> Self {
        Self { size, most: size, generation: 0, clean: 0, long: line * LONG / 4, slowest: Duration::ZERO }
    }

    pub(super) fn size(self) -> usize {
        self.size
    }

    /// The generation of a trial that starts now; pass it to [`Self::ended`].
    pub(super) fn generation(self) -> u32 {
        self.generation
    }

    /// Takes note that a trial of `generation` has ended, and returns whether it must run again because too many others
    /// ran beside it.
    ///
    /// A timeout has this reason only if the peer kept others waiting as well: those that were answered, or the one that
    /// asked it for a sign of life right after the timeout (`busy`). A peer that is prompt with others is silent, and
    /// fewer trials at once would not change that.
    pub(super) fn ended(&mut self, generation: u32, ran: &TrialRun, busy: bool) -> bool {
        if ran.turned_away {
            self.narrow(generation);
            // It has been repeated; whether it was let in decides.
            return matches!(ran.outcome.verdict, Verdict::Inconclusive { .. })
                && generation < self.generation;
        }
        if !ran.is_overdue() {
            if generation == self.generation && ran.has_answer() {
                self.answered(ran.outcome.pace.slowest);
            }
            return false;
        }
        if busy || self.slowest > self.long {
            self.narrow(generation);
        }
        generation < self.generation
    }

    /// Halves the size, once for all trials of a generation.
    fn narrow(&mut self, generation: u32) {
        if generation == self.generation && self.size > 1 {
            self.size = (self.size / 2).max(1);
            self.generation += 1;
            self.clean = 0;
            self.slowest = Duration::ZERO;
        }
    }

    /// A trial was answered in time. After a round of such trials the window grows by one; after each halving it takes
    /// twice as many rounds, since each mistake costs the time limit of a line.
    fn answered(&mut self, slowest: Duration) {
        self.slowest = self.slowest.max(slowest);
        self.clean += 1;
        let rounds = 1_usize.checked_shl(self.generation.saturating_sub(1)).unwrap_or(usize::MAX);
        if self.size < self.most && self.clean >= self.size.saturating_mul(rounds) {
            self.size += 1;
            self.clean = 0;
            self.slowest = Duration::ZERO;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream::FuturesUnordered};
    use tokio::{
        sync::Semaphore,
        time::{Instant, sleep, timeout},
    };
    use wsspec_exchange::Outcome;

    use super::*;
    use crate::trial::tests::{answered, overdue};

    const LINE: Duration = Duration::from_secs(2);

    #[test]
    fn a_peer_that_is_slow_on_other_connections_too_gets_fewer_trials_at_once() {
        let mut window = Window::new(64, LINE);
        assert!(!window.ended(0, &answered(Duration::from_millis(1900)), false));
        assert!(window.ended(0, &overdue(), false));
        assert_eq!(window.size(), 32);
        // Trials that started with it had the same company, and show nothing about the present company.
        assert!(window.ended(0, &overdue(), true));
        assert_eq!((window.size(), window.generation()), (32, 1));
        assert!(window.ended(1, &overdue(), true));
        assert_eq!(window.size(), 16);
    }

    #[test]
    fn a_peer_that_is_prompt_on_other_connections_is_silent_and_not_busy() {
        let mut window = Window::new(64, LINE);
        assert!(!window.ended(0, &answered(Duration::from_millis(3)), false));
        for _ in 0..100 {
            assert!(!window.ended(0, &overdue(), false));
        }
        assert_eq!(window.size(), 64);
    }

    #[test]
    fn with_one_at_a_time_a_timeout_has_no_company_to_blame() {
        let mut window = Window::new(1, LINE);
        assert!(!window.ended(0, &overdue(), true));
        let skipped = TrialRun::of(Outcome::of(Verdict::Skip { reason: String::new() }), Duration::ZERO);
        assert!(!window.ended(0, &skipped, false));
        assert_eq!(window.size(), 1);
    }

    const PROMPT: Duration = Duration::from_millis(500);

    /// Plays `trials` to a peer that works on one for each of its permits at once, and takes `work` for each. Returns the
    /// number of trials that timed out.
    async fn play(window: &mut Window, trials: usize, peer: &Semaphore, work: Duration) -> usize {
        let (mut begun, mut late, mut running) = (0, 0, FuturesUnordered::new());
        loop {
            while running.len() < window.size() && begun < trials {
                begun += 1;
                let generation = window.generation();
                running.push(async move {
                    let began = Instant::now();
                    let answer = async || {
                        let _permit = peer.acquire().await;
                        sleep(work).await;
                    };
                    if timeout(LINE, answer()).await.is_ok() {
                        return (answered(began.elapsed()), generation, false);
                    }
                    (overdue(), generation, timeout(PROMPT, answer()).await.is_err())
                });
            }
            let Some((ran, generation, busy)) = running.next().await else { return late };
            late += usize::from(ran.is_overdue());
            window.ended(generation, &ran, busy);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_busy_while_the_number_grows_again() {
        let mut window = Window::new(16, LINE);
        let peer = Semaphore::new(0);
        let recovers = async {
            sleep(Duration::from_secs(5)).await;
            peer.add_permits(16);
        };
        let work = Duration::from_millis(10);
        let (late, ()) = tokio::join!(play(&mut window, 64, &peer, work), recovers);
        assert!(late > 0 && window.size() < 16, "{late}, {}", window.size());
        assert_eq!(play(&mut window, 5000, &peer, work).await, 0);
        assert_eq!(window.size(), 16);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_serves_one_at_a_time_is_seldom_asked_for_more() {
        let mut window = Window::new(64, LINE);
        while window.size() > 1 {
            window.ended(window.generation(), &overdue(), true);
        }
        let late = play(&mut window, 1000, &Semaphore::new(1), Duration::from_millis(1500)).await;
        assert!(window.size() <= 2 && late <= 10, "{late} of 1000 came late");
    }
}
