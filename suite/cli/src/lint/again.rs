//! Records of runs, judged again by the rules of this version: each trial whose transcript is whole.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use serde_json::Value;
use wsspec_catalogue::{Catalogue, Filter, Plan, Trial};
use wsspec_exchange::{Outcome, Setup, judge};
use wsspec_record::{EntryRecord, Record, TrialRecord, Verdict};
use wsspec_reports::{ReadError, guide, read_record};
use wsspec_runner::Target;

/// Why the trial of another connection than one to a server or from a client is left out.
const TWO_CONNECTIONS: &str = "trials on several connections, such as those of `wsspec test-proxy`";
/// Why a trial is left out that is not in the catalogue, or has changed.
const UNKNOWN: &str = "trials of cases that this version does not have, or has changed";
/// Why a trial is left out that was not played.
const UNPLAYED: &str = "trials without a transcript";

/// A record, judged again.
pub(super) struct RecordAgain {
    /// With the verdicts of this version.
    pub record: Record,
    /// How many trials were judged.
    pub judged: usize,
    /// The trials whose verdict is another one now, with both.
    pub changed: Vec<(String, Verdict, Verdict)>,
    /// Why others were left out, with the number of times.
    pub left_out: BTreeMap<String, u64>,
}

/// Whether JSON is a record, and not a HAR.
pub(super) fn is_record(json: &[u8]) -> bool {
    let value: Option<Value> = serde_json::from_slice(json).ok();
    value.is_some_and(|value| value.get("wsspec").is_some() && value.get("trials").is_some())
}

/// Reads a record and judges its trials again.
pub(super) fn read(path: &Path, catalogue: &Catalogue) -> Result<RecordAgain, ReadError> {
    read_record(path).map(|record| again(record, catalogue))
}

fn again(mut record: Record, catalogue: &Catalogue) -> RecordAgain {
    let plan = Plan::new(catalogue, &Filter::default(), record.role, record.seed);
    let known: HashMap<&str, &Arc<Trial>> = plan.trials.iter().map(|trial| (&*trial.id, trial)).collect();
    let setup = Arc::new(setup(&record));
    let role = record.role;
    let (mut judged, mut changed, mut left_out) = (0, Vec::new(), BTreeMap::new());
    for recorded in &mut record.trials {
        let played = |trial: &Trial, verdict| Outcome::of(verdict).into_record(trial, role, 0, 1);
        let trial = known.get(&*recorded.id).filter(|trial| {
            played(trial, Verdict::Pass)
                .script
                .iter()
                .map(|line| &line.text)
                .eq(recorded.script.iter().map(|line| &line.text))
        });
        let verdict = match why_left_out(recorded, trial.is_some()) {
            Some(why) => Err(why.to_owned()),
            None => match trial.map(|trial| judge(trial, &setup, &recorded.transcript, recorded.omitted)) {
                Some(Verdict::Inconclusive { why }) => Err(format!("trials: {why}")),
                Some(verdict) => Ok(verdict),
                None => Err(UNKNOWN.to_owned()),
            },
        };
        match verdict {
            Err(why) => *left_out.entry(why).or_default() += 1,
            Ok(verdict) => {
                judged += 1;
                if is_another(&recorded.verdict, &verdict) {
                    changed.push((recorded.id.clone(), recorded.verdict.clone(), verdict.clone()));
                    let fresh = trial.map(|trial| played(trial, verdict));
                    recorded.broken = fresh.as_ref().and_then(|fresh| fresh.broken.clone());
                    recorded.verdict = fresh.map_or(Verdict::Pass, |fresh| fresh.verdict);
                }
            }
        }
    }
    record.guide = guide(catalogue).of(&record.trials);
    RecordAgain { record, judged, changed, left_out }
}

/// What is known of the server, or of the client, as far as the record says it.
fn setup(record: &Record) -> Setup {
    let target = Target::parse(&record.target).ok();
    let (authority, resource) = target.map_or_else(
        || ("localhost".to_owned(), "/".to_owned()),
        |target| (target.authority.clone(), target.resource.clone()),
    );
    Setup::recorded(record, authority, resource)
}

fn why_left_out(recorded: &TrialRecord, is_known: bool) -> Option<&'static str> {
    let has_connection = |entry: &EntryRecord| entry.connection.is_some();
    match recorded {
        _ if recorded.transcript.is_empty() => Some(UNPLAYED),
        _ if recorded.transcript.iter().any(has_connection) => Some(TWO_CONNECTIONS),
        _ if !is_known => Some(UNKNOWN),
        _ => None,
    }
}

/// Whether one verdict is a failure and the other is not, or both name different rules. What is only recommended may have been seen
/// in more than one transcript, as the failure of a trial that failed once and not again.
fn is_another(old: &Verdict, new: &Verdict) -> bool {
    let is_of_one = matches!(old, Verdict::Pass | Verdict::Lenient { .. } | Verdict::Fail { .. });
    is_of_one && (old.is_fail() != new.is_fail() || old.is_fail() && old.requirement() != new.requirement())
}
