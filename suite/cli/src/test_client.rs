//! `wsspec test-client`: tests a client by running its command once for each case.

use std::{net::IpAddr, num::NonZeroUsize, thread, time::Duration};

use wsspec_exchange::Carrier;
use wsspec_runner::{ClientCommand, RunOptions, run_client};
use wsspec_wire::{Layer, Role};

use crate::{
    catalogue::{PlanArgs, Selection, Source},
    client_command::client_command,
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
    protocol::ClientProtocolArgs,
    runtime,
    serve::TlsArgs,
    stopping::StopArgs,
    timeout::TimeoutArgs,
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
  wsspec test-client --protocol stomp --exec 'node stomp.js {url}'
  wsspec test-client --protocol socketio --exec 'node socketio.js {url}'

The client connects to {url}, sends each message back until the connection closes, and ends.";

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
    /// What is on top.
    #[command(flatten)]
    pub protocol: ClientProtocolArgs,

    /// How long to wait for the peer.
    #[command(flatten)]
    pub timeout: TimeoutArgs,
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
            timeout: &mut self.timeout.line.0,
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
        let host = self.address.to_string();
        let client = client_command(("--exec", &self.exec), &host, &self.tls, self.connect_timeout)?;
        let http2 = self.http2.is_given(client.tls.is_some())?;
        if http2 && self.protocol.protocol.is_some() {
            let why = "--protocol goes over HTTP/1.1; leave out --http2 and --http2-prior-knowledge";
            return Err(CommandError::Usage(why.to_owned()));
        }
        Ok(ClientCommand { http2, layer: self.protocol.protocol, ..client })
    }

    /// The options that a trial depends on, for the command that runs it again.
    fn shown(&self) -> Vec<String> {
        let mut shown = vec!["--exec".to_owned(), self.exec.clone()];
        if !self.address.is_loopback() {
            shown.extend(["--address".to_owned(), self.address.to_string()]);
        }
        shown.extend(self.http2.shown());
        shown.extend(self.tls.shown());
        shown.extend(self.protocol.shown());
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
    let carrier = if client.http2 { Carrier::Http2 } else { Carrier::Http1 };
    let over = |carrier: Carrier| prepared.plan_over(carrier, &filter, Role::Client);
    let mut plan = match client.layer {
        Some(layer) => prepared.plan_about(layer, &filter, Role::Client),
        None => over(carrier),
    };
    let about = |layer: &Layer| !prepared.plan_about(*layer, &filter, Role::Client).trials.is_empty();
    if plan.trials.is_empty()
        && let Some(layer) = Layer::PROTOCOLS.into_iter().find(about)
    {
        let (title, name) = (layer.title(), layer.name());
        let why = format!("the selected cases are about {title}; give --protocol {name}");
        return Err(CommandError::Usage(why));
    }
    if plan.trials.is_empty() && !over(Carrier::Http2).trials.is_empty() {
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
