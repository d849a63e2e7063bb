//! `check`: formatting, lints, documentation, and the case files. Changes nothing.

use crate::{failure::RecipeError, process, workspace::Workspace};

/// Checks everything that can be checked without running a test.
pub fn run(workspace: &Workspace) -> Result<(), RecipeError> {
    process::run(&mut workspace.cargo("fmt --all --check"))?;
    process::run(&mut workspace.cargo("clippy --workspace --all-targets -- -D warnings"))?;
    let mut doc = workspace.cargo("doc --workspace --no-deps");
    process::run(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    let wsspec = workspace.tested_wsspec()?;
    process::run(workspace.command(&wsspec).arg("check"))?;
    process::run(workspace.command(&wsspec).args(["fmt", "--check", "cases"]))
}
