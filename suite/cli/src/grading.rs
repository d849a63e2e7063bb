//! The seed of a run, and what counts as a failure.

use std::path::PathBuf;

use crate::heading;

/// Options for seeding and grading trials.
#[derive(Clone, Debug, clap::Args)]
pub struct GradingArgs {
    /// Seed for all random choices
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = heading::SELECTION)]
    pub seed: u64,
    /// Treat a missed SHOULD as a failure
    #[arg(long, help_heading = heading::VERDICT)]
    pub strict: bool,
    /// File of expected failures, in addition to those in wsspec.toml: `[known]`, then lines of `"glob" = "reason"`
    #[arg(long, value_name = "FILE", help_heading = heading::VERDICT)]
    pub known: Option<PathBuf>,
}
