//! `wsspec fuzz decoder`: checks a decoder in any language, through a shim, against the RFC.

mod finding;
mod hunt;
mod kept;
mod notation;
mod report;
mod shim;

use std::{
    fs,
    num::{NonZeroU32, NonZeroU64},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use wsspec_catalogue::Catalogue;
use wsspec_decoder::inputs;
use wsspec_reports::clean_line;

use self::hunt::{DecoderFindings, DecoderHunt, Inputs};
use super::{lock::FolderLock, output::FuzzOutputArgs, paths::shown_path, seed::drawn};
use crate::{
    exit_status::{DECODER_EXIT_CODES, ExitStatus},
    failure::{CommandError, complain, count},
    heading,
    interrupt::interrupted,
    runtime, values,
};

const EXAMPLES: &str = "\
Examples:
  wsspec fuzz decoder --exec './shim' --duration 1m
  wsspec fuzz decoder --exec 'python3 shim.py' --inputs 10000 --seed 7 --json decoder.json
  wsspec fuzz decoder --exec './shim' --jobs 4 --duration 10m --junit decoder.xml
  wsspec fuzz decoder --exec './shim' wsspec-decoder/*.bin     check these inputs again

A shim speaks the protocol of docs/decoders.md on its standard input and output.";

/// Options of `wsspec fuzz decoder`.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{DECODER_EXIT_CODES}"))]
pub struct DecoderArgs {
    /// Inputs to check instead of generated ones
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Shell command that starts the shim, which checks many inputs in one process
    #[arg(long, value_name = "COMMAND", help_heading = heading::TARGET)]
    pub exec: String,
    /// Number of inputs to check
    #[arg(long, value_name = "N", conflicts_with = "files", help_heading = heading::CAMPAIGN)]
    pub inputs: Option<NonZeroU64>,
    /// How long to fuzz; without it and without --inputs, until Ctrl-C
    #[arg(long, value_name = "DURATION", value_parser = values::long_duration, help_heading = heading::CAMPAIGN)]
    pub duration: Option<Duration>,
    /// Seed for the inputs: the same seed gives the same inputs; without it, one is drawn and printed
    #[arg(long, value_name = "N", conflicts_with = "files", help_heading = heading::CAMPAIGN)]
    pub seed: Option<u64>,
    /// Number of shims to run at once, each with different inputs
    #[arg(
        short,
        long,
        value_name = "N",
        default_value = "1",
        value_parser = values::few_jobs,
        help_heading = heading::CAMPAIGN
    )]
    pub jobs: NonZeroU32,
    /// Folder for findings: each input, and what the decoder got wrong
    #[arg(
        short,
        long,
        value_name = "DIR",
        default_value = "wsspec-decoder",
        help_heading = heading::CAMPAIGN
    )]
    pub out: PathBuf,
    /// Folder of inputs to vary, in addition to those of the catalogue
    #[arg(long, value_name = "DIR", help_heading = heading::CAMPAIGN)]
    pub corpus: Vec<PathBuf>,
    /// How long the shim may take over one input
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = values::duration,
        default_value = "5s",
        help_heading = heading::CAMPAIGN
    )]
    pub timeout: Duration,

    /// The decoder may refuse payloads and messages longer than this
    #[arg(long, value_name = "BYTES", default_value_t = 8192, help_heading = heading::DEMANDS)]
    pub limit: u64,
    /// The decoder does not check that text is UTF-8
    #[arg(long, help_heading = heading::DEMANDS)]
    pub text_unchecked: bool,
    /// The decoder does not report pings
    #[arg(long, help_heading = heading::DEMANDS)]
    pub no_pings: bool,
    /// The decoder does not report pongs
    #[arg(long, help_heading = heading::DEMANDS)]
    pub no_pongs: bool,
    /// The decoder reports close frames without their code and reason
    #[arg(long, help_heading = heading::DEMANDS)]
    pub no_close_bodies: bool,
    /// The decoder reports frames, and leaves it to other code to join them, decompress, and check text
    #[arg(long, help_heading = heading::DEMANDS)]
    pub frames: bool,
    /// The decoder supports permessage-deflate: half of the connections use it, with any parameters
    #[arg(long, help_heading = heading::DEMANDS)]
    pub deflate: bool,
    /// The decoder must reject whatever the RFC forbids a sender, even if no sentence binds the receiver
    #[arg(long, help_heading = heading::VERDICT)]
    pub strict: bool,

    /// What is printed and written.
    #[command(flatten)]
    pub output: FuzzOutputArgs,
}

/// Longest input taken from a corpus, in bytes: a shim gets at most what fits into a pipe.
const LONGEST: u64 = 16 << 10;
/// Checks a decoder against the RFC.
pub fn run(args: &DecoderArgs) -> Result<ExitStatus, CommandError> {
    args.output.color.apply();
    args.output.check()?;
    let _lock = FolderLock::take(&args.out)?;
    let catalogue = Catalogue::embedded().map_err(CommandError::Cases)?;
    let mut corpus = notation::of_catalogue(&catalogue, inputs::LONGEST);
    for folder in &args.corpus {
        corpus.extend(read_folder(folder)?);
    }
    let files = args.files.iter().map(|path| read(path));
    let files = files.collect::<Result<Vec<_>, _>>().map_err(CommandError::Usage)?;
    let seed = args.seed.unwrap_or_else(drawn);
    let inputs = match files.is_empty() {
        true => Inputs::Generated { seed, most: args.inputs.map_or(u64::MAX, NonZeroU64::get), corpus },
        false => Inputs::Given(files),
    };
    let (found, elapsed) = DecoderHunt::new(args, catalogue.clone(), inputs, watch()?).run()?;
    let checks = report::checks(args, &catalogue, &found, elapsed);
    args.output.write(
        |path| report::write_json(path, args, &catalogue, seed, &found, elapsed),
        |path| report::write_junit(path, &checks),
        |path| report::write_page(path, args, &checks),
    )?;
    conclude(args, &found, elapsed)
}

/// A flag that becomes true at Ctrl-C, or when the process is asked to end.
fn watch() -> Result<Arc<AtomicBool>, CommandError> {
    let stopped = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stopped);
    let cannot = |error| CommandError::Usage(format!("cannot start: {error}"));
    let runtime = runtime::of_this_thread()?;
    let watcher = thread::Builder::new().name("interrupts".into());
    let watch = move || {
        runtime.block_on(interrupted(true));
        seen.store(true, Ordering::Relaxed);
    };
    watcher.spawn(watch).map_err(cannot)?;
    Ok(stopped)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let cannot = |why: &dyn std::fmt::Display| format!("cannot read `{}`: {why}", shown_path(path));
    let size = fs::metadata(path).map_err(|error| cannot(&error))?.len();
    if size > LONGEST {
        return Err(cannot(&format!("{size} bytes are more than {LONGEST}")));
    }
    fs::read(path).map_err(|error| cannot(&error))
}

/// The inputs in a folder; prints a warning for each file that is unusable.
fn read_folder(folder: &Path) -> Result<Vec<Vec<u8>>, CommandError> {
    let entries = fs::read_dir(folder).map_err(|error| {
        CommandError::Usage(format!("--corpus: cannot read `{}`: {error}", shown_path(folder)))
    })?;
    let mut paths: Vec<_> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.retain(|path| path.is_file() && path.extension().is_none_or(|extension| extension != "txt"));
    paths.sort();
    let mut inputs = Vec::new();
    for path in paths {
        match read(&path) {
            Ok(input) => inputs.push(input),
            Err(why) => complain(&format!("warning: left out: {why}\n"))?,
        }
    }
    Ok(inputs)
}

/// Prints the result, and gives the exit code.
fn conclude(
    args: &DecoderArgs,
    found: &DecoderFindings,
    elapsed: Duration,
) -> Result<ExitStatus, CommandError> {
    let again = found.starts.saturating_sub(args.jobs.get());
    let again = if again == 0 { String::new() } else { format!(", started again {again} times") };
    let mut text = format!("\n{}{again} in {:.1} s\n", found.line(elapsed), elapsed.as_secs_f64());
    for finding in found.findings.values() {
        let of = finding.told.requirement.unwrap_or("no sentence of the RFC");
        let (does, times) = (finding.told.kind.does(), finding.times);
        text += &format!("  {of}: the decoder {does} ({times} times)\n");
    }
    if !found.edges.is_empty() {
        text += &format!("  {} of {} edges of the decoder's code\n", found.edges.count(), found.edges.of());
    }
    text += &match found.findings.len() {
        0 if found.checked == 0 => "Nothing was checked.\n".to_owned(),
        0 => "Nothing found.\n".to_owned(),
        things => format!("{} found, in {}\n", count(things, "thing"), shown_path(&args.out)),
    };
    found.last(&text)?;
    if let Some(trouble) = &found.trouble {
        let last = shown_path(&args.out.join("last.bin"));
        complain(&format!("error: {}; the input is in {last}\n", clean_line(&trouble.to_string())))?;
    }
    Ok(match () {
        () if !found.findings.is_empty() => ExitStatus::Broken,
        () if found.trouble.is_some() || found.checked == 0 => ExitStatus::Inconclusive,
        () => ExitStatus::Success,
    })
}
