//! Compares two records of the same peer: what has become worse, what better, what else has changed.
//!
//! Ignores durations and expectations, and compares only verdicts.

use std::collections::BTreeMap;

use serde::Serialize;
use wsspec_record::{EchoedKind, PeerProfile, Record, TrialRecord, Verdict};

use crate::reason::reason;

mod text;

/// The format of a saved comparison.
pub const DIFF_FORMAT: u32 = 1;

/// What differs between two records.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diff {
    /// [`DIFF_FORMAT`].
    pub format: u32,
    /// The older record.
    pub old: ComparedRecord,
    /// The record that is compared with it.
    pub new: ComparedRecord,
    /// Differences in what the probes found.
    pub peer: Vec<PeerChange>,
    /// Trials that differ, by kind, then in the order of the new record; removed ones last.
    pub trials: Vec<TrialChange>,
}

/// A short description of one of the records.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparedRecord {
    /// When the run began.
    pub started: String,
    /// The version of wsspec.
    pub wsspec: String,
    /// The target's address.
    pub target: String,
    /// The number of its trials.
    pub trials: usize,
    /// Why it ended early.
    pub aborted: Option<String>,
}

/// A change in what the peer can do, or says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeerChange {
    /// What has changed.
    pub what: &'static str,
    /// The old value.
    pub old: String,
    /// The new value.
    pub new: String,
}

/// A trial that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrialChange {
    /// The kind of change.
    pub kind: Change,
    /// The trial's id.
    pub id: String,
    /// Its specification and section.
    pub section: String,
    /// Its id without the member's values.
    pub family: String,
    /// Its old verdict; `None` if the old record does not have it.
    pub old: Option<&'static str>,
    /// Its new verdict; `None` if the new record does not have it.
    pub new: Option<&'static str>,
    /// The requirement that its old verdict names.
    pub old_requirement: Option<String>,
    /// The requirement that its new verdict names.
    pub requirement: Option<String>,
    /// What was found, in the new record or otherwise in the old one.
    pub found: String,
}

/// How a trial differs, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It fails, and did not before.
    NewlyFailing,
    /// It passed or was lenient, and is now flaky or inconclusive.
    Doubtful,
    /// It passed, and now misses a recommendation.
    NewlyLenient,
    /// It failed, was flaky or inconclusive, and now passes, perhaps leniently.
    Fixed,
    /// It missed a recommendation, and now passes.
    NoLongerLenient,
    /// It failed or was skipped, and its new verdict is neither clearly better nor worse.
    Other,
    /// It breaks or misses another requirement.
    OtherRequirement,
    /// It ran before, and is now skipped.
    NewlySkipped,
    /// It was skipped, and now passes, perhaps leniently.
    NoLongerSkipped,
    /// Only the new record has it.
    Added,
    /// Only the old record has it.
    Removed,
}

impl Change {
    /// Whether it is a regression.
    pub fn is_worse(self) -> bool {
        self <= Self::NewlyLenient
    }
}

impl Diff {
    /// Compares a record with an older one. Trials are matched by id.
    pub fn of(old: &Record, new: &Record) -> Self {
        let before: BTreeMap<&str, &TrialRecord> =
            old.trials.iter().map(|trial| (trial.id.as_str(), trial)).collect();
        let after: BTreeMap<&str, &TrialRecord> =
            new.trials.iter().map(|trial| (trial.id.as_str(), trial)).collect();
        let common = new.trials.iter().filter_map(|trial| match before.get(trial.id.as_str()) {
            Some(was) => change(was, trial).map(|kind| trial_change(kind, Some(was), Some(trial))),
            None => Some(trial_change(Change::Added, None, Some(trial))),
        });
        let removed = old.trials.iter().filter(|trial| !after.contains_key(trial.id.as_str()));
        let removed = removed.map(|trial| trial_change(Change::Removed, Some(trial), None));
        let mut trials: Vec<TrialChange> = common.chain(removed).collect();
        trials.sort_by_key(|change| change.kind);
        Self {
            format: DIFF_FORMAT,
            old: side(old),
            new: side(new),
            peer: peer_changes(&old.peer, &new.peer),
            trials,
        }
    }

