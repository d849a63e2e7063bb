//! Runs doubtful outcomes again: only what happens again alone is the peer's own doing.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, future::join_all, stream};
use tokio::time::Instant;
use wsspec_catalogue::{Limits, Trial};
use wsspec_exchange::{Outcome, Setup, Transcript};
use wsspec_record::{RunEvent, Verdict};

use super::{
    Doubt, PlanRun, TestedPeer,
    evidence::{fail_alike, fails_by_bytes, fails_by_silence},
    first_pass::is_heavy,
    peer::Promptness,
    watch,
};
use crate::{
    confirmation::{self, Confirmation, Evidence, UNCONFIRMED, has_timeout, is_slow, weigh},
    trial::TrialRun,
};

/// Number of lenient verdicts due to waiting that are confirmed at once.
const LENIENT_AT_ONCE: usize = 4;
/// Number of failures by silence that are confirmed at once, if the peer serves that many connections.
const SILENT_AT_ONCE: usize = 64;
/// Trials that only wait may be this many times as many at once as others.
const WAITING: usize = 4;
/// Number of times that failures by silence are confirmed together once more, half as many at once, because the peer
/// was not prompt meanwhile. Alone, each would take the whole limit.
const STALLS: usize = 4;
/// Failures after a silence of this length are confirmed side by side.
const LONG_WAIT: Duration = Duration::from_millis(250);
/// A server that uses more than one part in this many of the time is not idle.
const BUSY: u32 = 2;

