//! `fuzz-build`: what ClusterFuzzLite and OSS-Fuzz build, built locally, with each target run once on its own seeds.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use crate::{failure::RecipeError, process, recipes::fuzz_smoke, workspace::Workspace};

/// Below the target directory.
const OUT: &str = "fuzz-out";

/// Builds every target with its seeds, and runs each on them; or says why not.
pub fn run(workspace: &Workspace) -> Result<(), RecipeError> {
    if let Some(missing) = fuzz_smoke::missing(workspace) {
        println!("fuzz-build: skipped, {missing}");
        return Ok(());
    }
    let out = workspace.target(OUT);
    // Files of an earlier build must not hide what is missing from this one.
    let _ = fs::remove_dir_all(&out);
    process::run(workspace.command("bash").arg(".clusterfuzzlite/build.sh").env("OUT", &out))?;
    for target in fuzz_smoke::targets(workspace)? {
        let seeds = unpack(workspace, &out, &target)?;
        replay(workspace, &out, &target, &seeds)?;
        println!("fuzz-build: {target}: {} seeds pass", seeds.len());
    }
    examples(workspace)
}

/// Under cargo-fuzz, the examples of `fuzz_decoder!` are fuzz targets, but cargo-fuzz builds no examples: this checks
/// that they compile with the cfg that it sets.
fn examples(workspace: &Workspace) -> Result<(), RecipeError> {
    let mut check = workspace.cargo("check --quiet --package wsspec-decoder --examples");
    // Other flags need a separate folder, so that nothing else is rebuilt.
    check.env("RUSTFLAGS", "--cfg fuzzing").arg("--target-dir").arg(workspace.target("fuzz-examples"));
    process::run(&mut check)
}

/// The files of a target's seed corpus; none if it has no corpus.
fn unpack(workspace: &Workspace, out: &Path, target: &str) -> Result<Vec<PathBuf>, RecipeError> {
    let archive = out.join(format!("{target}_seed_corpus.zip"));
    if !archive.is_file() {
        return Ok(Vec::new());
    }
    let dir = out.join("seeds").join(target);
    fs::create_dir_all(&dir).map_err(RecipeError::file("create", &dir))?;
    let mut unzip = workspace.command("python3");
    process::run(unzip.args(["-m", "zipfile", "-e"]).arg(&archive).arg(&dir))?;
    let entries = fs::read_dir(&dir).map_err(RecipeError::file("read", &dir))?;
    let mut seeds: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    seeds.sort();
    Ok(seeds)
}

/// Runs a target once on each seed; without seeds, on the empty input.
fn replay(workspace: &Workspace, out: &Path, target: &str, seeds: &[PathBuf]) -> Result<(), RecipeError> {
    let mut command = workspace.command(out.join(target));
    command.args(["-runs=0", "-verbosity=0"]).stdin(Stdio::null());
    // The corpus is passed as a folder: thousands of names would not fit on a command line.
    if let Some(dir) = seeds.first().and_then(|seed| seed.parent()) {
        command.arg(dir);
    }
    process::run(&mut command)
}
