//! Decides how many trials run at once: fewer as soon as the peer keeps them waiting, and one more after rounds without
//! waiting, like TCP's congestion window.

use std::time::Duration;

use crate::trial::TrialRun;

/// An answer that takes longer than a line's limit divided by this shows that the peer is busy.
const LONG: u32 = 8;

/// The number of trials at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    size: usize,
    /// The upper limit, with which the run began.
    most: usize,
    /// How often it was narrowed.
    generation: u32,
    /// Trials that ended in time since the size last changed.
    clean: usize,
    /// An answer that takes longer than this shows that the peer is busy.
    long: Duration,
    /// The slowest answer since it was last narrowed; `None` if there was none.
    slowest: Option<Duration>,
}

impl Window {
    /// A window of `size` trials whose lines may wait for `line`.
    pub(super) fn new(size: usize, line: Duration) -> Self {
        Self { size, most: size, generation: 0, clean: 0, long: line / LONG, slowest: None }
    }

    pub(super) fn size(self) -> usize {
        self.size
    }

    /// The generation of a trial that begins now; pass it to [`Self::ended`].
    pub(super) fn generation(self) -> u32 {
        self.generation
    }

    /// Notes the end of a trial of this generation. Returns whether the trial must run again because too many ran next
    /// to it.
    ///
    /// If a trial waits in vain while the peer answers others promptly, the peer is silent, not busy.
    pub(super) fn ended(&mut self, generation: u32, ran: &TrialRun) -> bool {
        if !ran.is_overdue() {
            if generation == self.generation && ran.has_answer() {
                self.answered(ran.outcome.pace.slowest);
            }
            return false;
        }
        let is_busy = self.slowest.is_none_or(|slowest| slowest > self.long);
        if generation == self.generation && self.size > 1 && is_busy {
            self.size = (self.size / 2).max(1);
            self.generation += 1;
            self.clean = 0;
            self.slowest = None;
        }
        generation < self.generation
    }

    /// A trial was answered in time. One full round of such trials widens the window by one; each time that this was
    /// too much, twice as many rounds are needed, because each mistake costs a line's time.
    fn answered(&mut self, slowest: Duration) {
        self.slowest = self.slowest.max(Some(slowest));
        self.clean += 1;
        let rounds = 1_usize.checked_shl(self.generation.saturating_sub(1)).unwrap_or(usize::MAX);
        if self.size < self.most && self.clean >= self.size.saturating_mul(rounds) {
            self.size += 1;
            self.clean = 0;
            self.slowest = None;
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
        // Trials that began at the same time were equally crowded, and say nothing about the present size.
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

    const LINE: Duration = Duration::from_secs(2);

    /// Plays `trials` trials to a peer that handles as many at once as it has permits, and needs `work` for each.
    /// Returns how many were late.
    async fn play(window: &mut Window, trials: usize, peer: &Semaphore, work: Duration) -> usize {
        let (mut begun, mut late, mut running) = (0, 0, FuturesUnordered::new());
        loop {
            while running.len() < window.size() && begun < trials {
                begun += 1;
                let generation = window.generation();
                running.push(async move {
                    let began = Instant::now();
                    let answer = async {
                        let _permit = peer.acquire().await;
                        sleep(work).await;
                    };
                    let is_answered = timeout(LINE, answer).await.is_ok();
                    (if is_answered { answered(began.elapsed()) } else { overdue() }, generation)
                });
            }
            let Some((ran, generation)) = running.next().await else { return late };
            late += usize::from(ran.is_overdue());
            window.ended(generation, &ran);
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
            window.ended(window.generation(), &overdue());
        }
        let late = play(&mut window, 1000, &Semaphore::new(1), Duration::from_millis(1500)).await;
        assert!(window.size() <= 2 && late <= 10, "{late} of 1000 came late");
    }
}
