//! A trial's verdict as the page shows it: a sign and a word, so that it does not depend on colour.

use maud::{Markup, html};
use wsspec_record::{TrialRecord, Verdict};

/// The meaning of a trial's result for the reader, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Mark {
    /// A rule was broken.
    Fail,
    /// It deviates as expected, but the expectation has expired.
    Expired,
    /// It passed, and was expected to deviate.
    Unexpected,
    /// It failed among others, but not alone.
    Flaky,
    /// Nothing can be said.
    Inconclusive,
    /// A recommendation was missed.
    Lenient,
    /// It deviates as expected.
    Known,
    /// It does not apply.
    Skip,
    /// Everything expected was observed.
    Pass,
}

impl Mark {
    /// All of them, the worst first.
    pub(super) const ALL: [Self; 9] = [
        Self::Fail,
        Self::Expired,
        Self::Unexpected,
        Self::Flaky,
        Self::Inconclusive,
        Self::Lenient,
        Self::Known,
        Self::Skip,
        Self::Pass,
    ];

    /// The mark of a trial.
    pub(super) fn of(trial: &TrialRecord) -> Self {
        if trial.unexpected_pass().is_some() {
            return Self::Unexpected;
        }
        match &trial.verdict {
            Verdict::Fail { .. } if trial.known().is_some() => Self::Known,
            Verdict::Fail { .. } => Self::Fail,
            _ if trial.is_expired() => Self::Expired,
            Verdict::Pass => Self::Pass,
            Verdict::Skip { .. } => Self::Skip,
            _ if trial.known().is_some() => Self::Known,
            Verdict::Lenient { .. } => Self::Lenient,
            Verdict::Flaky { .. } => Self::Flaky,
            Verdict::Inconclusive { .. } => Self::Inconclusive,
        }
    }

    /// Its name in class names and links.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Expired => "expired",
            Self::Unexpected => "unexpected",
            Self::Flaky => "flaky",
            Self::Inconclusive => "inconclusive",
            Self::Lenient => "lenient",
            Self::Known => "known",
            Self::Skip => "skip",
            Self::Pass => "pass",
        }
    }

    /// Its word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Fail => "failed",
            Self::Unexpected => "unexpected pass",
            Self::Skip => "skipped",
            Self::Pass => "passed",
            other => other.key(),
        }
    }

    /// Its sign, one character.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Fail => "\u{2715}",
            Self::Expired => "\u{2020}",
            Self::Unexpected => "!",
            Self::Flaky => "\u{2248}",
            Self::Inconclusive => "?",
            Self::Lenient => "~",
            Self::Known => "=",
            Self::Skip => "\u{2013}",
            Self::Pass => "\u{2713}",
        }
    }

    /// Whether it needs attention.
    pub(super) fn is_problem(self) -> bool {
        self <= Self::Inconclusive
    }

    /// The sign and the word.
    pub(super) fn badge(self) -> Markup {
        html! {
            span class={ "badge v-" (self.key()) } { span aria-hidden="true" { (self.sign()) } " " (self.word()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_stands_first_and_every_mark_has_its_own_sign() {
        assert!(Mark::ALL.is_sorted());
        for (at, mark) in Mark::ALL.iter().enumerate() {
            assert!(Mark::ALL[..at].iter().all(|other| other.sign() != mark.sign()));
        }
    }
}
