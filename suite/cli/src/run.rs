//! `wsspec run`: tests an endpoint.

use std::{
    io::{self, IsTerminal},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use tokio::runtime::Runtime;
use wsspec_exchange::{Record, RunEvent};
use wsspec_reports::{Json, Junit, Report, Terminal, TerminalOptions, exit_code, write_file};
use wsspec_runner::{EmbeddedServer, RunOptions, Target, TargetError, TlsOptions, run_plan};
use wsspec_script::{Bug, Limits, Plan};
use wsspec_wire::Role;

use crate::{
    args::{self, ColorArgs},
    baseline::baseline,
    bless,
    bugs::BugArgs,
    catalogue::{Selection, Source},
    config::{Config, ConfigArgs},
    failure::Failure,
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

    /// Header field to add to every opening handshake
    #[arg(long, value_name = "NAME: VALUE", value_parser = args::header, help_heading = "Opening handshake")]
    pub header: Vec<(String, String)>,
    /// Origin to send
    #[arg(long, value_name = "ORIGIN", help_heading = "Opening handshake")]
    pub origin: Option<String>,
    /// Subprotocol to offer
    #[arg(long, value_name = "NAME", help_heading = "Opening handshake")]
    pub subprotocol: Vec<String>,
    /// Credentials for Basic authentication
    #[arg(long, value_name = "USER:PASSWORD", value_parser = args::user, help_heading = "Opening handshake")]
    pub user: Option<(String, String)>,
    /// Token for Bearer authentication
    #[arg(long, value_name = "TOKEN", conflicts_with = "user", help_heading = "Opening handshake")]
    pub bearer: Option<String>,

    /// PEM file of certificate authorities to trust besides the system's
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    pub ca_file: Option<PathBuf>,
    /// Accept any certificate
    #[arg(long, help_heading = "TLS")]
    pub insecure: bool,
    /// PEM file of our certificate chain
    #[arg(long, value_name = "FILE", requires = "client_key", help_heading = "TLS")]
    pub client_cert: Option<PathBuf>,
    /// PEM file of our private key
    #[arg(long, value_name = "FILE", requires = "client_cert", help_heading = "TLS")]
    pub client_key: Option<PathBuf>,
    /// Server name to ask for, instead of the target's host
    #[arg(long, value_name = "NAME", help_heading = "TLS")]
    pub sni: Option<String>,

    /// How long a line of a script waits for what it expects
    #[arg(long, value_name = "DURATION", value_parser = args::duration, default_value = "2s")]
    pub timeout: Duration,
    /// How long a connection may take to open
    #[arg(long, value_name = "DURATION", value_parser = args::duration, default_value = "5s")]
    pub connect_timeout: Duration,
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

/// What `--timeout` is unless given.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);

/// The word for the embedded echo server in place of an address.
pub const EMBEDDED: &str = "embedded";

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
    let target = target(args, address, server.as_ref())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Usage(format!("cannot start: {error}")))?;
    let of_file = |config: &Config| baseline(args, config, &chosen, embedded, &catalogue);
    let options = RunOptions {
        jobs: args
            .jobs
            .map_or(RunOptions::default().jobs, |jobs| u32::try_from(jobs.get()).unwrap_or(u32::MAX)),
        limits: Limits { line: args.timeout, trial: args.timeout.saturating_mul(5), ..Limits::default() },
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

fn target(
    args: &RunArgs,
    address: Option<String>,
    server: Option<&EmbeddedServer>,
) -> Result<Arc<Target>, Failure> {
    let usage = |error: TargetError| Failure::Usage(error.to_string());
    let address = server.map(EmbeddedServer::url).or(address).unwrap_or_default();
    let mut target = Target::parse(&address).map_err(usage)?;
    if server.is_some() {
        target.shown = EMBEDDED.to_owned();
    }
    for (name, value) in &args.header {
        target.field(&format!("{name}: {value}")).map_err(usage)?;
    }
    if let Some(origin) = &args.origin {
        target.field(&format!("Origin: {origin}")).map_err(usage)?;
    }
    if !args.subprotocol.is_empty() {
        target.field(&format!("Sec-WebSocket-Protocol: {}", args.subprotocol.join(", "))).map_err(usage)?;
    }
    if let Some((user, password)) = &args.user {
        target.basic(user, password);
    }
    if let Some(token) = &args.bearer {
        target.bearer(token).map_err(usage)?;
    }
    target.connect_timeout = args.connect_timeout;
    target.tls = TlsOptions {
        ca_file: args.ca_file.clone(),
        insecure: args.insecure,
        client_cert: args.client_cert.clone(),
        client_key: args.client_key.clone(),
        server_name: args.sni.clone(),
    };
    Ok(Arc::new(target))
}

/// The options that a trial depends on, for the command that runs it again. What may be a secret is left for the reader
/// to put in.
fn shown_options(args: &RunArgs, secrets: &[String]) -> Vec<String> {
    let mut shown = args.spawn.shown();
    let mut option = |name: &str, value: &str| shown.extend([name.to_owned(), value.to_owned()]);
    for (name, value) in &args.header {
        let secret = secrets.contains(name)
            || ["authorization", "cookie", "proxy-authorization"].contains(&name.to_lowercase().as_str());
        option("--header", &format!("{name}: {}", if secret { "..." } else { value }));
    }
    args.origin.iter().for_each(|origin| option("--origin", origin));
    args.subprotocol.iter().for_each(|name| option("--subprotocol", name));
    args.user.iter().for_each(|(user, _)| option("--user", &format!("{user}:...")));
    args.bearer.iter().for_each(|_| option("--bearer", "..."));
    args.sni.iter().for_each(|name| option("--sni", name));
    let files = [
        ("--ca-file", &args.ca_file),
        ("--client-cert", &args.client_cert),
        ("--client-key", &args.client_key),
    ];
    for (name, path) in files {
        path.iter().for_each(|path| option(name, &path.display().to_string()));
    }
    args.source.dirs.iter().for_each(|dir| option("--cases", &dir.display().to_string()));
    if args.timeout != DEFAULT_TIMEOUT {
        option("--timeout", &format!("{}ms", args.timeout.as_millis()));
    }
    let flags = [("--insecure", args.insecure), ("--no-builtin", args.source.no_builtin)];
    shown.extend(flags.into_iter().filter(|(_, set)| *set).map(|(name, _)| name.to_owned()));
    shown
}
