//! How soon a client reconnects on its own.

use tokio::time::{Instant, sleep, sleep_until};
use wsspec_exchange::Reconnections;

use super::LOOK;
use crate::{serve::Listener, spawn::OneShot};

/// Resets each connection, until the client has ended or has connected often enough.
pub(super) async fn watch(listener: &Listener, process: &mut OneShot) -> Reconnections {
    let mut seen = Reconnections::default();
    let (mut ended, until) = (Instant::now(), Instant::now() + Reconnections::WATCH);
    while !seen.are_enough() {
        tokio::select! {
            biased;
            incoming = listener.accept() => {
                seen.add(ended.elapsed());
                incoming.reset();
                ended = Instant::now();
            }
            () = sleep_until(until) => break,
            () = sleep(LOOK) => if process.ended().is_some() { break },
        }
    }
    seen
}
