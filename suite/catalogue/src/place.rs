//! Where an explanation is defined, and in which folder.

use std::fmt;

/// Where an explanation is defined, and in which of the added folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file, for display.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// Number of trees added before; later ones take precedence.
    pub layer: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}
