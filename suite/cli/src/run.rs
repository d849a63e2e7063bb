//! `wsspec run`: tests an endpoint.

use std::{
    io::{self, IsTerminal},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use tokio::runtime::Runtime;
use wsspec_exchange::{Record, RunEvent};
use wsspec_reports::{
    Html, Json, Junit, Report, Terminal, TerminalOptions, exit_code, html_file, write_file,
};
use wsspec_runner::{EmbeddedServer, RunOptions, Target, run_plan};
use wsspec_script::{Bug, Plan};
use wsspec_wire::Role;

use crate::{
    args::{self, ColorArgs},
    baseline::baseline,
    bless,
    bugs::BugArgs,
    catalogue::{Selection, Source},
    config::{Config, ConfigArgs},
    endpoint::{EMBEDDED, EndpointArgs},
    failure::Failure,
    outputs::{Manner, Outputs, When},
    spawn::SpawnArgs,
};

const EXAMPLES: &str = "\
Examples:
  wsspec run ws://127.0.0.1:9001
  wsspec run wss://localhost:8443/chat level:must --ca-file ca.pem --subprotocol chat
  wsspec run ws://127.0.0.1:9001 rfc6455/5.4 rfc6455/5.5.2 --exclude tag:slow
  wsspec run --spawn 'node server.js {port}' rfc6455/5.4
  wsspec run ws://127.0.0.1:9001 --known-bugs CVE-2020-13935
  wsspec run ws://127.0.0.1:9001 --json record.json --junit junit.xml";

/// Options of `wsspec run`.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", args::EXIT_CODES))]
pub struct RunArgs {
    /// Server to test, `ws://` or `wss://`, or the name of one in wsspec.toml; nothing: the only one there, or if there
    /// is none the embedded echo server, which is also named `embedded`
    #[arg(value_name = "TARGET")]
    pub target: Option<String>,
    /// Settings from a file.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Which cases.
    #[command(flatten)]
    pub selection: Selection,
    /// Which bugs.
    #[command(flatten)]
    pub bugs: BugArgs,
    /// Where the cases are.
    #[command(flatten)]
    pub source: Source,
    /// A server of our own.
    #[command(flatten)]
    pub spawn: SpawnArgs,

    /// How the server is reached.
    #[command(flatten)]
    pub endpoint: EndpointArgs,
    /// How many trials at once
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// What all random bytes follow from
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Fail for a missed SHOULD, too
    #[arg(long)]
    pub strict: bool,
    /// List of failures to expect, besides those of wsspec.toml: `[known]`, then lines of `"glob" = "reason"`
    #[arg(long, value_name = "FILE")]
    pub known: Option<PathBuf>,

    /// Save the record of the run
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub json: Vec<PathBuf>,
    /// Write JUnit XML
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub junit: Vec<PathBuf>,
    /// Further reports.
    #[command(flatten)]
    pub outputs: Outputs,
    /// Write a page to look at: a file that ends in .html, or index.html in a folder
    #[arg(long, value_name = "DIR|FILE", help_heading = "Output")]
    pub html: Vec<PathBuf>,
    /// Print only the last line
    #[arg(long, conflicts_with = "verbose", help_heading = "Output")]
    pub quiet: bool,
    /// Print the transcript of every trial
    #[arg(long, help_heading = "Output")]
    pub verbose: bool,
    /// Colour.
    #[command(flatten, next_help_heading = "Output")]
    pub color: ColorArgs,
}

/// Runs the selected cases.
pub fn run(mut args: RunArgs) -> Result<ExitCode, Failure> {
    args.color.apply();
    let config = Config::load(&args.config)?;
    let chosen = config.fill(&mut args)?;
    let args = &args;
    let catalogue = args.source.catalogue()?;
    config.check(&catalogue)?;
    let (address, selection) = args.spawn.sort(args.target.as_deref(), &args.selection)?;
    let (filter, bugs) = args.bugs.select(&selection, &catalogue)?;
    let plan = Plan::new(&catalogue, &filter, Role::Server, args.seed);
    let embedded = address.as_deref().is_none_or(|target| target == EMBEDDED);
    let server = embedded.then(EmbeddedServer::start).transpose();
    let server =
        server.map_err(|error| Failure::Usage(format!("cannot start the embedded server: {error}")))?;
    let target = args.endpoint.target(address, server.as_ref())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Usage(format!("cannot start: {error}")))?;
    let of_file = |config: &Config| baseline(args, config, &chosen, embedded, &catalogue);
    let options = RunOptions {
        jobs: args
            .jobs
            .map_or(RunOptions::default().jobs, |jobs| u32::try_from(jobs.get()).unwrap_or(u32::MAX)),
        limits: args.endpoint.limits(),
        seed: args.seed,
        baseline: of_file(&config)?,
        shown: shown_options(args, &chosen.secret),
        watched: args.spawn.start(&runtime, &target)?,
        vigilant: args.bugs.known_bugs && args.spawn.spawn.is_none(),
    };
    let record = execute(args, &plan, &target, &options, &runtime, bugs)?;
    drop((server, options));
    for path in &args.json {
        save(path, &Json, &record)?;
    }
    for path in &args.junit {
        save(path, &Junit, &record)?;
    }
    let manner = Manner { strict: args.strict, quiet: args.quiet, github: When::Auto };
    args.outputs.write(&record, manner)?;
    for path in &args.html {
        save(&html_file(path), &Html, &record)?;
    }
    if !args.config.bless() {
        return Ok(ExitCode::from(exit_code(&record, args.strict)));
    }
    let run = bless::Run {
        catalogue: &catalogue,
        record: &record,
        target: chosen.name.as_deref(),
        strict: args.strict,
    };
    Ok(ExitCode::from(bless::run(&run, &config, of_file)?))
}

/// Writes a report to a file.
pub fn save(path: &Path, report: &dyn Report, record: &Record) -> Result<(), Failure> {
    write_file(path, report, record).map_err(|error| Failure::Usage(error.to_string()))
}

fn execute(
    args: &RunArgs,
    plan: &Plan,
    target: &Arc<Target>,
    options: &RunOptions,
    runtime: &Runtime,
    bugs: Option<Vec<Bug>>,
) -> Result<Arc<Record>, Failure> {
    let out = anstream::stdout();
    let mut terminal = Terminal::new(TerminalOptions {
        colour: out.current_choice() != anstream::ColorChoice::Never,
        progress: !args.quiet && io::stdout().is_terminal() && io::stderr().is_terminal(),
        out: Box::new(out),
        verbose: args.verbose,
        quiet: args.quiet,
        strict: args.strict,
        seed: args.seed,
        again: options.shown.clone(),
        bugs,
    });
    let mut unwritten = None;
    let mut listen = |event: &RunEvent| {
        // A closed pipe does not end the run: its reports are still wanted.
        if let Err(error) = terminal.handle(event) {
            unwritten.get_or_insert(error);
        }
    };
    let record = runtime.block_on(run_plan(plan, target, options, &mut listen, args.spawn.interrupted()));
    match unwritten {
        Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Output(error)),
        _ => Ok(record),
    }
}

/// The options that a trial depends on, for the command that runs it again.
fn shown_options(args: &RunArgs, secrets: &[String]) -> Vec<String> {
    let mut shown = args.spawn.shown();
    shown.extend(args.endpoint.shown(secrets));
    for dir in &args.source.dirs {
        shown.extend(["--cases".to_owned(), dir.display().to_string()]);
    }
    shown.extend(args.source.no_builtin.then(|| "--no-builtin".to_owned()));
    shown
}
