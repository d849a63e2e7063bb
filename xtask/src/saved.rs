//! The part of a record saved by `wsspec run --json` that recipes read. `wsspec-record` defines the whole format.

use std::{collections::BTreeSet, fs, path::Path};

use serde::Deserialize;
use wsspec_record::Standing;

use crate::failure::RecipeError;

/// The parts of a record that recipes read; the rest is ignored.
#[derive(Debug, Deserialize)]
pub struct Saved {
    /// How long the run took, in microseconds.
    pub duration_us: u64,
    /// All trials.
    pub trials: Vec<SavedTrial>,
}

/// The parts of a trial that recipes read.
#[derive(Debug, Deserialize)]
pub struct SavedTrial {
    id: String,
    verdict: SavedVerdict,
    standing: Option<Standing>,
    /// Its Autobahn ids.
    pub autobahn: Vec<String>,
    transcript: Vec<SavedEntry>,
}

#[derive(Debug, Deserialize)]
struct SavedVerdict {
    kind: String,
    failure: Option<SavedFailure>,
}

#[derive(Debug, Deserialize)]
struct SavedFailure {
    requirement: String,
}

#[derive(Debug, Deserialize)]
struct SavedEntry {
    event: String,
}

impl Saved {
    /// Reads a record.
    pub fn read(path: &Path) -> Result<Self, RecipeError> {
        let bytes = fs::read(path).map_err(RecipeError::file("read", path))?;
        serde_json::from_slice(&bytes)
            .map_err(|error| RecipeError::Other(format!("`{}` is not a record: {error}", path.display())))
    }

    /// Number of trials with this result; known failures are `known`.
    pub fn count(&self, word: &str) -> usize {
        self.trials.iter().filter(|trial| trial.word() == word).count()
    }

    /// Ids of the requirements that are broken, known or not.
    pub fn broken(&self) -> BTreeSet<&str> {
        let failed = self.trials.iter().filter(|trial| trial.verdict.kind == "fail");
        failed.filter_map(|trial| Some(trial.verdict.failure.as_ref()?.requirement.as_str())).collect()
    }

    /// Ids of the trials that failed unexpectedly.
    pub fn failed(&self) -> Vec<&str> {
        self.ids(|trial| trial.word() == "fail")
    }

    /// Ids of the trials that failed as known.
    pub fn known(&self) -> Vec<&str> {
        self.ids(|trial| trial.word() == "known")
    }

    /// Ids of the trials that passed although a list of known deviations contains them.
    pub fn unexpected(&self) -> Vec<&str> {
        self.ids(|trial| matches!(trial.standing, Some(Standing::UnexpectedPass { .. })))
    }

    /// Each trial's id and result.
    pub fn verdicts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.trials.iter().map(|trial| (trial.id.as_str(), trial.word()))
    }

    fn ids(&self, chosen: impl Fn(&SavedTrial) -> bool) -> Vec<&str> {
        self.trials.iter().filter(|trial| chosen(trial)).map(|trial| trial.id.as_str()).collect()
    }

    /// Trials that failed because nothing arrived before a time limit.
    pub fn silent(&self) -> usize {
        self.trials.iter().filter(|trial| trial.word() == "fail" && trial.timed_out()).count()
    }
}

impl SavedTrial {
    fn word(&self) -> &str {
        match self.verdict.kind.as_str() {
            "fail" if matches!(self.standing, Some(Standing::Known { .. })) => "known",
            word => word,
        }
    }

    fn timed_out(&self) -> bool {
        self.transcript.iter().any(|entry| entry.event == "timeout")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(kind: &str, known: Option<&str>, event: &str) -> SavedTrial {
        SavedTrial {
            id: kind.into(),
            verdict: SavedVerdict { kind: kind.into(), failure: None },
            standing: known.map(|reason| Standing::Known { reason: reason.to_owned() }),
            autobahn: Vec::new(),
            transcript: vec![SavedEntry { event: event.into() }],
        }
    }

    #[test]
    fn a_known_failure_is_not_a_failure() {
        let trials = vec![
            trial("fail", Some("why"), "timeout"),
            trial("fail", None, "eof"),
            trial("pass", None, "eof"),
        ];
        let saved = Saved { duration_us: 0, trials };
        assert_eq!(["pass", "fail", "known", "skip"].map(|word| saved.count(word)), [1, 1, 1, 0]);
        assert_eq!((saved.failed(), saved.known()), (vec!["fail"], vec!["fail"]));
        assert_eq!(saved.silent(), 0);
    }

    #[test]
    fn a_failure_at_a_limit_is_silence() {
        let trials = vec![trial("fail", None, "timeout"), trial("lenient", None, "timeout")];
        assert_eq!(Saved { duration_us: 0, trials }.silent(), 1);
    }
}
