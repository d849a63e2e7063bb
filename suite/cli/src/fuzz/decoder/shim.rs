//! The shim's process: started, queried within a time limit, restarted if it dies.

use std::{
    cell::RefCell,
    rc::Rc,
    time::{Duration, Instant},
};

use wsspec_campaign::edges::CountedEdges;
use wsspec_decoder::{
    Demands, Disagreement, DisagreementKind,
    shim::{Shim, Transport, Trouble, check_all},
};
use wsspec_runner::{Dialogue, DialogueError, EdgeMap, EdgeMapError};

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

/// How many inputs are checked at once at first.
const BATCH: usize = 64;
/// How often a shim may end before its first input.
const MOST_EARLY_ENDS: u32 = 3;

/// A shim that lives as long as it can.
pub struct Shims {
    command: String,
    timeout: Duration,
    demands: Demands,
    now: Option<Rc<RefCell<Shim<Process>>>>,
    /// How many inputs it gets at once.
    batch: usize,
    /// How often in succession it ended at a connection without bytes.
    early_ends: u32,
    /// Where it may count the edges of the decoder's code.
    edges: Option<EdgeMap>,
    /// How often it was started.
    pub starts: u32,
}

impl Shims {
    /// Starts nothing yet.
    pub fn new(command: String, timeout: Duration, demands: Demands) -> Self {
        // Without a temporary folder, there is still everything but edges.
        let edges = EdgeMap::temporary().ok();
        Self { command, timeout, demands, now: None, batch: BATCH, early_ends: 0, edges, starts: 0 }
    }

    /// Edges of the decoder's code that were counted since the last look; after an error, no more are.
    pub fn look(&mut self) -> Result<CountedEdges, EdgeMapError> {
        let Some(edges) = &mut self.edges else { return Ok(CountedEdges::default()) };
        let counted = edges.look();
        if counted.is_err() {
            self.edges = None;
        }
        counted
    }

    /// How many inputs to check at once.
    pub const fn batch_size(&self) -> usize {
        self.batch
    }

    /// Starts a shim, if none runs, that says hello.
    fn start(&mut self) -> Result<(), Trouble> {
        if self.now.is_some() {
            return Ok(());
        }
        self.starts += 1;
        let variables: Vec<_> = self.edges.iter().map(EdgeMap::variable).collect();
        let dialogue =
            Dialogue::start(&self.command, &variables).map_err(|error| Trouble::Start(error.to_string()))?;
        let process = Process { dialogue, timeout: self.timeout, until: Instant::now() + self.timeout };
        let shim = Shim::meet(process).map_err(|(_, trouble)| trouble)?;
        self.now = Some(Rc::new(RefCell::new(shim)));
        Ok(())
    }

    /// Judges the decoder by some inputs: in one batch, or one at a time if the shim does not survive the batch. Ends
    /// with the first trouble.
    pub fn check_all(&mut self, inputs: &[Vec<u8>]) -> Vec<Result<Result<(), Disagreement>, Trouble>> {
        let Some((first, rest)) = inputs.split_first() else { return Vec::new() };
        if self.now.is_none() {
            let first = self.check(first);
            let later = if first.is_ok() { self.check_all(rest) } else { Vec::new() };
            return [vec![first], later].concat();
        }
        match self.ask(inputs) {
            Ok(checked) => checked.into_iter().map(Ok).collect(),
            Err(trouble) => self.check_each(inputs, trouble),
        }
    }

    /// Judges the decoder by the inputs of a batch that came to this, one at a time.
    fn check_each(
        &mut self,
        inputs: &[Vec<u8>],
        trouble: Trouble,
    ) -> Vec<Result<Result<(), Disagreement>, Trouble>> {
        if !matches!(trouble, Trouble::Died(_)) {
            self.batch = (self.batch / 2).max(1);
        }
        let mut all = Vec::new();
        for input in inputs {
            all.push(self.check(input));
            if all.last().is_some_and(Result::is_err) {
                return all;
            }
        }
        let mut told = all.iter().filter_map(|checked| checked.as_ref().ok()?.as_ref().err());
        let is_shown = told.any(|told| told.kind == DisagreementKind::Crashed);
        if let (Trouble::Died(how), false, Some(last)) = (trouble, is_shown, all.last_mut()) {
            let of = inputs.len();
            let got = format!("the shim's end in a batch of {of} inputs, none of which ends it alone: {how}");
            *last = Ok(Err(Disagreement::crash(&got)));
        }
        all
    }

    /// Checks the decoder with one input. A shim that dies on it is as wrong as a decoder that panics.
    pub fn check(&mut self, input: &[u8]) -> Result<Result<(), Disagreement>, Trouble> {
        let is_new = self.now.is_none();
        self.start()?;
        // A connection without bytes comes first, so that an input is not blamed for a shim that cannot even do that.
        if is_new && let Err(trouble) = self.ask(&[Vec::new()]) {
            self.early_ends += 1;
            let Trouble::Died(how) = &trouble else { return Err(trouble) };
            if self.early_ends > MOST_EARLY_ENDS {
                return Err(trouble);
            }
            return Ok(Err(Disagreement::crash(&format!(
                "the shim's end at a connection without bytes: {how}"
            ))));
        }
        match self.ask(&[input.to_vec()]) {
            Err(Trouble::Died(how)) => Ok(Err(Disagreement::crash(&format!("the shim's end: {how}")))),
            Ok(mut checked) => Ok(checked.pop().unwrap_or(Ok(()))),
            Err(trouble) => Err(trouble),
        }
    }

    fn ask(&mut self, inputs: &[Vec<u8>]) -> Result<Vec<Result<(), Disagreement>>, Trouble> {
        let Some(shim) = &self.now else { return Ok(Vec::new()) };
        shim.borrow_mut().transport().until = Instant::now() + self.timeout;
        let checked = check_all(shim, inputs, &self.demands);
        match checked {
            Ok(_) => self.early_ends = 0,
            Err(_) => self.now = None,
        }
        checked
    }
}