impl PlanRun<'_> {
    /// Remembers an outcome to confirm.
    pub(super) fn doubt(&self, trial: &Arc<Trial>, ran: &TrialRun) {
        let doubt = Doubt {
            trial: trial.clone(),
            outcome: ran.outcome.clone(),
            duration: ran.duration,
            death: ran.death,
        };
        self.state.borrow_mut().pending.insert(trial.id.clone(), doubt);
    }

    /// Runs doubtful trials again; failures run one at a time, with nothing else running.
    pub(super) async fn confirm(&self, peer: &TestedPeer, doubtful: Vec<(Arc<Trial>, TrialRun)>) {
        self.state.borrow_mut().confirming = true;
        let setup = peer.patient(self.state.borrow().pace);
        let (suspects, mut doubtful): (Vec<_>, Vec<_>) =
            doubtful.into_iter().partition(|(_, ran)| ran.death.is_some());
        doubtful.extend(self.find_killers(peer, suspects, &setup).await);
        let enough = self.state.borrow().enough.clone();
        enough.into_iter().for_each(|why| self.abort(why));
        let (mut failed, lenient): (Vec<_>, Vec<_>) = doubtful.into_iter().partition(|(trial, ran)| {
            watch::is_solitary(trial) || !matches!(ran.outcome.verdict, Verdict::Lenient { .. })
        });
        failed.extend(self.confirm_lenient(peer, lenient).await);
        if !failed.is_empty() && !self.is_aborted() {
            // Let the peer finish what the first pass left it to do before anything counts against it.
            let _ = peer.sanity_with_patience().await;
        }
        self.confirm_failures(peer, failed, &setup).await;
    }

    /// Settles outcomes that were not confirmed in time: failures by what the peer sent stand, others do not.
    pub(super) fn settle(&self) {
        let pending = std::mem::take(&mut self.state.borrow_mut().pending);
        let mut left = 0;
        for Doubt { trial, outcome, duration, death } in pending.into_values() {
            let ran = TrialRun { death, ..TrialRun::of(outcome, duration) };
            if self.is_sole_suspect(&trial, &ran) {
                self.finish_killer(&trial, ran, 1);
                continue;
            }
            let ran = if fails_by_bytes(&ran) { ran } else { unconfirmed(ran) };
            left += usize::from(ran.unconfirmed.is_some());
            self.finish(&trial, ran, 1);
        }
        if let Some(what) = confirmation::left_unconfirmed(left) {
            self.incident(what);
        }
    }

    /// Whether the peer died while only this trial was running and none had just ended.
    fn is_sole_suspect(&self, trial: &Trial, ran: &TrialRun) -> bool {
        let state = self.state.borrow();
        let death = ran.death.and_then(|number| state.deaths.get(number));
        death.is_some_and(|death| {
            matches!(&death.trials[..], [id] if *id == trial.id) && death.just_ended.is_empty()
        })
    }

    /// Confirms lenient verdicts due to waiting, a few at once. Returns those that now fail, or during which the peer
    /// died.
    async fn confirm_lenient(
        &self,
        peer: &TestedPeer,
        lenient: Vec<(Arc<Trial>, TrialRun)>,
    ) -> Vec<(Arc<Trial>, TrialRun)> {
        let mut failed = Vec::new();
        let mut again = stream::iter(lenient)
            .map(|(trial, first)| async move {
                if !self.may_confirm() {
                    return (trial, first, 1);
                }
                let setup = peer.usual(self.state.borrow().pace);
                let second = self.attempt(peer, &trial, &setup).await;
                let kept =
                    !matches!(second.outcome.verdict, Verdict::Inconclusive { .. } | Verdict::Skip { .. });
                (trial, if kept { second } else { first }, 2)
            })
            .buffer_unordered(LENIENT_AT_ONCE.min(self.jobs(peer)));
        while let Some((trial, ran, attempts)) = again.next().await {
            if ran.outcome.verdict.is_fail() || ran.death.is_some() {
                self.doubt(&trial, &ran);
                failed.push((trial, ran));
            } else {
                self.finish(&trial, ran, attempts);
            }
        }
        failed
    }

    /// Runs failures again with nothing else running. Waiting costs nothing, so failures by silence wait in parallel,
    /// each for its full time; trials that move data run alone.
    async fn confirm_failures(
        &self,
        peer: &TestedPeer,
        failed: Vec<(Arc<Trial>, TrialRun)>,
        setup: &Arc<Setup>,
    ) {
        let mut at_once = self.silent_at_once(peer);
        let (mut silent, mut others): (Vec<_>, Vec<_>) = failed.into_iter().partition(|(trial, first)| {
            at_once > 0 && is_quiet(trial) && first.death.is_none() && waits(&first.outcome.transcript)
        });
        let mut stalls = 0;
        while !silent.is_empty() && self.may_confirm() {
            let batch = silent.drain(..at_once.min(silent.len())).collect();
            let (late, different) = self.confirm_silences(peer, batch, setup).await;
            others.extend(different);
            if late.is_empty() {
                continue;
            }
            if stalls == STALLS {
                others.extend(late);
            } else {
                silent.extend(late);
                (at_once, stalls) = (at_once.div_ceil(2), stalls + 1);
            }
        }
        for (trial, first) in others {
            if self.may_confirm() {
                self.confirm_one(peer, trial, first, setup).await;
            }
        }
    }

    /// How many failures by silence to confirm at once. One connection is for the fence. A peer that was too slow for the
    /// first pass's number of connections may still be prompt while as many merely wait.
    fn silent_at_once(&self, peer: &TestedPeer) -> usize {
        let jobs = self.jobs(peer);
        let most = if jobs == 1 { 1 } else { self.served(peer).min(jobs.saturating_mul(WAITING)) };
        SILENT_AT_ONCE.min(most - 1)
    }

    /// Runs failures by silence again in parallel, while a fence next to them shows that the peer answers. Returns
    /// those during which the peer was late, and those that ended differently or with the peer's death.
    async fn confirm_silences(
        &self,
        peer: &TestedPeer,
        silent: Vec<(Arc<Trial>, TrialRun)>,
        setup: &Arc<Setup>,
    ) -> (Vec<(Arc<Trial>, TrialRun)>, Vec<(Arc<Trial>, TrialRun)>) {
        let runs = join_all(silent.iter().map(|(trial, _)| {
            self.tell(RunEvent::Confirming(trial.id.clone()));
            async { (self.attempt(peer, trial, setup).await, Instant::now()) }
        }));
        let (runs, promptness) = peer.beside_a_fence(runs).await;
        let (mut late, mut different) = (Vec::new(), Vec::new());
        for ((trial, first), (second, end)) in silent.into_iter().zip(runs) {
            let is_same = fail_alike(&first, &second) || !second.outcome.verdict.is_fail();
            if !is_same || second.death.is_some() || second.absent {
                different.push((trial, first));
            } else if had_time(&second, end, promptness, setup) {
                let ran = self.confirmed(first, second);
                self.finish(&trial, ran, 2);
            } else {
                late.push((trial, first));
            }
        }
        (late, different)
    }

    /// Runs a failure again, alone.
    async fn confirm_one(&self, peer: &TestedPeer, trial: Arc<Trial>, first: TrialRun, setup: &Arc<Setup>) {
        self.tell(RunEvent::Confirming(trial.id.clone()));
        let second = self.alone(peer, &trial, &first, setup).await;
        let differs = first.outcome.verdict.is_fail()
            && second.outcome.verdict.is_fail()
            && !fail_alike(&first, &second);
        let (mut ran, attempts) = if second.death.is_some() || second.absent {
            (second, 2)
        } else if differs && !self.is_aborted() {
            // Two runs that fail for different reasons confirm neither; the third decides.
            let third = self.alone(peer, &trial, &second, setup).await;
            let death = third.death;
            let earlier = if fail_alike(&first, &third) { first } else { second };
            (TrialRun { death, ..self.confirmed(earlier, third) }, 3)
        } else {
            (self.confirmed(first, second), 2)
        };
        if ran.outcome.verdict.is_fail() {
            self.outlives(peer, &trial, &mut ran).await;
        }
        if ran.death.is_some() {
            return self.finish_killer(&trial, ran, attempts);
        }
        if !ran.absent {
            self.finish(&trial, ran, attempts);
        }
    }

    /// Runs a trial with nothing else running. Silence counts only if the peer had time to answer: it answers on
    /// another connection, and is not working all the time.
    async fn alone(
        &self,
        peer: &TestedPeer,
        trial: &Arc<Trial>,
        before: &TrialRun,
        setup: &Arc<Setup>,
    ) -> TrialRun {
        let is_silence = has_timeout(&before.outcome.transcript);
        let (ran, is_idle) = self.watched_alone(peer, trial, is_silence, setup).await;
        if is_idle || !fails_by_silence(&ran) || self.is_aborted() {
            return ran;
        }
        // Wait until the peer has finished, and run once more.
        let _ = peer.sanity_with_patience().await;
        let (ran, is_idle) = self.watched_alone(peer, trial, true, setup).await;
        if is_idle || !fails_by_silence(&ran) { ran } else { busy(ran) }
    }

    /// Runs a trial alone. Also returns whether the peer was idle meanwhile, if that was checked.
    async fn watched_alone(
        &self,
        peer: &TestedPeer,
        trial: &Arc<Trial>,
        is_silence: bool,
        setup: &Arc<Setup>,
    ) -> (TrialRun, bool) {
        if !is_silence || !is_quiet(trial) {
            return (self.attempt(peer, trial, setup).await, true);
        }
        let (began, cpu) = (Instant::now(), self.cpu());
        let (ran, is_prompt) = if self.jobs(peer) > 1 {
            let (ran, promptness) = peer.beside_a_fence(self.attempt(peer, trial, setup)).await;
            let had_time = had_time(&ran, Instant::now(), promptness, setup);
            (ran, had_time)
        } else {
            let ran = self.attempt(peer, trial, setup).await;
            let is_prompt = ran.absent || ran.death.is_some() || peer.is_prompt().await;
            (ran, is_prompt)
        };
        let worked = cpu.zip(self.cpu()).map(|(before, after)| after.saturating_sub(before));
        let works = worked.is_some_and(|worked| worked > began.elapsed() / BUSY);
        (ran, is_prompt && !works)
    }

    /// The CPU time of a watched server.
    fn cpu(&self) -> Option<Duration> {
        self.options.watched.as_deref()?.usage().map(|usage| usage.cpu)
    }

    /// Combines two runs of a doubtful trial, the second of them alone.
    fn confirmed(&self, first: TrialRun, second: TrialRun) -> TrialRun {
        let evidence = Evidence::of(&first.outcome);
        let verdicts = ((&first.outcome.verdict, evidence), &second.outcome.verdict);
        let had_less = first.duration < self.limits().line;
        match weigh(verdicts.0, verdicts.1, had_less || self.is_slow(&second)) {
            Confirmation::First => first,
            Confirmation::Second => second,
            Confirmation::Flaky => flaky(first),
            Confirmation::Unconfirmed if second.unconfirmed.is_some() => second,
            Confirmation::Unconfirmed => unconfirmed(first),
        }
    }

    /// Whether the peer was slow at something, in the first pass or in this run.
    fn is_slow(&self, ran: &TrialRun) -> bool {
        let state = self.state.borrow();
        state.narrowed.is_some() || is_slow(self.limits(), state.pace.max(ran.outcome.pace))
    }

    /// The limits of the first pass.
    fn limits(&self) -> Limits {
        self.state.borrow().limits.unwrap_or(self.options.limits)
    }
}

