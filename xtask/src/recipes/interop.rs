//! `interop`: wsspec against other people's servers and clients. Each has a list of what it is known to break, so
//! wsspec's exit code is the verdict: a new failure and a known one that no longer occurs both fail the recipe.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use crate::{
    failure::RecipeError,
    recipes::graded::{self, ended, listed},
    saved::Saved,
    server::{self, ServerProcess},
    workspace::Workspace,
};

mod table;

use table::TableRow;

/// The role in which an implementation is tested.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum TestedRole {
    Server,
    Client,
}

impl TestedRole {
    const ALL: [Self; 2] = [Self::Server, Self::Client];

    /// The script that starts it.
    fn script(self) -> &'static str {
        match self {
            Self::Server => "serve.sh",
            Self::Client => "client.sh",
        }
    }

    /// Its list of known deviations.
    fn list(self) -> &'static str {
        match self {
            Self::Server => "known.toml",
            Self::Client => "known-client.toml",
        }
    }

    /// Options of wsspec for it, one a line.
    fn options(self) -> &'static str {
        match self {
            Self::Server => "run.args",
            Self::Client => "serve.args",
        }
    }

    /// Its name in file names.
    fn file(self, name: &str) -> String {
        match self {
            Self::Server => name.to_owned(),
            Self::Client => format!("{name}-client"),
        }
    }
}

/// What CI leaves to the whole recipe: those that take longest, and whose trials another folder plays as well.
const LEFT_OUT: [&str; 17] = [
    "aioquic",
    "axum",
    "chromium-http2",
    "engine.io-client",
    "flask-sock",
    "hypercorn",
    "hypercorn-http2",
    "python-engineio",
    "python-socketio",
    "python-sockjs",
    "socket.io-client",
    "sockjs",
    "sockjs-protocol",
    "soketto",
    "stomp.py",
    "stompjs",
    "undici",
];

/// Tests those that are available here, but for a few.
pub fn run_sample(workspace: &Workspace) -> Result<(), RecipeError> {
    let mut tests = all(workspace)?;
    tests.retain(|(name, _)| !LEFT_OUT.contains(&name.as_str()));
    run_each(workspace, tests, true, false).map(drop)
}

/// Tests the implementations named, or all that are available here, in each role they have scripts for; with `alone`,
/// also each known deviation of a server in a separate run; with `table`, docs/interop.md is written.
pub fn run(workspace: &Workspace, names: &[String], alone: bool, table: bool) -> Result<(), RecipeError> {
    if table && !names.is_empty() {
        return Err(RecipeError::Other("--table covers all implementations: give no names".into()));
    }
    let tests = chosen(&all(workspace)?, names)?;
    let rows = run_each(workspace, tests, names.is_empty(), alone)?;
    if table { table::write(workspace, &rows) } else { Ok(()) }
}

fn run_each(
    workspace: &Workspace,
    tests: Vec<(String, TestedRole)>,
    skips_absent: bool,
    alone: bool,
) -> Result<Vec<TableRow>, RecipeError> {
    let wsspec = workspace.wsspec()?;
    println!("{}", graded::heading("implementation"));
    let (mut failed, mut rows) = (Vec::new(), Vec::new());
    for (name, end) in tests {
        let file = end.file(&name);
        match test(workspace, &wsspec, (&name, end), alone) {
            Ok(saved) => rows.push(TableRow::new(workspace, &name, end, &saved)),
            Err(RecipeError::Absent(why)) if skips_absent => println!("skip {file}: {why}"),
            Err(failure) => {
                println!("FAIL {file}: {failure}");
                failed.push(file);
            }
        }
    }
    if failed.is_empty() {
        return Ok(rows);
    }
    Err(RecipeError::Other(format!(
        "interop: {} failed; records and logs are in `{}`",
        failed.join(", "),
        reports(workspace).display()
    )))
}

/// Each implementation, in each role it has scripts for.
fn all(workspace: &Workspace) -> Result<Vec<(String, TestedRole)>, RecipeError> {
    let mut all = Vec::new();
    for end in TestedRole::ALL {
        all.extend(server::names(workspace, end.script())?.into_iter().map(|name| (name, end)));
    }
    Ok(all)
}

fn chosen(all: &[(String, TestedRole)], names: &[String]) -> Result<Vec<(String, TestedRole)>, RecipeError> {
    let is_there = |name: &String| all.iter().any(|(there, _)| there == name);
    match names.iter().find(|name| !is_there(name)) {
        Some(unknown) => {
            let mut there: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
            there.sort_unstable();
            there.dedup();
            Err(RecipeError::Other(format!("no implementation `{unknown}`; there are {}", there.join(", "))))
        }
        None => {
            Ok(all.iter().filter(|(name, _)| names.is_empty() || names.contains(name)).cloned().collect())
        }
    }
}

