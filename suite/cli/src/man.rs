//! `wsspec man`: manual pages, generated from the same definitions as `--help`.

use std::{
    io,
    path::{Path, PathBuf},
};

use clap::Command;
use clap_mangen::Man;
use roff::{Roff, roman};

use crate::{
    exit_status::ExitStatus,
    failure::{CommandError, print},
};

/// Options of `wsspec man`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wsspec man | man -l -
  wsspec man ~/.local/share/man/man1")]
pub struct ManArgs {
    /// Folder for all pages: `wsspec.1`, `wsspec-run.1` and so on; without it, `wsspec.1` is printed
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// Prints the first page of `command`, or writes all of them.
pub fn run(args: &ManArgs, command: Command) -> Result<ExitStatus, CommandError> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    match &args.dir {
        None => print(&page(&command).map_err(CommandError::Output)?)?,
        Some(dir) => write_all(dir, &command)
            .map_err(|error| CommandError::Usage(format!("cannot write to `{}`: {error}", dir.display())))?,
    }
    Ok(ExitStatus::Success)
}

fn write_all(dir: &Path, command: &Command) -> io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let name = Man::new(command.clone()).get_filename();
    std::fs::write(dir.join(name), page(command)?)?;
    command.get_subcommands().try_for_each(|inner| write_all(dir, inner))
}

/// A page. The text below the options in `--help` keeps its line breaks.
fn page(command: &Command) -> io::Result<String> {
    let man = Man::new(command.clone()).manual("wsspec");
    let mut out = Vec::new();
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    man.render_description_section(&mut out)?;
    man.render_options_section(&mut out)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut out)?;
    }
    below(command).to_writer(&mut out)?;
    String::from_utf8(out).map_err(io::Error::other)
}

/// The paragraphs below the options, each a section named by its first line: `Examples:`, `Exit codes:`.
fn below(command: &Command) -> Roff {
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let mut roff = Roff::new();
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
        let mut lines = paragraph.lines().peekable();
        let heading = lines.next_if(|line| line.ends_with(':')).unwrap_or("Notes:");
        roff.control("SH", [heading.trim_end_matches(':').to_uppercase().as_str()]).control("nf", []);
        for line in lines {
            roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
        }
        roff.control("fi", []);
    }
    roff
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::command::Cli;

    #[test]
    fn examples_and_exit_codes_are_sections_that_keep_their_lines() {
        let mut command = Cli::command();
        command.build();
        let page = page(&command).unwrap();
        let (_, examples) = page.split_once(".SH EXAMPLES\n.nf\n").unwrap();
        let (examples, codes) = examples.split_once(".fi\n.SH \"EXIT CODES\"\n.nf\n").unwrap();
        assert!(examples.lines().count() >= 8, "{examples}");
        assert_eq!(codes.lines().next(), Some("0  the target conforms"));
    }
}
