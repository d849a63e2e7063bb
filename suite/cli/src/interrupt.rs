//! Ctrl-C and requests to end. The first is kept until somebody looks, so none gets lost between two steps of a command;
//! a second one ends the program at once, whatever it is doing.

use std::{
    future, io,
    process::exit,
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use tokio::{
    runtime::{Builder, Runtime},
    sync::watch,
};

use crate::{
    exit_status::ExitStatus,
    failure::{CommandError, complain},
};

/// Wrappers such as npm pass on a Ctrl-C that the terminal has sent to us as well: what comes so soon is not a second.
const SAME: Duration = Duration::from_millis(500);

/// Whether an interrupt was seen; `None` where signals cannot be heard.
static SEEN: OnceLock<Option<watch::Sender<bool>>> = OnceLock::new();

/// Waits for Ctrl-C, or for being asked to end. From the first call on, signals no longer end the program on their own.
/// `spawned`: something of ours runs beside it, so that a terminal that is closed asks it to end, too; without that,
/// whoever ignores this (nohup) goes on.
pub async fn interrupted(spawned: bool) {
    match SEEN.get_or_init(|| listen(spawned).ok()) {
        Some(seen) => drop(seen.subscribe().wait_for(|seen| *seen).await),
        None => future::pending().await,
    }
}

/// Runs `work` unless an interrupt comes first.
pub fn unless_interrupted<T>(
    runtime: &Runtime,
    spawned: bool,
    work: impl Future<Output = T>,
) -> Result<T, CommandError> {
    runtime.block_on(async {
        tokio::select! {
            biased;
            () = interrupted(spawned) => Err(CommandError::Unreachable("interrupted before anything was run".into())),
            done = work => Ok(done),
        }
    })
}

/// Listens on a thread of its own: no step of a command can keep it from hearing.
fn listen(spawned: bool) -> io::Result<watch::Sender<bool>> {
    let seen = watch::Sender::new(false);
    let sender = seen.clone();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut signals = {
        let _context = runtime.enter();
        Signals::new(spawned)?
    };
    thread::Builder::new().name("interrupts".into()).spawn(move || {
        runtime.block_on(async {
            signals.next().await;
            sender.send_replace(true);
            let first = Instant::now();
            loop {
                signals.next().await;
                if first.elapsed() > SAME {
                    // Whoever reads this has asked twice, and cannot be asked what to do about a closed stream.
                    let _ = complain("error: interrupted twice; what was not written by now is lost\n");
                    exit(ExitStatus::Inconclusive.code().into());
                }
            }
        });
    })?;
    Ok(seen)
}

/// What asks this program to end.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hangup: Option<tokio::signal::unix::Signal>,
    #[cfg(not(unix))]
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(unix)]
impl Signals {
    fn new(spawned: bool) -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: spawned.then(|| signal(SignalKind::hangup())).transpose()?,
        })
    }

    async fn next(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = hangup => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn new(_spawned: bool) -> io::Result<Self> {
        Ok(Self { interrupt: tokio::signal::windows::ctrl_c()? })
    }

    async fn next(&mut self) {
        self.interrupt.recv().await;
    }
}
