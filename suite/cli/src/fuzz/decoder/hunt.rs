//! Runs shims in parallel, each with its own inputs, and collects what they get wrong.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fs,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use wsspec_campaign::{
    edges::{CountedEdges, ReachedEdges},
    seeded::mixed,
};
use wsspec_catalogue::Catalogue;
use wsspec_decoder::{Demands, Disagreement, DisagreementKind, inputs, shim::Trouble, shrink};
use wsspec_reports::clean_line;

use super::{
    super::{paths::unwritable, status::Status},
    DecoderArgs,
    finding::DecoderFinding,
    kept::KeptInputs,
    shim::Shims,
};
use crate::failure::{CommandError, count};

/// Maximum number of times that shims are restarted.
const MOST_STARTS: u32 = 2000;
/// Time limit for shrinking one input.
const SHRINKING: Duration = Duration::from_secs(10);
/// How many inputs a shim gets at once.
const BATCH: u64 = 64;

/// The source of inputs.
pub enum Inputs {
    /// Generated from a seed, up to `count`: the same number gives the same input.
    Generated {
        seed: u64,
        most: u64,
        corpus: Vec<Vec<u8>>,
    },
    Given(Vec<Vec<u8>>),
}

impl Inputs {
    /// An input by its number, from 0; every other one is derived from those that are kept.
    fn get(&self, number: u64, kept: &[Vec<u8>], demands: &Demands) -> Option<Vec<u8>> {
        match self {
            Self::Generated { seed, most, corpus } => {
                let others = if kept.is_empty() || number.is_multiple_of(2) { corpus } else { kept };
                (number < *most).then(|| inputs::input(mixed(*seed, number, 0), others, demands))
            }
            Self::Given(files) => files.get(usize::try_from(number).ok()?).cloned(),
        }
    }
}

/// A running hunt.
pub struct DecoderHunt<'a> {
    args: &'a DecoderArgs,
    catalogue: Catalogue,
    demands: Demands,
    inputs: Inputs,
    /// Number of the next input.
    next: AtomicU64,
    began: Instant,
    /// Becomes true when the process is asked to end.
    interrupted: Arc<AtomicBool>,
    /// Whether going on is pointless.
    is_futile: AtomicBool,
    kept: Mutex<KeptInputs>,
    found: Mutex<DecoderFindings>,
}

/// The results of a hunt so far.
pub struct DecoderFindings {
    status: Status,
    /// Inputs that were checked.
    pub checked: u64,
    /// How often a shim was started.
    pub starts: u32,
    /// By broken requirement and kind of disagreement.
    pub findings: BTreeMap<(Option<&'static str>, DisagreementKind), DecoderFinding>,
    /// Edges of the decoder's code that were reached, if it counts them.
    pub edges: ReachedEdges,
    /// Why a shim was abandoned.
    pub trouble: Option<Trouble>,
    failure: Option<CommandError>,
}

impl<'a> DecoderHunt<'a> {
    pub fn new(
        args: &'a DecoderArgs,
        catalogue: Catalogue,
        inputs: Inputs,
        interrupted: Arc<AtomicBool>,
    ) -> Self {
        let demands = Demands {
            limit: args.limit,
            text_unchecked: args.text_unchecked,
            pings_unreported: args.no_pings,
            pongs_unreported: args.no_pongs,
            close_bodies_unreported: args.no_close_bodies,
            frames: args.frames,
            deflate: args.deflate,
            strict: args.strict,
        };
        let found = DecoderFindings {
            status: Status::new(args.output.quiet, args.output.takes_stdout()),
            checked: 0,
            starts: 0,
            findings: BTreeMap::new(),
            edges: ReachedEdges::default(),
            trouble: None,
            failure: None,
        };
        Self {
            args,
            catalogue,
            demands,
            inputs,
            next: AtomicU64::new(0),
            began: Instant::now(),
            interrupted,
            is_futile: AtomicBool::new(false),
            kept: Mutex::new(KeptInputs::new(&args.out)),
            found: Mutex::new(found),
        }
    }

    /// Checks inputs until none are left or time is up. Returns the results and how long it took.
    pub fn run(self) -> Result<(DecoderFindings, Duration), CommandError> {
        let seeded = match self.inputs {
            Inputs::Generated { seed, .. } => format!(", seed {seed}"),
            Inputs::Given(_) => String::new(),
        };
        self.found().status.say(&format!("fuzzing `{}`{seeded}", clean_line(&self.args.exec)))?;
        thread::scope(|scope| {
            for _ in 0..self.args.jobs.get() {
                scope.spawn(|| {
                    if let Err(failure) = self.work() {
                        self.is_futile.store(true, Ordering::Relaxed);
                        self.found().failure.get_or_insert(failure);
                    }
                });
            }
        });
        let elapsed = self.began.elapsed();
        let mut found = self.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.edges = self.kept.into_inner().unwrap_or_else(PoisonError::into_inner).reached;
        found.status.finish();
        found.failure.take().map_or(Ok((found, elapsed)), Err)
    }

    fn found(&self) -> MutexGuard<'_, DecoderFindings> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self) -> MutexGuard<'_, KeptInputs> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self) -> bool {
        let late = self.args.duration.is_some_and(|duration| self.began.elapsed() >= duration);
        late || self.interrupted.load(Ordering::Relaxed) || self.is_futile.load(Ordering::Relaxed)
    }

