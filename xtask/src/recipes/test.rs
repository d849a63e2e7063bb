//! `test`: all tests.

use crate::{failure::Failure, process, workspace::Workspace};

/// Runs all tests.
pub fn run(workspace: &Workspace) -> Result<(), Failure> {
    process::run(&mut workspace.cargo("test --workspace"))
}
