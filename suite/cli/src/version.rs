//! `wsspec --version`: the version, the commit, and the size of the catalogue.

use wsspec_catalogue::Catalogue;

use crate::{
    exit_status::ExitStatus,
    failure::{CommandError, count, print},
};

/// The commit it was built from; empty if unknown.
const COMMIT: &str = env!("WSSPEC_BUILT_FROM");

/// Prints it.
pub fn run() -> Result<ExitStatus, CommandError> {
    print(&text(&Catalogue::embedded().map_err(CommandError::Cases)?, COMMIT))?;
    Ok(ExitStatus::Success)
}

fn text(catalogue: &Catalogue, commit: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let commit = if commit.is_empty() { String::new() } else { format!(" ({commit})") };
    let specs: std::collections::BTreeSet<&str> = catalogue.requirements.keys().map(|id| id.spec()).collect();
    format!(
        "wsspec {version}{commit}\ncatalogue: {}, {}, {} of {}\n",
        count(catalogue.cases.len(), "case"),
        count(catalogue.members().count(), "trial"),
        count(catalogue.requirements.len(), "requirement"),
        count(specs.len(), "specification"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_without_git_has_no_commit_to_show() {
        let catalogue = Catalogue::default();
        let counts = "catalogue: 0 cases, 0 trials, 0 requirements of 0 specifications\n";
        assert_eq!(text(&catalogue, ""), format!("wsspec 0.1.0\n{counts}"));
        assert_eq!(text(&catalogue, "0123456789"), format!("wsspec 0.1.0 (0123456789)\n{counts}"));
    }
}
