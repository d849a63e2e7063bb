//! Why listening failed, with its own sentence for each reason.

use std::{io, net::SocketAddr};

use thiserror::Error;

/// Why nothing listens. Each variant says what was tried and what to try next.
#[derive(Debug, Error)]
pub enum ListenError {
    /// The address does not belong to this machine.
    #[error("`{given}` is not an address to listen on: {why}; write `ADDRESS:PORT`, as in `127.0.0.1:9001`")]
    Address {
        /// The address as given.
        given: String,
        /// What is wrong.
        why: String,
    },
    /// The port is in use.
    #[error("something listens on {address} already; stop it, or use another port (0 for a free one)")]
    Taken {
        /// The address.
        address: SocketAddr,
    },
    /// The system forbids it.
    #[error("this user may not listen on {address}; use a port above 1023 (0 for a free one)")]
    Forbidden {
        /// The address.
        address: SocketAddr,
    },
    /// The certificate or key cannot be used.
    #[error("{0}")]
    Tls(String),
    /// Another error.
    #[error("cannot listen on {address}: {source}")]
    Io {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
}
