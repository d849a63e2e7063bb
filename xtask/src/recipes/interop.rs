//! `interop`: wsspec against servers that nobody here wrote. Each one's `known.toml` names what it breaks, so wsspec's
//! exit code is the verdict: a new failure and a known one that is gone both fail the recipe.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use crate::{
    failure::Failure,
    process,
    saved::Saved,
    server::{self, Server},
    workspace::Workspace,
};

/// How long the suite may take against one server.
const LIMIT: Duration = Duration::from_secs(300);
/// Ids listed of a kind.
const LISTED: usize = 20;

/// Tests the servers named, or all; where `alone`, each known deviation also by a run of its own.
pub fn run(workspace: &Workspace, names: &[String], alone: bool) -> Result<(), Failure> {
    let names = chosen(server::names(workspace)?, names)?;
    let wsspec = workspace.wsspec()?;
    println!(
        "{:18} {:>6} {:>6} {:>7} {:>5} {:>6} {:>7} {:>7}",
        "server", "trials", "passed", "lenient", "known", "failed", "skipped", "seconds"
    );
    let mut failed = Vec::new();
    for name in names {
        if let Err(failure) = test(workspace, &wsspec, &name, alone) {
            println!("FAIL {name}: {failure}");
            failed.push(name);
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::Other(format!(
        "interop: {} failed; records and logs are in `{}`",
        failed.join(", "),
        reports(workspace).display()
    )))
}

fn chosen(all: Vec<String>, names: &[String]) -> Result<Vec<String>, Failure> {
    if names.is_empty() {
        return Ok(all);
    }
    match names.iter().find(|name| !all.contains(name)) {
        Some(unknown) => Err(Failure::Other(format!("no server `{unknown}`; there are {}", all.join(", ")))),
        None => Ok(names.to_vec()),
    }
}

fn reports(workspace: &Workspace) -> PathBuf {
    workspace.target("interop-reports")
}

/// Runs the suite against one server and prints its line.
fn test(workspace: &Workspace, wsspec: &Path, name: &str, alone: bool) -> Result<(), Failure> {
    let dir = reports(workspace);
    let server = Server::start(workspace, name, &dir)?;
    let file = |extension: &str| dir.join(format!("{name}.{extension}"));
    let (json, text) = (file("json"), file("txt"));
    // An old record must not stand in for one that was not written.
    let _ = std::fs::remove_file(&json);
    let out = std::fs::File::create(&text).map_err(Failure::file("write", &text))?;
    let err = out.try_clone().map_err(Failure::file("write", &text))?;
    let mut command = workspace.command(wsspec);
    command.args(["run", &server.url(), "--color", "never"]);
    command.arg("--json").arg(&json).arg("--junit").arg(file("xml"));
    if let Some(known) = server::known(workspace, name) {
        command.arg("--known").arg(known);
    }
    let code = ended(command.stdin(Stdio::null()).stdout(out).stderr(err))?;
    let saved = Saved::read(&json);
    if let Ok(saved) = &saved {
        println!("{}", line(name, saved));
    }
    let why = match (code, saved) {
        (Some(0), Ok(saved)) if alone => return each_alone(workspace, wsspec, &server.url(), &saved),
        (Some(0), _) => return Ok(()),
        (Some(1), Ok(saved)) => format!("{}\n    all of it: {}", deviations(&saved), text.display()),
        (Some(code), _) => format!("wsspec exits with {code}{}", server::tail(&text)),
        (None, _) => format!("a signal ended wsspec{}", server::tail(&text)),
    };
    Err(Failure::Other(why))
}

/// Runs every trial that failed once more, alone and with no list of what is known: each must fail again.
fn each_alone(workspace: &Workspace, wsspec: &Path, url: &str, saved: &Saved) -> Result<(), Failure> {
    let known = saved.known();
    let mut differ = Vec::new();
    for id in &known {
        let mut command = workspace.command(wsspec);
        command.args(["run", url, &format!("id:{id}"), "--quiet"]);
        if ended(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))? != Some(1) {
            differ.push(*id);
        }
    }
    if differ.is_empty() {
        println!("{:18} each of {} known deviations fails alone, too", "", known.len());
        return Ok(());
    }
    Err(Failure::Other(format!("{} known deviations do not fail alone{}", differ.len(), listed(&differ))))
}

/// What a list of known deviations would have to say, and what it must not say any more.
fn deviations(saved: &Saved) -> String {
    let (failed, unexpected) = (saved.failed(), saved.unexpected());
    let mut parts = Vec::new();
    if !failed.is_empty() {
        parts.push(format!("{} not in known.toml fail{}", failed.len(), listed(&failed)));
    }
    if !unexpected.is_empty() {
        parts.push(format!("{} of known.toml pass{}", unexpected.len(), listed(&unexpected)));
    }
    parts.join("\n  and ")
}

fn listed(ids: &[&str]) -> String {
    let mut lines: Vec<String> = ids.iter().take(LISTED).map(|id| format!("\n    {id}")).collect();
    if ids.len() > LISTED {
        lines.push(format!("\n    ... {} more", ids.len() - LISTED));
    }
    lines.concat()
}

fn ended(command: &mut Command) -> Result<Option<i32>, Failure> {
    let mut child = process::spawn(command)?;
    Ok(process::wait(command, &mut child, LIMIT, |_| ())?.code())
}

fn line(name: &str, saved: &Saved) -> String {
    let [passed, lenient, known, failed, skipped] =
        ["pass", "lenient", "known", "fail", "skip"].map(|word| saved.count(word));
    let mut line = format!(
        "{name:18} {:6} {passed:6} {lenient:7} {known:5} {failed:6} {skipped:7} {:7.2}",
        saved.trials.len(),
        saved.duration_us as f64 / 1e6,
    );
    for (number, word) in [
        (saved.unexpected().len(), "unexpectedly passed"),
        (saved.count("flaky"), "flaky"),
        (saved.count("inconclusive"), "inconclusive"),
    ] {
        if number > 0 {
            line.push_str(&format!("  {number} {word}"));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<String> {
        ["aiohttp", "ws"].map(str::to_owned).to_vec()
    }

    #[test]
    fn no_name_means_all() {
        assert_eq!(chosen(all(), &[]).unwrap(), all());
    }

    #[test]
    fn a_long_list_is_cut() {
        assert_eq!(listed(&["a", "b"]), "\n    a\n    b");
        assert!(listed(&["a"; 23]).ends_with("\n    a\n    ... 3 more"));
    }

    #[test]
    fn an_unknown_name_is_answered_with_those_there_are() {
        let error = chosen(all(), &["wss".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), "no server `wss`; there are aiohttp, ws");
    }
}
