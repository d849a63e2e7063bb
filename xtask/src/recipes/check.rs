//! `check`: formatting, lints, documentation, and the case files. Changes nothing.

use crate::{failure::Failure, process, workspace::Workspace};

/// Checks everything that can be checked without running a test.
pub fn run(workspace: &Workspace) -> Result<(), Failure> {
    process::run(&mut workspace.cargo("fmt --all --check"))?;
    process::run(&mut workspace.cargo("clippy --workspace --all-targets -- -D warnings"))?;
    let mut doc = workspace.cargo("doc --workspace --no-deps");
    process::run(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    process::run(&mut workspace.cargo("run --quiet --package wsspec -- check"))?;
    process::run(&mut workspace.cargo("run --quiet --package wsspec -- fmt --check cases"))
}
