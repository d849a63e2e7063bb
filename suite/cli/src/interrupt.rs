//! Ctrl-C and termination signals. The first signal is remembered until a step of the command asks, so none is lost; a
//! second one ends the program at once.

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

/// Wrappers such as npm forward a Ctrl-C that the terminal has also sent to us: a signal this soon is the same one.
const SAME: Duration = Duration::from_millis(500);

/// Whether a signal has arrived; `None` if signals cannot be received.
static SEEN: OnceLock<Option<watch::Sender<bool>>> = OnceLock::new();

/// Waits for Ctrl-C or a termination signal. From the first call on, signals no longer end the program on their own.
/// With `spawned`, a process of ours is running, so that the terminal's hang-up ends the program, too; without it, a
/// process that ignores hang-ups (nohup) goes on.
pub async fn interrupted(spawned: bool) {
    match SEEN.get_or_init(|| listen(spawned).ok()) {
        Some(seen) => drop(seen.subscribe().wait_for(|seen| *seen).await),
        None => future::pending().await,
    }
}

/// Whether a signal has arrived that asks to end.
pub fn was_interrupted() -> bool {
    SEEN.get().and_then(Option::as_ref).is_some_and(|seen| *seen.borrow())
}

/// Runs `work` unless a signal arrives first.
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

/// Listens on a separate thread, so that no step of a command can block it.
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
                    // The user has interrupted twice: a closed stream changes nothing.
                    let _ = complain("error: interrupted twice; what was not written by now is lost\n");
                    exit(ExitStatus::Inconclusive.code().into());
                }
            }
        });
    })?;
    Ok(seen)
}

/// The signals that ask this program to end.
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
