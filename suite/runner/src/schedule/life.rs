//! Checks whether the peer is still there, and whether it has died or is only busy.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};
use wsspec_catalogue::Trial;
use wsspec_record::DeathRecord;
use wsspec_wire::Role;

use super::{PlanRun, TestedPeer, peer::Life};
use crate::trial::TrialRun;

/// First and longest interval between two checks.
const LOOKS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));
/// How long to wait for a peer that is there but does not answer.
const ILLNESS: Duration = Duration::from_secs(20);
/// A peer that has died this often is neither waited for nor restarted.
const MOST_DEATHS: usize = 20;

/// A death of the peer, and its possible causes.
#[derive(Clone, Debug, Default)]
pub(super) struct RunDeath {
    /// Exit status or signal, or how else it was noticed.
    pub how: String,
    /// The last output of the process, escaped.
    pub output: Vec<String>,
    /// The ids of the trials that were running.
    pub trials: Vec<String>,
    /// The trials that had just ended.
    pub just_ended: Vec<Arc<Trial>>,
}

/// The result of checking the peer.
enum Look {
    /// It is as before.
    Well,
    /// It was gone and is back.
    Back(String),
    /// It is gone.
    Gone(String),
    /// It accepts connections and does not answer.
    Hangs(String),
}

/// Whether other trials were running that may have changed the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Company {
    Alone,
    Others,
}

/// The deaths in the record of a run whose peer is not watched.
pub(super) fn records(deaths: &[RunDeath]) -> Vec<DeathRecord> {
    let record = |death: &RunDeath| {
        let RunDeath { how, output, trials, .. } = death.clone();
        DeathRecord { trials, how, output }
    };
    deaths.iter().map(record).collect()
}

