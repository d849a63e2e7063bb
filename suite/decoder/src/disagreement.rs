//! Where a decoder and the RFC disagree.

mod advice;

use std::fmt;

/// A violation of RFC 6455, or of the contract of [`DecoderUnderTest`](crate::DecoderUnderTest).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// What kind.
    pub kind: DisagreementKind,
    /// Id of the requirement it breaks, as in `rfc6455#5.2:6`; `None` if no sentence of the RFC covers it.
    pub requirement: Option<&'static str>,
    /// What the decoder should have done.
    pub expected: String,
    /// What it did.
    pub got: String,
    /// Number of the frame, from 1; 0 before the first.
    pub frame: usize,
    /// Offset of that frame in the bytes of the other end.
    pub offset: usize,
    /// Whether the bytes arrived in segments, not whole.
    pub segmented: bool,
}

/// A way to be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DisagreementKind {
    /// It does not reject something that it must reject.
    Accepted,
    /// It rejects valid bytes.
    Refused,
    /// It does not report something.
    Missing,
    /// It reports something incorrectly.
    Changed,
    /// It reports something that has not arrived, or not yet.
    Invented,
    /// It rejects with a code that does not fit.
    Code,
    /// It reports something after a close frame.
    AfterClose,
    /// Its result depends on how the bytes were split.
    Cuts,
    /// It panics, crashes, or does not return.
    Crashed,
    /// It takes more than its share of time: four times the bytes take far more than four times as long.
    Slow,
    /// It allocates memory that the bytes so far do not justify.
    Greedy,
}

impl Disagreement {
    /// A decoder that did not survive an input.
    #[must_use]
    pub fn crash(got: &str) -> Self {
        Self {
            kind: DisagreementKind::Crashed,
            requirement: None,
            expected: "an answer to any bytes".to_owned(),
            got: got.to_owned(),
            frame: 0,
            offset: 0,
            segmented: false,
        }
    }
}

impl DisagreementKind {
    /// One word, for file names.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::Invented => "invented",
            Self::Code => "code",
            Self::AfterClose => "after-close",
            Self::Cuts => "cuts",
            Self::Crashed => "crashed",
            Self::Slow => "slow",
            Self::Greedy => "greedy",
        }
    }

    /// What a decoder does; follows "the decoder".
    #[must_use]
    pub const fn does(self) -> &'static str {
        match self {
            Self::Accepted => "does not reject invalid bytes",
            Self::Refused => "rejects valid bytes",
            Self::Missing => "does not report something that has arrived",
            Self::Changed => "reports something incorrectly",
            Self::Invented => "reports something that has not arrived",
            Self::Code => "rejects with a code that does not fit",
            Self::AfterClose => "reports something after a close frame",
            Self::Cuts => "depends on how the bytes were split",
            Self::Crashed => "crashes",
            Self::Slow => "takes time out of proportion to its input",
            Self::Greedy => "allocates memory out of proportion to its input",
        }
    }
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the decoder {}", self.kind.does())?;
        if let Some(requirement) = self.requirement {
            writeln!(f, "  breaks   {requirement}")?;
        }
        let how = if self.segmented { ", in segments" } else { "" };
        writeln!(f, "  where    frame {}, at byte {}{how}", self.frame, self.offset)?;
        writeln!(f, "  expected {}", self.expected)?;
        write!(f, "  got      {}", self.got)
    }
}

impl std::error::Error for Disagreement {}
