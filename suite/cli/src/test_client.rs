//! `wsspec test-client`: tests a client by running its command once for each case.

use std::{net::IpAddr, num::NonZeroUsize, thread, time::Duration};

use wsspec_runner::{CertificateAuthority, ClientCommand, RunOptions, run_client};
use wsspec_wire::Role;

use crate::{
    catalogue::{PlanArgs, Selection, Source},
    config::{Config, ConfigArgs, RunSettings},
    exit_status::{EXIT_CODES, ExitStatus},
    failure::CommandError,
    grading::GradingArgs,
    heading,
    http2::Http2Args,
    interrupt::interrupted,
    last_run::LastRun,
    output::OutputArgs,
    preparation::{Preparation, dry_run},
    runtime,
    serve::{TlsArgs, with_own},
    stopping::StopArgs,
    timeout::LineTimeout,
    values,
};

const EXAMPLES: &str = "\
Examples:
  wsspec test-client --exec 'node client.js {url}'
  wsspec test-client --exec 'python3 client.py {url}' level:must --exclude tag:slow --junit junit.xml
  wsspec test-client --exec './client {url}' --known known-client.toml
  wsspec test-client --exec './client {url} {url2}'    the cases about two connections, too
  wsspec test-client --exec './client {url} {proxy}'   and those about proxies
  wsspec test-client --exec './client {url} {ca}'      over TLS, with certificates to refuse
  wsspec test-client --exec './client {url} {ca}' --http2

The client connects to {url}, sends each message back until the connection closes, and ends.";

/// Stands for the address in a command.
const URL: &str = "{url}";
/// And for the file of an authority to trust.
const AUTHORITY: &str = "{ca}";
/// Clients at once per processor: they spend most of their time starting.
const JOBS_PER_PROCESSOR: usize = 2;

/// Options of `wsspec test-client`.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", EXIT_CODES))]
pub struct TestClientArgs {
    /// Settings from a file.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Shell command that starts the client, once for each case; `{url}` stands for the address to connect to,
    /// `{url2}` for that of a second connection at the same time, where a case has one, `{proxy}` for that of an HTTP proxy
    /// to go through, where a case is about that; otherwise these two stand for nothing. `{ca}` stands for the PEM file of an authority to trust: the run is
    /// over TLS then, with certificates that it has signed, and others that the client must refuse
    #[arg(long, value_name = "COMMAND", help_heading = heading::CLIENT)]
    pub exec: String,
    /// Which cases.
    #[command(flatten)]
    pub selection: Selection,
    /// Which of the selected trials are run.
    #[command(flatten)]
    pub plan: PlanArgs,
    /// Where the cases are.
    #[command(flatten)]
    pub source: Source,
    /// Address of this machine for the client to connect to
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", help_heading = heading::TARGET)]
    pub address: IpAddr,
    /// What carries connections.
    #[command(flatten)]
    pub http2: Http2Args,
    /// TLS.
    #[command(flatten)]
    pub tls: TlsArgs,

    /// How long each line of a script waits for the peer
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = LineTimeout::parse,
        default_value_t,
        help_heading = heading::TIME
    )]
    pub timeout: LineTimeout,
    /// How long the client may take from its start until its request arrives
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = values::duration,
        default_value = "10s",
        help_heading = heading::TIME
    )]
    pub connect_timeout: Duration,
    /// Maximum number of clients at once [default: two per processor]
    #[arg(short, long, value_name = "N", value_parser = values::jobs, help_heading = heading::TIME)]
    pub jobs: Option<NonZeroUsize>,
    /// When to stop early.
    #[command(flatten)]
    pub stopping: StopArgs,
    /// What counts as a failure.
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
            timeout: &mut self.timeout.0,
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
        let authority = self.exec.contains(AUTHORITY).then(|| self.authority(&host)).transpose()?;
        let made = authority.as_ref().map(CertificateAuthority::good).transpose();
        let tls = match made.map_err(|error| CommandError::Usage(error.to_string()))? {
            Some(tls) => Some(tls),
            None => self.tls.server(&[&host])?,
        };
        let command = self.exec.clone();
        let http2 = self.is_http2()?;
        Ok(ClientCommand { command, host, tls, http2, authority, connect_timeout: self.connect_timeout })
    }

    fn is_http2(&self) -> Result<bool, CommandError> {
        self.http2.is_given(self.tls.is_given() || self.exec.contains(AUTHORITY))
    }

    /// An authority for the client to trust.
    fn authority(&self, host: &str) -> Result<CertificateAuthority, CommandError> {
        if self.tls.is_given() {
            return Err(CommandError::Usage(format!(
                "`{AUTHORITY}` stands for an authority that signs the certificate of this run; leave out --tls and \
                 --tls-cert"
            )));
        }
        CertificateAuthority::new(&with_own(&[host])).map_err(|error| CommandError::Usage(error.to_string()))
    }

    /// The options that a trial depends on, for the command that runs it again.
    fn shown(&self) -> Vec<String> {
        let mut shown = vec!["--exec".to_owned(), self.exec.clone()];
        if !self.address.is_loopback() {
            shown.extend(["--address".to_owned(), self.address.to_string()]);
        }
        shown.extend(self.http2.shown());
        shown.extend(self.tls.shown());
        shown.extend(self.source.shown());
        shown.extend(self.timeout.shown());
        shown
    }
}

/// Runs the selected cases.
pub fn run(mut args: TestClientArgs) -> Result<ExitStatus, CommandError> {
    args.output.color.apply();
    let config = Config::load(&args.config)?;
    config.fill_settings(args.settings());
    let client = args.client()?;
    let prepared = Preparation::new(config, &args.source, &args.grading)?;
    let filter = args.selection.filter(&prepared.catalogue)?;
    let mut plan = match args.is_http2()? {
        true => prepared.plan_over_http2(&filter, Role::Client),
        false => prepared.plan(&filter, Role::Client),
    };
    if plan.trials.is_empty() && !prepared.plan_over_http2(&filter, Role::Client).trials.is_empty() {
        let why = "the selected cases are about HTTP/2; give --http2 with TLS, or --http2-prior-knowledge";
        return Err(CommandError::Usage(why.to_owned()));
    }
    let last = LastRun::of("test-client", &args.exec);
    if args.plan.last_failed {
        last.select(&mut plan)?;
    }
    if args.plan.dry_run {
        return dry_run(&plan, &args.exec);
    }
    args.output.files.check()?;
    let options = RunOptions {
        jobs: values::count(args.jobs.unwrap_or_else(usual_jobs)),
        limits: args.timeout.limits(),
        seed: args.grading.seed,
        baseline: prepared.baseline()?,
        shown: args.shown(),
        max_time: args.stopping.max_time,
        max_failures: args.stopping.most_failures(),
        keeps_payloads: args.output.payloads,
        ..RunOptions::default()
    };
    let runtime = runtime::of_this_thread()?;
    prepared.play((&args.config, &args.output), &last, options, None, |options, listen| {
        runtime.block_on(run_client(&plan, &client, options, listen, interrupted(true)))
    })
}

fn usual_jobs() -> NonZeroUsize {
    let processors = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    processors.saturating_mul(NonZeroUsize::MIN.saturating_add(JOBS_PER_PROCESSOR - 1))
}
