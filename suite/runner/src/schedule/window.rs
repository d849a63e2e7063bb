//! How many trials run at once: fewer as soon as a peer keeps those that run waiting, and one more after rounds in which it
//! does not, as TCP has it with what it sends.

use std::time::Duration;

use crate::trial::TrialRun;

/// Of a line's limit, this part is long for an answer.
const LONG: u32 = 8;

/// The number of trials at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    size: usize,
    /// As many as there ever are.
    most: usize,
    /// How often it was narrowed.
    generation: u32,
    /// Trials that ended in time since the number changed.
    clean: usize,
    /// An answer that takes longer shows that the peer is busy.
    long: Duration,
    /// The longest that an answer took since it was narrowed; `None`: none has come.
    slowest: Option<Duration>,
}

impl Window {
    /// So many trials, each of whose lines has that limit.
    pub(super) fn new(size: usize, line: Duration) -> Self {
        Self { size, most: size, generation: 0, clean: 0, long: line / LONG, slowest: None }
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

    /// A trial was answered within its time. After a round of such trials there is one more at once, after twice as many
    /// rounds each time that this was too much: each mistake costs the time of a line.
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

    const LINE: Duration = Duration::from_secs(2);

    /// Plays so many trials to a peer that works on as many at once as it has permits, and for so long on each. How many
    /// of them came late.
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
