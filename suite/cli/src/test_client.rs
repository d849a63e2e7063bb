//! `wsspec test-client`: tests a client, which is started by its command for each case.

use std::{net::IpAddr, num::NonZeroUsize, thread, time::Duration};

use wsspec_catalogue::{Limits, Plan};
use wsspec_reports::exit_status;
use wsspec_runner::{ClientCommand, RunOptions, run_client};
use wsspec_wire::Role;

use crate::{
    baseline::baseline,
    bless,
    catalogue::{Selection, Source},
    config::{Chosen, Config, ConfigArgs, RunSettings},
    exit_status::{EXIT_CODES, ExitStatus},
    failure::CommandError,
    grading::GradingArgs,
    output::{OutputArgs, Shown},
    runtime,
    serve::TlsArgs,
    spawn::interrupted,
    values,
};

const EXAMPLES: &str = "\
Examples:
  wsspec test-client --exec 'node client.js {url}'
  wsspec test-client --exec 'python3 client.py {url}' level:must --exclude tag:slow --junit junit.xml
  wsspec test-client --exec './client {url}' --known known-client.toml

The client connects to {url}, sends each message back until the connection closes, and ends.";

/// What stands for the address in a command.
const URL: &str = "{url}";
/// What `--timeout` is unless given.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);
/// Clients at once for each processor: they spend most of their time starting.
const JOBS_PER_PROCESSOR: usize = 2;

/// Options of `wsspec test-client`.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", EXIT_CODES))]
pub struct TestClientArgs {
    /// Settings from a file.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Shell command that starts the client, once for each case; `{url}` stands for the address to connect to
    #[arg(long, value_name = "COMMAND")]
    pub exec: String,
    /// Which cases.
    #[command(flatten)]
    pub selection: Selection,
    /// Where the cases are.
    #[command(flatten)]
    pub source: Source,
    /// Address of this machine that the client is to connect to
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub address: IpAddr,
    /// TLS.
    #[command(flatten)]
    pub tls: TlsArgs,

    /// How long a line of a script waits for what it expects
    #[arg(long, value_name = "DURATION", value_parser = values::duration, default_value = "2s")]
    pub timeout: Duration,
    /// How long the client may take, once started, until its request has arrived
    #[arg(long, value_name = "DURATION", value_parser = values::duration, default_value = "10s")]
    pub connect_timeout: Duration,
    /// How many clients at once; default: two for each processor
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// What counts.
    #[command(flatten)]
    pub grading: GradingArgs,

    /// What is printed and written.
    #[command(flatten)]
    pub output: OutputArgs,
}

impl TestClientArgs {
    fn settings(&mut self) -> RunSettings<'_> {
        RunSettings {
            config: &self.config,
            timeout: &mut self.timeout,
            connect_timeout: &mut self.connect_timeout,
            seed: &mut self.grading.seed,
            jobs: &mut self.jobs,
            strict: &mut self.grading.strict,
            source: &mut self.source,
            selection: &mut self.selection,
            outputs: &mut self.output.files,
        }
    }

    fn client(&self) -> Result<ClientCommand, CommandError> {
        if !self.exec.contains(URL) {
            return Err(CommandError::Usage(format!(
                "--exec has no `{URL}` in its command, so the client cannot know where to connect"
            )));
        }
        let host = self.address.to_string();
        let tls = self.tls.server(&[&host])?;
        Ok(ClientCommand { command: self.exec.clone(), host, tls, connect_timeout: self.connect_timeout })
    }

    /// The options that a trial depends on, for the command that runs it again.
    fn shown(&self) -> Vec<String> {
        let mut shown = vec!["--exec".to_owned(), self.exec.clone()];
        if !self.address.is_loopback() {
            shown.extend(["--address".to_owned(), self.address.to_string()]);
        }
        shown.extend(self.tls.shown());
        shown.extend(self.source.shown());
        if self.timeout != DEFAULT_TIMEOUT {
            shown.extend(["--timeout".to_owned(), format!("{}ms", self.timeout.as_millis())]);
        }
        shown
    }
}

/// Runs the selected cases.
pub fn run(mut args: TestClientArgs) -> Result<ExitStatus, CommandError> {
    args.output.color.apply();
    let config = Config::load(&args.config)?;
    config.fill_settings(args.settings());
    let client = args.client()?;
    let catalogue = args.source.catalogue()?;
    config.check(&catalogue)?;
    let plan = Plan::new(&catalogue, &args.selection.filter(&catalogue)?, Role::Client, args.grading.seed);
    let of_file = |config: &Config| {
        baseline(args.grading.known.as_deref(), config, &Chosen::default(), false, &catalogue)
    };
    let options = RunOptions {
        jobs: values::count(args.jobs.unwrap_or_else(usual_jobs)),
        limits: Limits::with_line(args.timeout),
        seed: args.grading.seed,
        baseline: of_file(&config)?,
        shown: args.shown(),
        watched: None,
        checks_survival: false,
    };
    let runtime = runtime::of_this_thread()?;
    let shown = Shown {
        strict: args.grading.strict,
        seed: args.grading.seed,
        again: options.shown.clone(),
        bugs: None,
    };
    let record = args.output.show(shown, |listen| {
        runtime.block_on(run_client(&plan, &client, &options, listen, interrupted(true)))
    })?;
    args.output.write(&record, args.grading.strict)?;
    if !args.config.bless() {
        return Ok(exit_status(&record, args.grading.strict));
    }
    let run = bless::BlessedRun {
        catalogue: &catalogue,
        record: &record,
        target: None,
        strict: args.grading.strict,
    };
    bless::run(&run, &config, of_file)
}

fn usual_jobs() -> NonZeroUsize {
    let processors = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    processors.saturating_mul(NonZeroUsize::MIN.saturating_add(JOBS_PER_PROCESSOR - 1))
}
