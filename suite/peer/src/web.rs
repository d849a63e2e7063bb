//! Requests and responses of HTTP/1.1, for servers with more than WebSockets.

use std::time::Duration;

use crate::PeerOutput;

mod ask;
mod reply;

pub(crate) use self::{
    ask::WebAsk,
    reply::{WebReply, chunk},
};

/// A server whose sessions are on many connections, which have numbers.
pub trait WebServer {
    /// One that conforms.
    #[must_use]
    fn conforming() -> Self;

    /// A client has sent these octets on a connection.
    fn receive(&mut self, connection: u32, octets: &[u8]);

    /// A client has ended a connection, and with it what depends on it.
    fn end(&mut self, connection: u32);

    /// It is this late.
    fn advance(&mut self, now: Duration);

    /// The next time at which it does something unprompted.
    fn wake(&self) -> Option<Duration>;

    /// What it wants done, and on which connection.
    fn take(&mut self) -> Vec<(u32, PeerOutput)>;
}
