//! The other end: clients are accepted, their request is read, and what it asks for decides what is played to them.
//!
//! [`Listener::accept`] gives an [`IncomingClient`], [`IncomingClient::request`] a [`ClientConnection`] whose request head is known, and
//! that either plays a trial ([`ClientConnection::play`]) or is answered as HTTP has it ([`ClientConnection::respond`]). Nothing here
//! keeps a client waiting for another, and what a client may send before it is known what it wants is bounded.

mod accept;
mod authority;
mod connection;
mod listen;
mod listen_error;
mod origin;
mod tls;

pub use accept::{allow_many_connections, serve};
pub use authority::CertificateAuthority;
pub use connection::{ClientConnection, IncomingError, PlayedTrial};
pub use listen::{IncomingClient, Listener};
pub use listen_error::ListenError;
pub use origin::{ForeignRequest, OriginPolicy};
pub use tls::ServerTls;
