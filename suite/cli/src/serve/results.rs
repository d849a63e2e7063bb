//! The results of clients, kept by the names they give themselves, within bounds that no client can exceed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Instant, SystemTime},
};

use serde::Serialize;
use tokio::sync::watch;
use wsspec_catalogue::{Baseline, Limits, Need, Plan};
use wsspec_exchange::{Pace, compare};
use wsspec_record::{
    Declared, EventKind, FORMAT, Guide, LimitsRecord, PeerProfile, Record, TrialRecord, Verdict,
};
use wsspec_runner::is_slow;
use wsspec_wire::Role;

mod agent_trial;
mod agents;

pub use agent_trial::AgentTrial;
use agent_trial::{TwoFailures, confirmed, forget_transcript, is_unconfirmed, says_something, size};
use agents::{AGENTS, Agents, RepeatedCase};

/// Approximate limit on the bytes of transcripts kept for all agents.
const KEPT: usize = 128 << 20;
/// A client that has left this many expected echoes out and has never sent a message does not echo at all.
const SILENT: usize = 8;

/// The results so far.
#[derive(Debug)]
pub struct AgentResults {
    began: Instant,
    started: String,
    usual: Limits,
    limits: LimitsRecord,
    seed: u64,
    baseline: Baseline,
    options: Vec<String>,
    guide: Guide,
    /// Ids in the order of the plan.
    order: Vec<String>,
    /// The ids of cases that say nothing about a client that never echoes.
    echoing: BTreeSet<String>,
    agents: Mutex<Agents>,
    /// The number of results, incremented with each.
    added: watch::Sender<usize>,
}

/// The progress of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgentProgress {
    /// Its name.
    pub agent: String,
    /// The number of cases that it was given.
    pub cases: usize,
    /// The number of unexpected failures.
    pub failed: usize,
}

impl AgentResults {
    /// No results yet; `options` are those that a trial depends on.
    pub fn new(plan: &Plan, limits: Limits, seed: u64, baseline: Baseline, options: Vec<String>) -> Self {
        let millis = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self {
            began: Instant::now(),
            started: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
            usual: limits,
            limits: LimitsRecord {
                line_ms: millis(limits.line),
                trial_ms: millis(limits.trial),
                watch_ms: millis(limits.watch),
            },
            seed,
            baseline,
            options,
            guide: Guide::default(),
            order: plan.trials.iter().map(|trial| trial.id.clone()).collect(),
            echoing: plan
                .trials
                .iter()
                .filter(|trial| trial.needs.iter().any(|need| need.is_echo()))
                .map(|trial| trial.id.clone())
                .collect(),
            agents: Mutex::default(),
            added: watch::Sender::new(0),
        }
    }

    /// Adds the catalogue's texts about sections and rules.
    #[must_use]
    pub fn with_guide(self, guide: Guide) -> Self {
        Self { guide, ..self }
    }

    /// Adds a result, in place of an earlier one of the same case. With `confirm`, combines both.
    pub fn add(&self, agent: &str, trial: AgentTrial, confirm: bool) {
        self.keep(agent, trial, confirm);
        self.added.send_modify(|count| *count += 1);
    }

    fn keep(&self, agent: &str, trial: AgentTrial, confirm: bool) {
        let AgentTrial { record: mut trial, evidence, pace } = trial;
        let mut agents = self.agents();
        agents.make_room(agent);
        let Agents { trials, kept, failures, paces, two_failures, .. } = &mut *agents;
        let own = trials.entry(agent.to_owned()).or_default();
        let so_far = paces.entry(agent.to_owned()).or_default();
        *so_far = so_far.max(pace);
        let failures = failures.entry(agent.to_owned()).or_default();
        if let Some(earlier) = own.remove(&trial.id) {
            *kept -= size(&earlier);
            let attempts = earlier.attempts.saturating_add(1);
            let first = (earlier, failures.remove(&trial.id).unwrap_or_default());
            let is_slow = is_slow(self.usual, *so_far);
            let two_failures = two_failures.entry(agent.to_owned()).or_default();
            let both = two_failures.remove(&trial.id);
            *kept -= both.as_ref().map_or(0, TwoFailures::size);
            trial = match (confirm, both) {
                (false, _) => trial,
                (true, Some(both)) => both.decided(trial, is_slow),
                (true, None) => {
                    if let Some(mut both) = TwoFailures::of(&first, &trial, evidence) {
                        if *kept + both.size() > KEPT {
                            both.shorten();
                        }
                        *kept += both.size();
                        two_failures.insert(trial.id.clone(), both);
                    }
                    confirmed(first, trial, is_slow)
                }
            };
            trial.attempts = attempts;
        } else if trial.verdict.is_fail() {
            failures.insert(trial.id.clone(), evidence);
        }
        compare(&mut trial, &self.baseline);
        if *kept + size(&trial) > KEPT {
            forget_transcript(&mut trial);
        }
        *kept += size(&trial);
        own.insert(trial.id.clone(), trial);
    }

    /// How long an agent has taken to respond so far.
    pub fn pace(&self, agent: &str) -> Pace {
        self.agents().paces.get(agent).copied().unwrap_or_default()
    }

    /// A receiver that changes with each result.
    pub fn additions(&self) -> watch::Receiver<usize> {
        self.added.subscribe()
    }

    /// The progress of each agent.
    pub fn progress(&self) -> Vec<AgentProgress> {
        let agents = self.agents();
        let progress = |(agent, trials): (&String, &BTreeMap<String, TrialRecord>)| {
            let vain = self.vain(trials);
            let counts = |trial: &&TrialRecord| {
                trial.verdict.is_fail() && trial.known().is_none() && !vain.contains(&trial.id)
            };
            AgentProgress {
                agent: agent.clone(),
                cases: trials.len(),
                failed: trials.values().filter(counts).count(),
            }
        };
        agents.trials.iter().map(progress).collect()
    }

