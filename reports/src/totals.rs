//! The totals of a record, for programs that read only its first lines.

use serde::Serialize;
use wsspec_record::Record;

use crate::{
    cause::{causes, missed},
    run_outcome::RunOutcome,
    tally::Tally,
};

/// Numbers of trials, and what is broken and missed.
#[derive(Debug, Serialize)]
pub(crate) struct Totals<'a> {
    /// All trials.
    trials: usize,
    passed: usize,
    lenient: usize,
    failed: usize,
    known: usize,
    flaky: usize,
    inconclusive: usize,
    skipped: usize,
    /// Numbers of trials that passed unexpectedly, and of trials whose expectation has expired.
    unexpected: usize,
    expired: usize,
    /// The exit code of a run without `--strict`.
    exit: u8,
    /// Broken rules, by number of trials.
    broken: Vec<RuleTotal<'a>>,
    /// Missed recommendations, by number of trials.
    missed: Vec<RuleTotal<'a>>,
}

/// The number of trials in which a rule was broken or missed.
#[derive(Debug, Serialize)]
struct RuleTotal<'a> {
    requirement: &'a str,
    trials: usize,
}

impl<'a> Totals<'a> {
    pub(crate) fn of(record: &'a Record) -> Self {
        let tally = Tally::of_record(record);
        let broken = causes(&record.trials).into_iter().filter_map(|cause| {
            let requirement = cause.rule?.id.as_str();
            Some(RuleTotal { requirement, trials: cause.trials.len() })
        });
        let missed = missed(record).into_iter();
        Self {
            trials: tally.total(),
            passed: tally.passed,
            lenient: tally.lenient,
            failed: tally.failed,
            known: tally.known,
            flaky: tally.flaky,
            inconclusive: tally.inconclusive,
            skipped: tally.skipped,
            unexpected: tally.unexpected,
            expired: tally.expired,
            exit: RunOutcome::of(record, false).exit_status().code(),
            broken: broken.collect(),
            missed: missed
                .map(|missed| RuleTotal { requirement: missed.id.as_str(), trials: missed.trials.len() })
                .collect(),
        }
    }
}
