//! A command that runs once, to its end: a client, for one connection.

use std::{
    thread,
    time::{Duration, Instant},
};

use wsspec_record::Usage;

use super::{ProcessGroup, SpawnError};

/// Between two looks at a command that is to end.
const LOOK: Duration = Duration::from_millis(2);
/// How long processes may outlive the command that started them.
const ORPHAN_GRACE: Duration = Duration::from_millis(100);

/// A running command, in a process group of its own; stopped with all that it started when it is dropped.
#[derive(Debug)]
pub struct OneShot {
    group: ProcessGroup,
    /// The last sample.
    usage: Option<Usage>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OneShotEnd {
    /// Exit status or signal, in words; `None`: it had to be stopped.
    pub how: Option<String>,
    /// A signal ended it that is not ours.
    pub crashed: bool,
    /// Processes that it had started were left behind, and had to be stopped.
    pub orphans: bool,
    /// What it wrote last, escaped.
    pub output: Vec<String>,
}

impl OneShot {
    /// Starts it in a shell, with nothing to read.
    pub fn start(command: &str) -> Result<Self, SpawnError> {
        Ok(Self { group: ProcessGroup::start(command)?, usage: None })
    }

    /// How it ended, if it has: exit status or signal, in words.
    pub fn ended(&mut self) -> Option<String> {
        self.group.ended()
    }

    /// What it and all that it started use now; once it has ended, and holds nothing more, what that was last.
    pub(super) fn usage(&mut self) -> Option<Usage> {
        self.usage = self.group.usage().or(self.usage);
        self.usage
    }

    /// What it wrote last, escaped. Once it has ended this stops what it left behind, so that nothing is missing.
    pub fn last_lines(&mut self) -> Vec<String> {
        self.group.last_lines()
    }

    /// Waits for its end, stops it where it takes longer than `grace`, and all that it left behind. Blocks meanwhile.
    pub(crate) fn finish(mut self, grace: Duration) -> OneShotEnd {
        let how = within(grace, || self.group.ended());
        let is_clean = || (!self.group.has_orphans()).then_some(());
        let orphans = how.is_some() && within(ORPHAN_GRACE, is_clean).is_none();
        let crashed = how.is_some() && self.group.crashed();
        OneShotEnd { how, crashed, orphans, output: self.last_lines() }
    }
}

/// What `look` finds before `patience` is over.
fn within<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let until = Instant::now() + patience;
    loop {
        match look() {
            None if Instant::now() < until => thread::sleep(LOOK),
            found => return found,
        }
    }
}
