//! Kosoku, which has Autobahn's cases under a runner of its own, on the same server.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use super::{
    LIMIT,
    autobahn::{CASES, outcomes},
    results::{BenchResults, Times},
};
use crate::{failure::RecipeError, process};

const RUNS: usize = 5;
/// How many cases at once: more gain nothing on a machine of two cores.
const PARALLEL: &str = "16";

/// Times it, and compares it with ours.
pub fn measure(
    kosoku: &Path,
    address: &str,
    dir: &Path,
    ours: &Times,
    results: &mut BenchResults,
) -> Result<(), RecipeError> {
    let out = dir.join("kosoku");
    let mut times = Vec::new();
    for _ in 0..RUNS {
        // An old report must not stand in for one that was not written.
        let _ = fs::remove_dir_all(&out);
        let mut command = Command::new(kosoku);
        command.args(["-p", PARALLEL, "-o"]).arg(&out).args(CASES.map(|case| format!("-i{case}")));
        command.arg(address).current_dir(dir).stdin(Stdio::null());
        times.push(process::watched(&mut command, LIMIT)?.wall);
    }
    let times = Times::new(times);
    results.times("process, kosoku", &times, &outcomes(&out.join("index.json"))?);
    let ratio = times.median() / ours.median();
    results.ratio("kosoku / wsspec", Some(ratio), "medians, Autobahn's cases, same server");
    Ok(())
}
