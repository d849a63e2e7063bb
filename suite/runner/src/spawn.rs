//! A watched server: started by its command, restarted when it dies, stopped together with all its processes.

use std::{
    io,
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use thiserror::Error;
use tokio::time::{Instant, sleep};
use wsspec_record::Usage;

mod address;
mod dialogue;
#[cfg(unix)]
mod group;
mod measured;
#[cfg(unix)]
mod members;
mod one_shot;
mod output;
mod tally;
#[cfg(not(unix))]
mod unsupported;
#[cfg(unix)]
mod watchdog;

pub use address::Address;
pub use dialogue::{Dialogue, DialogueError};
#[cfg(unix)]
use group::ProcessGroup;
pub(crate) use measured::MeasuredProcess;
pub use one_shot::OneShot;
pub(crate) use one_shot::OneShotEnd;
use tally::UsageTally;
#[cfg(not(unix))]
use unsupported::NoProcessGroup as ProcessGroup;

/// How to start a server.
#[derive(Clone, Debug)]
pub struct SpawnOptions {
    /// The command for `sh -c`; each `{port}` is replaced by the address's port.
    pub command: String,
    /// Where it should listen.
    pub address: Address,
    /// How long it may take to start listening.
    pub timeout: Duration,
    /// Variables in its environment.
    pub variables: Vec<Variable>,
}

/// An environment variable of a program that we start: its name, and its value, which is a file's.
pub type Variable = (&'static str, PathBuf);

/// Why there is no server to watch.
#[derive(Debug, Error)]
pub enum SpawnError {
    /// Something listens there already.
    #[error(
        "something listens on {address} already; stop it, or write `{{port}}` in the command for a free port"
    )]
    Taken {
        /// The address.
        address: Address,
    },
    /// The shell did not start.
    #[error("cannot start `{command}`: {source}")]
    Shell {
        /// The command.
        command: String,
        /// The system's error.
        source: io::Error,
    },
    /// The command ended before it listened.
    #[error(
        "`{command}` ended before it listened on {address}: {how}; it must stay in the foreground{}",
        said(output)
    )]
    Ended {
        /// The command.
        command: String,
        /// Where it should have listened.
        address: Address,
        /// Exit status or signal.
        how: String,
        /// Its last output.
        output: Vec<String>,
    },
    /// The command runs, but does not listen.
    #[error(
        "`{command}` did not listen on {address} within {after:?}; check that it uses this port, or raise \
         --spawn-timeout{}",
        said(output)
    )]
    Silent {
        /// The command.
        command: String,
        /// Where it should have listened.
        address: Address,
        /// The time limit.
        after: Duration,
        /// Its last output.
        output: Vec<String>,
    },
    /// This system has no process groups.
    #[error("--spawn does not work on this system: it has no process groups; start the server yourself")]
    Unsupported,
}

/// The last output of a process, below a sentence.
fn said(output: &[String]) -> String {
    if output.is_empty() {
        return "; it wrote nothing".into();
    }
    output.iter().fold("; it wrote:".to_owned(), |text, line| format!("{text}\n  | {line}"))
}

/// The last output of a process, as the end of a sentence; empty if there was none.
#[must_use]
pub fn last_words(lines: &[String]) -> String {
    if lines.is_empty() { String::new() } else { format!("; it wrote last: {}", lines.join(" | ")) }
}

/// The exit of a server that was not asked to exit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Death {
    /// Exit status or signal.
    pub how: String,
    /// Its last output, escaped.
    pub output: Vec<String>,
}

/// The last lines of a dead server's that say why: a panic is followed by notes, an assertion by a stack.
const LAST_LINES: usize = 6;

impl Death {
    /// With the last lines that it wrote.
    pub(crate) fn with_last_lines(&self) -> String {
        let lines = &self.output[self.output.len().saturating_sub(LAST_LINES)..];
        format!("{}{}", self.how, last_words(lines))
    }

    /// A one-line description.
    pub(crate) fn in_short(&self) -> String {
        format!("{}{}", self.how, last_words(&self.output[self.output.len().saturating_sub(1)..]))
    }
}

/// Interval between two checks of a server that is starting.
const LOOK: Duration = Duration::from_millis(10);

/// Interval between restarts of a server whose port its predecessor still occupies.
const RETRY: Duration = Duration::from_millis(100);

/// How long a process that no longer answers may take to disappear on a busy machine.
const DYING: Duration = Duration::from_secs(5);

/// Interval between two samples.
const PERIOD: Duration = Duration::from_millis(200);
/// Interval between two checks of descriptors that should be closed.
const SETTLING: Duration = Duration::from_millis(20);

/// A server that runs in its own process group, until this is dropped.
#[derive(Debug)]
pub struct Watched {
    options: SpawnOptions,
    now: Arc<Mutex<Now>>,
    /// Locked while the server is restarted.
    starting: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Now {
    group: Option<ProcessGroup>,
    deaths: Vec<Arc<Death>>,
    tally: UsageTally,
    /// Whether it was asked to exit, so that its exit is not a death.
    ending: bool,
}

impl Now {
    /// Takes a sample, if the server is up.
    fn sample(&mut self) -> Option<Usage> {
        let usage = self.group.as_mut()?.usage()?;
        self.tally.add(usage);
        Some(usage)
    }
}

/// A port of 127.0.0.1 on which nothing listens.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

impl Watched {
    /// Starts a server and waits until it listens. Leaves nothing behind if dropped before that.
    pub async fn start(options: SpawnOptions) -> Result<Self, SpawnError> {
        if options.address.has_listener().await {
            return Err(SpawnError::Taken { address: options.address });
        }
        let watched = Self { options, now: Arc::default(), starting: tokio::sync::Mutex::default() };
        watched.launch().await?;
        watched.now().sample();
        watched.sample_all_the_time();
        Ok(watched)
    }