    /// The id of the next case for an agent, if one is left: each case is given once.
    pub fn next(&self, agent: &str) -> Option<String> {
        let mut agents = self.agents();
        agents.make_room(agent);
        let place = agents.given.entry(agent.to_owned()).or_default();
        let id = self.order.get(*place)?;
        *place += 1;
        Some(id.clone())
    }

    /// The id of a case that an agent has failed and that is to be played again: once, and once more if it then fails for
    /// another reason.
    pub fn next_failure(&self, agent: &str) -> Option<String> {
        let mut agents = self.agents();
        let Agents { trials, again, two_failures, .. } = &mut *agents;
        let own = trials.get(agent)?;
        let disagrees = |id: &String| two_failures.get(agent).is_some_and(|own| own.contains_key(id));
        if let Some(RepeatedCase { id, number: number @ 2 }) = again.get_mut(agent)
            && disagrees(id)
        {
            *number = 3;
            return Some(id.clone());
        }
        // A case that never ended is not given again.
        let last = again.get(agent).and_then(|last| self.order.iter().position(|id| *id == last.id));
        let rest = &self.order[last.map_or(0, |last| last + 1)..];
        let id = rest.iter().find(|id| own.get(*id).is_some_and(is_unconfirmed))?;
        again.insert(agent.to_owned(), RepeatedCase { id: id.clone(), number: 2 });
        Some(id.clone())
    }

    /// The ids of the cases that an agent has failed and that are to be played again.
    pub fn unconfirmed(&self, agent: &str) -> BTreeSet<String> {
        let agents = self.agents();
        let own = agents.trials.get(agent).into_iter().flatten();
        let once = own.filter(|(_, trial)| is_unconfirmed(trial)).map(|(id, _)| id);
        let twice = agents.two_failures.get(agent).into_iter().flatten().map(|(id, _)| id);
        once.chain(twice).cloned().collect()
    }

    /// Whether every case given to an agent has a result.
    pub fn is_settled(&self, agent: &str) -> bool {
        let agents = self.agents();
        let given = agents.given.get(agent).copied().unwrap_or_default();
        let Some(own) = agents.trials.get(agent) else { return given == 0 };
        let is_running =
            |again: &RepeatedCase| own.get(&again.id).is_some_and(|trial| trial.attempts < again.number);
        own.len() >= given && !agents.again.get(agent).is_some_and(is_running)
    }

    /// The number of cases not yet given to an agent.
    pub fn left(&self, agent: &str) -> usize {
        self.order.len() - self.agents().trials.get(agent).map_or(0, BTreeMap::len)
    }

    /// Whether an agent has played every case, and its failures again.
    pub fn is_through(&self, agent: &str) -> bool {
        let played = self.agents().trials.get(agent).map_or(0, BTreeMap::len);
        played == self.order.len() && self.unconfirmed(agent).is_empty()
    }

    /// A sentence about agents whose results were dropped.
    pub fn forgotten(&self) -> Option<String> {
        let forgotten = self.agents().forgotten;
        let sentence = || {
            format!("the results of {AGENTS} agents are kept; {forgotten} with fewer cases were forgotten")
        };
        (forgotten > 0).then(sentence)
    }

    /// The record of an agent.
    pub fn record(&self, agent: &str) -> Option<Record> {
        let trials = self.agents().trials.get(agent)?.clone();
        Some(self.record_of(agent, trials))
    }

    /// All records.
    pub fn records(&self) -> Vec<Record> {
        let all = self.agents().trials.clone();
        all.into_iter().map(|(agent, trials)| self.record_of(&agent, trials)).collect()
    }

    /// The ids of trials that waited in vain for an echo, if their client apparently never echoes.
    fn vain(&self, trials: &BTreeMap<String, TrialRecord>) -> BTreeSet<String> {
        let timed_out =
            |trial: &TrialRecord| trial.transcript.iter().any(|entry| entry.event == EventKind::Timeout);
        let in_vain = |trial: &&TrialRecord| {
            self.echoing.contains(&trial.id) && trial.verdict.is_fail() && timed_out(trial)
        };
        let vain: BTreeSet<_> = trials.values().filter(in_vain).map(|trial| trial.id.clone()).collect();
        let is_silent = vain.len() >= SILENT && !trials.values().any(says_something);
        if is_silent { vain } else { BTreeSet::new() }
    }

    fn record_of(&self, agent: &str, mut trials: BTreeMap<String, TrialRecord>) -> Record {
        let vain = self.vain(&trials);
        // The same reason as in a run that learns this beforehand.
        for trial in trials.values_mut().filter(|trial| vain.contains(&trial.id)) {
            trial.verdict = Verdict::Skip { reason: Need::Echo.lacking().to_owned() };
            (trial.standing, trial.broken) = (None, None);
        }
        let trials: Vec<TrialRecord> = self.order.iter().filter_map(|id| trials.remove(id)).collect();
        Record {
            format: FORMAT,
            wsspec: env!("CARGO_PKG_VERSION").to_owned(),
            started: self.started.clone(),
            duration_us: u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX),
            role: Role::Client,
            target: agent.to_owned(),
            seed: self.seed,
            options: self.options.clone(),
            declared: Declared::default(),
            peer: PeerProfile { echo: vain.is_empty(), pong: true, ..PeerProfile::default() },
            limits: self.limits,
            incidents: Vec::new(),
            process: None,
            deaths: Vec::new(),
            aborted: None,
            guide: self.guide.of(&trials),
            trials,
        }
    }

    fn agents(&self) -> MutexGuard<'_, Agents> {
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
