//! `languages`: the examples that fuzz decoders in process in other languages, each with the fuzzer that its language has.

use crate::{failure::RecipeError, process, recipes::examples, workspace::Workspace};

/// The exit status of an example whose language is not installed.
const MISSING: i32 = 77;

/// Builds the harness, and fuzzes in the languages named, or all, for `seconds` each.
pub fn run(workspace: &Workspace, names: &[String], seconds: u32) -> Result<(), RecipeError> {
    process::run(&mut workspace.cargo("build --quiet --release --package wsspec-decoder-c"))?;
    let dir = workspace.path("suite/decoder-c/examples");
    for name in examples::chosen(&dir, "run.sh", "example", names)? {
        let script = dir.join(&name).join("run.sh");
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
