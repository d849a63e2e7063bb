//! `check`: formatting, lints, documentation, and the case files. Changes nothing.

use crate::{failure::RecipeError, process, workspace::Workspace};

/// What only tests, benches and their helpers may do. `[workspace.lints]` cannot express it, since it does not
/// distinguish targets.
const NO_UNWRAP: &str = "clippy --workspace --lib --bins --examples -- -D warnings -D clippy::unwrap_used";

/// Checks everything that can be checked without running a test.
pub fn run(workspace: &Workspace) -> Result<(), RecipeError> {
    process::run(&mut workspace.cargo("fmt --all --check"))?;
    process::run(&mut workspace.cargo("clippy --workspace --all-targets -- -D warnings"))?;
    process::run(&mut workspace.cargo(NO_UNWRAP))?;
    let mut doc = workspace.cargo("doc --workspace --no-deps");
    process::run(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    let wsspec = workspace.tested_wsspec()?;
    process::run(workspace.command(&wsspec).arg("check"))?;
    process::run(workspace.command(&wsspec).args(["fmt", "--check", "cases"]))
}
