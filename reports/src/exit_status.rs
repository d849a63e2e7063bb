//! The exit codes of `wsspec`.

use std::process::ExitCode;

/// How a command exits. The codes are public: scripts rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExitStatus {
    /// The command succeeded; a tested peer conforms.
    Success,
    /// A tested peer is wrong, or what was compared or checked differs.
    Broken,
    /// Wrong usage, or mistakes in files.
    Usage,
    /// Nothing can be said: there is no peer, or nothing was run.
    Inconclusive,
}

impl ExitStatus {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Broken => 1,
            Self::Usage => 2,
            Self::Inconclusive => 3,
        }
    }

    /// [`Self::Broken`] if something is wrong.
    pub const fn broken_if(wrong: bool) -> Self {
        if wrong { Self::Broken } else { Self::Success }
    }

    /// The worse of two: a broken rule outweighs a doubt.
    #[must_use]
    pub const fn worse(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Inconclusive => 1,
            Self::Broken => 2,
            Self::Usage => 3,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_broken_is_worse_than_what_is_in_doubt() {
        use ExitStatus::{Broken, Inconclusive, Success};
        assert_eq!(Inconclusive.worse(Broken), Broken);
        assert_eq!(Broken.worse(Inconclusive), Broken);
        assert_eq!(Success.worse(Inconclusive), Inconclusive);
    }
}
