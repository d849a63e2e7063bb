//! Finds `wsspec.toml`: in the working directory, or in the nearest folder above it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::DEFAULT_FILE;
use crate::failure::{CommandError, complain};

/// Marks the root of a repository, where the search ends.
const ROOT: &str = ".git";

/// The nearest settings file, as a path relative to the working directory. Ignores another user's file, because it
/// decides where secrets are sent and a folder above this one may be writable by anyone.
pub(super) fn nearest_file() -> Result<Option<PathBuf>, CommandError> {
    let Ok(here) = std::env::current_dir() else { return Ok(None) };
    let mut up = PathBuf::new();
    for folder in here.ancestors() {
        let path = up.join(DEFAULT_FILE);
        if path.is_file() {
            if folder == here || is_ours(&path, &here) {
                return Ok(Some(path));
            }
            let shown = path.display();
            complain(&format!("note: `{shown}` is another user's and is not read; --config {shown} does\n"))?;
        }
        if folder.join(ROOT).exists() {
            break;
        }
        up.push("..");
    }
    Ok(None)
}

/// Whether a file belongs to the owner of the working directory.
#[cfg(unix)]
fn is_ours(file: &Path, here: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let owner = |path: &Path| fs::metadata(path).map(|found| found.uid());
    matches!((owner(file), owner(here)), (Ok(file), Ok(here)) if file == here)
}

#[cfg(not(unix))]
fn is_ours(file: &Path, _here: &Path) -> bool {
    fs::metadata(file).is_ok()
}
