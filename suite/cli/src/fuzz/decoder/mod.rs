//! `wsspec fuzz decoder`: a decoder in any language, behind a shim, held against the RFC.

mod report;
mod shim;

use std::{
    collections::BTreeMap,
    fs,
    num::NonZeroU64,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use wsspec_fuzz::{
    decoder::{Disagreement, Kind, Leniency, inputs, notation, shim::Trouble, shrink},
    seeded::mixed,
};
use wsspec_reports::clean_line;
use wsspec_script::Catalogue;

use self::{report::Finding, shim::Shims};
use super::{
    live::{drawn, shown_path},
    status::Status,
};
use crate::{
    args::{self, ColorArgs},
    failure::{Failure, complain, count},
    runtime,
    spawn::interrupted,
};

const EXAMPLES: &str = "\
Examples:
  wsspec fuzz decoder --exec './shim' --duration 1m
  wsspec fuzz decoder --exec 'python3 shim.py' --inputs 10000 --seed 7 --json decoder.json
  wsspec fuzz decoder --exec './shim' wsspec-decoder/*.bin     check these inputs again

A shim speaks the protocol of docs/decoders.md on its standard input and output.

Exit codes:
  0  nothing found
  1  something was found
  2  wrong usage
  3  the shim is of no use, or no input was checked";

/// Options of `wsspec fuzz decoder`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct DecoderArgs {
    /// Inputs to check, in place of generated ones
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Command of the shim, for `sh -c`; it stays, for many inputs
    #[arg(long, value_name = "CMD")]
    pub exec: String,
    /// How many inputs
    #[arg(long, value_name = "N", conflicts_with = "files")]
    pub inputs: Option<NonZeroU64>,
    /// How long; without it, and without --inputs, until Ctrl-C
    #[arg(long, value_name = "DURATION", value_parser = args::long_duration)]
    pub duration: Option<Duration>,
    /// What the inputs follow from: the same number, the same inputs; else one is drawn, and told
    #[arg(long, value_name = "N", conflicts_with = "files")]
    pub seed: Option<u64>,
    /// Folder for what is found: the input, and what is wrong
    #[arg(long, value_name = "DIR", default_value = "wsspec-decoder")]
    pub out: PathBuf,
    /// Folder of inputs to vary, besides those of the catalogue
    #[arg(long, value_name = "DIR")]
    pub corpus: Vec<PathBuf>,
    /// How long the shim may take for an input
    #[arg(long, value_name = "DURATION", value_parser = args::duration, default_value = "5s")]
    pub timeout: Duration,

    /// Payloads and messages of more bytes may be refused
    #[arg(long, value_name = "BYTES", default_value_t = 8192, help_heading = "Leniency")]
    pub limit: u64,
    /// The decoder does not look whether text is UTF-8
    #[arg(long, help_heading = "Leniency")]
    pub text_unchecked: bool,
    /// The decoder reports no pings
    #[arg(long, help_heading = "Leniency")]
    pub no_pings: bool,
    /// The decoder reports no pongs
    #[arg(long, help_heading = "Leniency")]
    pub no_pongs: bool,
    /// The decoder reports close frames without what is in them
    #[arg(long, help_heading = "Leniency")]
    pub no_close_bodies: bool,

    /// Save what was found as JSON
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub json: Option<PathBuf>,
    /// Print only the last lines
    #[arg(long, help_heading = "Output")]
    pub quiet: bool,
    /// Colour.
    #[command(flatten, next_help_heading = "Output")]
    pub color: ColorArgs,
}

/// The longest input of a corpus, in bytes: a shim gets no more than a pipe holds.
const LONGEST: u64 = 16 << 10;
/// How often a shim is started again.
const MOST_STARTS: u32 = 2000;
/// How long an input may be made smaller.
const SHRINKING: Duration = Duration::from_secs(10);

/// Holds a decoder against the RFC.
pub fn run(args: &DecoderArgs) -> Result<ExitCode, Failure> {
    args.color.apply();
    let catalogue = Catalogue::embedded().map_err(Failure::Cases)?;
    let mut corpus = notation::of_catalogue(&catalogue, inputs::LONGEST);
    for folder in &args.corpus {
        corpus.extend(read_folder(folder)?);
    }
    let files = args.files.iter().map(|path| read(path));
    let files = files.collect::<Result<Vec<_>, _>>().map_err(Failure::Usage)?;
    let leniency = Leniency {
        limit: args.limit,
        text_unchecked: args.text_unchecked,
        pings_unreported: args.no_pings,
        pongs_unreported: args.no_pongs,
        close_bodies_unreported: args.no_close_bodies,
    };
    let mut hunt = Hunt {
        args,
        catalogue,
        seed: args.seed.unwrap_or_else(drawn),
        shims: Shims::new(args.exec.clone(), args.timeout, leniency),
        status: Status::new(args.quiet),
        began: Instant::now(),
        stopped: watch()?,
        checked: 0,
        findings: BTreeMap::new(),
        trouble: None,
    };
    let seeded = if files.is_empty() { format!(", seed {}", hunt.seed) } else { String::new() };
    hunt.status.say(&format!("fuzzing `{}`{seeded}", clean_line(&args.exec)))?;
    match files.is_empty() {
        true => {
            let (seed, most) = (hunt.seed, args.inputs.map_or(u64::MAX, NonZeroU64::get));
            hunt.play((0..most).map(|number| inputs::input(mixed(seed, number, 0), &corpus)))?;
        }
        false => hunt.play(files.into_iter())?,
    }
    hunt.conclude()
}

/// Becomes true at Ctrl-C, or when we are asked to end.
fn watch() -> Result<Arc<AtomicBool>, Failure> {
    let stopped = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stopped);
    let cannot = |error| Failure::Usage(format!("cannot start: {error}"));
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

/// The inputs in a folder; what cannot be one is left out by name.
fn read_folder(folder: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let entries = fs::read_dir(folder).map_err(|error| {
        Failure::Usage(format!("--corpus: cannot read `{}`: {error}", shown_path(folder)))
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

struct Hunt<'a> {
    args: &'a DecoderArgs,
    catalogue: Catalogue,
    seed: u64,
    shims: Shims,
    status: Status,
    began: Instant,
    stopped: Arc<AtomicBool>,
    checked: u64,
    findings: BTreeMap<(Option<&'static str>, Kind), Finding>,
    trouble: Option<Trouble>,
}

impl Hunt<'_> {
    fn is_over(&self) -> bool {
        let late = self.args.duration.is_some_and(|duration| self.began.elapsed() >= duration);
        late || self.stopped.load(Ordering::Relaxed)
    }

    fn play(&mut self, inputs: impl Iterator<Item = Vec<u8>>) -> Result<(), Failure> {
        for input in inputs {
            if self.is_over() {
                return Ok(());
            }
            match self.shims.check(&input) {
                Ok(Ok(())) => {}
                Ok(Err(told)) => self.found(told, &input)?,
                Err(trouble) => return self.give_up(trouble, &input),
            }
            self.checked += 1;
            if self.shims.starts > MOST_STARTS {
                let why = format!("it ended {MOST_STARTS} times, so it is not started again");
                return self.give_up(Trouble::Died(why), &input);
            }
            if self.checked.is_multiple_of(64) {
                self.status.note(self.line());
            }
        }
        Ok(())
    }

    /// Nothing more can be learnt of this shim; what it stopped at is kept.
    fn give_up(&mut self, trouble: Trouble, input: &[u8]) -> Result<(), Failure> {
        let path = self.args.out.join("last.bin");
        let saved = fs::create_dir_all(&self.args.out).and_then(|()| fs::write(&path, input));
        self.trouble = Some(trouble);
        saved.map_err(|error| Failure::Usage(format!("cannot write `{}`: {error}", shown_path(&path))))
    }

    fn found(&mut self, told: Disagreement, input: &[u8]) -> Result<(), Failure> {
        let key = (told.requirement, told.kind);
        if let Some(known) = self.findings.get_mut(&key) {
            known.times += 1;
            return Ok(());
        }
        let until = Instant::now() + SHRINKING;
        let mut last = None;
        let small = shrink(input, |smaller| {
            if self.is_over() || Instant::now() >= until {
                return false;
            }
            let shown = self.shims.check(smaller).ok().and_then(Result::err);
            let shown = shown.filter(|shown| (shown.requirement, shown.kind) == key);
            let shows = shown.is_some();
            last = shown.or(last.take());
            shows
        });
        let finding = Finding { told: last.unwrap_or(told), input: small, times: 1 };
        let text = finding.text(&self.catalogue, &self.args.out, &self.args.exec);
        let path = finding.path(&self.args.out);
        finding
            .save(&self.args.out, &text)
            .map_err(|error| Failure::Usage(format!("cannot write `{}`: {error}", shown_path(&path))))?;
        self.findings.insert(key, finding);
        self.status.say(&format!("\n{text}"))
    }

    fn line(&self) -> String {
        let rate = self.checked as f64 / self.began.elapsed().as_secs_f64().max(0.001);
        let starts = self.shims.starts.saturating_sub(1);
        let again = if starts == 0 { String::new() } else { format!(", started again {starts} times") };
        let inputs = count(usize::try_from(self.checked).unwrap_or(usize::MAX), "input");
        format!("{inputs}, {rate:.0}/s | findings {}{again}", self.findings.len())
    }

    fn conclude(self) -> Result<ExitCode, Failure> {
        self.status.finish();
        if let Some(path) = &self.args.json {
            self.write_json(path)?;
        }
        let found = count(self.findings.len(), "thing");
        let mut text = format!("\n{} in {:.1} s\n", self.line(), self.began.elapsed().as_secs_f64());
        for finding in self.findings.values() {
            let of = finding.told.requirement.unwrap_or("no sentence of the RFC");
            let (does, times) = (finding.told.kind.does(), finding.times);
            text += &format!("  {of}: the decoder {does} ({times} times)\n");
        }
        text += &match self.findings.is_empty() {
            true => "Nothing found.\n".to_owned(),
            false => format!("{found} found, in {}\n", shown_path(&self.args.out)),
        };
        self.status.last(&text)?;
        if let Some(trouble) = &self.trouble {
            let last = shown_path(&self.args.out.join("last.bin"));
            complain(&format!("error: {}; the input is in {last}\n", clean_line(&trouble.to_string())))?;
        }
        Ok(ExitCode::from(match () {
            () if !self.findings.is_empty() => 1,
            () if self.trouble.is_some() || self.checked == 0 => 3,
            () => 0,
        }))
    }

    fn write_json(&self, path: &Path) -> Result<(), Failure> {
        let findings: Vec<_> = self.findings.values().map(|found| found.json(&self.args.out)).collect();
        let record = json!({
            "format": 1,
            "exec": self.args.exec,
            "seed": self.seed,
            "inputs": self.checked,
            "starts": self.shims.starts,
            "elapsed_ms": u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX),
            "trouble": self.trouble.as_ref().map(ToString::to_string),
            "findings": findings,
        });
        fs::write(path, format!("{record:#}\n"))
            .map_err(|error| Failure::Usage(format!("cannot write `{}`: {error}", shown_path(path))))
    }
}
