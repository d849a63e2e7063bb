//! `wsspec serve`: plays the server to clients that come by themselves.

use std::{process::ExitCode, sync::Arc, time::Duration};

use wsspec_runner::{Listener, allow_many_connections};
use wsspec_script::{Limits, Plan};
use wsspec_wire::Role;

use crate::{
    args,
    baseline::baseline,
    catalogue::{Selection, Source},
    config::{Chosen, Config, ConfigArgs},
    failure::{Failure, complain, print},
    output::OutputArgs,
    report::{print_record, worst_exit_code},
    spawn::interrupted,
};

mod results;
mod routes;
mod tls;

use results::Results;
use routes::Host;
pub use tls::TlsArgs;

const EXAMPLES: &str = "\
Examples:
  wsspec serve                              then open the address that it prints in a browser
  wsspec serve --listen 0.0.0.0:9001 --tls self-signed
  wsspec serve --json record.json level:must

Resources:
  ws  /case/ID?agent=NAME    plays that case; the results of an agent are kept together
      /                      a page that runs every case in the browser that opens it
      /cases                 the cases, as JSON
      /verdicts?agent=NAME   what they came to so far, as JSON
      /record?agent=NAME     the record so far; /junit?agent=NAME likewise

A client sends each message back until the connection closes. Ctrl-C ends serving: then reports are printed and written.";

/// Options of `wsspec serve`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ServeArgs {
    /// Settings from a file: what is expected to deviate.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Which cases.
    #[command(flatten)]
    pub selection: Selection,
    /// Where the cases are.
    #[command(flatten)]
    pub source: Source,
    /// Where to listen; port 0: a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9001")]
    pub listen: String,
    /// TLS.
    #[command(flatten)]
    pub tls: TlsArgs,

    /// How long a line of a script waits for what it expects
    #[arg(long, value_name = "DURATION", value_parser = args::duration, default_value = "2s")]
    pub timeout: Duration,
    /// How long a client may take to say what it wants
    #[arg(long, value_name = "DURATION", value_parser = args::duration, default_value = "10s")]
    pub request_timeout: Duration,
    /// What all random bytes follow from
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Fail for a missed SHOULD, too
    #[arg(long)]
    pub strict: bool,
    /// List of failures to expect, besides those of wsspec.toml: `[known]`, then lines of `"glob" = "reason"`
    #[arg(long, value_name = "FILE")]
    pub known: Option<std::path::PathBuf>,

    /// What is printed and written.
    #[command(flatten)]
    pub output: OutputArgs,
}

impl ServeArgs {
    /// The options that a trial depends on, for the command that runs it again.
    fn shown(&self) -> Vec<String> {
        let mut shown = vec!["--listen".to_owned(), self.listen.clone()];
        shown.extend(self.tls.shown());
        shown.extend(self.source.shown());
        shown
    }
}

/// Serves until it is interrupted.
pub fn run(args: &ServeArgs) -> Result<ExitCode, Failure> {
    args.output.color.apply();
    let config = Config::load(&args.config)?;
    let catalogue = args.source.catalogue()?;
    config.check(&catalogue)?;
    let plan = Plan::new(&catalogue, &args.selection.filter(&catalogue)?, Role::Client, args.seed);
    let baseline = baseline(args.known.as_deref(), &config, &Chosen::default(), false, &catalogue)?;
    let limits = Limits { line: args.timeout, trial: args.timeout.saturating_mul(5), ..Limits::default() };
    let host_name = args.listen.rsplit_once(':').map_or("", |(host, _)| host.trim_matches(['[', ']']));
    let tls =
        args.tls.server(&[host_name].into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>())?;
    allow_many_connections();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Usage(format!("cannot start: {error}")))?;
    let host =
        Arc::new(Host::new(&plan, limits, Results::new(&plan, limits, args.seed, baseline, args.shown())));
    runtime.block_on(async {
        let listener = Listener::bind(&args.listen, tls).await;
        let listener = listener.map_err(|error| Failure::Usage(error.to_string()))?;
        let (address, pages) = (listener.url("/case/ID"), listener.url("/").replacen("ws", "http", 1));
        print(&format!("listening on {address}; for browsers {pages}; {} cases\n", plan.trials.len()))?;
        let serving = host.clone();
        let handle = move |client| serving.clone().handle(client);
        wsspec_runner::serve(&listener, args.request_timeout, handle, interrupted(true)).await;
        Ok::<(), Failure>(())
    })?;
    runtime.shutdown_background();
    told(args, &host.results)
}

/// Prints and writes what every agent came to. Ends with the worst of their exit codes.
fn told(args: &ServeArgs, results: &Results) -> Result<ExitCode, Failure> {
    let records = results.records();
    if records.is_empty() {
        complain("no client was played a case\n")?;
        return Ok(ExitCode::from(3));
    }
    let manner = args.output.manner(args.strict);
    for (number, record) in records.iter().enumerate() {
        if !args.output.quiet {
            print_record(record)?;
        }
        args.output.files.numbered(number).write_one(record, manner)?;
    }
    let all: Vec<_> = records.iter().map(|record| (record.target.clone(), record)).collect();
    args.output.files.write_pages(&all)?;
    Ok(worst_exit_code(&records, args.strict))
}