impl PlanRun<'_> {
    /// After a trial that found no peer, or one that does not answer, or whose connection ended without a word: checks
    /// what has happened to the peer. One check serves all trials that ended before it began.
    pub(super) async fn look_after(&self, peer: &TestedPeer, ran: &TrialRun, number: usize) {
        let is_suspicious = ran.absent || ran.is_unanswered() || ran.fails_by_its_end();
        // A peer that opens no connection behaves as it did before.
        if peer.unfit.is_some() || !is_suspicious && !self.may_hide_a_death(ran) {
            return;
        }
        let check = async {
            if self.deaths() != number || self.is_aborted() || self.is_dead() {
                return None;
            }
            let is_well = match is_suspicious {
                true => self.look(peer, Company::Others).await,
                // A healthy peer may end a connection without a word: only one that refuses the next connection is gone.
                false => match peer.life().await {
                    Life::Well => true,
                    Life::Ails(_) => false,
                    Life::Refuses(why) => self.look_since(peer, Company::Others, Some(why)).await,
                },
            };
            is_well.then_some(())
        };
        self.seen_well.ask(check).await;
    }

    /// Whether a trial may have passed only because the peer died. A watched server tells of its death, and a client's
    /// process belongs to one trial.
    fn may_hide_a_death(&self, ran: &TrialRun) -> bool {
        self.options.watched.is_none() && self.role == Role::Server && ran.ends_without_a_word()
    }

    /// Checks whether the peer is still there; `false` if it is not as before.
    pub(super) async fn look(&self, peer: &TestedPeer, company: Company) -> bool {
        self.look_since(peer, company, None).await
    }

    /// The same, for a peer that has just refused a connection, for this reason.
    async fn look_since(&self, peer: &TestedPeer, company: Company, refused: Option<String>) -> bool {
        let who = self.who();
        match self.wait_for_life(peer, refused).await {
            Look::Well => return true,
            Look::Back(why) => {
                self.note_death(why);
                if self.deaths() >= self.most_deaths() {
                    self.give_up_on_it();
                }
            }
            Look::Gone(why) => {
                let what = match self.role {
                    Role::Server => {
                        format!("the server died, and did not come back within {:?}: {why}", self.comeback())
                    }
                    Role::Client => format!("the client is gone: {why}"),
                };
                self.note_death(why);
                self.abort(what);
            }
            Look::Hangs(why) => {
                let what = format!("the {who} no longer answers: {why}");
                match self.options.watched.as_deref() {
                    Some(watched) => {
                        watched.give_up(&what);
                        self.tell_deaths(watched);
                    }
                    None => {
                        if company == Company::Alone {
                            self.add_death(RunDeath { how: what.clone(), ..RunDeath::default() });
                        }
                        self.incident(what.clone());
                        self.abort(what);
                    }
                }
            }
        }
        false
    }

    /// Checks that the peer still does at the end of the run what it did at its start. The cause of a death that shows
    /// only now is looked for as well.
    pub(super) async fn look_at_the_end(&self, peer: &TestedPeer) {
        let number = self.deaths();
        let Err(why) = peer.sanity().await else { return };
        // A process that is about to die may still reset connections.
        let lives = self.is_dead() || self.look(peer, Company::Others).await;
        if let Some(watched) = self.options.watched.as_deref() {
            self.tell_deaths(watched);
        }
        let setup = peer.patient(self.state.borrow().pace);
        let deaths = number..self.deaths();
        if deaths.is_empty() && lives {
            self.incident(format!(
                "at the end of the run the server no longer does what it did at its start: {why}"
            ));
        }
        for death in deaths {
            self.look_further(peer, death, &setup).await;
        }
    }

    /// How many deaths are allowed; twice as many while their causes are being looked for.
    pub(super) fn most_deaths(&self) -> usize {
        if self.state.borrow().confirming { 2 * MOST_DEATHS } else { MOST_DEATHS }
    }

    /// The peer has died too often. Ends the run, or only its first pass, so that the causes are still looked for.
    pub(super) fn give_up_on_it(&self) -> String {
        let why = format!("the {} died {MOST_DEATHS} times", self.who());
        let mut state = self.state.borrow_mut();
        let end = if state.confirming { &mut state.aborted } else { &mut state.enough };
        end.get_or_insert(why.clone());
        why
    }

    /// Waits until the peer answers, or is found to be gone. `refused` says why it refused a connection just now.
    async fn wait_for_life(&self, peer: &TestedPeer, mut refused: Option<String>) -> Look {
        let began = Instant::now();
        let (mut pause, longest) = LOOKS;
        loop {
            let life = peer.life().await;
            if self.is_dead() {
                // The process says more than its port.
                return Look::Well;
            }
            match life {
                Life::Well => return refused.map_or(Look::Well, Look::Back),
                Life::Refuses(why) if began.elapsed() >= self.comeback() => return Look::Gone(why),
                Life::Refuses(why) => refused = Some(why),
                Life::Ails(why) if began.elapsed() >= ILLNESS => return Look::Hangs(why),
                Life::Ails(_) => {}
            }
            sleep(pause).await;
            pause = (pause * 2).min(longest);
        }
    }

    /// A supervisor may restart a server; only we start a client's command.
    fn comeback(&self) -> Duration {
        match self.role {
            Role::Server => self.options.comeback,
            Role::Client => Duration::ZERO,
        }
    }

    /// How often the peer has died.
    pub(super) fn deaths(&self) -> usize {
        let told = self.state.borrow().deaths.len();
        self.options.watched.as_deref().map_or(told, crate::spawn::Watched::deaths)
    }

    /// Records a death of a peer that is not watched.
    fn note_death(&self, how: String) {
        self.incident(format!("the {} died: {how}", self.who()));
        self.add_death(RunDeath { how, ..RunDeath::default() });
    }

    pub(super) fn add_death(&self, death: RunDeath) {
        let mut state = self.state.borrow_mut();
        let just_ended = state.under_way.just_ended();
        state.deaths.push(RunDeath { just_ended, ..death });
    }

    /// `server` or `client`: the word for the peer.
    pub(super) fn who(&self) -> &'static str {
        self.role.word()
    }
}
