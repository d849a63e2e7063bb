//! `languages`: the examples that fuzz decoders in process in other languages, each with the fuzzer that its language has.

use std::fs;

use crate::{failure::RecipeError, process, workspace::Workspace};

/// The exit status of an example whose language is not installed.
const MISSING: i32 = 77;

/// Builds the harness, and fuzzes in the languages named, or all, for `seconds` each.
pub fn run(workspace: &Workspace, names: &[String], seconds: u32) -> Result<(), RecipeError> {
    process::run(&mut workspace.cargo("build --quiet --release --package wsspec-decoder-c"))?;
    let dir = workspace.path("suite/decoder-c/examples");
    let entries = fs::read_dir(&dir).map_err(RecipeError::file("read", &dir))?;
    let mut all: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().join("run.sh").is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    all.sort();
    if let Some(unknown) = names.iter().find(|name| !all.contains(name)) {
        return Err(RecipeError::Other(format!("no example `{unknown}`; there are {}", all.join(", "))));
    }
    for name in all.iter().filter(|name| names.is_empty() || names.contains(name)) {
        let script = dir.join(name).join("run.sh");
        let mut command = workspace.command(&script);
        command.env("WSSPEC_LIB", workspace.target("release")).env("SECONDS_TO_FUZZ", seconds.to_string());
        let status = process::spawn(&mut command)?.wait().map_err(RecipeError::file("run", &script))?;
        match status.code() {
            Some(0) => println!("languages: {name}: nothing found"),
            Some(MISSING) => println!("languages: {name}: skipped, not installed"),
            _ => return Err(RecipeError::Other(format!("languages: {name}: {status}"))),
        }
    }
    Ok(())
}
