//! A command that we talk to through its standard input and output, in its own process group.

use std::{
    io::{Read, Write},
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    thread,
    time::{Duration, Instant},
};

use super::{ProcessGroup, SpawnError, Variable};

/// Bytes to read at once.
const CHUNK: usize = 1 << 16;
/// Maximum number of chunks waiting to be written or read.
const WAITING: usize = 16;

/// A running command that can be written to and read from. When dropped, it is stopped with all its processes.
#[derive(Debug)]
pub struct Dialogue {
    // The writing and reading threads end once the group has ended.
    group: ProcessGroup,
    input: SyncSender<Vec<u8>>,
    output: Receiver<Vec<u8>>,
}

/// Why nothing was sent or received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialogueError {
    /// It took too long.
    Slow,
    /// The command has exited, or closed its side.
    Ended,
}

impl Dialogue {
    /// Starts `command` in a shell, with these variables in its environment.
    ///
    /// # Errors
    ///
    /// If the shell does not start, or this system has no process groups.
    pub fn start(command: &str, variables: &[Variable]) -> Result<Self, SpawnError> {
        let (group, mut stdin, mut stdout) = ProcessGroup::start_talking(command, variables)?;
        let failed = |source| SpawnError::Shell { command: command.to_owned(), source };
        let (input, to_write) = sync_channel::<Vec<u8>>(WAITING);
        let (read, output) = sync_channel(WAITING);
        let writer = thread::Builder::new().name("dialogue-writer".into());
        let mut write = move || {
            to_write.iter().try_for_each(|bytes| stdin.write_all(&bytes).and_then(|()| stdin.flush()))
        };
        writer.spawn(move || drop(write())).map_err(failed)?;
        let reader = thread::Builder::new().name("dialogue-reader".into());
        let listen = move || {
            let mut buffer = vec![0; CHUNK];
            while let Ok(count @ 1..) = stdout.read(&mut buffer) {
                if read.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        };
        reader.spawn(listen).map_err(failed)?;
        Ok(Self { group, input, output })
    }

    /// Writes, without waiting for the command to read.
    ///
    /// # Errors
    ///
    /// If too much of what was written is still unread, or the command no longer reads.
    pub fn send(&mut self, bytes: Vec<u8>) -> Result<(), DialogueError> {
        self.input.try_send(bytes).map_err(|error| match error {
            TrySendError::Full(_) => DialogueError::Slow,
            TrySendError::Disconnected(_) => DialogueError::Ended,
        })
    }

    /// Waits for the next bytes.
    ///
    /// # Errors
    ///
    /// If none arrive before `until`, or the command has closed its output.
    pub fn receive(&mut self, until: Instant) -> Result<Vec<u8>, DialogueError> {
        let patience = until.saturating_duration_since(Instant::now());
        self.output.recv_timeout(patience).map_err(|error| match error {
            RecvTimeoutError::Timeout => DialogueError::Slow,
            RecvTimeoutError::Disconnected => DialogueError::Ended,
        })
    }

    /// How it exited. Waits up to `patience`: a process's pipes close before its exit is visible.
    pub fn ended(&mut self, patience: Duration) -> Option<String> {
        let until = Instant::now() + patience;
        loop {
            let how = self.group.ended();
            if how.is_some() || Instant::now() >= until {
                return how;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// The end of its standard error, escaped.
    pub fn last_lines(&mut self) -> Vec<String> {
        self.group.last_lines()
    }
}
