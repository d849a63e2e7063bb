//! `wsspec schema`: the JSON schema of a case file, or of `wsspec.toml`.

use clap::ValueEnum;

use crate::{
    config,
    exit_status::ExitStatus,
    failure::{CommandError, print},
};

/// Options of `wsspec schema`.
#[derive(Debug, clap::Args)]
pub struct SchemaArgs {
    /// The files that the schema describes
    #[arg(value_name = "FILES", value_enum, default_value_t = Files::Cases)]
    pub files: Files,
}

/// The kinds of files with a schema.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Files {
    /// Case files
    Cases,
    /// `wsspec.toml`
    Config,
}

/// Prints the schema; `cases/schema.json` and `docs/wsspec.schema.json` are its output.
pub fn run(args: &SchemaArgs) -> Result<ExitStatus, CommandError> {
    print(&match args.files {
        Files::Cases => wsspec_catalogue::case_file_schema(),
        Files::Config => config::schema(),
    })?;
    Ok(ExitStatus::Success)
}
