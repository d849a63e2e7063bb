//! `wsspec serve`: serves test cases to clients that connect on their own.

use std::{sync::Arc, time::Duration};

use wsspec_catalogue::{Need, Trial};
use wsspec_exchange::Reconnections;
use wsspec_reports::{clean_line, guide, run_text};
use wsspec_runner::{Listener, OriginPolicy, allow_many_connections};
use wsspec_wire::Role;

use crate::{
    catalogue::{Selection, Source},
    config::{Config, ConfigArgs},
    exit_status::ExitStatus,
    failure::{CommandError, complain, count, print},
    grading::GradingArgs,
    heading,
    http2::Http2Args,
    interrupt::interrupted,
    output::{OutputArgs, first_error},
    preparation::Preparation,
    report::worst_exit_status,
    runtime,
    timeout::TimeoutArgs,
    values,
};

mod client;
mod results;
mod routes;
mod tls;

use results::AgentResults;
use routes::Host;
pub use tls::{TlsArgs, with_own};

const EXAMPLES: &str = "\
Examples:
  wsspec serve                              then open the address that it prints in a browser
  wsspec serve --listen 0.0.0.0:9001 --tls self-signed
  wsspec serve --tls self-signed --http2    browsers open their WebSockets over HTTP/2
  wsspec serve --json record.json level:must
  wsspec serve --exec './client {url}'      a client that connects again until it is answered with 410
  wsspec serve --exec 'chromium --headless {page}' --junit junit.xml

Resources:
  ws  /case/ID?agent=NAME    plays that case; the results of an agent are kept together; with `&confirm=1` a failure
                             that is not seen again is flaky
  ws  /next/NAME             plays the next case, at the end those that failed once more; answers 410 when there is
                             no further one
      /                      a page that runs every case in the browser that opens it, and what there is so far
      /cases                 the cases, as JSON
      /verdicts?agent=NAME   what they came to so far, as JSON
      /report?agent=NAME     the report so far; /record and /junit likewise
      /agents                who has been here, as JSON

A client sends each message back until the connection closes. Ctrl-C ends serving: then reports are printed and written.";

/// Options of `wsspec serve`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ServeArgs {
    /// The settings file, for its expected deviations.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Which cases.
    #[command(flatten)]
    pub selection: Selection,
    /// Where the cases are.
    #[command(flatten)]
    pub source: Source,
    /// Where to listen; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9001", help_heading = heading::TARGET)]
    pub listen: String,
    /// Origin whose web pages may use the server, beside those of this machine: `https://example.org`, `null` (pages
    /// from files), or `*` for all
    #[arg(long, value_name = "ORIGIN", help_heading = heading::TARGET)]
    pub allow_origin: Vec<String>,
    /// What carries connections.
    #[command(flatten)]
    pub http2: Http2Args,
    /// TLS.
    #[command(flatten)]
    pub tls: TlsArgs,
    /// Shell command that starts a client; serving ends once it has been through every case. `{url}` stands for the
    /// address of the next case, `{page}` for a page that runs all cases in a browser
    #[arg(long, value_name = "COMMAND", help_heading = heading::CLIENT)]
    pub exec: Option<String>,

    /// How long to wait for the peer.
    #[command(flatten)]
    pub timeout: TimeoutArgs,
    /// How long a client may take to send its request
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = values::duration,
        default_value = "10s",
        help_heading = heading::TIME
    )]
    pub request_timeout: Duration,
    /// What counts as a failure.
    #[command(flatten)]
    pub grading: GradingArgs,

    /// What is printed and written.
    #[command(flatten)]
    pub output: OutputArgs,
}

impl ServeArgs {
    /// The options that a trial depends on, for the command that runs it again.
    fn shown(&self) -> Vec<String> {
        let mut shown = vec!["--listen".to_owned(), self.listen.clone()];
        shown.extend(self.exec.iter().flat_map(|command| ["--exec".to_owned(), command.clone()]));
        shown.extend(
            self.allow_origin.iter().flat_map(|origin| ["--allow-origin".to_owned(), origin.clone()]),
        );
        shown.extend(self.http2.shown());
        shown.extend(self.tls.shown());
        shown.extend(self.source.shown());
        shown
    }
}