    /// The command as given.
    pub(crate) fn command(&self) -> &str {
        &self.options.command
    }

    /// The resource usage of all its processes now; `None` if it is dead.
    pub(crate) fn usage(&self) -> Option<Usage> {
        self.now().sample()
    }

    /// Like [`Self::usage`], but waits up to `patience` until at most `descriptors` are open.
    pub(crate) async fn usage_with(&self, descriptors: Option<u32>, patience: Duration) -> Option<Usage> {
        let until = Instant::now() + patience;
        loop {
            let usage = self.usage()?;
            let waits = descriptors.zip(usage.descriptors).is_some_and(|(most, open)| open > most);
            if !waits || Instant::now() >= until {
                return Some(usage);
            }
            sleep(SETTLING).await;
        }
    }

    /// All samples so far.
    pub(crate) fn tally(&self) -> UsageTally {
        let mut now = self.now();
        now.sample();
        now.tally
    }

    /// Takes samples on a separate thread for as long as the server exists.
    fn sample_all_the_time(&self) {
        let now = Arc::downgrade(&self.now);
        let sampler = thread::Builder::new().name("server-sampler".into());
        // Without the thread, there are still the samples of each `measure`, and the first and the last.
        let _ = sampler.spawn(move || {
            while let Some(now) = now.upgrade() {
                now.lock().unwrap_or_else(PoisonError::into_inner).sample();
                drop(now);
                thread::sleep(PERIOD);
            }
        });
    }

    /// How often it has died.
    pub(crate) fn deaths(&self) -> usize {
        self.now().deaths.len()
    }

    /// The death with this number, from 0.
    pub(crate) fn death(&self, number: usize) -> Option<Arc<Death>> {
        self.now().deaths.get(number).cloned()
    }

    /// Asks it to exit. Until [`Self::finish_ending`], its exit is not a death.
    pub(crate) fn terminate(&self) {
        let mut now = self.now();
        now.ending = true;
        if let Some(group) = &now.group {
            group.terminate();
        }
    }

    /// Makes sure that a server that was asked to exit does so. It can then be restarted.
    pub(crate) fn finish_ending(&self) {
        let group = {
            let mut now = self.now();
            now.ending = false;
            now.group.take()
        };
        drop(group);
    }

    /// Whether it is dead; records each death once.
    pub(crate) fn is_dead(&self) -> bool {
        let mut now = self.now();
        let Some(how) = now.group.as_mut().map(ProcessGroup::ended) else { return true };
        let Some(how) = how else { return false };
        if now.ending {
            return false;
        }
        bury(&mut now, how);
        true
    }

    /// Whether it is dead or dies within `patience`: a process's connections close before its exit is visible.
    pub(crate) async fn dies_within(&self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        while !self.is_dead() {
            if Instant::now() >= until {
                return false;
            }
            sleep(Duration::from_millis(2)).await;
        }
        true
    }

    /// Whether it died when it dropped a connection. A dying process has closed its listener by then, and is waited for
    /// until it has exited; a process that still listens gets only `patience`.
    pub(crate) async fn dies_after_a_cut(&self, patience: Duration) -> bool {
        let patience = if self.options.address.has_listener().await { patience } else { DYING };
        self.dies_within(patience).await
    }

    /// Gives up on a server that runs but does not answer, as if it had died.
    pub(crate) fn give_up(&self, why: &str) {
        let mut now = self.now();
        if now.group.is_some() {
            bury(&mut now, why.to_owned());
        }
    }

    /// Restarts it if it is dead. Returns at once if it is running.
    pub(crate) async fn revive(&self) -> Result<(), SpawnError> {
        let _alone = self.starting.lock().await;
        if !self.is_dead() {
            return Ok(());
        }
        let until = Instant::now() + self.options.timeout;
        loop {
            match self.launch().await {
                // The dead server may still occupy the port.
                Err(SpawnError::Ended { .. }) if Instant::now() < until => sleep(RETRY).await,
                done => return done,
            }
        }
    }

    async fn launch(&self) -> Result<(), SpawnError> {
        let SpawnOptions { command, address, timeout, variables } = &self.options;
        let mut group = ProcessGroup::start(&address.filled_into(command), variables)?;
        let until = Instant::now() + *timeout;
        loop {
            let ready = address.has_listener().await;
            if let Some(how) = group.ended() {
                let (command, output) = (command.clone(), group.last_lines());
                return Err(SpawnError::Ended { command, address: address.clone(), how, output });
            }
            if ready {
                self.now().group = Some(group);
                return Ok(());
            }
            if Instant::now() >= until {
                let (command, output) = (command.clone(), group.last_lines());
                return Err(SpawnError::Silent {
                    command,
                    address: address.clone(),
                    after: *timeout,
                    output,
                });
            }
            sleep(LOOK).await;
        }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bury(now: &mut Now, how: String) {
    if let Some(mut group) = now.group.take() {
        let output = group.last_lines();
        now.deaths.push(Arc::new(Death { how, output }));
        now.tally.another();
    }
}

/// The sampler may still own the shared state, but the server ends here in any case.
impl Drop for Watched {
    fn drop(&mut self) {
        let group = self.now().group.take();
        drop(group);
    }
}
