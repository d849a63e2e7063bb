//! `wsspec test-proxy`: tests a reverse proxy, or one that opens tunnels by CONNECT or SOCKS, as the client in front of it and the server behind it.

mod ends;

use std::num::NonZeroUsize;

use wsspec_catalogue::IntermediaryKind;
use wsspec_runner::{Listener, RunOptions, run_through};

use self::ends::ProxyEnds;

use crate::{
    catalogue::{PlanArgs, Selection, Source},
    config::{Config, ConfigArgs, RunSettings},
    endpoint::EndpointArgs,
    exit_status::{EXIT_CODES, ExitStatus},
    failure::CommandError,
    grading::GradingArgs,
    heading,
    last_run::LastRun,
    output::OutputArgs,
    preparation::{Preparation, dry_run},
    runtime,
    spawn::SpawnArgs,
    stopping::StopArgs,
    values,
};

/// Stands for the address of the server behind the proxy, in the command that starts it.
const BACKEND: &str = "{backend}";
/// Where we listen if the proxy learns it from us.
const FREE: &str = "127.0.0.1:0";

const EXAMPLES: &str = "\
Examples:
  wsspec test-proxy ws://127.0.0.1:8080/chat --backend 127.0.0.1:9000
  wsspec test-proxy --spawn './proxy {port} {backend}' --junit junit.xml
  wsspec test-proxy ws://127.0.0.1:8080 --backend 127.0.0.1:9000 rfc6455/5.4 --known known.toml
  wsspec test-proxy --spawn './proxy {port} {backend}' --backend-http2
  wsspec test-proxy http://127.0.0.1:3128 --kind connect --backend 127.0.0.1:9000
  wsspec test-proxy socks5://127.0.0.1:1080 --kind socks5 --backend 127.0.0.1:9000
  wsspec test-proxy                     the embedded proxy

wsspec is the client in front of the proxy and the server behind it: what left one end must arrive at the other.";

/// Options of `wsspec test-proxy`.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", EXIT_CODES))]
pub struct TestProxyArgs {
    /// Address of the proxy: `ws://host:port/path`, with --kind connect `http://host:port`, with --kind socks5
    /// `socks5://host:port`. Without it and without --spawn, the embedded proxy
    #[arg(value_name = "TARGET")]
    pub target: Option<String>,
    /// Settings from a file.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Which cases.
    #[command(flatten)]
    pub selection: Selection,
    /// Which of the selected trials are run.
    #[command(flatten)]
    pub plan: PlanArgs,
    /// Where the cases are.
    #[command(flatten)]
    pub source: Source,
    /// What the proxy is: `reverse` passes requests on to its own server, `connect` opens tunnels to any (RFC 9110, 9.3.6),
    /// and so does `socks5` (RFC 1928)
    #[arg(long, value_name = "KIND", default_value_t, hide_default_value = true, help_heading = heading::TARGET)]
    pub kind: IntermediaryKind,
    /// Address for wsspec to listen on as the server behind the proxy; `{backend}` in the command of --spawn stands for it
    /// [default with --spawn: 127.0.0.1 and a free port]
    #[arg(long, value_name = "ADDRESS:PORT", help_heading = heading::TARGET)]
    pub backend: Option<String>,
    /// Take HTTP/2 from the proxy as the server behind it: without TLS, with prior knowledge (RFC 9113, 3.3), and extended
    /// CONNECT (RFC 8441)
    #[arg(long, help_heading = heading::CARRIER)]
    pub backend_http2: bool,
    /// A proxy to start for the run.
    #[command(flatten)]
    pub spawn: SpawnArgs,

    /// How to reach the proxy.
    #[command(flatten)]
    pub endpoint: EndpointArgs,
    /// Maximum number of trials at once [default: 64]
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

impl TestProxyArgs {
    fn settings(&mut self) -> RunSettings<'_> {
        RunSettings {
            config: &self.config,
            timeout: &mut self.endpoint.timeout.line.0,
            connect_timeout: &mut self.endpoint.connect_timeout,
            seed: &mut self.grading.seed,
            jobs: &mut self.jobs,
            strict: &mut self.grading.strict,
            source: &mut self.source,
            selection: &mut self.selection,
            outputs: &mut self.output.files,
        }
    }

    /// The options that a trial depends on, for the command that runs it again: that command, the proxy's address as it was
    /// given, and the rest.
    fn shown(&self, ends: &ProxyEnds) -> Vec<String> {
        let mut shown = vec!["test-proxy".to_owned()];
        match (&self.spawn.spawn, &self.target) {
            // What we start has another port each time.
            (Some(_), Some(given)) if given.contains("://") => shown.push(without_credentials(given)),
            (None, _) if ends.embedded.is_none() => shown.push(ends.target.shown.clone()),
            _ => {}
        }
        if self.kind != IntermediaryKind::default() {
            shown.extend(["--kind".to_owned(), self.kind.to_string()]);
        }
        shown.extend(self.spawn.shown());
        shown.extend(self.backend.iter().flat_map(|backend| ["--backend".to_owned(), backend.clone()]));
        shown.extend(self.backend_http2.then(|| "--backend-http2".to_owned()));
        shown.extend(self.endpoint.shown(&[]));
        shown.extend(self.source.shown());
        shown
    }
}

