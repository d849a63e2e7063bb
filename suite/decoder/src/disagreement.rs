//! Where a decoder and the RFC part.

use std::fmt;

/// A breach of RFC 6455, or of what a [`DecoderUnderTest`](crate::DecoderUnderTest) has to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// In which way.
    pub kind: DisagreementKind,
    /// Id of the requirement it breaks, as in `rfc6455#5.2:6`; `None` where no sentence of the RFC is about it.
    pub requirement: Option<&'static str>,
    /// What the decoder should have done.
    pub expected: String,
    /// What it did.
    pub got: String,
    /// Number of the frame, from 1; 0 before the first.
    pub frame: usize,
    /// Offset of that frame in what the other end sends.
    pub offset: usize,
    /// Whether the bytes came in segments, not whole.
    pub segmented: bool,
}

/// A way to be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DisagreementKind {
    /// It does not reject what it must.
    Accepted,
    /// It rejects what conforms.
    Refused,
    /// It does not report something.
    Missing,
    /// It reports something otherwise.
    Changed,
    /// It reports something that has not come, or not yet.
    Invented,
    /// It rejects with a code that says something else.
    Code,
    /// It reports something after a close frame.
    AfterClose,
    /// What it makes of the bytes depends on how they were cut.
    Cuts,
    /// It panics, crashes, or does not come back.
    Crashed,
}

impl DisagreementKind {
    /// In a word, for names of files.
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
        }
    }

    /// What a decoder does, after "the decoder".
    #[must_use]
    pub const fn does(self) -> &'static str {
        match self {
            Self::Accepted => "does not reject what it must",
            Self::Refused => "rejects what conforms",
            Self::Missing => "does not report what has come",
            Self::Changed => "reports something otherwise",
            Self::Invented => "reports what has not come",
            Self::Code => "rejects with a code that says something else",
            Self::AfterClose => "reports something after a close frame",
            Self::Cuts => "depends on how the bytes were cut",
            Self::Crashed => "crashes",
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
