//! What clients came to, kept by the name they give themselves, within bounds that no client can exceed.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Instant, SystemTime},
};

use wsspec_exchange::{FORMAT, LimitsRecord, PeerProfile, Record, TrialRecord};
use wsspec_script::{Baseline, Limits, Plan};
use wsspec_wire::Role;

/// Agents that are kept apart; results of further ones are not kept.
const AGENTS: usize = 64;
/// Bytes of transcripts that are kept of all agents, about.
const KEPT: usize = 128 << 20;
/// What an entry takes beside its text.
const ENTRY: usize = 96;

/// Results so far.
#[derive(Debug)]
pub struct Results {
    began: Instant,
    started: String,
    limits: LimitsRecord,
    seed: u64,
    baseline: Baseline,
    options: Vec<String>,
    /// Ids in the order of the plan.
    order: Vec<String>,
    agents: Mutex<Agents>,
}

#[derive(Debug, Default)]
struct Agents {
    trials: BTreeMap<String, BTreeMap<String, TrialRecord>>,
    kept: usize,
}

impl Results {
    /// None; `options`: those that a trial depends on.
    pub fn new(plan: &Plan, limits: Limits, seed: u64, baseline: Baseline, options: Vec<String>) -> Self {
        let millis = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self {
            began: Instant::now(),
            started: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
            limits: LimitsRecord {
                line_ms: millis(limits.line),
                trial_ms: millis(limits.trial),
                watch_ms: millis(limits.watch),
            },
            seed,
            baseline,
            options,
            order: plan.trials.iter().map(|trial| trial.id.clone()).collect(),
            agents: Mutex::default(),
        }
    }

    /// Keeps one, in place of an earlier one of the same case.
    pub fn add(&self, agent: &str, mut trial: TrialRecord) {
        trial.compare(&self.baseline);
        let mut agents = self.agents();
        let Agents { trials, kept } = &mut *agents;
        if !trials.contains_key(agent) && trials.len() >= AGENTS {
            return;
        }
        let own = trials.entry(agent.to_owned()).or_default();
        if let Some(earlier) = own.remove(&trial.id) {
            *kept -= size(&earlier);
            trial.attempts = earlier.attempts.saturating_add(1);
        }
        if *kept + size(&trial) > KEPT {
            trial.omitted += trial.transcript.len() as u64;
            trial.transcript = Vec::new();
        }
        *kept += size(&trial);
        own.insert(trial.id.clone(), trial);
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

    fn record_of(&self, agent: &str, mut trials: BTreeMap<String, TrialRecord>) -> Record {
        Record {
            format: FORMAT,
            wsspec: env!("CARGO_PKG_VERSION").to_owned(),
            started: self.started.clone(),
            duration_us: u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX),
            role: Role::Client,
            target: agent.to_owned(),
            seed: self.seed,
            options: self.options.clone(),
            peer: PeerProfile { echo: true, pong: true, ..PeerProfile::default() },
            limits: self.limits,
            incidents: Vec::new(),
            process: None,
            aborted: None,
            trials: self.order.iter().filter_map(|id| trials.remove(id)).collect(),
        }
    }

    fn agents(&self) -> MutexGuard<'_, Agents> {
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a transcript takes, about.
fn size(trial: &TrialRecord) -> usize {
    trial.transcript.iter().map(|entry| entry.text.len() + entry.remark.len() + ENTRY).sum()
}
