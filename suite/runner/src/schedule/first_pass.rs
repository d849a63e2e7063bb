//! The first pass of a run: each trial once, in parallel unless it measures or moves much data.

use std::{cmp::Reverse, sync::Arc, time::Duration};

use futures_util::{StreamExt, future::Either, stream::FuturesUnordered};
use wsspec_catalogue::{Extra, Need, Trial};
use wsspec_exchange::Outcome;
use wsspec_record::Verdict;
use wsspec_wire::Role;

use super::{
    PlanRun, TestedPeer,
    evidence::{fails_at_message, fails_by_bytes, is_doubtful},
    queue::Queue,
    watch,
    window::Window,
};
use crate::trial::TrialRun;

/// Trials that take longer than this, in milliseconds, start before shorter ones.
const LONG_TRIAL: u128 = 50;

impl PlanRun<'_> {
    /// Runs each trial once. From the first failure at a message on, listens for messages that the peer sends unprompted only some time
    /// after the opening handshake: what failed without that knowledge is run once more.
    pub(super) async fn first_passes(&self, peer: &mut TestedPeer) -> Vec<(Arc<Trial>, TrialRun)> {
        let doubtful = self.first_pass(peer, self.selected(peer)).await;
        let speaks = self.state.borrow().heard == Some(true) && !self.is_aborted();
        if !speaks {
            return doubtful;
        }
        peer.note_unasked();
        self.state.borrow_mut().profile = peer.profile.clone();
        let (failed, mut doubtful): (Vec<_>, Vec<_>) =
            doubtful.into_iter().partition(|(_, ran)| ran.outcome.verdict.is_fail() && ran.death.is_none());
        doubtful.extend(self.first_pass(peer, failed.into_iter().map(|(trial, _)| trial).collect()).await);
        doubtful.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
        doubtful
    }

    /// Whether it is time to listen: some trial has failed at a message, and nobody has listened yet.
    fn begins_to_listen(&self, peer: &TestedPeer) -> bool {
        let mut state = self.state.borrow_mut();
        let begins = state.fails_at_message
            && state.heard.is_none()
            && peer.may_speak_later()
            && state.aborted.is_none();
        if begins {
            state.heard = Some(false);
        }
        begins
    }

    /// Runs each trial once, in parallel except those that measure and those that move much data, which would slow the
    /// others and each other down and use memory. Returns those whose outcome needs confirming.
    async fn first_pass(&self, peer: &TestedPeer, trials: Vec<Arc<Trial>>) -> Vec<(Arc<Trial>, TrialRun)> {
        let jobs = self.jobs(peer);
        let (mut solitary, mut sociable): (Vec<_>, Vec<_>) =
            trials.into_iter().partition(|trial| watch::is_solitary(trial) || is_heavy(trial));
        // The whole run would wait for a long trial that starts last.
        if jobs > 1 {
            sociable.sort_by_key(|trial| Reverse(trial.script.rough_time().as_millis() / LONG_TRIAL));
        }
        // Trials that stop the server run last: it might not come back.
        solitary.sort_by_key(|trial| trial.script.terminates());
        let mut doubtful = Vec::new();
        let mut window = Window::new(jobs, peer.setup.limits.line);
        self.side_by_side(peer, sociable, &mut window, &mut doubtful).await;
        if window.generation() > 0 {
            self.advise(jobs, window.size());
        }
        self.side_by_side(peer, solitary, &mut Window::new(1, Duration::ZERO), &mut doubtful).await;
        // An order that does not depend on which finished first.
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
        let mut queue = Queue::new(trials, self.jobs(peer));
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < window.size() {
                if self.begins_to_listen(peer) {
                    running.push(Either::Left(async {
                        let speaks = peer.speaks_later().await;
                        self.state.borrow_mut().heard = Some(speaks);
                        None
                    }));
                    continue;
                }
                let Some((trial, bytes)) = queue.begin() else { break };
                let (generation, alone) = (window.generation(), window.size() == 1);
                running.push(Either::Right(async move {
                    let ran = self.once(peer, &trial).await;
                    // What has no company cannot have too much of it.
                    let busy = !alone && ran.is_overdue() && self.is_overloaded(peer).await;
                    Some((ran, (trial, bytes), generation, busy))
                }));
            }
            let Some(ended) = running.next().await else { return };
            let Some((ran, (trial, bytes), generation, busy)) = ended else { continue };
            queue.end(bytes);
            if window.ended(generation, &ran, busy) && ran.death.is_none() && !self.is_aborted() {
                queue.put_back(trial, bytes);
                continue;
            }
            self.state.borrow_mut().note_pace(ran.outcome.pace);
            self.take(trial, ran, doubtful);
            self.estimate();
        }
    }

    /// Whether an answer on another connection is overdue, too. One question serves all trials that ended before it was
    /// asked: as many questions at once as trials would keep a prompt peer busy.
    async fn is_overloaded(&self, peer: &TestedPeer) -> bool {
        self.asked_if_overloaded.ask(async { Some(peer.is_overloaded().await) }).await == Some(true)
    }

    async fn once(&self, peer: &TestedPeer, trial: &Arc<Trial>) -> TrialRun {
        if let Some(ran) = self.left_out(peer, trial) {
            return ran;
        }
        let setup = peer.hasty(self.state.borrow().pace);
        let mut ran = self.attempt(peer, trial, &setup).await;
        if self.options.checks_survival && !ran.absent {
            self.outlives(peer, trial, &mut ran).await;
        }
        ran
    }

    /// Handles the result of a trial: finishes it, or remembers it for confirmation.
    fn take(&self, trial: Arc<Trial>, ran: TrialRun, doubtful: &mut Vec<(Arc<Trial>, TrialRun)>) {
        let measured = watch::is_solitary(&trial) && matches!(ran.outcome.verdict, Verdict::Lenient { .. });
        if self.options.checks_survival && self.is_aborted() && ran.death.is_some() {
            // Nothing else was running, and nothing earlier remained unchecked.
            self.finish_killer(&trial, ran, 1);
        } else if is_doubtful(&ran) || measured || ran.death.is_some() {
            self.state.borrow_mut().fails_at_message |= fails_at_message(&ran);
            self.doubt(&trial, &ran);
            doubtful.push((trial, ran));
            self.end_after_failures(self.certain(doubtful));
        } else {
            self.finish(&trial, ran, 1);
        }
    }

    /// How many of them are unexpected failures that need no confirmation.
    fn certain(&self, doubtful: &[(Arc<Trial>, TrialRun)]) -> usize {
        if self.options.max_failures.is_none() {
            return 0;
        }
        let unexpected = |trial: &Trial| self.options.baseline.of(&trial.id).is_none();
        doubtful.iter().filter(|(trial, ran)| fails_by_bytes(ran) && unexpected(trial)).count()
    }

    /// The number of trials to run at once.
    pub(super) fn jobs(&self, peer: &TestedPeer) -> usize {
        let served = self.served(peer);
        self.state.borrow().narrowed.map_or(served, |narrowed| narrowed.min(served))
    }

    /// The number of connections that the peer serves at once, of those allowed.
    pub(super) fn served(&self, peer: &TestedPeer) -> usize {
        if self.options.checks_survival {
            return 1;
        }
        usize::try_from(peer.profile.connections.min(self.options.jobs)).unwrap_or(1).max(1)
    }

    /// Reports that the peer kept trials waiting with this many at once, and whether `fewer` or the same number was
    /// used in the end.
    fn advise(&self, jobs: usize, fewer: usize) {
        self.state.borrow_mut().narrowed = Some(fewer);
        if fewer == jobs {
            return;
        }
        let why = match self.state.borrow().turns_away {
            true => "turned requests away",
            false => "was too slow for the limits",
        };
        let who = self.who();
        let other = if fewer == 1 { "one connection" } else { "fewer connections" };
        self.incident(format!(
            "with {jobs} connections at once the {who} {why}, and was tested with {other}: --jobs {fewer} saves the \
             time that this took"
        ));
    }

    /// The result of a trial that is not played: the run was cut short, or the peer lacks something that it needs.
    fn left_out(&self, peer: &TestedPeer, trial: &Trial) -> Option<TrialRun> {
        let state = self.state.borrow();
        if let Some(why) = state.aborted.as_ref().or(state.enough.as_ref()) {
            return Some(TrialRun::not_run(why));
        }
        if let Some(reason) = self.needs_more_connections(peer, trial) {
            return Some(TrialRun::of(Outcome::of(Verdict::Skip { reason }), Duration::ZERO));
        }
        // A peer that opens no connection shows its fault before any of these needs matters.
        let shows = |need: &Need| peer.unfit.is_some() && *need != Need::Process;
        let about = trial.is_about_http1().then_some(&Need::Http1);
        let lacking = about.into_iter().chain(&trial.needs).find(|need| !peer.has(**need) && !shows(need))?;
        // What echoes nothing is one reason, not one for each kind of message.
        let lacking = if lacking.is_echo() && !peer.has(Need::Echo) { &Need::Echo } else { lacking };
        let skip = Verdict::Skip { reason: lacking.lacking().to_owned() };
        Some(TrialRun::of(Outcome::of(skip), Duration::ZERO))
    }

    /// Why a trial on several connections at once cannot run: the peer serves fewer, though we would open as many.
    fn needs_more_connections(&self, peer: &TestedPeer, trial: &Trial) -> Option<String> {
        let (needed, served) = (trial.script.side_by_side(), peer.profile.connections);
        let is_enough =
            needed == 1 || needed <= served || served >= self.options.jobs || self.role == Role::Client;
        (!is_enough)
            .then(|| format!("the peer serves {served} at once of the {needed} connections that this needs"))
    }
}

/// Whether a trial moves so much data that it runs alone.
pub(super) fn is_heavy(trial: &Trial) -> bool {
    matches!(trial.extra, Some(Extra::Large | Extra::Throughput))
}
