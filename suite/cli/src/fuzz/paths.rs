//! Paths in printed command lines and messages.

use std::path::Path;

use wsspec_reports::clean_line;

use crate::failure::CommandError;

/// The path as a command line needs it.
pub fn shown_path(path: &Path) -> String {
    clean_line(&path.display().to_string())
}

/// The error for a file of a campaign that cannot be written.
pub fn unwritable(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::Usage(format!("cannot write `{}`: {error}", shown_path(path)))
}
