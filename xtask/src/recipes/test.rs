//! `test`: all tests.

use crate::{failure::RecipeError, process, workspace::Workspace};

/// Runs all tests.
pub fn run(workspace: &Workspace) -> Result<(), RecipeError> {
    process::run(&mut workspace.cargo("test --workspace"))
}