/// An address with `...` in place of a user and a password, which the reader puts in again.
fn without_credentials(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let end = rest.find('/').unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://...{}", &rest[at..]),
        None => address.to_owned(),
    }
}

/// Runs the selected cases.
pub fn run(mut args: TestProxyArgs) -> Result<ExitStatus, CommandError> {
    args.output.color.apply();
    let config = Config::load(&args.config)?;
    config.fill_settings(args.settings());
    args.check_carrier()?;
    let prepared = Preparation::new(config, &args.source, &args.grading)?;
    let (address, selection) = args.sorted()?;
    let filter = selection.filter(&prepared.catalogue)?;
    let mut plan =
        prepared.plan_through_intermediary(&filter, (args.kind, args.endpoint.carrier(), args.backend_http2));
    if plan.trials.is_empty() {
        let why =
            "none of the selected cases is about a proxy, or about a connection to a server once it is open";
        return Err(CommandError::Usage(why.into()));
    }
    let name = address.clone().unwrap_or_else(|| "the embedded proxy".to_owned());
    let last = LastRun::of("test-proxy", args.spawn.spawn.as_deref().unwrap_or(&name));
    if args.plan.last_failed {
        last.select(&mut plan)?;
    }
    if args.plan.dry_run {
        return dry_run(&plan, &name);
    }
    args.output.files.check()?;
    let backend = match (&args.backend, &address, &args.spawn.spawn) {
        (Some(backend), ..) => backend,
        (None, Some(_), None) => {
            let why = "give --backend, the address that the proxy passes connections on to";
            return Err(CommandError::Usage(why.into()));
        }
        (None, ..) => FREE,
    };
    let runtime = runtime::of_this_thread()?;
    let listener = runtime.block_on(Listener::bind(backend, None));
    let listener = listener.map_err(|error| CommandError::Usage(error.to_string()))?;
    let listener = if args.backend_http2 { listener.with_http2() } else { listener };
    let ends = ProxyEnds::of(&args, address, &listener)?;
    let spawn = args.spawning(&listener);
    let options = RunOptions {
        jobs: args.jobs.map_or(RunOptions::default().jobs, values::count),
        limits: args.endpoint.limits(),
        seed: args.grading.seed,
        baseline: prepared.baseline()?,
        shown: args.shown(&ends),
        watched: spawn.start(&runtime, &ends.first, Vec::new())?,
        max_time: args.stopping.max_time,
        max_failures: args.stopping.most_failures(),
        keeps_payloads: args.output.payloads,
        ..RunOptions::default()
    };
    prepared.play((&args.config, &args.output), &last, options, None, |options, listen| {
        let through = (&ends.target, listener, args.kind);
        runtime.block_on(run_through(&plan, through, options, listen, args.spawn.interrupted()))
    })
}

impl TestProxyArgs {
    /// HTTP/2 is spoken in front of a reverse proxy alone.
    fn check_carrier(&self) -> Result<(), CommandError> {
        let why = match self.kind {
            _ if self.endpoint.http3 => "test-proxy speaks HTTP/1.1 and HTTP/2; leave out --http3",
            IntermediaryKind::Connect | IntermediaryKind::Socks5 if self.endpoint.is_http2() => {
                "a proxy that opens tunnels is tested over HTTP/1.1; leave out --http2 and --http2-prior-knowledge"
            }
            IntermediaryKind::Connect | IntermediaryKind::Socks5 if self.backend_http2 => {
                "a tunnel passes on every octet as it is, so nothing changes behind it; leave out --backend-http2"
            }
            _ => return Ok(()),
        };
        Err(CommandError::Usage(why.into()))
    }

    /// The address of the proxy, and the filters. A first word that is not an address is a filter.
    fn sorted(&self) -> Result<(Option<String>, Selection), CommandError> {
        let (address, mut selection) = self.spawn.sort(self.target.as_deref(), &self.selection)?;
        match address {
            Some(word) if !word.contains("://") => {
                selection.filters.insert(0, word);
                Ok((None, selection))
            }
            address => Ok((address, selection)),
        }
    }

    /// How the proxy is started.
    fn spawning(&self, listener: &Listener) -> SpawnArgs {
        let mut spawn = self.spawn.clone();
        let backend = listener.address().to_string();
        spawn.spawn = spawn.spawn.map(|command| command.replace(BACKEND, &backend));
        spawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_a_placeholder_is_shown_without_credentials() {
        assert_eq!(without_credentials("http://a:b@c:{port}"), "http://...@c:{port}");
        assert_eq!(without_credentials("ws://127.0.0.1:{port}/chat"), "ws://127.0.0.1:{port}/chat");
        assert_eq!(without_credentials("ws://a@b@c/d@e"), "ws://...@c/d@e");
        assert_eq!(without_credentials("ws://c/d@e"), "ws://c/d@e");
    }
}
