//! `bless`: writes every committed generated file anew.

use std::fs;

use crate::{failure::RecipeError, process, workspace::Workspace};

/// Every committed generated file, as patterns of git.
pub const GENERATED: [&str; 7] = [
    "cases/schema.json",
    "docs/wsspec.schema.json",
    "docs/coverage.md",
    ":(glob)**/tests/snapshots/**",
    ":(glob)**/tests/expected/**",
    "fuzz/dictionary.dict",
    ":(glob)fuzz/seeds/**",
];

/// Regenerates: what the binary prints (the JSON schemas, the page on coverage), expected outputs by the tests that
/// compare them.
pub fn run(workspace: &Workspace) -> Result<(), RecipeError> {
    write(workspace, "cases/schema.json", "schema cases")?;
    write(workspace, "docs/wsspec.schema.json", "schema config")?;
    write(workspace, "docs/coverage.md", "export --format coverage")?;
    let mut tests = workspace.cargo("test --workspace --quiet");
    process::run(
        tests.env("INSTA_UPDATE", "always").env("INSTA_FORCE_PASS", "1").env("SNAPSHOTS", "overwrite"),
    )
}

/// What `wsspec COMMAND` prints.
fn write(workspace: &Workspace, file: &str, command: &str) -> Result<(), RecipeError> {
    let printed =
        process::stdout(&mut workspace.cargo(&format!("run --quiet --package wsspec -- {command}")))?;
    let path = workspace.path(file);
    fs::write(&path, printed).map_err(RecipeError::file("write", &path))
}
