//! `cases`: the case files, and a note for each requirement that no case cites.

use crate::{failure::RecipeError, process, workspace::Workspace};

/// Checks the case files and lists what they do not cover.
pub fn run(workspace: &Workspace) -> Result<(), RecipeError> {
    process::run(&mut workspace.cargo("run --quiet --package wsspec -- check --coverage"))
}
