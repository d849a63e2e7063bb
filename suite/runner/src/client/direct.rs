//! A client whose proxy has refused it a tunnel: whether it connects to the server without.

use std::time::Duration;

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::time::{Instant, sleep, sleep_until};
use wsspec_exchange::DirectAttempt;

use super::LOOK;
use crate::{
    serve::{ClientConnection, IncomingError, Listener},
    spawn::OneShot,
};

/// Connections that are looked at.
const MOST: usize = 8;
/// How long each may take to say what it is.
const PATIENCE: Duration = Duration::from_millis(500);

/// Looks at the first request of each connection, until the client has ended or enough has been seen. Proxy and server
/// are one listener.
pub(super) async fn watch(listener: &Listener, process: &mut OneShot) -> DirectAttempt {
    let (mut seen, mut requests, mut connections) = (DirectAttempt::default(), FuturesUnordered::new(), 0);
    let (mut ended, until) = (false, Instant::now() + DirectAttempt::WATCH);
    while !seen.is_seen() && (!ended || !requests.is_empty()) {
        tokio::select! {
            biased;
            Some(request) = requests.next() => {
                let request: Result<ClientConnection, IncomingError> = request;
                if let Ok(connection) = request {
                    seen.look_at(connection.request());
                }
            }
            incoming = listener.accept(), if connections < MOST => {
                connections += 1;
                requests.push(incoming.request(PATIENCE));
            }
            () = sleep_until(until) => break,
            () = sleep(LOOK), if !ended => ended = process.ended().is_some(),
        }
    }
    seen
}