    /// Checks one shim's share of the inputs.
    fn work(&self) -> Result<(), CommandError> {
        let mut shims = Shims::new(self.args.exec.clone(), self.args.timeout, self.demands);
        while !self.is_over() {
            let first = self.next.fetch_add(BATCH, Ordering::Relaxed);
            let numbers = first..first.saturating_add(BATCH);
            let kept = self.kept().inputs();
            let batch: Vec<_> =
                numbers.map_while(|number| self.inputs.get(number, &kept, &self.demands)).collect();
            drop(kept);
            if batch.is_empty() {
                break;
            }
            self.check(&mut shims, &batch)?;
            self.keep(&mut shims, &batch)?;
        }
        Ok(())
    }

    /// Keeps the inputs of a batch that reach new edges of the decoder's code: each is checked again alone, until those
    /// edges are accounted for.
    fn keep(&self, shims: &mut Shims, batch: &[Vec<u8>]) -> Result<(), CommandError> {
        let counted = self.look(shims)?;
        let mut wanted = self.kept().reached.add(&counted);
        let starts = shims.starts;
        for input in batch {
            if wanted.is_empty() || self.is_over() {
                break;
            }
            if shims.check(input).is_ok() {
                let counted = self.look(shims)?;
                self.kept().keep(input, &counted, &mut wanted)?;
            }
        }
        self.found().starts += shims.starts - starts;
        Ok(())
    }

    fn look(&self, shims: &mut Shims) -> Result<CountedEdges, CommandError> {
        let counted = shims.look();
        counted.or_else(|error| {
            let why = clean_line(&error.to_string());
            let warning = format!("{why}; this shim goes on without the edges of the decoder's code");
            self.found().status.warn(&warning).map(|()| CountedEdges::default())
        })
    }

    /// Checks some inputs with one shim.
    fn check(&self, shims: &mut Shims, mut batch: &[Vec<u8>]) -> Result<(), CommandError> {
        while !batch.is_empty() && !self.is_over() {
            let before = shims.starts;
            let (now, later) = batch.split_at(batch.len().min(shims.batch_size()));
            let mut checked = 0;
            for (input, came_to) in now.iter().zip(shims.check_all(now)) {
                match came_to {
                    Ok(Ok(())) => {}
                    Ok(Err(told)) => self.look_into(shims, told, input)?,
                    Err(trouble) => {
                        self.give_up(trouble, input)?;
                        break;
                    }
                }
                checked += 1;
            }
            batch = later;
            let mut found = self.found();
            found.starts += shims.starts - before;
            found.checked += checked;
            if found.starts > MOST_STARTS && found.trouble.is_none() {
                drop(found);
                let why = format!("it ended {MOST_STARTS} times, so it is not started again");
                self.give_up(Trouble::Died(why), &now[0])?;
            } else {
                let line = found.line(self.began.elapsed());
                found.status.note(line);
            }
        }
        Ok(())
    }

    /// Abandons the shim, and saves the input at which it stopped.
    fn give_up(&self, trouble: Trouble, input: &[u8]) -> Result<(), CommandError> {
        let mut found = self.found();
        self.is_futile.store(true, Ordering::Relaxed);
        if found.trouble.is_some() {
            return Ok(());
        }
        found.trouble = Some(trouble);
        let path = self.args.out.join("last.bin");
        let saved = fs::create_dir_all(&self.args.out).and_then(|()| fs::write(&path, input));
        saved.map_err(|error| unwritable(&path, &error))
    }

    /// Records what an input shows; a new disagreement is shrunk, saved and printed.
    fn look_into(&self, shims: &mut Shims, told: Disagreement, input: &[u8]) -> Result<(), CommandError> {
        let key = (told.requirement, told.kind);
        match self.found().findings.entry(key) {
            Entry::Occupied(known) => {
                known.into_mut().times += 1;
                return Ok(());
            }
            Entry::Vacant(new) => {
                new.insert(DecoderFinding { told: told.clone(), input: input.to_vec(), times: 1 });
            }
        }
        let until = Instant::now() + SHRINKING;
        let mut last = None;
        let small = shrink(input, |smaller| {
            if self.is_over() || Instant::now() >= until {
                return false;
            }
            let shown = shims.check(smaller).ok().and_then(Result::err);
            let shown = shown.filter(|shown| (shown.requirement, shown.kind) == key);
            let shows = shown.is_some();
            last = shown.or(last.take());
            shows
        });
        let mut found = self.found();
        let Some(finding) = found.findings.get_mut(&key) else { return Ok(()) };
        (finding.told, finding.input) = (last.unwrap_or(told), small);
        let text = finding.text(&self.catalogue, &self.args.out, &self.args.exec);
        let path = finding.path(&self.args.out);
        finding.save(&self.args.out, &text).map_err(|error| unwritable(&path, &error))?;
        found.status.say(&format!("\n{text}"))
    }
}

impl DecoderFindings {
    /// The status after `elapsed`.
    pub fn line(&self, elapsed: Duration) -> String {
        let rate = self.checked as f64 / elapsed.as_secs_f64().max(0.001);
        let inputs = count(usize::try_from(self.checked).unwrap_or(usize::MAX), "input");
        format!("{inputs}, {rate:.0}/s | findings {}", self.findings.len())
    }

    /// Prints the last lines, also with `--quiet`.
    pub fn last(&self, text: &str) -> Result<(), CommandError> {
        self.status.last(text)
    }
}
