//! The shim's process: started, queried within a time limit, restarted if it dies.

use std::{
    cell::RefCell,
    rc::Rc,
    time::{Duration, Instant},
};

use wsspec_decoder::{
    Disagreement, DisagreementKind, Leniency, Setting, check,
    shim::{Shim, ShimConnection, Transport, Trouble},
};
use wsspec_runner::{Dialogue, DialogueError};

/// How long to wait for the exit of a process to be noticed.
const SEEN: Duration = Duration::from_millis(500);

/// A running shim.
struct Process {
    dialogue: Dialogue,
    timeout: Duration,
    until: Instant,
}

impl Process {
    fn trouble(&mut self, error: &DialogueError, what: &str) -> Trouble {
        let how = self.dialogue.ended(if *error == DialogueError::Ended { SEEN } else { Duration::ZERO });
        let said =
            self.dialogue.last_lines().last().map_or(String::new(), |line| format!("; it wrote: {line}"));
        match (error, how) {
            (DialogueError::Slow, None) => Trouble::Silent(format!("{what} within {:?}{said}", self.timeout)),
            (DialogueError::Ended, None) => Trouble::Died(format!("it closed its pipes{said}")),
            (_, Some(how)) => Trouble::Died(format!("{how}{said}")),
        }
    }
}

impl Transport for Process {
    fn send(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let sent = self.dialogue.send(bytes.to_vec());
        sent.map_err(|error| self.trouble(&error, "did not read what it was sent"))
    }

    fn receive(&mut self) -> Result<Vec<u8>, Trouble> {
        // A shim that writes without end counts as slow.
        let over = Instant::now() >= self.until;
        let received = if over { Err(DialogueError::Slow) } else { self.dialogue.receive(self.until) };
        received.map_err(|error| self.trouble(&error, "did not finish its answer"))
    }
}

/// A shim that is restarted whenever it dies.
pub struct Shims {
    command: String,
    timeout: Duration,
    leniency: Leniency,
    now: Option<Rc<RefCell<Shim<Process>>>>,
    /// How often it was started.
    pub starts: u32,
}

impl Shims {
    /// Does not start a process yet.
    pub fn new(command: String, timeout: Duration, leniency: Leniency) -> Self {
        Self { command, timeout, leniency, now: None, starts: 0 }
    }

    /// Makes sure that a shim runs, has said hello, and answers a connection without bytes.
    pub fn ensure(&mut self) -> Result<(), Trouble> {
        if self.now.is_some() {
            return Ok(());
        }
        self.starts += 1;
        let dialogue = Dialogue::start(&self.command).map_err(|error| Trouble::Start(error.to_string()))?;
        let process = Process { dialogue, timeout: self.timeout, until: Instant::now() + self.timeout };
        let shim = Shim::meet(process).map_err(|(_, trouble)| trouble)?;
        self.now = Some(Rc::new(RefCell::new(shim)));
        match self.ask(&[]) {
            Err(trouble) => Err(trouble),
            Ok(_) => Ok(()),
        }
    }

    /// Checks the decoder with one input. A shim that dies on it is as wrong as a decoder that panics.
    pub fn check(&mut self, input: &[u8]) -> Result<Result<(), Disagreement>, Trouble> {
        self.ensure()?;
        match self.ask(input) {
            Err(Trouble::Died(how)) => Ok(Err(Disagreement {
                kind: DisagreementKind::Crashed,
                requirement: None,
                expected: "an answer to any bytes".into(),
                got: format!("the shim's end: {how}"),
                frame: 0,
                offset: 0,
                segmented: false,
            })),
            other => other,
        }
    }

    fn ask(&mut self, input: &[u8]) -> Result<Result<(), Disagreement>, Trouble> {
        let Some(shim) = &self.now else { return Ok(Ok(())) };
        shim.borrow_mut().transport().until = Instant::now() + self.timeout;
        let checked = check(|setting: Setting| ShimConnection::new(shim, setting), input, &self.leniency);
        let trouble = shim.borrow().trouble().cloned();
        match trouble {
            None => Ok(checked),
            Some(trouble) => {
                self.now = None;
                Err(trouble)
            }
        }
    }
}
