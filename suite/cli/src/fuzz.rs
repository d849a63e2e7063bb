//! `wsspec fuzz`: sessions that nobody has written down, against a server or a client; and bytes, against a decoder.

mod decoder;
mod live;
pub mod lock;
mod outcome;
mod output;
pub mod paths;
mod seed;
mod status;

pub use self::{decoder::DecoderArgs, live::LiveArgs};
use crate::{
    exit_status::{ExitStatus, FUZZ_EXIT_CODES},
    failure::CommandError,
};

const EXAMPLES: &str = "\
Examples:
  wsspec fuzz ws://127.0.0.1:9001 --duration 5m
  wsspec fuzz --spawn 'node server.js {port}' --duration 10m --junit fuzz.xml
  wsspec fuzz --client 'node client.js {url}' --duration 10m
  wsspec fuzz --client './client {url} {ca}'              over TLS
  wsspec fuzz ws://127.0.0.1:9001 --out campaign          go on with the campaign saved there
  wsspec fuzz ws://127.0.0.1:9001 --shard 2/8 --seed 7    one machine's part of it
  wsspec run ws://127.0.0.1:9001 --cases wsspec-fuzz/findings fuzz/
  wsspec fuzz decoder --exec ./shim --duration 1m         a decoder of frames, in any language";

/// Options of `wsspec fuzz`.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{FUZZ_EXIT_CODES}"), args_conflicts_with_subcommands = true)]
pub struct FuzzArgs {
    /// Something else than a server or a client.
    #[command(subcommand)]
    pub what: Option<FuzzSubject>,
    /// A campaign against a server or a client.
    #[command(flatten)]
    pub live: LiveArgs,
}

/// What is fuzzed, besides servers and clients.
#[derive(Debug, clap::Subcommand)]
pub enum FuzzSubject {
    /// Look for bytes that a decoder gets wrong, in any language, behind a shim
    Decoder(DecoderArgs),
}

/// Runs a campaign.
pub fn run(args: &FuzzArgs) -> Result<ExitStatus, CommandError> {
    match &args.what {
        Some(FuzzSubject::Decoder(args)) => decoder::run(args),
        None => live::run(&args.live),
    }
}
