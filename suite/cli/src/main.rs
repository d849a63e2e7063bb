//! The `wsspec` binary: one module per subcommand, one documented exit code per outcome.

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

mod baseline;
mod bless;
mod bugs;
mod carriers;
mod catalogue;
mod check;
mod client_command;
mod color;
mod command;
mod completions;
mod config;
mod diff;
mod endpoint;
mod environment;
mod exit_status;
mod explain;
mod export;
mod failure;
mod fmt;
mod fuzz;
mod grading;
mod heading;
mod http2;
mod init;
mod interrupt;
mod json;
mod last_run;
mod lint;
mod list;
mod man;
mod merge;
mod names;
mod output;
mod preparation;
mod protocol;
mod proxy;
mod report;
mod run;
mod runtime;
mod schema;
mod serve;
mod show;
mod spawn;
mod stopping;
mod tap;
mod test_client;
mod test_proxy;
mod timeout;
mod traffic;
mod trust;
mod values;
mod version;
mod wstest;

use crate::{
    command::{Cli, Command},
    environment::with_variables,
    exit_status::ExitStatus,
    failure::{CommandError, misused},
};

fn main() -> ExitCode {
    if wstest::is_called() {
        return wstest::standalone().unwrap_or_else(CommandError::report).into();
    }
    let matches = with_variables(Cli::command()).try_get_matches();
    let cli =
        matches.and_then(|matches| Cli::from_arg_matches(&matches)).unwrap_or_else(|error| misused(&error));
    let ended = match cli.command {
        _ if cli.version => version::run(),
        command => dispatch(command.unwrap_or_else(Command::default_run)),
    };
    ended.unwrap_or_else(CommandError::report).into()
}

fn dispatch(command: Command) -> Result<ExitStatus, CommandError> {
    match command {
        Command::Run(args) => run::run(*args),
        Command::Serve(args) => serve::run(&args),
        Command::TestClient(args) => test_client::run(*args),
        Command::TestProxy(args) => test_proxy::run(*args),
        Command::Tap(args) => tap::run(&args),
        Command::Lint(args) => lint::run(&args),
        Command::Fuzz(args) => fuzz::run(&args),
        Command::Merge(args) => merge::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::List(args) => list::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Wstest(args) => wstest::run(&args),
        Command::Completions(args) => completions::run(&args, &mut Cli::command()),
        Command::Man(args) => man::run(&args, Cli::command()),
    }
}
