//! `wsspec run`: tests an endpoint.

use std::{num::NonZeroUsize, time::Duration};

use wsspec_runner::{EmbeddedServer, RunOptions, run_plan};
use wsspec_wire::Role;

use crate::{
    bugs::BugArgs,
    catalogue::{Selection, Source},
    config::{Config, ConfigArgs, RunSettings},
    endpoint::{EMBEDDED, EndpointArgs},
    exit_status::{EXIT_CODES, ExitStatus},
    failure::CommandError,
    grading::GradingArgs,
    output::OutputArgs,
    preparation::Preparation,
    runtime,
    spawn::SpawnArgs,
    values,
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
#[command(after_help = format!("{EXAMPLES}\n\n{}", EXIT_CODES))]
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
    /// How long the whole run may take; what is not done by then is left out
    #[arg(long, value_name = "DURATION", value_parser = values::long_duration)]
    pub max_time: Option<Duration>,
    /// What counts.
    #[command(flatten)]
    pub grading: GradingArgs,

    /// What is printed and written.
    #[command(flatten)]
    pub output: OutputArgs,
}

impl RunArgs {
    /// What wsspec.toml may say, too.
    pub fn settings(&mut self) -> RunSettings<'_> {
        RunSettings {
            config: &self.config,
            timeout: &mut self.endpoint.timeout.0,
            connect_timeout: &mut self.endpoint.connect_timeout,
            seed: &mut self.grading.seed,
            jobs: &mut self.jobs,
            strict: &mut self.grading.strict,
            source: &mut self.source,
            selection: &mut self.selection,
            outputs: &mut self.output.files,
        }
    }
}

/// Runs the selected cases.
pub fn run(mut args: RunArgs) -> Result<ExitStatus, CommandError> {
    args.output.color.apply();
    let config = Config::load(&args.config)?;
    config.fill_settings(args.settings());
    let chosen = config.fill_target(&mut args.target, &mut args.endpoint)?;
    let args = &args;
    let prepared = Preparation::new(config, &args.source, &args.grading)?;
    let (address, selection) = args.spawn.sort(args.target.as_deref(), &args.selection)?;
    let (filter, bugs) = args.bugs.select(&selection, &prepared.catalogue)?;
    let plan = prepared.plan(&filter, Role::Server);
    let embedded = address.as_deref().is_none_or(|target| target == EMBEDDED);
    let server = embedded.then(EmbeddedServer::start).transpose();
    let server =
        server.map_err(|error| CommandError::Usage(format!("cannot start the embedded server: {error}")))?;
    let target = args.endpoint.target(address, server.as_ref())?;
    let runtime = runtime::of_this_thread()?;
    let shown = shown_options(args, &chosen.secret);
    let prepared = prepared.with_target(chosen, embedded);
    let options = RunOptions {
        jobs: args.jobs.map_or(RunOptions::default().jobs, values::count),
        limits: args.endpoint.limits(),
        seed: args.grading.seed,
        baseline: prepared.baseline()?,
        shown,
        watched: args.spawn.start(&runtime, &target)?,
        checks_survival: args.bugs.known_bugs && args.spawn.spawn.is_none(),
        max_time: args.max_time,
        ..RunOptions::default()
    };
    prepared.play((&args.config, &args.output), options, bugs, |options, listen| {
        let record = runtime.block_on(run_plan(&plan, &target, options, listen, args.spawn.interrupted()));
        drop(server);
        record
    })
}

/// The options that a trial depends on, for the command that runs it again.
fn shown_options(args: &RunArgs, secrets: &[String]) -> Vec<String> {
    let mut shown = args.spawn.shown();
    shown.extend(args.endpoint.shown(secrets));
    shown.extend(args.source.shown());
    shown
}
