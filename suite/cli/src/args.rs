//! The command line: subcommands, what several of them share, and how values are read.

use std::{num::NonZeroUsize, time::Duration};

use clap::{ColorChoice, Parser, Subcommand};

use crate::{
    check::CheckArgs, completions::CompletionsArgs, diff::DiffArgs, explain::ExplainArgs, export::ExportArgs,
    fmt::FmtArgs, fuzz::FuzzArgs, init::InitArgs, list::ListArgs, man::ManArgs, merge::MergeArgs,
    report::ReportArgs, run::RunArgs, schema::SchemaArgs, serve::ServeArgs, show::ShowArgs,
    test_client::TestClientArgs, wstest::WstestArgs,
};

/// What every exit code means.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  the target conforms
  1  a MUST is broken, or a SHOULD with --strict, or a known deviation is gone or expired
  2  wrong usage, or case files or settings with mistakes
  3  inconclusive: the target is unreachable or dead, or nothing was run";

const EXAMPLES: &str = "\
Examples:
  wsspec                                      test the embedded echo server
  wsspec run ws://127.0.0.1:9001              test a server
  wsspec run ws://127.0.0.1:9001 rfc6455/5.4  only the cases of one section
  wsspec test-client --exec 'node client.js {url}'
                                              test a client
  wsspec list level:must section:5.5          what would be run
  wsspec show rfc6455/5.5.2/ping              what one case asks, and why
  wsspec explain rfc6455#5.5.2:2              why a rule exists, and what typically breaks it
  wsspec diff old.json new.json               what has changed between two runs
  wsspec fuzz ws://127.0.0.1:9001 --duration 5m
                                              sessions that nobody has written down
  wsspec check my-cases                       look for mistakes in case files";

/// A conformance suite for the WebSocket protocol: says which sentence of which RFC an endpoint breaks.
///
/// Without a command, the target of `wsspec.toml` is tested, or without one the embedded echo server.
#[derive(Debug, Parser)]
#[command(name = "wsspec", version, max_term_width = 100, after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Test an endpoint
    Run(Box<RunArgs>),
    /// Play the server to clients that come by themselves, browsers too
    Serve(Box<ServeArgs>),
    /// Test a client, which is started once for each case
    TestClient(Box<TestClientArgs>),
    /// Look for sessions that a server gets wrong
    Fuzz(Box<FuzzArgs>),
    /// Unite the folders of several campaigns
    Merge(MergeArgs),
    /// Print or convert saved records
    Report(ReportArgs),
    /// Compare two saved records
    Diff(DiffArgs),
    /// List cases
    List(ListArgs),
    /// Show one case: its script, and what it cites
    Show(ShowArgs),
    /// Say why a rule exists, what typically breaks it, and how that is mended
    Explain(ExplainArgs),
    /// Look for mistakes in case files
    Check(CheckArgs),
    /// Format the scripts in case files
    Fmt(FmtArgs),
    /// Print the catalogue as JSON, for engines in other languages
    Export(ExportArgs),
    /// Write a wsspec.toml to start from
    Init(InitArgs),
    /// Print the JSON schema of case files or of wsspec.toml, for editors
    Schema(SchemaArgs),
    /// Do what Autobahn|Testsuite's `wstest` does, with its spec files and reports
    Wstest(WstestArgs),
    /// Print a script for the completion of a shell
    Completions(CompletionsArgs),
    /// Print or write manual pages
    Man(ManArgs),
}

impl Command {
    /// `wsspec run`, every option at its default.
    pub fn default_run() -> Self {
        /// Only `run`'s options.
        #[derive(Parser)]
        struct Defaults {
            #[command(flatten)]
            run: RunArgs,
        }
        Self::Run(Box::new(Defaults::parse_from(["wsspec"]).run))
    }
}

/// `--color`.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct ColorArgs {
    /// When to use colour
    #[arg(long = "color", value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto)]
    pub choice: ColorChoice,
}

impl ColorArgs {
    /// Makes everything that is printed from here on follow the choice.
    pub fn apply(self) {
        match self.choice {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// Reads `200ms`, `1s`, `1.5s`; never zero.
pub fn duration(text: &str) -> Result<Duration, String> {
    let read =
        |number: &str| number.parse::<f64>().ok().filter(|number| (0.0..=86_400_000.0).contains(number));
    let millis = match text.strip_suffix("ms") {
        Some(number) => read(number),
        None => text.strip_suffix('s').and_then(read).map(|seconds| seconds * 1000.0),
    };
    let duration = millis.map(|millis| Duration::from_secs_f64(millis / 1000.0));
    duration
        .filter(|duration| !duration.is_zero() && *duration <= Duration::from_secs(86_400))
        .ok_or_else(|| format!("`{text}` is not a length of time above zero: write `500ms`, `2s` or `1.5s`"))
}

/// Reads `90s`, `10m`, `1h 30m`; never zero.
pub fn long_duration(text: &str) -> Result<Duration, String> {
    let read = humantime::parse_duration(text).ok().filter(|duration| !duration.is_zero());
    read.ok_or_else(|| format!("`{text}` is not a length of time above zero: write `90s`, `10m` or `1h 30m`"))
}

/// A number as options of a run have it.
pub fn count(number: NonZeroUsize) -> u32 {
    u32::try_from(number.get()).unwrap_or(u32::MAX)
}

/// Reads `Name: value`.
pub fn header(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err(format!("`{text}` is not a header field: write `Name: value`")),
    }
}

/// Reads `USER:PASSWORD`.
pub fn user(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((user, password)) => Ok((user.to_owned(), password.to_owned())),
        None => Err(format!("`{text}` has no colon: write `USER:PASSWORD`")),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn lengths_of_time_have_a_unit_and_are_above_zero() {
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("20ms"), Ok(Duration::from_millis(20)));
        for bad in ["", "2", "0s", "-1s", "1e300s", "NaNs", "1m"] {
            assert!(duration(bad).unwrap_err().starts_with(&format!("`{bad}` is not")), "{bad}");
        }
    }

    #[test]
    fn no_command_is_a_run_with_the_defaults() {
        let Command::Run(args) = Command::default_run() else { panic!("not a run") };
        assert_eq!(
            (args.target, args.endpoint.timeout, args.grading.seed),
            (None, Duration::from_secs(2), 0)
        );
    }
}
