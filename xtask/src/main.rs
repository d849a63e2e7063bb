//! `cargo xtask`: the recipes of this workspace. CI calls the same ones, so you can reproduce a failed job by its
//! name.

// Recipes print for the person who runs them.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

#[cfg(test)]
mod architecture;
mod bench;
mod failure;
mod listener;
mod peer;
mod process;
mod recipes;
mod saved;
mod server;
mod slow_peer;
mod table;
mod workspace;

use crate::{failure::RecipeError, workspace::Workspace};

/// Recipes of the wsspec workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct RecipeArgs {
    /// The recipe to run.
    #[command(subcommand)]
    recipe: Option<Recipe>,
}

#[derive(Debug, Subcommand)]
enum Recipe {
    /// Formatting, lints, documentation, and the case files
    Check,
    /// All tests
    Test,
    /// The case files, and the requirements that no case cites
    Cases,
    /// Regenerate every committed generated file: the JSON schema, all expected outputs
    Bless,
    /// `bless`, then fail if a generated file differs from the committed one
    Drift,
    /// Run wsspec against other people's servers and clients
    Interop {
        /// Folders of suite/interop; all by default
        names: Vec<String>,
        /// Also run each known deviation alone, to see that it still fails
        #[arg(long)]
        alone: bool,
        /// Write docs/interop.md: what each of them breaks
        #[arg(long)]
        table: bool,
    },
    /// Run `wsspec test-proxy` through other people's reverse proxies
    Proxies {
        /// Folders of suite/interop/proxies; all that are available here by default
        names: Vec<String>,
    },
    /// Every fuzz target for a few seconds; needs a nightly toolchain and cargo-fuzz
    FuzzSmoke {
        /// Seconds for each target
        #[arg(default_value_t = recipes::fuzz_smoke::SECONDS)]
        seconds: u32,
    },
    /// The build of ClusterFuzzLite and OSS-Fuzz, with each target run once on its seeds; needs what fuzz-smoke needs
    FuzzBuild,
    /// Campaigns against servers with one planted bug each: which are found, how soon, by how short a script
    Planted {
        /// Names of flaws of suite/peer; by default all that show after the opening handshake
        names: Vec<String>,
        /// Seconds for each
        #[arg(long, default_value_t = recipes::planted::SECONDS)]
        seconds: u32,
    },
    /// Run the examples that fuzz decoders in process in Go, JavaScript and Python
    Languages {
        /// Folders of suite/decoder-c/examples; all by default
        names: Vec<String>,
    },
    /// Run `wsspec fuzz decoder` against the shims of suite/decoder/examples
    Shims {
        /// Folders of suite/decoder/examples/shims; all by default
        names: Vec<String>,
    },
    /// Write the inputs of decoders, one file each, and a manifest that says what a decoder must answer to them
    Corpus {
        /// The folder; `target/corpus` by default
        folder: Option<std::path::PathBuf>,
    },
    /// Run the catalogue against conforming peers while other processes keep the machine busy: no failure, and the
    /// same verdicts each time
    Loaded {
        /// `peer`, `ws` or `slow-peer`; all by default
        names: Vec<String>,
        /// How many runs against each
        #[arg(long, default_value_t = recipes::loaded::RUNS)]
        runs: u32,
        /// How many processes keep the processors busy
        #[arg(long, default_value_t = recipes::loaded::SPINNERS)]
        spinners: u32,
        /// The wsspec binary to run; built if not given
        #[arg(long, value_name = "PATH")]
        wsspec: Option<std::path::PathBuf>,
    },
    /// Build each crate with none, each and all of its features, and test those that are off by default
    Features,
    /// No dependency asks for a newer Rust than the workspace; a build with that Rust where it is installed
    Msrv,
    /// Pack every published crate, and install wsspec from the packages alone
    Package,
    /// Build the Python wheel, install it into a fresh environment, and test it there; needs Python with venv
    Python,
    /// Pack the npm packages, install them into an empty folder, and test them there; needs Node.js with npm
    Npm,
    /// Measure speed and memory; asserts nothing
    Bench,
    /// What CI runs
    Ci,
}

fn main() -> ExitCode {
    let Some(recipe) = RecipeArgs::parse().recipe else {
        println!("{}", RecipeArgs::command().render_help());
        return ExitCode::SUCCESS;
    };
    match dispatch(&recipe, &Workspace::here()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(recipe: &Recipe, workspace: &Workspace) -> Result<(), RecipeError> {
    match recipe {
        Recipe::Check => recipes::check::run(workspace),
        Recipe::Test => recipes::test::run(workspace),
        Recipe::Cases => recipes::cases::run(workspace),
        Recipe::Bless => recipes::bless::run(workspace),
        Recipe::Drift => recipes::drift::run(workspace),
        Recipe::Interop { names, alone, table } => recipes::interop::run(workspace, names, *alone, *table),
        Recipe::Proxies { names } => recipes::proxies::run(workspace, names),
        Recipe::FuzzSmoke { seconds } => recipes::fuzz_smoke::run(workspace, *seconds),
        Recipe::FuzzBuild => recipes::fuzz_build::run(workspace),
        Recipe::Planted { names, seconds } => recipes::planted::run(workspace, names, *seconds),
        Recipe::Corpus { folder } => recipes::corpus::run(workspace, folder.as_deref()),
        Recipe::Languages { names } => recipes::languages::run(workspace, names, 10),
        Recipe::Shims { names } => recipes::shims::run(workspace, names),
        Recipe::Loaded { names, runs, spinners, wsspec } => {
            recipes::loaded::run(workspace, names, *runs, *spinners, wsspec.as_deref())
        }
        Recipe::Features => recipes::features::run(workspace),
        Recipe::Msrv => recipes::msrv::run(workspace),
        Recipe::Python => recipes::python::run(workspace),
        Recipe::Npm => recipes::npm::run(workspace),
        Recipe::Package => recipes::package::run(workspace),
        Recipe::Bench => bench::run(workspace),
        Recipe::Ci => recipes::ci::run(workspace),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        RecipeArgs::command().debug_assert();
    }
}
