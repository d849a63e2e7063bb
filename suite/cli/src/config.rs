//! `wsspec.toml`: named targets, defaults for `wsspec run`, and what is expected to deviate.
//!
//! The command line overrides the file. Secrets come from environment variables.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::{ArgMatches, Args, Command, FromArgMatches, parser::ValueSource};
use wsspec_catalogue::{Baseline, CaseError, Catalogue, Filter, toml_error};
use wsspec_notation::NotationError;

use crate::{failure::CommandError, heading};

mod check;
mod file;
mod fill;
mod nearest;

use check::advised;
use file::ConfigFile;
pub use file::schema;
pub use fill::{FirstWord, RunSettings};
use nearest::nearest_file;

/// The file that is read unless `--config` names another.
pub const DEFAULT_FILE: &str = "wsspec.toml";

/// Options about `wsspec.toml`.
#[derive(Clone, Debug, Default, Args)]
struct ConfigOptions {
    /// Settings to read; without it, wsspec.toml in the working directory or the nearest folder above it
    #[arg(long, value_name = "FILE", help_heading = heading::TARGET)]
    config: Option<PathBuf>,
    /// Update the settings file: add what fails now as expected, and remove what no longer fails
    #[arg(long, help_heading = heading::VERDICT)]
    bless: bool,
}

/// Options about `wsspec.toml`, and which other options the command line has. Must be the first of a command's option
/// groups: clap removes what earlier groups have parsed.
#[derive(Clone, Debug, Default)]
pub struct ConfigArgs {
    options: ConfigOptions,
    given: BTreeSet<String>,
}

/// The settings file, read and checked, or nothing.
#[derive(Debug)]
pub struct Config {
    path: PathBuf,
    source: Arc<str>,
    file: ConfigFile,
    /// The deviations it expects of all its targets.
    pub baseline: Baseline,
}

/// What to test, as far as the file says.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// The name of the target in the file.
    pub name: Option<String>,
    /// Names of header fields whose values are secrets.
    pub secret: Vec<String>,
}

impl Args for ConfigArgs {
    fn augment_args(command: Command) -> Command {
        ConfigOptions::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        ConfigOptions::augment_args_for_update(command)
    }
}

impl FromArgMatches for ConfigArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Self::from_arg_matches_mut(&mut matches.clone())
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, clap::Error> {
        let given = |id: &&clap::Id| matches.value_source(id.as_str()) != Some(ValueSource::DefaultValue);
        let given = matches.ids().filter(given).map(ToString::to_string).collect();
        Ok(Self { options: ConfigOptions::from_arg_matches_mut(matches)?, given })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl ConfigArgs {
    /// Whether to record the failures of the run as expected.
    pub fn bless(&self) -> bool {
        self.options.bless
    }

    /// Whether the command line sets an option, by its field name.
    fn is_given(&self, option: &str) -> bool {
        self.given.contains(option)
    }

    /// Whether the file may be missing: no option names it, or `--bless` will create it.
    fn may_be_missing(&self) -> bool {
        self.options.config.is_none() || self.options.bless
    }
}

impl Config {
    /// Reads the file of `--config`, or the nearest `wsspec.toml`. Checks everything that does not need a catalogue.
    pub fn load(args: &ConfigArgs) -> Result<Self, CommandError> {
        let path = match &args.options.config {
            Some(path) => path.clone(),
            None => nearest_file()?.unwrap_or_else(|| DEFAULT_FILE.into()),
        };
        Self::read(path, args.may_be_missing())
    }

    /// Reads the file again: another process may have changed it since.
    pub fn reread(&self) -> Result<Self, CommandError> {
        Self::read(self.path.clone(), true)
    }

    fn read(path: PathBuf, may_be_missing: bool) -> Result<Self, CommandError> {
        let source = match std::fs::read_to_string(&path) {
            Ok(source) => source,
            Err(error) if error.kind() == io::ErrorKind::NotFound && may_be_missing => String::new(),
            Err(error) => {
                return Err(CommandError::Usage(format!("cannot read `{}`: {error}", path.display())));
            }
        };
        Self::parse(path, &source).map_err(CommandError::Cases)
    }

    /// Parses the text of a file.
    pub fn parse(path: PathBuf, source: &str) -> Result<Self, Vec<CaseError>> {
        let source: Arc<str> = source.into();
        let shown = path.display().to_string();
        let parsed = toml::from_str::<ConfigFile>(&source);
        let mut config = Self { path, source, file: ConfigFile::default(), baseline: Baseline::default() };
        config.file = parsed.map_err(|error| vec![config.error(advised(toml_error(&error)))])?;
        let expect = std::mem::take(&mut config.file.expect);
        let mut errors = config.mistakes();
        match Baseline::read(&shown, &config.source, expect) {
            Ok(baseline) => {
                let names: Vec<_> = config.names().collect();
                errors.extend(baseline.check_targets(&names));
                config.baseline = baseline;
            }
            Err(mistakes) => errors.extend(mistakes),
        }
        errors.sort_by_key(|error| error.error.span.start);
        if errors.is_empty() { Ok(config) } else { Err(errors) }
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it has no targets.
    pub fn is_empty(&self) -> bool {
        self.file.target.is_empty()
    }

    /// The text that was read.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The names of its targets.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.file.target.keys().map(|name| name.get_ref().as_str())
    }

    /// Fails for globs and patterns that match nothing in `catalogue`.
    pub fn check(&self, catalogue: &Catalogue) -> Result<(), CommandError> {
        let mut errors = self.baseline.check(catalogue);
        for pattern in self.file.select.include.iter().chain(&self.file.select.exclude) {
            let filter = Filter::new(&[pattern.get_ref()], &[]);
            if let Err(error) = filter.and_then(|filter| filter.resolved(catalogue)) {
                errors.push(self.error(NotationError::new(pattern.span(), error.to_string())));
            }
        }
        errors.sort_by_key(|error| error.error.span.start);
        if errors.is_empty() { Ok(()) } else { Err(CommandError::Cases(errors)) }
    }

    /// A path of the file, relative to the working directory.
    fn resolved(&self, path: &str) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    fn error(&self, error: NotationError) -> CaseError {
        CaseError { path: self.path.display().to_string(), source: self.source.clone(), error }
    }
}
