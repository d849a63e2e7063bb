//! The server behind an intermediary: finds out which trial a connection belongs to, by the token in its request.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, oneshot},
    task::JoinSet,
};
use wsspec_exchange::Carrier;
use wsspec_wire::HeadBytes;

use crate::{
    serve::{AskingClient, ClientConnection, IncomingClient, Listener},
    stream::{Stream, after},
};

/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many of the requests that belong to no trial are remembered.
const MOST_STRAYS: usize = 8;
/// How the tokens of all runs begin; a request without one is not from a trial.
const TOKEN: &str = "wsspec-trial-";

/// What later requests of a script have in place of a token: they are answered with 404, as are those without one.
const LATER: &str = "wsspec-later";

/// How the tokens of this run begin.
fn run_token() -> String {
    format!("{TOKEN}{}-", std::process::id())
}

/// Where the token of a trial is in its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenPlace {
    /// In a header field.
    Field,
    /// In the query.
    Query,
    /// In the path.
    Path,
}

impl TokenPlace {
    /// From the least to the most conspicuous.
    pub(super) const ALL: [Self; 3] = [Self::Field, Self::Query, Self::Path];

    /// The resource name and the fields of a request with this token.
    pub(super) fn put(self, token: &str, resource: &str, fields: &mut Vec<(String, String)>) -> String {
        match self {
            Self::Field => {
                fields.push(("Wsspec-Trial".into(), token.to_owned()));
                resource.to_owned()
            }
            Self::Query if resource.contains('?') => format!("{resource}&trial={token}"),
            Self::Query => format!("{resource}?trial={token}"),
            Self::Path => match resource.split_once('?') {
                Some((path, query)) => format!("{}/{token}?{query}", path.trim_end_matches('/')),
                None => format!("{}/{token}", resource.trim_end_matches('/')),
            },
        }
    }
}

/// A connection of the intermediary, or a stream of one, whose request has arrived and is read again.
pub(super) struct BackArrival {
    pub stream: Stream,
    pub carrier: Carrier,
}

/// The trials that wait for their connection.
#[derive(Clone, Default)]
pub(super) struct Backend {
    state: Arc<Mutex<BackendState>>,
    gate: Arc<BackendGate>,
}

/// What closes the listener.
#[derive(Default)]
struct BackendGate {
    closing: Notify,
    closed: Notify,
}

#[derive(Default)]
struct BackendState {
    waiting: HashMap<String, oneshot::Sender<BackArrival>>,
    next: u64,
    /// The first requests that belonged to no trial.
    strays: Vec<String>,
}

impl Backend {
    /// A token that no other trial has, and the connection that its request will arrive on.
    pub(super) fn expect(&self) -> (String, oneshot::Receiver<BackArrival>) {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.state();
        state.next += 1;
        let token = format!("{}{}-", run_token(), state.next);
        state.waiting.insert(token.clone(), sender);
        (token, receiver)
    }

    /// The trial with this token is over.
    pub(super) fn forget(&self, token: &str) {
        self.state().waiting.remove(token);
    }

    /// The start of each of the first requests that belonged to no trial.
    pub(super) fn strays(&self) -> Vec<String> {
        self.state().strays.clone()
    }

    /// From here on, nobody listens.
    pub(super) async fn close(&self) {
        self.gate.closing.notify_one();
        self.gate.closed.notified().await;
    }

    /// Takes the connections of the intermediary, until it is closed; ends only when it is dropped.
    pub(super) async fn serve(&self, listener: Listener) {
        let mut asking = JoinSet::new();
        loop {
            let incoming = tokio::select! {
                incoming = listener.accept() => incoming,
                () = self.gate.closing.notified() => break,
            };
            let backend = self.clone();
            asking.spawn(async move { backend.ask(incoming).await });
            while asking.try_join_next().is_some() {}
        }
        // Connections of HTTP/2 outlast their trials.
        drop((listener, asking));
        self.gate.closed.notify_one();
        std::future::pending().await
    }

    async fn ask(&self, incoming: IncomingClient) {
        match incoming.asking(PATIENCE).await {
            Ok(AskingClient::Http1(connection)) => self.assign(*connection).await,
            Ok(AskingClient::Http2(streams)) => {
                let assign = |connection| {
                    let backend = self.clone();
                    async move { backend.assign(connection).await }
                };
                streams.abandoning().serve(PATIENCE, assign).await;
            }
            Err(_) => {}
        }
    }

    async fn assign(&self, connection: ClientConnection) {
        let line = String::from_utf8_lossy(&connection.request().raw).into_owned();
        let waiting = {
            let mut state = self.state();
            let token = state.waiting.keys().find(|token| line.contains(&**token)).cloned();
            let waiting = token.and_then(|token| state.waiting.remove(&token));
            // A later request of a trial, or one of a trial that is over, is answered for as well, but is not a stray.
            let is_ours = line.contains(&run_token()) || line.contains(LATER);
            if waiting.is_none() && !is_ours && state.strays.len() < MOST_STRAYS {
                state.strays.push(line.lines().next().unwrap_or_default().escape_debug().take(80).collect());
            }
            waiting
        };
        match waiting {
            Some(waiting) => {
                let carrier = connection.carrier();
                let (stream, HeadBytes { head, rest }) = connection.into_parts();
                let stream = after([&head[..], &rest].concat().into(), stream);
                // Otherwise the trial is over.
                let _ = waiting.send(BackArrival { stream, carrier });
            }
            None => connection.respond("404 Not Found", "text/plain; charset=utf-8", b"not a trial\n").await,
        }
    }

    fn state(&self) -> MutexGuard<'_, BackendState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_where_proxies_pass_it_on() {
        let put = |place: TokenPlace, resource| {
            let mut fields = Vec::new();
            (place.put("t", resource, &mut fields), fields)
        };
        assert_eq!(put(TokenPlace::Field, "/a").1, [("Wsspec-Trial".to_owned(), "t".to_owned())]);
        assert_eq!(put(TokenPlace::Query, "/a").0, "/a?trial=t");
        assert_eq!(put(TokenPlace::Query, "/a?b").0, "/a?b&trial=t");
        assert_eq!(put(TokenPlace::Path, "/").0, "/t");
        assert_eq!(put(TokenPlace::Path, "/a?b").0, "/a/t?b");
    }
}
