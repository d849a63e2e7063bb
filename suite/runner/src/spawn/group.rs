//! A process group: a shell command, all processes that it starts, and their output.

use std::{
    fmt, io,
    os::unix::process::{CommandExt, ExitStatusExt},
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

use wsspec_record::Usage;

use super::{SpawnError, Variable, members::Members, output::ProcessOutput, watchdog};

/// How long a group may take to exit after it was asked to.
const GRACE: Duration = Duration::from_secs(2);
/// Interval between two checks of a group that is exiting.
const LOOK: Duration = Duration::from_millis(5);
/// A shell reports a command killed by signal N with exit status N plus this.
const SHELL_SIGNAL: i32 = 128;

/// The signals of a process that crashed on its own.
const CRASHES: [Signal; 6] =
    [Signal::SIGABRT, Signal::SIGBUS, Signal::SIGFPE, Signal::SIGILL, Signal::SIGSEGV, Signal::SIGTRAP];

/// A running command with all its descendants, stopped when this is dropped.
pub(super) struct ProcessGroup {
    leader: Child,
    id: Pid,
    output: ProcessOutput,
    members: Members,
}

impl fmt::Debug for ProcessGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Group").field(&self.id).finish()
    }
}

impl ProcessGroup {
    /// Starts `command` in a shell, in a new process group, with empty standard input.
    pub(super) fn start(command: &str, variables: &[Variable]) -> Result<Self, SpawnError> {
        let mut group = Self::launch(command, variables, Stdio::null())?;
        let failed = |source| SpawnError::Shell { command: command.to_owned(), source };
        group.output.read(group.leader.stdout.take()).map_err(failed)?;
        Ok(group)
    }

    /// Starts `command` in the same way, but returns its standard input and output.
    pub(super) fn start_talking(
        command: &str,
        variables: &[Variable],
    ) -> Result<(Self, ChildStdin, ChildStdout), SpawnError> {
        let mut group = Self::launch(command, variables, Stdio::piped())?;
        let pipes = group.leader.stdin.take().zip(group.leader.stdout.take());
        let missing = || io::Error::other("no pipes");
        let (stdin, stdout) =
            pipes.ok_or_else(|| SpawnError::Shell { command: command.to_owned(), source: missing() })?;
        Ok((group, stdin, stdout))
    }

    /// Starts `command`, and keeps the end of its standard error.
    fn launch(command: &str, variables: &[Variable], stdin: Stdio) -> Result<Self, SpawnError> {
        let failed = |source| SpawnError::Shell { command: command.to_owned(), source };
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).process_group(0).stdin(stdin);
        shell.envs(variables.iter().map(|(name, value)| (name, value)));
        watchdog::mark(&mut shell);
        let leader = shell.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
        let id = Pid::from_raw(i32::try_from(leader.id()).map_err(|error| failed(io::Error::other(error)))?);
        watchdog::watch(id);
        let mut group = Self { leader, id, output: ProcessOutput::default(), members: Members::of(id) };
        let Self { leader, output, .. } = &mut group;
        output.read(leader.stderr.take()).map_err(failed)?;
        Ok(group)
    }

    /// How the command exited, if it has.
    pub(super) fn ended(&mut self) -> Option<String> {
        self.leader.try_wait().ok().flatten().map(how)
    }

    /// Whether the command has crashed; a shell reports the signal of its command in an exit status.
    pub(super) fn crashed(&mut self) -> bool {
        let status = self.leader.try_wait().ok().flatten();
        let signal = status.and_then(|status| {
            status.signal().or_else(|| status.code().map(|code| code.saturating_sub(SHELL_SIGNAL)))
        });
        signal
            .and_then(|signal| Signal::try_from(signal).ok())
            .is_some_and(|signal| CRASHES.contains(&signal))
    }

    /// The resource usage of all its processes; `None` once all have exited.
    pub(super) fn usage(&mut self) -> Option<Usage> {
        self.members.usage()
    }

    /// Its last output. If the command has exited, stops the rest of the group first, so that nothing is missing.
    pub(super) fn last_lines(&mut self) -> Vec<String> {
        let ended = matches!(self.leader.try_wait(), Ok(Some(_)));
        if ended {
            self.stop();
        }
        self.output.last_lines(ended)
    }

    /// Whether the command has exited and left processes running.
    pub(super) fn has_orphans(&mut self) -> bool {
        self.ended().is_some() && !self.is_gone()
    }

    /// Asks the whole group to exit.
    pub(super) fn terminate(&self) {
        let _ = killpg(self.id, Signal::SIGTERM);
    }

    /// Asks the whole group to exit, and kills it if it does not.
    fn stop(&mut self) {
        self.terminate();
        let until = Instant::now() + GRACE;
        while !self.is_gone() {
            if Instant::now() >= until {
                let _ = killpg(self.id, Signal::SIGKILL);
                let _ = self.leader.wait();
                return;
            }
            thread::sleep(LOOK);
        }
    }

    /// Whether no process of the group is left. Reaps the leader, which would otherwise count.
    fn is_gone(&mut self) -> bool {
        let leader = matches!(self.leader.try_wait(), Ok(Some(_)) | Err(_));
        // Other processes may remain as zombies if nothing reaps them.
        leader && (killpg(self.id, None) == Err(Errno::ESRCH) || self.members.are_gone())
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.stop();
        watchdog::forget(self.id);
    }
}

/// An exit status in words.
fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) if code > SHELL_SIGNAL => {
            format!("exit status {code}, a shell's for {}", signal(code - SHELL_SIGNAL))
        }
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(number)) => signal(number),
        (None, None) => "no exit status".into(),
    }
}

fn signal(number: i32) -> String {
    match Signal::try_from(number) {
        Ok(signal) => format!("signal {number} ({signal})"),
        Err(_) => format!("signal {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_in_words() {
        assert_eq!(how(ExitStatus::from_raw(3 << 8)), "exit status 3");
        assert_eq!(how(ExitStatus::from_raw(11)), "signal 11 (SIGSEGV)");
        assert_eq!(how(ExitStatus::from_raw(134 << 8)), "exit status 134, a shell's for signal 6 (SIGABRT)");
        assert_eq!(how(ExitStatus::from_raw(40)), "signal 40");
    }
}
