//! A command that runs once, to its end: a client, for one connection.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{Group, SpawnError};

/// Between two looks at a command that is to end.
const LOOK: Duration = Duration::from_millis(2);
/// How long processes may outlive the command that started them.
const AFTERMATH: Duration = Duration::from_millis(100);

/// A running command, in a process group of its own; stopped with all that it started when it is dropped.
#[derive(Debug)]
pub(crate) struct Once {
    group: Group,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OnceEnded {
    /// Exit status or signal, in words; `None`: it had to be stopped.
    pub how: Option<String>,
    /// Processes that it had started were left behind, and had to be stopped.
    pub orphans: bool,
    /// What it wrote last, escaped.
    pub output: Vec<String>,
}

impl Once {
    /// Starts it in a shell.
    pub(crate) fn start(command: &str) -> Result<Self, SpawnError> {
        Ok(Self { group: Group::start(command)? })
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<String> {
        self.group.ended()
    }

    /// Waits for its end, stops it where it takes longer than `grace`, and all that it left behind. Blocks meanwhile.
    pub(crate) fn finish(mut self, grace: Duration) -> OnceEnded {
        let how = within(grace, || self.group.ended());
        let is_clean = || (!self.group.has_orphans()).then_some(());
        let orphans = how.is_some() && within(AFTERMATH, is_clean).is_none();
        OnceEnded { how, orphans, output: self.group.last_lines() }
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
