//! `drift`: whether each generated file, as committed or staged, is up to date. Restores nothing.

use crate::{
    failure::RecipeError,
    process,
    recipes::bless::{self, GENERATED},
    workspace::Workspace,
};

/// Blesses, then compares with git.
pub fn run(workspace: &Workspace) -> Result<(), RecipeError> {
    bless::run(workspace)?;
    let changed = git(workspace, &["diff", "--name-only", "--"])?;
    let unknown = git(workspace, &["ls-files", "--others", "--exclude-standard", "--"])?;
    if changed.is_empty() && unknown.is_empty() {
        println!("generated files: as committed");
        return Ok(());
    }
    let named =
        |text: &str, word: &str| text.lines().map(|path| format!("\n  {word} {path}")).collect::<String>();
    Err(RecipeError::Other(format!(
        "generated files are not as committed or staged; look at `git diff`, then commit them:{}{}",
        named(&changed, "changed"),
        named(&unknown, "new    "),
    )))
}

fn git(workspace: &Workspace, args: &[&str]) -> Result<String, RecipeError> {
    // Without optional locks, git only reads.
    process::stdout(workspace.command("git").env("GIT_OPTIONAL_LOCKS", "0").args(args).args(GENERATED))
}
