//! Which `wsspec.toml` is read: that of the working directory, or of the nearest folder above it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::DEFAULT_FILE;
use crate::failure::{CommandError, complain};

/// What a repository's root has in it: a project ends there, and so does the search.
const ROOT: &str = ".git";

/// The nearest settings, by a path from the working directory. Those of somebody else are passed over, as they say where
/// secrets are sent: a folder above this one may be everybody's.
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

/// Whether a file is of the user whose folder we are in.
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
