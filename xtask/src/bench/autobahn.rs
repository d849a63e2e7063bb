//! Autobahn's fuzzing client on the same server, for the cases it has in common with this suite.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use super::{
    LIMIT,
    results::{BenchResults, Times},
};
use crate::{failure::RecipeError, process};

const RUNS: usize = 3;
/// The name it gives the server.
const AGENT: &str = "server";
/// All except its tests of limits and performance (9) and of compression (12, 13).
pub const CASES: [&str; 8] = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"];

/// Times it, and compares it with ours.
pub fn measure(
    wstest: &Path,
    url: &str,
    dir: &Path,
    ours: &Times,
    results: &mut BenchResults,
) -> Result<(), RecipeError> {
    let out = dir.join("autobahn");
    let spec = json!({
        "outdir": out, "servers": [{ "agent": AGENT, "url": url }],
        "cases": CASES, "exclude-cases": [], "exclude-agent-cases": {},
    });
    let path = dir.join("fuzzingclient.json");
    fs::write(&path, spec.to_string()).map_err(RecipeError::file("write", &path))?;
    let mut times = Vec::new();
    for _ in 0..RUNS {
        // An old report must not be taken for one that was not written.
        let _ = fs::remove_dir_all(&out);
        let mut command = Command::new(wstest);
        command.args(["-m", "fuzzingclient", "-s"]).arg(&path).current_dir(dir);
        times.push(process::watched(&mut command, LIMIT)?.wall);
    }
    let times = Times::new(times);
    results.times("process, wstest", &times, &outcomes(&out.join("index.json"))?);
    let ratio = times.median() / ours.median();
    results.ratio("wstest / wsspec", Some(ratio), "medians, Autobahn's cases, same server");
    Ok(())
}

/// How many cases a report of one agent has, and how many of them did not fail.
pub fn outcomes(index: &Path) -> Result<String, RecipeError> {
    let bytes = fs::read(index).map_err(RecipeError::file("read", index))?;
    let report: Value = serde_json::from_slice(&bytes)
        .map_err(|error| RecipeError::Other(format!("`{}` is not a report: {error}", index.display())))?;
    let agent = report.as_object().and_then(|agents| agents.values().next());
    let cases = agent.and_then(Value::as_object);
    let cases = cases.ok_or_else(|| RecipeError::Other(format!("`{}` has no cases", index.display())))?;
    let failed = cases.values().filter(|case| case["behavior"] == "FAILED").count();
    Ok(format!("{} cases, {} not failed", cases.len(), cases.len() - failed))
}
