//! The server side: accepts clients, reads their requests, and plays what they ask for.
//!
//! [`Listener::accept`] returns an [`IncomingClient`]; [`IncomingClient::request`] reads its request head and returns a
//! [`ClientConnection`], which either plays a trial ([`ClientConnection::play`]) or gets an HTTP response
//! ([`ClientConnection::respond`]). No client waits for another, and what a client may send before its request is known
//! is bounded.

mod accept;
mod answer;
mod authority;
mod connection;
mod listen;
mod listen_error;
mod origin;
mod streams;
mod tls;

pub(crate) use accept::places;
pub use accept::{allow_many_connections, serve};
pub use authority::CertificateAuthority;
pub use connection::{ClientConnection, IncomingError, PlayedTrial};
pub(crate) use listen::AskingClient;
pub use listen::{IncomingClient, Listener};
pub use listen_error::ListenError;
pub use origin::{ForeignRequest, OriginPolicy};
pub use tls::ServerTls;
