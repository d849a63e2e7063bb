//! `wsspec init`: writes a `wsspec.toml` to start from.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
};

use crate::{
    config::DEFAULT_FILE,
    exit_status::ExitStatus,
    failure::{CommandError, print},
    heading,
    output::destination,
};

/// The file; everything optional is commented out.
const STARTER: &str = include_str!("starter.toml");

/// Options of `wsspec init`.
#[derive(Debug, clap::Args)]
pub struct InitArgs {
    /// Overwrite an existing file
    #[arg(long, help_heading = heading::OUTPUT)]
    pub force: bool,
}

/// Writes `wsspec.toml` into the working directory.
pub fn run(args: &InitArgs) -> Result<ExitStatus, CommandError> {
    if args.force {
        destination::write_text(Path::new(DEFAULT_FILE), STARTER)?;
    } else {
        create().map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                CommandError::Usage(format!("there is a `{DEFAULT_FILE}` already; `--force` replaces it"))
            }
            _ => CommandError::Usage(format!("cannot write `{DEFAULT_FILE}`: {error}")),
        })?;
    }
    print(&format!("wrote {DEFAULT_FILE}; put your server's address into it, then `wsspec run`\n"))?;
    Ok(ExitStatus::Success)
}

fn create() -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(DEFAULT_FILE)?.write_all(STARTER.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_starter_is_sound() {
        let config = Config::parse(DEFAULT_FILE.into(), STARTER).unwrap();
        assert_eq!(config.names().collect::<Vec<_>>(), ["local"]);
    }

    #[test]
    fn what_the_starter_has_in_comments_is_sound_too() {
        let lines = STARTER.lines().map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.is_empty() && !setting.starts_with(' ') => setting,
            _ => line,
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        let config = Config::parse(DEFAULT_FILE.into(), &text).unwrap();
        assert_eq!(config.names().collect::<Vec<_>>(), ["local", "staging"]);
        assert_eq!(config.baseline.entries().len(), 1);
        config.check(&wsspec_catalogue::Catalogue::embedded().unwrap()).unwrap();
    }
}
