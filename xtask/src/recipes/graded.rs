//! A run of wsspec against somebody's implementation, compared with the list of what it is known to break.

use std::{fs, io, path::Path, process::Command, time::Duration};

use crate::{failure::RecipeError, process, saved::Saved, server};

/// How long the suite may take against one implementation.
const LIMIT: Duration = Duration::from_secs(300);
/// The most ids listed of each kind.
const LISTED: usize = 20;

/// Runs wsspec to its end. Its exit code; `None` if a signal ended it.
pub(super) fn ended(command: &mut Command) -> Result<Option<i32>, RecipeError> {
    let mut child = process::spawn(command)?;
    Ok(process::wait(command, &mut child, LIMIT, |_| ())?.code())
}

/// The options in a file, one a line; none if there is no such file.
pub(super) fn options(path: &Path) -> Result<Vec<String>, RecipeError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(RecipeError::file("read", path)(error)),
    }
}

/// The record of a run in which exactly the deviations of `list` occurred; otherwise what differs. `text` is where its
/// report is.
pub(super) fn as_known(
    code: Option<i32>,
    saved: Result<Saved, RecipeError>,
    text: &Path,
    list: &str,
) -> Result<Saved, RecipeError> {
    let why = match (code, saved) {
        (Some(0), saved) => return saved,
        (Some(1), Ok(saved)) => format!("{}\n    all of it: {}", deviations(&saved, list), text.display()),
        (Some(code), _) => format!("wsspec exits with {code}{}", server::tail(text)),
        (None, _) => format!("a signal ended wsspec{}", server::tail(text)),
    };
    Err(RecipeError::Other(why))
}

/// What is missing from a list of known deviations, and what no longer belongs there.
fn deviations(saved: &Saved, list: &str) -> String {
    let (failed, unexpected) = (saved.failed(), saved.unexpected());
    let mut parts = Vec::new();
    if !failed.is_empty() {
        parts.push(format!("{} not in {list} fail{}", failed.len(), listed(&failed)));
    }
    if !unexpected.is_empty() {
        parts.push(format!("{} of {list} pass{}", unexpected.len(), listed(&unexpected)));
    }
    parts.join("\n  and ")
}

/// Ids below the line that counts them.
pub(super) fn listed(ids: &[&str]) -> String {
    let mut lines: Vec<String> = ids.iter().take(LISTED).map(|id| format!("\n    {id}")).collect();
    if ids.len() > LISTED {
        lines.push(format!("\n    ... {} more", ids.len() - LISTED));
    }
    lines.concat()
}

/// The words above the numbers of each line.
pub(super) fn heading(what: &str) -> String {
    format!(
        "{what:24} {:>6} {:>6} {:>7} {:>5} {:>6} {:>7} {:>7}",
        "trials", "passed", "lenient", "known", "failed", "skipped", "seconds"
    )
}

/// The numbers of a run.
pub(super) fn line(name: &str, saved: &Saved) -> String {
    let [passed, lenient, known, failed, skipped] =
        ["pass", "lenient", "known", "fail", "skip"].map(|word| saved.count(word));
    let mut line = format!(
        "{name:24} {:6} {passed:6} {lenient:7} {known:5} {failed:6} {skipped:7} {:7.2}",
        saved.trials.len(),
        saved.duration_us as f64 / 1e6,
    );
    for (number, word) in [
        (saved.unexpected().len(), "unexpectedly passed"),
        (saved.count("flaky"), "flaky"),
        (saved.count("inconclusive"), "inconclusive"),
    ] {
        if number > 0 {
            line.push_str(&format!("  {number} {word}"));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_cut() {
        assert_eq!(listed(&["a", "b"]), "\n    a\n    b");
        assert!(listed(&["a"; 23]).ends_with("\n    a\n    ... 3 more"));
    }
}
