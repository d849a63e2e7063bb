//! A command that runs once, to its end: a client, for one connection.

use std::{
    thread,
    time::{Duration, Instant},
};

use wsspec_record::Usage;

use super::{ProcessGroup, SpawnError, Variable};

/// Interval between two checks of a command that should exit.
const LOOK: Duration = Duration::from_millis(2);
/// How long processes may outlive the command that started them.
const ORPHAN_GRACE: Duration = Duration::from_millis(100);

/// A running command in its own process group. When dropped, it is stopped with all its processes.
#[derive(Debug)]
pub struct OneShot {
    group: ProcessGroup,
    /// The last sample.
    usage: Option<Usage>,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OneShotEnd {
    /// Exit status or signal, in words; `None` if it had to be stopped.
    pub how: Option<String>,
    /// Whether a signal ended it that we did not send.
    pub crashed: bool,
    /// Whether it left processes behind, which had to be stopped.
    pub orphans: bool,
    /// Its last output, escaped.
    pub output: Vec<String>,
}

impl OneShot {
    /// Starts it in a shell, with empty standard input and these variables in its environment.
    pub fn start(command: &str, variables: &[Variable]) -> Result<Self, SpawnError> {
        Ok(Self { group: ProcessGroup::start(command, variables)?, usage: None })
    }

    /// How it exited, if it has: exit status or signal, in words.
    pub fn ended(&mut self) -> Option<String> {
        self.group.ended()
    }

    /// The current usage of all its processes; after their exit, the last usage seen.
    pub(super) fn usage(&mut self) -> Option<Usage> {
        self.usage = self.group.usage().or(self.usage);
        self.usage
    }

    /// Its last output, escaped. If it has exited, stops the processes that it left behind first, so that nothing is
    /// missing.
    pub fn last_lines(&mut self) -> Vec<String> {
        self.group.last_lines()
    }

    /// Waits for its exit; stops it if it takes longer than `grace`, with all its processes. Blocks meanwhile.
    pub(crate) fn finish(mut self, grace: Duration) -> OneShotEnd {
        let how = within(grace, || self.group.ended());
        let is_clean = || (!self.group.has_orphans()).then_some(());
        let orphans = how.is_some() && within(ORPHAN_GRACE, is_clean).is_none();
        let crashed = how.is_some() && self.group.crashed();
        OneShotEnd { how, crashed, orphans, output: self.last_lines() }
    }
}

/// Polls until `look` returns a value or `patience` is over.
fn within<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let until = Instant::now() + patience;
    loop {
        match look() {
            None if Instant::now() < until => thread::sleep(LOOK),
            found => return found,
        }
    }
}
