//! `bench`: how fast the suite is and how much memory it uses, compared with Autobahn and Kosoku if they are available.
//! Prints a table and saves it as `target/bench.json`. Asserts nothing about times.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

mod autobahn;
mod codec;
mod kosoku;
mod peers;
mod results;
mod serve;

use self::{
    peers::{TinyServer, TinyServerKind},
    results::{BenchResults, Times},
};
use crate::{
    failure::RecipeError,
    process::{self, Spent},
    saved::Saved,
    server::{self, ServerProcess},
    workspace::Workspace,
};

/// The server for all measurements.
const SERVER: &str = "tokio-tungstenite";
const WARM_UPS: usize = 2;
/// How often an inconclusive run is repeated.
const TRIES: usize = 5;
/// A run that takes longer does not count.
const LIMIT: Duration = Duration::from_secs(600);

/// Measures, prints and saves.
pub fn run(workspace: &Workspace) -> Result<(), RecipeError> {
    let dir = workspace.target("bench");
    fs::create_dir_all(&dir).map_err(RecipeError::file("create", &dir))?;
    let wsspec = workspace.wsspec()?;
    let server = ServerProcess::start(workspace, SERVER, &dir)?;
    let suite = Suite { wsspec, known: server::known(workspace, SERVER, "known.toml"), dir };
    let mut results = BenchResults::default();
    let ours = suite.speed(&server.url(), &mut results)?;
    suite.memory("memory, whole catalogue", &server.url(), &mut results)?;
    match program("WSTEST", "wstest") {
        Some(wstest) => autobahn::measure(&wstest, &server.url(), &suite.dir, &ours, &mut results)?,
        None => results.note("Autobahn", "skipped: no wstest on PATH, and WSTEST does not name one"),
    }
    match program("KOSOKU", "kosoku") {
        Some(kosoku) => kosoku::measure(&kosoku, &server.address, &suite.dir, &ours, &mut results)?,
        None => results.note("Kosoku", "skipped: no kosoku on PATH, and KOSOKU does not name one"),
    }
    drop(server);
    suite.silent(&mut results)?;
    suite.endless(&mut results)?;
    serve::measure(&suite.wsspec, &mut results)?;
    codec::measure(workspace, &mut results)?;
    print!("\n{}", results.table());
    let path = workspace.target("bench.json");
    fs::write(&path, results.json()?).map_err(RecipeError::file("write", &path))?;
    println!("saved as {}", path.display());
    Ok(())
}

/// A program, if available: the one named by the variable, or the one on PATH.
fn program(variable: &str, name: &str) -> Option<PathBuf> {
    if let Some(named) = env::var_os(variable) {
        return Some(PathBuf::from(named));
    }
    process::succeeds(Command::new(name).arg("--help")).then(|| PathBuf::from(name))
}

/// The suite as a process.
struct Suite {
    wsspec: PathBuf,
    known: Option<PathBuf>,
    dir: PathBuf,
}

impl Suite {
    fn command(&self, url: &str, filter: &[&str]) -> Command {
        let mut command = Command::new(&self.wsspec);
        command.arg("run").arg(url).args(filter).args(["--quiet", "--color", "never"]);
        command
    }

    /// Whole processes against the interop server. Returns the times for Autobahn's cases.
    fn speed(&self, url: &str, results: &mut BenchResults) -> Result<Times, RecipeError> {
        let autobahn = self.series(url, &["autobahn:*"], 15)?;
        results.times("process, Autobahn's cases", &autobahn, &self.trials(url, &["autobahn:*"])?);
        let whole = self.series(url, &[], 7)?;
        results.times("process, whole catalogue", &whole, &self.trials(url, &[])?);
        Ok(autobahn)
    }

    fn series(&self, url: &str, filter: &[&str], runs: usize) -> Result<Times, RecipeError> {
        let mut command = self.command(url, filter);
        self.with_known(&mut command);
        let mut times = Vec::new();
        for round in 0..WARM_UPS + runs {
            let spent = conclusive(&mut command)?;
            if round >= WARM_UPS {
                times.push(spent.wall);
            }
        }
        Ok(Times::new(times))
    }