/// Serves until it is interrupted, or until the client that we started has finished.
pub fn run(args: &ServeArgs) -> Result<ExitStatus, CommandError> {
    args.output.color.apply();
    client::check(args.exec.as_deref())?;
    args.output.files.check()?;
    let config = Config::load(&args.config)?;
    let prepared = Preparation::new(config, &args.source, &args.grading)?;
    let filter = args.selection.filter(&prepared.catalogue)?;
    let carrier = args.http2.carrier(args.tls.is_given())?;
    let mut plan = prepared.plan_over(carrier, &filter, Role::Client);
    plan.trials.retain(|trial| is_of_one_connection(trial));
    let (baseline, limits) = (prepared.baseline()?, args.timeout.limits());
    let results = AgentResults::new(&plan, limits, args.grading.seed, baseline, args.shown())
        .with_guide(guide(&prepared.catalogue));
    let origins = OriginPolicy::allowing(&args.allow_origin);
    let host = Arc::new(Host::new(&plan, limits, origins, results));
    allow_many_connections();
    let runtime = runtime::of_all_processors()?;
    let trouble = runtime.block_on(serve(args, &host))?;
    runtime.shutdown_background();
    told(args, &host.results, trouble)
}

/// Whether a case is for clients that go through all cases. Nobody watches the process of such a client, and it gets
/// one address, for one connection at a time.
fn is_of_one_connection(trial: &Trial) -> bool {
    trial.uri.is_none()
        && trial.certificate.is_none()
        && trial.script.side_by_side() == 1
        && !trial.needs.contains(&Need::Process)
        && !Reconnections::are_watched_in(trial)
        && !trial.script.expects_tunnel()
}

/// Serves. Trouble with a client that we started is returned, and is not an error yet.
async fn serve(args: &ServeArgs, host: &Arc<Host>) -> Result<Option<String>, CommandError> {
    let name = args.listen.rsplit_once(':').map_or("", |(host, _)| host.trim_matches(['[', ']']));
    let names: Vec<&str> = [name].into_iter().filter(|name| !name.is_empty()).collect();
    let listener = Listener::bind(&args.listen, args.tls.server(&names)?).await;
    let listener = listener.map_err(|error| CommandError::Usage(error.to_string()))?;
    let takes_http2 = args.http2.is_given(args.tls.is_given())?;
    let listener = if takes_http2 { listener.with_http2() } else { listener };
    let base = listener.url("/");
    let (address, pages) = (listener.url("/case/ID"), base.replacen("ws", "http", 1));
    let say = if args.output.files.takes_stdout() { complain } else { print };
    say(&format!(
        "listening on {address}; for browsers {pages}; {}\n",
        count(host.results.left(client::AGENT), "case")
    ))?;
    let (serving, mut trouble) = (host.clone(), None);
    let stop = async {
        tokio::select! {
            () = interrupted(true) => {}
            visited = client::visit(args.exec.as_deref(), &base, &host.results) => trouble = visited.err(),
        }
    };
    let handle = move |client| serving.clone().handle(client);
    wsspec_runner::serve(&listener, args.request_timeout, handle, stop).await;
    Ok(trouble)
}

/// Prints and writes the results of every agent. Exits with the worst of their exit codes.
fn told(
    args: &ServeArgs,
    results: &AgentResults,
    trouble: Option<String>,
) -> Result<ExitStatus, CommandError> {
    let mut records = results.records();
    let (trouble, options) =
        (trouble.map(|text| clean_line(&text)), args.output.report_options(args.grading.strict));
    if let Some(record) = records.iter_mut().find(|record| record.target == client::AGENT) {
        record.aborted.clone_from(&trouble);
    } else if let Some(trouble) = &trouble {
        complain(&format!("error: {trouble}\n"))?;
    }
    if records.is_empty() {
        complain("no client was played a case\n")?;
        return Ok(ExitStatus::Inconclusive);
    }
    let files = &args.output.files;
    let aside = files.takes_stdout();
    let text = args.output.shows.options(args.grading.strict, None, aside);
    let each = records.iter().enumerate().map(|(number, record)| {
        let text = run_text(record, &text);
        let printed = if aside { complain(&text) } else { print(&text) };
        first_error([printed, files.numbered(number).write_one(record, options)])
    });
    let each = first_error(each.collect::<Vec<_>>());
    let all: Vec<_> = records.iter().map(|record| (record.target.clone(), record)).collect();
    first_error([each, files.write_pages(&all)])?;
    if let Some(forgotten) = results.forgotten() {
        complain(&format!("warning: {forgotten}\n"))?;
    }
    Ok(worst_exit_status(&records, args.grading.strict))
}
