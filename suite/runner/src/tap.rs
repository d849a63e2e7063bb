//! Sits between clients and a server: passes their octets on unchanged, and judges them.
//!
//! What arrives is passed on before it is judged, and judged before anything else is read from that connection: so neither
//! end waits for a verdict, and the order of what is judged is the order in which the ends have seen it.

mod judge;
mod relay;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::{
    sync::{Semaphore, mpsc::UnboundedSender},
    task::JoinSet,
};
use wsspec_capture::{BrokenRule, Ledger, ObserverSettings};

use self::{judge::TapJudge, relay::relay};
use crate::{
    dial::Dialer,
    serve::{Listener, places},
    stream::Stream,
};

/// How a tap watches.
#[derive(Clone, Debug)]
pub struct TapOptions {
    /// How many connections it passes on at once; further clients wait.
    pub most_connections: usize,
    /// How much is kept of each connection, and the keys of all.
    pub observer: ObserverSettings,
}

/// Something that is worth a line while traffic passes.
#[derive(Clone, Debug)]
pub enum TapEvent {
    /// An end breaks a rule that it has not broken before.
    Broken(Box<BrokenRule>),
    /// A connection carries something else: the number of the connection, and what, as the object of "carries".
    Foreign(u64, String),
    /// The server cannot be reached.
    Unreachable(String),
}

/// What has been seen, shared by all connections.
#[derive(Clone, Debug)]
pub struct TapLedger(Arc<Mutex<TapState>>);

/// What a tap knows.
#[derive(Debug, Default)]
pub(crate) struct TapState {
    ledger: Ledger,
    /// What was said already of connections that are not WebSocket.
    foreign: Vec<String>,
    /// Why the server could not be reached the last time; `None`: it was.
    unreachable: Option<String>,
}

impl TapLedger {
    /// Nothing has been seen.
    pub fn new(ledger: Ledger) -> Self {
        Self(Arc::new(Mutex::new(TapState { ledger, ..TapState::default() })))
    }

    /// What was seen so far.
    pub fn read<T>(&self, read: impl FnOnce(&Ledger) -> T) -> T {
        read(&self.state().ledger)
    }

    /// Why the server could not be reached the last time that it was needed.
    pub fn unreachable(&self) -> Option<String> {
        self.state().unreachable.clone()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, TapState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many connections this process can pass on at once: each has two ends.
pub fn most_connections() -> usize {
    (places() / 2).max(1)
}

/// Passes clients of `listener` on to the server until `stop` resolves. Then every connection is ended, and all of them have
/// been judged as far as they went.
pub async fn tap(
    listener: &Listener,
    dialer: &Dialer,
    options: &TapOptions,
    ledger: &TapLedger,
    events: &UnboundedSender<TapEvent>,
    stop: impl Future<Output = ()>,
) {
    let mut connections = JoinSet::new();
    let accept = async {
        let room = Arc::new(Semaphore::new(options.most_connections));
        let mut number = 0;
        loop {
            // The semaphore is never closed.
            let Ok(place) = room.clone().acquire_owned().await else { return };
            let client = listener.accept().await.into_stream();
            number += 1;
            let judge = TapJudge::new(number, options.observer.clone(), ledger.clone(), events.clone());
            let dialer = dialer.clone();
            connections.spawn(async move {
                pass(client, &dialer, judge).await;
                drop(place);
            });
            while connections.try_join_next().is_some() {}
        }
    };
    tokio::select! {
        () = accept => {}
        () = stop => {}
    }
    connections.shutdown().await;
}

/// Passes one connection on.
async fn pass(client: Stream, dialer: &Dialer, mut judge: TapJudge) {
    match dialer.dial().await {
        Ok(server) => {
            judge.reached();
            relay(client, server, &mut judge).await;
        }
        Err(error) => {
            // What a client sees of a server that is not there.
            client.reset_on_close();
            judge.unreachable(&error.to_string());
        }
    }
}
