//! `bless`: writes every committed generated file anew.

use std::fs;

use crate::{failure::Failure, process, workspace::Workspace};

/// Every committed generated file, as patterns of git.
pub const GENERATED: [&str; 4] = [
    "cases/schema.json",
    "docs/wsspec.schema.json",
    ":(glob)**/tests/snapshots/**",
    ":(glob)**/tests/expected/**",
];

/// Regenerates: the JSON schemas from the binary, expected outputs by the tests that compare them.
pub fn run(workspace: &Workspace) -> Result<(), Failure> {
    for (files, path) in [("cases", "cases/schema.json"), ("config", "docs/wsspec.schema.json")] {
        let command = format!("run --quiet --package wsspec -- schema {files}");
        let schema = process::stdout(&mut workspace.cargo(&command))?;
        let path = workspace.path(path);
        fs::write(&path, schema).map_err(Failure::file("write", &path))?;
    }
    let mut tests = workspace.cargo("test --workspace --quiet");
    process::run(
        tests.env("INSTA_UPDATE", "always").env("INSTA_FORCE_PASS", "1").env("SNAPSHOTS", "overwrite"),
    )
}
