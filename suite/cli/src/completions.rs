//! `wsspec completions`: prints a shell's completion script.

use clap::Command;
use clap_complete::Shell;

use crate::{
    exit_status::ExitStatus,
    failure::{CommandError, print},
};

/// Options of `wsspec completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wsspec completions bash > ~/.local/share/bash-completion/completions/wsspec
  wsspec completions zsh > ~/.zfunc/_wsspec                  where ~/.zfunc is in fpath
  wsspec completions fish > ~/.config/fish/completions/wsspec.fish")]
pub struct CompletionsArgs {
    /// Shell to print the script for
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: Shell,
}

/// Prints the script for `command`.
pub fn run(args: &CompletionsArgs, command: &mut Command) -> Result<ExitStatus, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "wsspec", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(ExitStatus::Success)
}
