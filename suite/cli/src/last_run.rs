//! `--last-failed`: the trials that the last run of the same target did not pass, stored in the user's cache folder.
//!
//! A run of only some trials says nothing about the others: earlier failures that were not run again still count.

use std::{collections::BTreeSet, env, fs, path::PathBuf};

use serde::{Deserialize, Serialize};
use wsspec_catalogue::Plan;
use wsspec_record::{Record, TrialRecord, Verdict};
use wsspec_reports::replace_file;

use crate::failure::{CommandError, complain};

/// The variable that names another folder.
const FOLDER: &str = "WSSPEC_CACHE_DIR";
const FORMAT: u32 = 1;

/// The stored data.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LastFailed {
    format: u32,
    /// What was run, in words: two runs may hash to the same file name.
    of: String,
    /// Ids of trials.
    failed: BTreeSet<String>,
}

/// Access to what was stored for a target.
#[derive(Debug)]
pub struct LastRun {
    /// `None` if the user has no cache folder.
    path: Option<PathBuf>,
    of: String,
}

impl LastRun {
    /// For a command's target in the working directory: runs in other folders belong to other projects.
    pub fn of(command: &str, target: &str) -> Self {
        let folder = env::current_dir().unwrap_or_default();
        let of = format!("{command} {target} in {}", folder.display());
        let given = env::var_os(FOLDER).filter(|folder| !folder.is_empty()).map(PathBuf::from);
        let cache = given.or_else(|| dirs::cache_dir().map(|folder| folder.join("wsspec")));
        let path = cache.map(|folder| folder.join(format!("last-failed-{:016x}.json", hash(&of))));
        Self { path, of }
    }

    /// Keeps only the trials of a plan that the last run did not pass; all of them if it passed all.
    pub fn select(&self, plan: &mut Plan) -> Result<(), CommandError> {
        let Some(memory) = self.read() else {
            let why = "--last-failed: no earlier run of this target is remembered here; run it once without the option";
            return Err(CommandError::Usage(why.into()));
        };
        if memory.failed.is_empty() {
            return complain("note: no trial failed in the last run, so all trials are run\n");
        }
        plan.trials.retain(|trial| memory.failed.contains(&trial.id));
        if plan.trials.is_empty() {
            complain("note: none of the selected trials failed in the last run\n")?;
        }
        Ok(())
    }

    /// Stores which trials a run did not pass.
    pub fn keep(&self, record: &Record) -> Result<(), CommandError> {
        let Some(path) = &self.path else { return Ok(()) };
        let mut failed = self.read().map_or_else(BTreeSet::new, |memory| memory.failed);
        for trial in &record.trials {
            match is_left(trial) {
                true => failed.insert(trial.id.clone()),
                false => failed.remove(&trial.id),
            };
        }
        let memory = LastFailed { format: FORMAT, of: self.of.clone(), failed };
        let text = serde_json::to_string_pretty(&memory).unwrap_or_default() + "\n";
        // Nobody asked for this file, so a failure to write it does not fail the run.
        match replace_file(path, |out| out.write_all(text.as_bytes())) {
            Ok(()) => Ok(()),
            Err(error) => complain(&format!("warning: --last-failed will not know this run: {error}\n")),
        }
    }

    /// The stored data; an unreadable file counts as missing.
    fn read(&self) -> Option<LastFailed> {
        let text = fs::read_to_string(self.path.as_ref()?).ok()?;
        let memory: LastFailed = serde_json::from_str(&text).ok()?;
        (memory.format == FORMAT && memory.of == self.of).then_some(memory)
    }
}

/// Whether a trial needs another look.
fn is_left(trial: &TrialRecord) -> bool {
    match trial.verdict {
        Verdict::Fail { .. } | Verdict::Flaky { .. } | Verdict::Inconclusive { .. } => {
            trial.known().is_none()
        }
        Verdict::Pass | Verdict::Lenient { .. } | Verdict::Skip { .. } => trial.unexpected_pass().is_some(),
    }
}

/// FNV-1a, because its result is the same on every machine.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
