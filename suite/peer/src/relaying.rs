//! What an intermediary does with the two connections that it relays between.

use bytes::Bytes;

/// What the proxy wants its driver to do, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProxyOutput {
    /// Connect to the server with this host and port.
    Connect(String),
    /// Write these bytes to the client.
    ToFront(Bytes),
    /// Write these bytes to the server.
    ToBack(Bytes),
    /// Close our side of the connection to the client.
    EndFront,
    /// Close our side of the connection to the server.
    EndBack,
}

/// An intermediary on one connection of a client, which it relays to a server; without I/O.
pub trait RelayingProxy {
    /// The client has sent these octets.
    fn front_sent(&mut self, octets: &[u8]);

    /// The server has sent these octets.
    fn back_sent(&mut self, octets: &[u8]);

    /// The client has ended its half.
    fn front_ended(&mut self);

    /// The server has ended its half.
    fn back_ended(&mut self);

    /// The connection that it wanted is open. Nothing to one that is connected from the start.
    fn connected(&mut self) {}

    /// There is no connection to the server.
    fn not_connected(&mut self);

    /// What it wants next.
    fn take(&mut self) -> Vec<ProxyOutput>;
}
