//! `--known-bugs`: which bugs are asked for, and the cases that answer.

use wsspec_catalogue::{Bug, Catalogue, Filter, bug_filter, select_bugs};

use crate::{catalogue::Selection, failure::CommandError};

/// `--known-bugs`.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct BugArgs {
    /// Say for each known bug of other implementations whether the target has it; each FILTER is then a bug, by id,
    /// CVE, issue or software
    #[arg(long)]
    pub known_bugs: bool,
}

impl BugArgs {
    /// The cases that a run selects; and the bugs that they are to answer for, if any are asked for.
    pub fn select(
        self,
        selection: &Selection,
        catalogue: &Catalogue,
    ) -> Result<(Filter, Option<Vec<Bug>>), CommandError> {
        if !self.known_bugs {
            return Ok((selection.filter(catalogue)?, None));
        }
        let bugs = select_bugs(catalogue, &selection.filters)?;
        let filter = bug_filter(&bugs, &selection.exclude)?;
        filter.check(catalogue)?;
        Ok((filter, Some(bugs)))
    }
}
