//! `WSSPEC_*`: each long option can be given as an environment variable.
//!
//! The command line overrides these, and these override `wsspec.toml`.

use clap::{Arg, ArgAction, Command, builder::FalseyValueParser};

/// Options that a forgotten variable must not turn on: they end the program at once, or overwrite files.
const NEVER: [&str; 5] = ["help", "version", "bless", "force", "dry-run"];
/// Commands whose options are not ours.
const FOREIGN: [&str; 2] = ["wstest", "help"];

/// The command, with its variable for each option.
pub fn with_variables(command: Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    let own = names.into_iter().filter(|name| !FOREIGN.contains(&name.as_str()));
    own.fold(command.mut_args(with_variable), |command, name| command.mut_subcommand(name, with_variables))
}

fn with_variable(arg: Arg) -> Arg {
    let Some(name) = arg.get_long().filter(|name| !NEVER.contains(name)) else { return arg };
    let variable = variable(name);
    let arg = arg.env(variable).hide_env(true);
    // `1` and `yes` turn a flag on, `0`, `no` and nothing leave it off.
    if matches!(arg.get_action(), ArgAction::SetTrue) {
        arg.value_parser(FalseyValueParser::new())
    } else {
        arg
    }
}

/// The name of an option's variable: `WSSPEC_CONNECT_TIMEOUT`.
fn variable(option: &str) -> String {
    format!("WSSPEC_{}", option.to_uppercase().replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::command::Cli;

    fn variables(command: &Command, found: &mut Vec<String>) {
        let own = command.get_arguments().filter_map(|arg| arg.get_env());
        found.extend(own.map(|name| name.to_string_lossy().into_owned()));
        command.get_subcommands().for_each(|inner| variables(inner, found));
    }

    #[test]
    fn options_have_variables_and_what_overwrites_has_none() {
        let mut found = Vec::new();
        variables(&with_variables(Cli::command()), &mut found);
        for wanted in ["WSSPEC_CONNECT_TIMEOUT", "WSSPEC_STRICT", "WSSPEC_EXEC", "WSSPEC_LAST_FAILED"] {
            assert!(found.iter().any(|name| name == wanted), "{wanted}: {found:?}");
        }
        for never in ["WSSPEC_BLESS", "WSSPEC_FORCE", "WSSPEC_HELP", "WSSPEC_MODE"] {
            assert!(!found.iter().any(|name| name == never), "{never}");
        }
    }
}
