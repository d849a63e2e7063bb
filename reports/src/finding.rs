//! The finding of a trial in one sentence, for formats that show only that.
//!
//! Ignores whether the deviation is known: each format has its own way to show that.

use wsspec_record::{TrialRecord, Verdict};

use crate::clean::sentence;
use crate::standing;

/// The kind of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A rule is broken.
    Broken,
    /// It passed, and was expected to deviate.
    UnexpectedPass,
    /// It deviates as expected, but the expectation has expired.
    Expired,
    /// A recommendation is missed.
    Lenient,
    /// It failed among other trials, but not alone.
    Flaky,
    /// Nothing can be said.
    Inconclusive,
}

impl Kind {
    /// Whether it fails a run without `--strict`.
    pub(crate) fn is_error(self) -> bool {
        matches!(self, Self::Broken | Self::UnexpectedPass | Self::Expired)
    }

    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Broken => "fail",
            Self::UnexpectedPass => "unexpected-pass",
            Self::Expired => "expired",
            Self::Lenient => "lenient",
            Self::Flaky => "flaky",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// The finding as a sentence with invisible characters escaped; `None` if the trial passed or was skipped.
pub(crate) fn finding(trial: &TrialRecord) -> Option<(Kind, String)> {
    if let Some(reason) = trial.unexpected_pass() {
        let text = format!("passed, though listed as a known deviation: {}", sentence(reason));
        return Some((Kind::UnexpectedPass, text));
    }
    if let Some(reason) = standing::expired(trial).filter(|_| !trial.verdict.is_fail()) {
        return Some((Kind::Expired, format!("its expectation has expired: {}", sentence(&reason))));
    }
    match &trial.verdict {
        Verdict::Pass | Verdict::Skip { .. } => None,
        Verdict::Fail { failure } => Some((Kind::Broken, sentence(&failure.headline()))),
        Verdict::Lenient { notes } => {
            let text = notes.first().map_or("something recommended is missing", |note| &note.text);
            Some((Kind::Lenient, sentence(text)))
        }
        Verdict::Flaky { failure } => {
            let text = format!("among other trials, not alone: {}", sentence(&failure.headline()));
            Some((Kind::Flaky, text))
        }
        Verdict::Inconclusive { why } => {
            Some((Kind::Inconclusive, format!("came to no verdict: {}", sentence(why))))
        }
    }
}