    /// The number of trials, from a separate run.
    fn trials(&self, url: &str, filter: &[&str]) -> Result<String, RecipeError> {
        let (mut command, json) = self.recorded(url, filter, "speed");
        self.with_known(&mut command);
        conclusive(&mut command)?;
        let saved = Saved::read(&json)?;
        let names: usize = saved.trials.iter().map(|trial| trial.autobahn.len()).sum();
        let own = format!(
            "{} trials, {} not failed",
            saved.trials.len(),
            saved.count("pass") + saved.count("lenient")
        );
        Ok(if filter.is_empty() { own } else { format!("{own}, for {names} of Autobahn's") })
    }

    fn memory(&self, name: &str, url: &str, results: &mut BenchResults) -> Result<(), RecipeError> {
        let spent = process::watched(&mut self.command(url, &[]), LIMIT)?;
        results.memory(name, spent.peak_kib, &format!("in {:.2} s", spent.wall.as_secs_f64()));
        Ok(())
    }

    /// A peer that opens connections, answers pings, and sends nothing more.
    fn silent(&self, results: &mut BenchResults) -> Result<(), RecipeError> {
        let peer = TinyServer::start(TinyServerKind::AnswersPingsOnly)?;
        let (mut command, json) = self.recorded(&peer.url(), &[], "silent");
        let spent = process::watched(&mut command, LIMIT)?;
        let saved = Saved::read(&json)?;
        let note = format!(
            "{} trials, {} failed by silence ({:.1} s a hundred), {} failed in all, {} skipped",
            saved.trials.len(),
            saved.silent(),
            spent.wall.as_secs_f64() * 100.0 / saved.silent() as f64,
            saved.count("fail"),
            saved.count("skip")
        );
        results.times("process, silent peer", &Times::new(vec![spent.wall]), &note);
        results.memory("memory, silent peer", spent.peak_kib, "");
        Ok(())
    }

    /// A peer that sends messages forever.
    fn endless(&self, results: &mut BenchResults) -> Result<(), RecipeError> {
        let peer = TinyServer::start(TinyServerKind::NeverStops)?;
        let (mut command, json) = self.recorded(&peer.url(), &[], "endless");
        let spent = process::watched(&mut command, LIMIT)?;
        let exit = spent.code.map_or_else(|| "by a signal".to_owned(), |code| format!("with {code}"));
        let note = match Saved::read(&json) {
            Ok(saved) => format!(
                "exits {exit}: {} trials, {} failed, {} skipped, {} inconclusive",
                saved.trials.len(),
                saved.count("fail"),
                saved.count("skip"),
                saved.count("inconclusive")
            ),
            Err(_) => format!("exits {exit}, without a record"),
        };
        results.times("process, endless peer", &Times::new(vec![spent.wall]), &note);
        results.memory("memory, endless peer", spent.peak_kib, &format!("{} MiB were sent", peer.sent_mib()));
        Ok(())
    }

    /// A command that saves a record, and the record's path.
    fn recorded(&self, url: &str, filter: &[&str], name: &str) -> (Command, PathBuf) {
        let json = self.dir.join(format!("{name}.json"));
        // An old record must not be taken for one that was not written.
        let _ = fs::remove_file(&json);
        let mut command = self.command(url, filter);
        command.arg("--json").arg(&json).stdin(Stdio::null());
        (command, json)
    }

    fn with_known(&self, command: &mut Command) {
        if let Some(known) = &self.known {
            command.arg("--known").arg::<&Path>(known);
        }
    }
}

/// Times a run. A run that found something wrong is as good a measurement as one that did not; a run that a busy
/// machine made inconclusive does not count, and is repeated a few times.
fn conclusive(command: &mut Command) -> Result<Spent, RecipeError> {
    let mut said = String::new();
    for _ in 0..TRIES {
        let spent = process::timed(command)?;
        if matches!(spent.code, Some(0 | 1)) {
            return Ok(spent);
        }
        said = spent.last_line;
    }
    Err(RecipeError::Other(format!("`{}` measures nothing: {said}", process::shown(command))))
}
