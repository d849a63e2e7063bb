//! Paths on the command line, in what is printed.

use std::path::Path;

use wsspec_reports::clean_line;

use crate::failure::CommandError;

/// The folder of a campaign, as a command line has it.
pub fn shown_path(path: &Path) -> String {
    clean_line(&path.display().to_string())
}

/// A file of a campaign cannot be written.
pub fn unwritable(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::Usage(format!("cannot write `{}`: {error}", shown_path(path)))
}
