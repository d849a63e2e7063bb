//! The outcome of a whole run, and its exit code.

use std::{collections::BTreeSet, fmt};

use wsspec_record::{Record, TrialRecord, Verdict};

use crate::{
    clean::{count, sentence},
    exit_status::ExitStatus,
    tally::Tally,
};

/// What a run says about the peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunOutcome {
    /// It broke nothing that counts.
    Conforms {
        /// Trials that missed a recommendation, except known ones.
        lenient: usize,
        /// Trials that deviated as expected.
        known: usize,
    },
    /// It broke requirements, died, or did not deviate as expected.
    Breaks {
        /// Trials that killed it alone.
        deadly: usize,
        /// Number of different broken requirements: MUSTs, and when strict also SHOULDs.
        requirements: usize,
        /// Trials that passed unexpectedly.
        unexpected: usize,
        /// Trials that deviate as expected, but whose expectation has expired.
        expired: usize,
    },
    /// It broke nothing, but it may not conform.
    Inconclusive {
        /// Why not, as part of a sentence.
        why: String,
    },
}

impl RunOutcome {
    /// The outcome of a run. When `strict`, a missed recommendation counts as a broken requirement.
    ///
    /// Failures, and when strict lenient verdicts, do not count if they are `known`.
    pub fn of(record: &Record, strict: bool) -> Self {
        let tally = Tally::of_record(record);
        let broken: BTreeSet<&str> =
            record.trials.iter().flat_map(|trial| requirements_broken(trial, strict)).collect();
        let (unexpected, expired) = (tally.unexpected, tally.expired);
        let deadly = record.trials.iter().filter(|trial| is_deadly(trial)).count();
        if !broken.is_empty() || deadly + unexpected + expired > 0 {
            return Self::Breaks { deadly, requirements: broken.len(), unexpected, expired };
        }
        match doubts(record, &tally) {
            Some(why) => Self::Inconclusive { why },
            None => {
                let known = record.trials.iter().filter(|trial| is_known(trial));
                let lenient = known.clone().filter(|trial| matches!(trial.verdict, Verdict::Lenient { .. }));
                Self::Conforms { lenient: tally.lenient - lenient.count(), known: known.count() }
            }
        }
    }

    /// How the run ends; see [`exit_status`].
    pub const fn exit_status(&self) -> ExitStatus {
        match self {
            Self::Conforms { .. } => ExitStatus::Success,
            Self::Breaks { .. } => ExitStatus::Broken,
            Self::Inconclusive { .. } => ExitStatus::Inconclusive,
        }
    }
}

/// How a run ends.
///
/// | code | when |
/// |---|---|
/// | 0 | the peer conforms: at least one trial ran, and none of what follows |
/// | 1 | a trial failed and is not `known`, or the peer died of one; or one passed unexpectedly, or its expectation has expired; or, when `strict`, one is lenient and not `known` |
/// | 3 | nothing broken, but a trial is inconclusive or flaky and not `known`, or all are inconclusive, or the run was aborted, or no trial ran |
///
/// 2 is for usage and invalid catalogues, of which there is no record.
pub fn exit_status(record: &Record, strict: bool) -> ExitStatus {
    RunOutcome::of(record, strict).exit_status()
}

fn is_known(trial: &TrialRecord) -> bool {
    trial.known().is_some() && !matches!(trial.verdict, Verdict::Pass | Verdict::Skip { .. })
}

/// Whether a trial killed the peer, and was not expected to fail.
pub(crate) fn is_deadly(trial: &TrialRecord) -> bool {
    trial.death.is_some() && trial.verdict.is_fail() && trial.known().is_none()
}

fn requirements_broken(trial: &TrialRecord, strict: bool) -> Vec<&str> {
    match &trial.verdict {
        _ if trial.known().is_some() || is_deadly(trial) => Vec::new(),
        Verdict::Fail { failure } => vec![failure.requirement.as_str()],
        // A record without notes was edited by hand; the trial is still lenient.
        Verdict::Lenient { notes } if strict && notes.is_empty() => vec![trial.named().id.as_str()],
        Verdict::Lenient { notes } if strict => notes.iter().map(|note| note.requirement.as_str()).collect(),
        _ => Vec::new(),
    }
}

/// `server` or `client`: the word for the peer.
pub(crate) fn peer(record: &Record) -> &'static str {
    record.role.word()
}

/// Whether a possible fault of the peer was left open, so that nothing may be called sound.
pub(crate) fn leaves_faults_open(record: &Record) -> bool {
    record.deaths() > 0 || record.trials.iter().any(|trial| trial.unconfirmed.is_some())
}

/// Why a run in which nothing was broken does not show that the peer conforms.
fn doubts(record: &Record, tally: &Tally) -> Option<String> {
    let mut doubts = Vec::new();
    if let Some(why) = &record.aborted {
        doubts.push(format!("the run was cut short ({})", sentence(why)));
    }
    if tally.total() == 0 {
        doubts.push("no trial was run".to_owned());
    } else if tally.run() == 0 {
        doubts.push(format!("no trial was run, {} skipped", tally.skipped));
    }
    let open = |word| {
        record
            .trials
            .iter()
            .filter(move |trial| trial.verdict.word() == word && trial.known().is_none())
            .count()
    };
    let inconclusive = match open("inconclusive") {
        0 if tally.inconclusive > 0 && tally.inconclusive == tally.run() => tally.inconclusive,
        open => open,
    };
    if inconclusive > 0 {
        doubts.push(format!("{} came to no verdict", count(inconclusive, "trial")));
    }
    let flaky = open("flaky");
    if flaky > 0 {
        doubts.push(format!("{} failed among others but not alone", count(flaky, "trial")));
    }
    let unconfirmed = record.trials.iter().filter(|trial| trial.unconfirmed.is_some()).count();
    if unconfirmed > 0 {
        doubts.push(format!("{} could not be confirmed", count(unconfirmed, "failure")));
    }
    if record.deaths() > 0 {
        doubts.push(format!("the {} died {}", peer(record), count(record.deaths(), "time")));
    }
    (!doubts.is_empty()).then(|| doubts.join("; "))
}

/// One sentence, without a full stop.
impl fmt::Display for RunOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conforms { lenient, known } => {
                f.write_str("conforms")?;
                if *lenient > 0 {
                    write!(f, ", though it lacks something recommended in {}", count(*lenient, "trial"))?;
                }
                match known {
                    0 => Ok(()),
                    _ => write!(f, ", except for {}", count(*known, "known deviation")),
                }
            }
            Self::Breaks { deadly, requirements, unexpected, expired } => {
                let parts = [
                    (*deadly, format!("dies of {}", count(*deadly, "trial"))),
                    (*requirements, format!("breaks {}", count(*requirements, "requirement"))),
                    (
                        *unexpected,
                        format!("passes {} that known deviations list", count(*unexpected, "trial")),
                    ),
                    (
                        *expired,
                        format!("deviates in {} whose expectation has expired", count(*expired, "trial")),
                    ),
                ];
                let said: Vec<_> = parts.into_iter().filter(|(n, _)| *n > 0).map(|(_, part)| part).collect();
                f.write_str(&said.join(", and "))
            }
            Self::Inconclusive { why } => write!(f, "inconclusive: {why}"),
        }
    }
}
