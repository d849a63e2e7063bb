//! The command line of `wsspec`.

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::{
    check::CheckArgs, completions::CompletionsArgs, diff::DiffArgs, environment::with_variables,
    exit_status::EXIT_CODES, explain::ExplainArgs, export::ExportArgs, fmt::FmtArgs, fuzz::FuzzArgs,
    init::InitArgs, lint::LintArgs, list::ListArgs, man::ManArgs, merge::MergeArgs, report::ReportArgs,
    run::RunArgs, schema::SchemaArgs, serve::ServeArgs, show::ShowArgs, tap::TapArgs,
    test_client::TestClientArgs, test_proxy::TestProxyArgs, wstest::WstestArgs,
};

const ENVIRONMENT: &str = "\
Environment:
  Each long option can be set as a variable: --connect-timeout as WSSPEC_CONNECT_TIMEOUT, --strict as
  WSSPEC_STRICT=1. The command line comes first, then the environment, then wsspec.toml.
  WSSPEC_CACHE_DIR is where --last-failed remembers runs, in place of the user's cache folder.";

const EXAMPLES: &str = "\
Examples:
  wsspec                                      test the embedded echo server
  wsspec run ws://127.0.0.1:9001              test a server
  wsspec run ws://127.0.0.1:9001 rfc6455/5.4  only the cases of one section
  wsspec test-client --exec 'node client.js {url}'
                                              test a client
  wsspec list level:must section:5.5          the cases of the MUSTs in one section
  wsspec show rfc6455/5.5.2/ping              what one case asks, and why
  wsspec explain rfc6455#5.5.2:2              why a rule exists, and what typically breaks it
  wsspec diff old.json new.json               what has changed between two runs
  wsspec fuzz ws://127.0.0.1:9001 --duration 5m
                                              play random sessions
  wsspec tap --listen 127.0.0.1:9001 --to ws://127.0.0.1:9000
                                              judge what clients and a server send each other
  wsspec lint session.pcap                    judge a capture
  wsspec check my-cases                       look for mistakes in case files";

/// A conformance suite for the WebSocket protocol: says which sentence of which RFC an endpoint breaks.
///
/// Without a command, wsspec tests the target in `wsspec.toml`, or the embedded echo server.
#[derive(Debug, Parser)]
#[command(
    name = "wsspec",
    max_term_width = 100,
    after_help = format!("{EXAMPLES}\n\n{ENVIRONMENT}\n\n{EXIT_CODES}")
)]
pub struct Cli {
    /// Print the version, the commit, and the size of the catalogue
    #[arg(short = 'V', long)]
    pub version: bool,
    /// The subcommand.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Test a server
    Run(Box<RunArgs>),
    /// Serve test cases to clients and browsers
    Serve(Box<ServeArgs>),
    /// Test a client, started once for each case
    TestClient(Box<TestClientArgs>),
    /// Test a reverse proxy, from both ends
    TestProxy(Box<TestProxyArgs>),
    /// Judge live traffic, between clients and a server
    Tap(Box<TapArgs>),
    /// Judge the traffic in captures
    Lint(LintArgs),
    /// Fuzz a server, or a decoder of frames
    Fuzz(Box<FuzzArgs>),
    /// Merge the folders of several fuzzing campaigns
    Merge(MergeArgs),
    /// Print or convert saved records
    Report(ReportArgs),
    /// Compare two saved records
    Diff(DiffArgs),
    /// List cases
    List(ListArgs),
    /// Show one case: its script, and the requirements it cites
    Show(ShowArgs),
    /// Explain why a rule exists, what typically breaks it, and how to fix that
    Explain(ExplainArgs),
    /// Check case files for mistakes
    Check(CheckArgs),
    /// Format the scripts in case files
    Fmt(FmtArgs),
    /// Print the catalogue as JSON, for engines in other languages
    Export(ExportArgs),
    /// Create a wsspec.toml to start from
    Init(InitArgs),
    /// Print the JSON schema of case files or of wsspec.toml, for editors
    Schema(SchemaArgs),
    /// Stand in for Autobahn|Testsuite's `wstest`, with its spec files and reports
    Wstest(WstestArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print or write manual pages
    Man(ManArgs),
}

impl Command {
    /// `wsspec run` with every option at its default.
    pub fn default_run() -> Self {
        /// Only the options of `run`.
        #[derive(Parser)]
        struct Defaults {
            #[command(flatten)]
            run: RunArgs,
        }
        let matches = with_variables(Defaults::command()).get_matches_from(["wsspec"]);
        Self::Run(Box::new(Defaults::from_arg_matches(&matches).unwrap_or_else(|error| error.exit()).run))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_is_a_run_with_the_defaults() {
        let Command::Run(args) = Command::default_run() else { panic!("not a run") };
        assert_eq!(
            (args.target, args.endpoint.timeout.line.0, args.grading.seed),
            (None, Duration::from_secs(2), 0)
        );
    }
}
