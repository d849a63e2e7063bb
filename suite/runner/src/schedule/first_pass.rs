//! The first pass of a run: every trial once, side by side where nothing is measured and little is moved.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use wsspec_catalogue::{Extra, Need, Trial};
use wsspec_exchange::Outcome;
use wsspec_record::Verdict;

use super::{
    PlanRun, TestedPeer,
    evidence::{fails_by_bytes, is_doubtful},
    watch,
    window::Window,
};
use crate::trial::TrialRun;

impl PlanRun<'_> {
    /// Every trial once, side by side but for those that are measured, and those that move much: these would slow the
    /// others and each other down and take memory. Returns those whose outcome is to be confirmed.
    pub(super) async fn first_pass(&self, peer: &TestedPeer) -> Vec<(Arc<Trial>, TrialRun)> {
        let jobs = self.jobs(peer);
        let (mut solitary, sociable): (Vec<_>, Vec<_>) =
            self.selected(peer).into_iter().partition(|trial| watch::is_solitary(trial) || is_heavy(trial));
        // What has the server end comes last: it might not come up again.
        solitary.sort_by_key(|trial| trial.script.terminates());
        let mut doubtful = Vec::new();
        let mut window = Window::new(jobs, peer.setup.limits.line);
        self.side_by_side(peer, sociable, &mut window, &mut doubtful).await;
        if window.generation() > 0 {
            self.advise(jobs, window.size());
        }
        self.side_by_side(peer, solitary, &mut Window::new(1, Duration::ZERO), &mut doubtful).await;
        // The same order whatever finished first.
        doubtful.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
        doubtful
    }

    async fn side_by_side(
        &self,
        peer: &TestedPeer,
        trials: Vec<Arc<Trial>>,
        window: &mut Window,
        doubtful: &mut Vec<(Arc<Trial>, TrialRun)>,
    ) {
        let mut waiting = VecDeque::from(trials);
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < window.size()
                && let Some(trial) = waiting.pop_front()
            {
                let generation = window.generation();
                running.push(async move { (self.once(peer, &trial).await, trial, generation) });
            }
            let Some((ran, trial, generation)) = running.next().await else { return };
            if window.ended(generation, &ran) && ran.death.is_none() && !self.is_aborted() {
                waiting.push_back(trial);
                continue;
            }
            self.state.borrow_mut().note_pace(ran.outcome.pace);
            self.take(trial, ran, doubtful);
            self.estimate();
        }
    }

    async fn once(&self, peer: &TestedPeer, trial: &Arc<Trial>) -> TrialRun {
        if let Some(ran) = self.left_out(peer, trial) {
            return ran;
        }
        let setup = peer.usual(self.state.borrow().pace);
        let mut ran = self.attempt(peer, trial, &setup).await;
        if self.options.checks_survival && !ran.absent {
            self.outlives(peer, trial, &mut ran).await;
        }
        ran
    }

    /// Takes in what became of a trial: it is finished, or to be confirmed.
    fn take(&self, trial: Arc<Trial>, ran: TrialRun, doubtful: &mut Vec<(Arc<Trial>, TrialRun)>) {
        let measured = watch::is_solitary(&trial) && matches!(ran.outcome.verdict, Verdict::Lenient { .. });
        if self.options.checks_survival && self.is_aborted() && ran.death.is_some() {
            // Nothing else was under way, nor unlooked at before.
            self.finish_killer(&trial, ran, 1);
        } else if is_doubtful(&ran) || measured || ran.death.is_some() {
            self.doubt(&trial, &ran);
            doubtful.push((trial, ran));
            self.end_after_failures(self.certain(doubtful));
        } else {
            self.finish(&trial, ran, 1);
        }
    }

    /// How many of them are failures that stand unconfirmed, and that nobody expects.
    fn certain(&self, doubtful: &[(Arc<Trial>, TrialRun)]) -> usize {
        if self.options.max_failures.is_none() {
            return 0;
        }
        let unexpected = |trial: &Trial| self.options.baseline.of(&trial.id).is_none();
        doubtful.iter().filter(|(trial, ran)| fails_by_bytes(ran) && unexpected(trial)).count()
    }

    /// How many trials are done at once.
    pub(super) fn jobs(&self, peer: &TestedPeer) -> usize {
        if self.options.checks_survival {
            return 1;
        }
        let served = usize::try_from(peer.profile.connections.min(self.options.jobs)).unwrap_or(1).max(1);
        self.state.borrow().narrowed.map_or(served, |narrowed| narrowed.min(served))
    }

    /// The peer kept trials waiting when there were so many; in the end there were `fewer`, or as many again.
    fn advise(&self, jobs: usize, fewer: usize) {
        self.state.borrow_mut().narrowed = Some(fewer);
        if fewer == jobs {
            return;
        }
        let who = self.who();
        let other = if fewer == 1 { "one connection" } else { "fewer connections" };
        self.incident(format!(
            "with {jobs} connections at once the {who} was too slow for the limits, and was tested with {other}: \
             --jobs {fewer} saves the time that this took"
        ));
    }

    /// What a trial comes to that is not played: the run was cut short, or the peer lacks what it needs.
    fn left_out(&self, peer: &TestedPeer, trial: &Trial) -> Option<TrialRun> {
        let state = self.state.borrow();
        if let Some(why) = state.aborted.as_ref().or(state.enough.as_ref()) {
            return Some(TrialRun::not_run(why));
        }
        // One that opens no connection shows its fault before any of that matters.
        let shows = |need: &Need| peer.unfit.is_some() && *need != Need::Process;
        let about = trial.is_about_http1().then_some(&Need::Http1);
        let lacking = about.into_iter().chain(&trial.needs).find(|need| !peer.has(**need) && !shows(need))?;
        // What echoes nothing is one reason, not one for each kind of message.
        let lacking = if lacking.is_echo() && !peer.has(Need::Echo) { &Need::Echo } else { lacking };
        let skip = Verdict::Skip { reason: lacking.lacking().to_owned() };
        Some(TrialRun::of(Outcome::of(skip), Duration::ZERO))
    }
}

/// Whether a trial moves much: it runs with nothing else going on.
pub(super) fn is_heavy(trial: &Trial) -> bool {
    matches!(trial.extra, Some(Extra::Large | Extra::Throughput))
}
