//! What a peer asks its driver to do.

use bytes::Bytes;

/// What the peer wants its driver to do, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PeerOutput {
    /// Write these bytes.
    Write(Bytes),
    /// Close the connection in both directions after what was written; read and discard what still arrives (RFC 6455,
    /// 7.1.1).
    Close,
    /// Reset the connection.
    Reset,
}
