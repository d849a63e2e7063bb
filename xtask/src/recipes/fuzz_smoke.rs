//! `fuzz-smoke`: every fuzz target for a few seconds, from its seeds.

use std::{fs, path::Path, process::Command};

use crate::{failure::RecipeError, process, workspace::Workspace};

/// Default number of seconds for each target.
pub const SECONDS: u32 = 10;

/// The feature is for `deflate` and `differential`; with it enabled for all, nothing is built twice.
const FEATURES: &str = "--features differential";

/// Options of libFuzzer: inputs of at most 4 KiB, no allocation beyond what a wrong length may cause, and counts at
/// the end.
const OPTIONS: [&str; 4] = ["-max_len=4096", "-malloc_limit_mb=64", "-print_final_stats=1", "-verbosity=1"];

/// Fuzzes every target, or says why not.
pub fn run(workspace: &Workspace, seconds: u32) -> Result<(), RecipeError> {
    if let Some(missing) = missing(workspace) {
        println!("fuzz-smoke: skipped, {missing}");
        return Ok(());
    }
    let logs = workspace.target("fuzz-smoke");
    fs::create_dir_all(&logs).map_err(RecipeError::file("create", &logs))?;
    for target in targets(workspace)? {
        process::run(&mut workspace.cargo(&format!("+nightly fuzz build {target} {FEATURES}")))?;
        let log = logs.join(format!("{target}.log"));
        fuzz(workspace, &target, seconds, &log)?;
        let text = fs::read_to_string(&log).map_err(RecipeError::file("read", &log))?;
        let count = |name| {
            stat(&text, name).ok_or_else(|| RecipeError::Other(format!("{target} ended without counts")))
        };
        let (runs, rate) = (count("number_of_executed_units")?, count("average_exec_per_sec")?);
        println!("fuzz-smoke: {target}: nothing found in {seconds} s, {runs} inputs, {rate}/s");
    }
    Ok(())
}

/// Runs a target; its output goes to a file, and is shown only if it fails.
fn fuzz(workspace: &Workspace, target: &str, seconds: u32, log: &Path) -> Result<(), RecipeError> {
    let corpus = workspace.path("fuzz/corpus").join(target);
    fs::create_dir_all(&corpus).map_err(RecipeError::file("create", &corpus))?;
    let mut command = workspace.cargo(&format!("+nightly fuzz run {target} {FEATURES}"));
    command.arg(corpus);
    // Targets that read the same inputs share them.
    let seeds = match target {
        "assemble" | "differential" => "decode",
        "deflate" => "inflate",
        target => target,
    };
    for folder in [format!("seeds/{seeds}"), format!("regressions/{target}")] {
        let folder = workspace.path("fuzz").join(folder);
        if folder.is_dir() {
            command.arg(folder);
        }
    }
    let dictionary = workspace.path("fuzz/dictionary.dict");
    command
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-dict={}", dictionary.display()));
    command.args(OPTIONS);
    quietly(&mut command, log)
}

fn quietly(command: &mut Command, log: &Path) -> Result<(), RecipeError> {
    let file = fs::File::create(log).map_err(RecipeError::file("write", log))?;
    match process::run(command.stderr(file)) {
        Ok(()) => Ok(()),
        Err(failure) => {
            let text = fs::read_to_string(log).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            Err(RecipeError::Other(format!(
                "{failure}\n{}",
                lines[lines.len().saturating_sub(60)..].join("\n")
            )))
        }
    }
}

/// A count that libFuzzer prints at the end: `stat::average_exec_per_sec:     1234`.
fn stat(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        line.strip_prefix("stat::")?.strip_prefix(name)?.strip_prefix(':')?.trim().parse().ok()
    })
}

/// What fuzzing needs but is missing.
pub(super) fn missing(workspace: &Workspace) -> Option<&'static str> {
    if !process::succeeds(&mut workspace.cargo("+nightly --version")) {
        return Some("no nightly toolchain: `rustup toolchain install nightly`");
    }
    if !process::succeeds(&mut workspace.cargo("fuzz --version")) {
        return Some("no cargo-fuzz: `cargo install cargo-fuzz --locked`");
    }
    None
}

pub(super) fn targets(workspace: &Workspace) -> Result<Vec<String>, RecipeError> {
    let dir = workspace.path("fuzz/fuzz_targets");
    let entries = fs::read_dir(&dir).map_err(RecipeError::file("read", &dir))?;
    let mut targets: Vec<String> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".rs").map(str::to_owned))
        .collect();
    targets.sort();
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read() {
        let text = "Done 10 runs\nstat::number_of_executed_units: 10\nstat::average_exec_per_sec:     5\n";
        assert_eq!(stat(text, "number_of_executed_units"), Some(10));
        assert_eq!(stat(text, "average_exec_per_sec"), Some(5));
        assert_eq!(stat(text, "average"), None);
    }
}
