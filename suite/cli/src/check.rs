//! `wsspec check`: reports mistakes in case files, lint findings, and requirements that no case tests.

use std::{collections::BTreeSet, path::PathBuf};

use wsspec_catalogue::{Catalogue, lint, untested};

use crate::{
    catalogue::{self, Loaded},
    exit_status::ExitStatus,
    failure::{CommandError, complain, count, print, rendered},
    heading,
};

/// Options of `wsspec check`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// Folders of cases, which may cite the built-in requirements; without one, the built-in cases are checked
    #[arg(value_name = "DIR")]
    pub dirs: Vec<PathBuf>,
    /// Also list the requirements that no case cites and that give no reason for it
    #[arg(long, help_heading = heading::SELECTION)]
    pub coverage: bool,
}

/// Prints what is wrong. Exit code 0 if nothing is, otherwise 2.
pub fn run(args: &CheckArgs) -> Result<ExitStatus, CommandError> {
    let Loaded { catalogue, errors, specs } = catalogue::load(&args.dirs, args.dirs.is_empty())?;
    let findings = lint(&catalogue);
    complain(&rendered(&errors))?;
    let lines =
        findings.iter().map(|found| format!("{}: {}: {}\n", found.place, found.subject, found.message));
    complain(&lines.collect::<String>())?;
    if args.coverage {
        print(&coverage(&catalogue, specs))?;
    }
    let mut summary = vec![
        count(catalogue.cases.len(), "case"),
        count(catalogue.members().count(), "trial"),
        count(errors.len(), "error"),
    ];
    if !findings.is_empty() {
        summary.push(count(findings.len(), "finding"));
    }
    print(&format!("{}\n", summary.join(", ")))?;
    Ok(if errors.is_empty() && findings.is_empty() { ExitStatus::Success } else { ExitStatus::Usage })
}

/// A note for each requirement without a case or a reason, of the specifications that were loaded or are cited.
fn coverage(catalogue: &Catalogue, mut specs: BTreeSet<String>) -> String {
    specs.extend(catalogue.cases.iter().flat_map(|case| &case.cites).map(|id| id.spec().to_owned()));
    let missing: Vec<_> = untested(catalogue).into_iter().filter(|r| specs.contains(r.id.spec())).collect();
    let lines = missing.iter().map(|r| format!("note: no case cites {} ({}): {}\n", r.id, r.level, r.text));
    let total = catalogue.requirements.keys().filter(|id| specs.contains(id.spec())).count();
    format!("{}{} of {} not cited\n", lines.collect::<String>(), missing.len(), count(total, "requirement"))
}
