//! `wsspec schema`: the JSON schema of a case file.

use std::process::ExitCode;

use crate::failure::{Failure, print};

/// Prints the schema; `cases/schema.json` is its output.
pub fn run() -> Result<ExitCode, Failure> {
    print(&wsspec_script::case_file_schema())?;
    Ok(ExitCode::SUCCESS)
}
