//! Where an explanation stands, and which folder's it is.

use std::fmt;

/// Where an explanation stands, and in which of the folders that were added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file, as it is shown.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// How many trees were added before; what a later one says comes first.
    pub layer: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}