/// Whether a trial spends most of its time waiting.
fn is_quiet(trial: &Trial) -> bool {
    !watch::is_solitary(trial) && !is_heavy(trial)
}

/// Whether nothing came for long, be it that a time limit ran out or that the peer then ended the connection.
fn waits(transcript: &Transcript) -> bool {
    let ends_late = match &transcript.entries[..] {
        [.., before, last] => last.at.0.saturating_sub(before.at.0) >= LONG_WAIT,
        _ => false,
    };
    ends_late || has_timeout(transcript)
}

/// Whether the peer had time to answer in a run that ended at `end`: it was prompt on other connections, all the while or,
/// if nothing came, for a whole line's limit before that counted. Data that the run sent may have kept it busy at first.
fn had_time(ran: &TrialRun, end: Instant, promptness: Promptness, setup: &Setup) -> bool {
    if promptness.is_perfect() || !fails_by_silence(ran) {
        return promptness.is_perfect();
    }
    let silent_at = ran.outcome.transcript.entries.last().map_or(Duration::ZERO, |entry| entry.at.0);
    let since = ran.duration.saturating_sub(silent_at);
    end.checked_sub(since).is_some_and(|counted| promptness.lasted(setup.limits.line, counted))
}

/// A failure that did not occur again.
fn flaky(first: TrialRun) -> TrialRun {
    let Verdict::Fail { failure } = &first.outcome.verdict else { return first };
    let verdict = Verdict::Flaky { failure: failure.clone() };
    TrialRun { outcome: Outcome { verdict, ..first.outcome }, ..first }
}

