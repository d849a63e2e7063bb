//! Why nobody can listen, each failure in a sentence of its own.

use std::{io, net::SocketAddr};

use thiserror::Error;

/// Why nothing listens. Each says what was tried and what to try next.
#[derive(Debug, Error)]
pub enum ListenError {
    /// Not an address of this machine's.
    #[error("`{given}` is no address to listen on: {why}; write `ADDRESS:PORT`, as in `127.0.0.1:9001`")]
    Address {
        /// As given.
        given: String,
        /// What is wrong.
        why: String,
    },
    /// Somebody else has it.
    #[error("something listens on {address} already; stop it, or take another port (0 for a free one)")]
    Taken {
        /// Where.
        address: SocketAddr,
    },
    /// The system forbids it.
    #[error("this user may not listen on {address}; take a port from 1024 on (0 for a free one)")]
    Forbidden {
        /// Where.
        address: SocketAddr,
    },
    /// Certificate or key cannot be used.
    #[error("{0}")]
    Tls(String),
    /// Anything else.
    #[error("cannot listen on {address}: {source}")]
    Io {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}