fn reports(workspace: &Workspace) -> PathBuf {
    workspace.target("interop-reports")
}

/// Runs the suite against one implementation, prints its line, and returns the record.
fn test(
    workspace: &Workspace,
    wsspec: &Path,
    (name, end): (&str, TestedRole),
    alone: bool,
) -> Result<Saved, RecipeError> {
    let dir = reports(workspace);
    let mut command = workspace.command(wsspec);
    let server = match end {
        TestedRole::Server => {
            let server = ServerProcess::start(workspace, name, &dir)?;
            command.args(["run", &server.url()]);
            Some(server)
        }
        TestedRole::Client => {
            server::install(workspace, name, &dir)?;
            let script = server::script(workspace, name, end.script());
            if started_for_each(workspace, name) {
                let client = format!("exec '{}' {{url}}", script.display());
                command.args(["test-client", "--exec", &client]);
            } else {
                let client = format!("'{}' {{url}} {{page}}", script.display());
                command.args(["serve", "--listen", "127.0.0.1:0", "--exec", &client]);
            }
            None
        }
    };
    let file = |extension: &str| dir.join(format!("{}.{extension}", end.file(name)));
    let (json, text) = (file("json"), file("txt"));
    // An old record must not be taken for one that was not written.
    let _ = std::fs::remove_file(&json);
    let out = std::fs::File::create(&text).map_err(RecipeError::file("write", &text))?;
    let err = out.try_clone().map_err(RecipeError::file("write", &text))?;
    command.args(["--color", "never", "--json"]).arg(&json).arg("--junit").arg(file("xml"));
    if let Some(known) = server::known(workspace, name, end.list()) {
        command.arg("--known").arg(known);
    }
    command.args(options(workspace, name, end)?);
    let code = ended(command.stdin(Stdio::null()).stdout(out).stderr(err))?;
    let saved = Saved::read(&json);
    if let Ok(saved) = &saved {
        println!("{}", graded::line(&end.file(name), saved));
    }
    let saved = graded::as_known(code, saved, &text, end.list())?;
    if let Some(server) = server.filter(|_| alone) {
        let options = options(workspace, name, end)?;
        each_alone(workspace, wsspec, (&server.url(), &options), &saved)?;
    }
    Ok(saved)
}

/// The file with the options of a client that is started for each case; other clients go through all cases at once.
const OPTIONS_FOR_EACH: &str = "test-client.args";

fn started_for_each(workspace: &Workspace, name: &str) -> bool {
    server::script(workspace, name, OPTIONS_FOR_EACH).is_file()
}

/// The options that an implementation is tested with, besides those that all have.
fn options(workspace: &Workspace, name: &str, end: TestedRole) -> Result<Vec<String>, RecipeError> {
    let file = match end {
        TestedRole::Client if started_for_each(workspace, name) => OPTIONS_FOR_EACH,
        end => end.options(),
    };
    graded::options(&server::script(workspace, name, file))
}

/// Runs every failed trial once more, alone and without the list of known deviations: each must fail again.
fn each_alone(
    workspace: &Workspace,
    wsspec: &Path,
    (url, options): (&str, &[String]),
    saved: &Saved,
) -> Result<(), RecipeError> {
    let known = saved.known();
    let mut differ = Vec::new();
    for id in &known {
        let mut command = workspace.command(wsspec);
        command.args(["run", url, &format!("id:{id}"), "--quiet"]).args(options);
        if ended(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))? != Some(1) {
            differ.push(*id);
        }
    }
    if differ.is_empty() {
        println!("{:24} each of {} known deviations also fails alone", "", known.len());
        return Ok(());
    }
    Err(RecipeError::Other(format!("{} known deviations do not fail alone{}", differ.len(), listed(&differ))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there() -> Vec<(String, TestedRole)> {
        [("aiohttp", TestedRole::Server), ("ws", TestedRole::Server), ("ws", TestedRole::Client)]
            .map(|(name, end)| (name.to_owned(), end))
            .to_vec()
    }

    #[test]
    fn no_name_means_all_and_a_name_both_ends() {
        assert_eq!(chosen(&there(), &[]).unwrap(), there());
        assert_eq!(chosen(&there(), &["ws".to_owned()]).unwrap(), there()[1..]);
    }

    #[test]
    fn an_unknown_name_is_answered_with_those_there_are() {
        let error = chosen(&there(), &["wss".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), "no implementation `wss`; there are aiohttp, ws");
    }
}
