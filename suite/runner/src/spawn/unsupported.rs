//! Stands in for process groups on systems without them: nothing can be started.

use std::process::{ChildStdin, ChildStdout};

use wsspec_record::Usage;

use super::{SpawnError, Variable};

/// Has no values.
#[derive(Debug)]
pub(super) enum NoProcessGroup {}

impl NoProcessGroup {
    pub(super) fn start(_command: &str, _variables: &[Variable]) -> Result<Self, SpawnError> {
        Err(SpawnError::Unsupported)
    }

    pub(super) fn start_talking(
        _command: &str,
        _variables: &[Variable],
    ) -> Result<(Self, ChildStdin, ChildStdout), SpawnError> {
        Err(SpawnError::Unsupported)
    }

    pub(super) fn ended(&mut self) -> Option<String> {
        match *self {}
    }

    pub(super) fn crashed(&mut self) -> bool {
        match *self {}
    }

    pub(super) fn has_orphans(&mut self) -> bool {
        match *self {}
    }

    pub(super) fn terminate(&self) {
        match *self {}
    }

    pub(super) fn usage(&mut self) -> Option<Usage> {
        match *self {}
    }

    pub(super) fn last_lines(&mut self) -> Vec<String> {
        match *self {}
    }
}
