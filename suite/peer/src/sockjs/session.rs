//! A session over HTTP: what waits for its client, and who receives it.

use std::time::Duration;

use wsspec_layers::sockjs::SockJsTransport;

/// How long a session lasts without a receiver (SockJS 0.3.3, Protocol and framing).
pub(super) const KEPT: Duration = Duration::from_secs(5);

/// A response that receives frames.
#[derive(Clone, Debug)]
pub(super) struct SockJsReceiver {
    /// The connection that it is on.
    pub connection: u32,
    pub transport: SockJsTransport,
    pub callback: String,
    /// Octets that it has sent.
    pub sent: usize,
    /// Whether its body is in the chunked coding.
    pub chunked: bool,
}

/// A session.
#[derive(Debug, Default)]
pub(super) struct HttpSession {
    pub is_open: bool,
    /// The code and the reason of its close frame.
    pub closed: Option<(u16, &'static str)>,
    /// Close frames that it has sent.
    pub served: u32,
    pub messages: Vec<String>,
    pub receiver: Option<SockJsReceiver>,
    /// Since when it has no receiver.
    pub since: Duration,
}

/// The messages in what a client sends: an array, or one string; `None`: broken.
pub(super) fn messages(text: &str) -> Option<Vec<String>> {
    let one = || serde_json::from_str::<String>(text).map(|one| vec![one]);
    serde_json::from_str::<Vec<String>>(text).or_else(|_| one()).ok()
}
