//! `cargo test` with a test for each trial. All selected trials run together, once, when the first test begins.

use std::{fmt, fs, net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc};

use libtest_mimic::{Arguments, Trial as Test};
use wsspec_catalogue::{Baseline, Catalogue, Extra, Filter, Limits, Plan};
use wsspec_runner::RunOptions;
use wsspec_wire::Role;

mod outcome;
mod played;

use played::Played;

/// Tests a server with a test for each trial, selected by the process's arguments: `cargo test --test conforms --
/// 5.5.2`.
///
/// This is the whole `main` of a test; see [`ConformanceSuite`] for more.
pub fn conforms(server: impl Into<ServerUnderTest>) -> ExitCode {
    ConformanceSuite::new(server).main()
}

/// The server to test.
pub enum ServerUnderTest {
    /// Its address: `ws://127.0.0.1:9001/path`.
    Address(String),
    /// A function that starts it before the first test, and returns its address.
    Start(Box<dyn FnOnce() -> String + Send>),
}

impl ServerUnderTest {
    /// A server that is started only if there are trials to run.
    pub fn start<A: fmt::Display>(start: impl FnOnce() -> A + Send + 'static) -> Self {
        Self::Start(Box::new(move || address(&start().to_string())))
    }
}

impl fmt::Debug for ServerUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => f.debug_tuple("Address").field(address).finish(),
            Self::Start(_) => f.write_str("Start"),
        }
    }
}

impl From<&str> for ServerUnderTest {
    fn from(text: &str) -> Self {
        Self::Address(address(text))
    }
}

impl From<String> for ServerUnderTest {
    fn from(text: String) -> Self {
        Self::Address(address(&text))
    }
}

impl From<SocketAddr> for ServerUnderTest {
    fn from(socket: SocketAddr) -> Self {
        Self::Address(address(&socket.to_string()))
    }
}

/// Text without a scheme is a host and a port.
fn address(text: &str) -> String {
    if text.contains("://") { text.to_owned() } else { format!("ws://{text}/") }
}

/// The selected trials, and what counts as a failure.
#[derive(Debug)]
pub struct ConformanceSuite {
    server: ServerUnderTest,
    include: Vec<String>,
    exclude: Vec<String>,
    extra: Vec<String>,
    known: Vec<(String, String)>,
    known_files: Vec<PathBuf>,
    strict: bool,
    options: RunOptions,
}

impl ConformanceSuite {
    /// All trials of a server.
    pub fn new(server: impl Into<ServerUnderTest>) -> Self {
        Self {
            server: server.into(),
            include: Vec::new(),
            exclude: Vec::new(),
            extra: Vec::new(),
            known: Vec::new(),
            known_files: Vec::new(),
            strict: false,
            options: RunOptions::default(),
        }
    }

    /// Selects trials, as on the command line: an id, the start of one, a glob, `level:must`, `section:5.5`.
    #[must_use]
    pub fn filter(mut self, pattern: impl Into<String>) -> Self {
        self.include.push(pattern.into());
        self
    }

    /// Excludes trials, by the same patterns.
    #[must_use]
    pub fn exclude(mut self, pattern: impl Into<String>) -> Self {
        self.exclude.push(pattern.into());
        self
    }

    /// Adds a group that runs only on request: `large`, `throughput`, `resources`, `all`.
    #[must_use]
    pub fn extra(mut self, group: impl Into<String>) -> Self {
        self.extra.push(group.into());
        self
    }

    /// Expects failures: a glob of ids, and the reason. An expected failure that passes is then a failure.
    #[must_use]
    pub fn known(mut self, glob: impl Into<String>, reason: impl Into<String>) -> Self {
        self.known.push((glob.into(), reason.into()));
        self
    }

    /// Expects the failures that a file lists: `[known]`, then lines of `"glob" = "reason"`.
    #[must_use]
    pub fn known_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.known_files.push(path.into());
        self
    }

    /// Treats a missed SHOULD as a failure.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Sets how long each line of a script waits for the peer.
    #[must_use]
    pub fn timeout(mut self, line: std::time::Duration) -> Self {
        self.options.limits = Limits::with_line(line);
        self
    }

    /// Runs the tests that the process's arguments select, and prints their results.
    pub fn main(self) -> ExitCode {
        let args = Arguments::from_args();
        match self.tests(&args) {
            Ok(tests) => libtest_mimic::run(&args, tests).exit_code(),
            Err(error) => {
                complain(&format!("error: {error}"));
                // The same exit code as libtest's for failed tests.
                ExitCode::from(101)
            }
        }
    }

    /// The tests, for a `main` that has other tests as well. Tests that `args` leaves out are not run.
    pub fn tests(mut self, args: &Arguments) -> Result<Vec<Test>, SuiteError> {
        let catalogue = Catalogue::embedded().map_err(|errors| SuiteError(listed(&errors)))?;
        let extra = Extra::parse_all(&self.extra).map_err(|error| SuiteError(error.to_string()))?;
        let filter =
            Filter::new(&self.include, &self.exclude).map_err(|error| SuiteError(error.to_string()))?;
        let filter = filter.with_extra(&extra).resolved(&catalogue);
        let filter = filter.map_err(|error| SuiteError(error.to_string()))?;
        self.options.baseline = self.baseline(&catalogue)?;
        let mut plan = Plan::new(&catalogue, &filter, Role::Server, self.options.seed).over_http1();
        let ids: Vec<String> = plan.trials.iter().map(|trial| trial.id.clone()).collect();
        plan.trials.retain(|trial| !args.is_filtered_out(&Test::test(&*trial.id, || Ok(()))));
        let played = Arc::new(Played::new(self.server, plan, self.options));
        let test = |id: String| {
            let (played, name) = (played.clone(), id.clone());
            Test::ignorable_test(id, move || outcome::of(&*played.record()?, &name, self.strict))
        };
        Ok(ids.into_iter().map(test).collect())
    }

    /// The expectations: first those given one by one, then those from files.
    fn baseline(&self, catalogue: &Catalogue) -> Result<Baseline, SuiteError> {
        let lines =
            self.known.iter().map(|(glob, reason)| format!("{} = {}\n", quoted(glob), quoted(reason)));
        let named = format!("[known]\n{}", lines.collect::<String>());
        let mut baseline = read_known("known", &named, catalogue)?;
        for path in &self.known_files {
            let shown = path.display().to_string();
            let text = fs::read_to_string(path);
            let text = text.map_err(|error| SuiteError(format!("cannot read `{shown}`: {error}")))?;
            baseline.extend(read_known(&shown, &text, catalogue)?);
        }
        Ok(baseline)
    }
}

/// A mistake in the options of a suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuiteError(String);

impl fmt::Display for SuiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SuiteError {}

fn listed(errors: &[impl fmt::Display]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn read_known(path: &str, text: &str, catalogue: &Catalogue) -> Result<Baseline, SuiteError> {
    let baseline = Baseline::parse_known(path, text).map_err(|error| SuiteError(error.to_string()))?;
    let errors = baseline.check(catalogue);
    if errors.is_empty() { Ok(baseline) } else { Err(SuiteError(listed(&errors))) }
}

/// A TOML string. JSON's escapes are valid in TOML, too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A closed standard error is ignored.
fn complain(text: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{text}\n").as_bytes());
}
