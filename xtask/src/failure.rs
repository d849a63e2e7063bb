//! Why a recipe failed.

use std::{io, path::Path};

/// Why a recipe failed.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// A command ran and failed.
    #[error("`{command}` failed with {status}")]
    Command {
        /// As one would type it.
        command: String,
        /// `exit status: 101`.
        status: String,
    },
    /// A command did not even run, or a file could not be read or written.
    #[error("cannot {what}: {source}")]
    Io {
        /// What was attempted.
        what: String,
        /// What went wrong.
        source: io::Error,
    },
    /// A program is not on this machine, and recipes do not install it.
    #[error("{0}")]
    Absent(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl RecipeError {
    /// For `map_err`: what was attempted with which file.
    pub fn file<'a>(verb: &'a str, path: &'a Path) -> impl FnOnce(io::Error) -> Self + 'a {
        move |source| Self::Io { what: format!("{verb} `{}`", path.display()), source }
    }
}