/// Silence of a peer that was working all the time.
fn busy(ran: TrialRun) -> TrialRun {
    doubt_of(ran, "but the peer was busy, or slow on another connection, too")
}

/// A failure among other trials that cannot be run alone: the peer's death may be its only cause.
fn unconfirmed(first: TrialRun) -> TrialRun {
    doubt_of(first, UNCONFIRMED)
}

/// A failure becomes one that does not count, with the reason; other outcomes stay.
fn doubt_of(ran: TrialRun, why: &str) -> TrialRun {
    let Verdict::Fail { failure } = &ran.outcome.verdict else { return ran };
    let unconfirmed = Some(failure.clone());
    let verdict = confirmation::doubted(failure, why);
    TrialRun { outcome: Outcome { verdict, ..ran.outcome }, unconfirmed, ..ran }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::tests::{answered, overdue};

    const LINE: Duration = Duration::from_secs(2);

    /// Whether the peer had time in a run that just ended, `after` its silence counted, if its last late answer on another
    /// connection came this long ago.
    fn had_time_after(ran: TrialRun, after: Duration, late: Option<Duration>) -> bool {
        let end = Instant::now() + Duration::from_secs(60);
        let at = ran.outcome.transcript.entries.last().map_or(Duration::ZERO, |entry| entry.at.0);
        let promptness = late.map_or_else(Promptness::default, |ago| Promptness::late_until(end - ago));
        let setup = Setup::client("a", "/");
        assert_eq!(setup.limits.line, LINE);
        had_time(&TrialRun { duration: at + after, ..ran }, end, promptness, &setup)
    }

    #[test]
    fn a_silence_counts_if_the_peer_was_prompt_for_a_whole_line_s_limit_before_it() {
        let (second, moment) = (Duration::from_secs(1), Duration::from_millis(1));
        assert!(had_time_after(overdue(), second, None));
        assert!(had_time_after(overdue(), second, Some(LINE + second)));
        assert!(!had_time_after(overdue(), second, Some(LINE + second - moment)));
        assert!(!had_time_after(overdue(), Duration::ZERO, Some(LINE - moment)));
    }

    #[test]
    fn what_came_counts_only_if_the_peer_was_prompt_all_the_while() {
        assert!(had_time_after(answered(LINE), Duration::ZERO, None));
        assert!(!had_time_after(answered(LINE), Duration::ZERO, Some(LINE * 10)));
    }
}