    /// Whether anything has become worse: a trial, or a new run that was cut short.
    pub fn is_worse(&self) -> bool {
        self.is_cut_short() || self.trials.iter().any(|change| change.kind.is_worse())
    }

    /// Whether the new run ended early, and the old one did not.
    fn is_cut_short(&self) -> bool {
        self.new.aborted.is_some() && self.old.aborted.is_none()
    }
}

fn side(record: &Record) -> ComparedRecord {
    ComparedRecord {
        started: record.started.clone(),
        wsspec: record.wsspec.clone(),
        target: record.target.clone(),
        trials: record.trials.len(),
        aborted: record.aborted.clone(),
    }
}

fn change(old: &TrialRecord, new: &TrialRecord) -> Option<Change> {
    use Verdict::{Fail, Flaky, Inconclusive, Lenient, Pass, Skip};
    Some(match (&old.verdict, &new.verdict) {
        (Pass, Pass) | (Skip { .. }, Skip { .. }) | (Inconclusive { .. }, Inconclusive { .. }) => {
            return None;
        }
        (Fail { .. }, Fail { .. }) | (Lenient { .. }, Lenient { .. }) | (Flaky { .. }, Flaky { .. }) => {
            return (old.named().id != new.named().id).then_some(Change::OtherRequirement);
        }
        (_, Fail { .. }) => Change::NewlyFailing,
        (Pass | Lenient { .. }, Flaky { .. } | Inconclusive { .. }) => Change::Doubtful,
        (Pass, Lenient { .. }) => Change::NewlyLenient,
        (Fail { .. } | Flaky { .. } | Inconclusive { .. }, Pass | Lenient { .. }) => Change::Fixed,
        (Lenient { .. }, Pass) => Change::NoLongerLenient,
        (_, Skip { .. }) => Change::NewlySkipped,
        (Skip { .. }, Pass | Lenient { .. }) => Change::NoLongerSkipped,
        _ => Change::Other,
    })
}

fn trial_change(kind: Change, old: Option<&TrialRecord>, new: Option<&TrialRecord>) -> TrialChange {
    let named = |trial: &TrialRecord| {
        let plain = matches!(trial.verdict, Verdict::Pass | Verdict::Skip { .. });
        (!plain).then(|| trial.named().id.to_string())
    };
    let shown = |read: fn(&TrialRecord) -> &str| new.or(old).map(read).unwrap_or_default().to_owned();
    TrialChange {
        kind,
        id: shown(|trial| &trial.id),
        section: shown(TrialRecord::section),
        family: shown(TrialRecord::family),
        old: old.map(|trial| trial.verdict.word()),
        new: new.map(|trial| trial.verdict.word()),
        old_requirement: old.and_then(named),
        requirement: new.and_then(named),
        found: new.filter(|trial| trial.verdict != Verdict::Pass).or(old).map(reason).unwrap_or_default(),
    }
}

fn echo(peer: &PeerProfile) -> &'static str {
    match (peer.echo, peer.echoes_only) {
        (false, _) => "no",
        (true, None) => "yes",
        (true, Some(EchoedKind::Text)) => "text only",
        (true, Some(EchoedKind::Binary)) => "binary only",
    }
}

fn peer_changes(old: &PeerProfile, new: &PeerProfile) -> Vec<PeerChange> {
    let able = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".into());
    let pair = |read: &dyn Fn(&PeerProfile) -> String| (read(old), read(new));
    let all = [
        ("echo", pair(&|peer| echo(peer).into())),
        ("echo of fragments", pair(&|peer| able(peer.echo && !peer.drops_fragmented))),
        ("speaks first", pair(&|peer| able(peer.speaks_unasked))),
        ("pong", pair(&|peer| able(peer.pong))),
        ("deflate", pair(&|peer| able(peer.deflate))),
        ("subprotocol", pair(&|peer| text(&peer.subprotocol))),
        ("server", pair(&|peer| text(&peer.server))),
        ("connections", pair(&|peer| peer.connections.to_string())),
    ];
    let changed = all.into_iter().filter(|(_, (old, new))| old != new);
    changed.map(|(what, (old, new))| PeerChange { what, old, new }).collect()
}
