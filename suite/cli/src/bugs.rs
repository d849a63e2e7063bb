//! `--known-bugs`: the selected bugs, and the cases that detect them.

use wsspec_catalogue::{Bug, Catalogue, Filter, bug_filter, select_bugs};

use crate::{catalogue::Selection, failure::CommandError, heading};

/// `--known-bugs`.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct BugArgs {
    /// Check for known bugs of other implementations; each FILTER then names a bug by id, CVE, issue or software
    #[arg(long, help_heading = heading::SELECTION)]
    pub known_bugs: bool,
}

impl BugArgs {
    /// Whether a word selects cases, or with `--known-bugs` a bug.
    pub fn is_filter(self, word: &str, catalogue: &Catalogue) -> bool {
        match self.known_bugs {
            true => select_bugs(catalogue, &[word.to_owned()]).is_ok(),
            false => Filter::new(&[word], &[]).and_then(|filter| filter.resolved(catalogue)).is_ok(),
        }
    }

    /// The cases that a run selects, and with `--known-bugs` the bugs they are to detect.
    pub fn select(
        self,
        selection: &Selection,
        catalogue: &Catalogue,
    ) -> Result<(Filter, Option<Vec<Bug>>), CommandError> {
        if !self.known_bugs {
            return Ok((selection.filter(catalogue)?, None));
        }
        let bugs = select_bugs(catalogue, &selection.filters)?;
        let filter = bug_filter(&bugs, &selection.exclude)?.resolved(catalogue)?;
        Ok((filter, Some(bugs)))
    }
}
