//! A client that connects again on its own: how soon it does.

use tokio::time::{Instant, sleep, sleep_until};
use wsspec_exchange::Reconnections;

use super::LOOK;
use crate::{serve::Listener, spawn::OneShot};

/// Resets whatever connection comes, until the client has ended or enough has been seen.
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
