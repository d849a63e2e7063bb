//! `fuzz-smoke`: every fuzz target for a few seconds.

use std::fs;

use crate::{failure::Failure, process, workspace::Workspace};

/// Seconds for each target unless others are asked for.
pub const SECONDS: u32 = 10;

/// Fuzzes every target, or says why not.
pub fn run(workspace: &Workspace, seconds: u32) -> Result<(), Failure> {
    if let Some(missing) = missing(workspace) {
        println!("fuzz-smoke: skipped, {missing}");
        return Ok(());
    }
    for target in targets(workspace)? {
        let args = format!("+nightly fuzz run {target} -- -max_total_time={seconds} -verbosity=0");
        process::run(&mut workspace.cargo(&args))?;
        println!("fuzz-smoke: {target}: nothing found in {seconds} s");
    }
    Ok(())
}

/// What fuzzing needs and is not there.
pub(super) fn missing(workspace: &Workspace) -> Option<&'static str> {
    if !process::succeeds(&mut workspace.cargo("+nightly --version")) {
        return Some("no nightly toolchain: `rustup toolchain install nightly`");
    }
    if !process::succeeds(&mut workspace.cargo("fuzz --version")) {
        return Some("no cargo-fuzz: `cargo install cargo-fuzz --locked`");
    }
    None
}

pub(super) fn targets(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let dir = workspace.path("fuzz/fuzz_targets");
    let entries = fs::read_dir(&dir).map_err(Failure::file("read", &dir))?;
    let mut targets: Vec<String> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".rs").map(str::to_owned))
        .collect();
    targets.sort();
    Ok(targets)
}
