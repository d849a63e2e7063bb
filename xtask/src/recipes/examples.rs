//! Folders of examples: one folder for each, by name.

use std::{fs, path::Path};

use crate::failure::RecipeError;

/// The examples named, or all: the folders in `dir` that contain a file called `marker`. `what` is the word for one.
pub(super) fn chosen(
    dir: &Path,
    marker: &str,
    what: &str,
    names: &[String],
) -> Result<Vec<String>, RecipeError> {
    let entries = fs::read_dir(dir).map_err(RecipeError::file("read", dir))?;
    let mut all: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().join(marker).is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    all.sort();
    match names.iter().find(|name| !all.contains(name)) {
        Some(unknown) => {
            Err(RecipeError::Other(format!("no {what} `{unknown}`; there are {}", all.join(", "))))
        }
        None if names.is_empty() => Ok(all),
        None => Ok(names.to_vec()),
    }
}
