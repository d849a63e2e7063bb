//! What a run's random bytes follow from, and what counts against its peer.

use std::path::PathBuf;

/// Options of how trials are drawn and graded.
#[derive(Clone, Debug, clap::Args)]
pub struct GradingArgs {
    /// What all random bytes follow from
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Fail for a missed SHOULD, too
    #[arg(long)]
    pub strict: bool,
    /// List of failures to expect, besides those of wsspec.toml: `[known]`, then lines of `"glob" = "reason"`
    #[arg(long, value_name = "FILE")]
    pub known: Option<PathBuf>,
}
