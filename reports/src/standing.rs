//! How a trial compares with its expectation, as a sentence.

use wsspec_record::{Standing, TrialRecord};

/// The expired expectation of a trial.
pub(crate) fn expired(trial: &TrialRecord) -> Option<String> {
    trial.standing.as_ref().filter(|_| trial.is_expired()).map(expectation)
}

/// Why a deviation is expected, or was.
pub(crate) fn known_or_expired(trial: &TrialRecord) -> Option<String> {
    trial.standing.as_ref().filter(|_| trial.unexpected_pass().is_none()).map(expectation)
}

/// What was expected, and why.
pub(crate) fn expectation(standing: &Standing) -> String {
    match standing {
        Standing::Expired { pattern, deviation, until, reason } if !pattern.is_empty() => {
            format!("`{pattern}` was expected ({deviation}) until {until}: {reason}")
        }
        standing => standing.reason().to_owned(),
    }
}
