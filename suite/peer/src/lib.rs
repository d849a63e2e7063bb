//! A WebSocket echo server that conforms to RFC 6455, or breaks exactly one chosen rule: how the suite is itself tested.
//!
//! [`Peer`] takes bytes and says what to do: it never does I/O, never reads a clock, never panics on what it is sent.
//! Given a [`Flaw`] it deviates at one place, marked there by an `if`; the rest of it still conforms.
//!
//! ```
//! use wsspec_peer::{Output, Peer};
//!
//! let mut peer = Peer::new();
//! peer.receive(b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
//!     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
//! let Output::Write(response) = &peer.take()[0] else { unreachable!() };
//! assert!(response.starts_with(b"HTTP/1.1 101 "));
//! ```

mod connection;
mod flaw;
mod handshake;
mod peer;
mod reader;
mod utf8;
mod writer;

pub use crate::{
    flaw::Flaw,
    peer::{Output, Peer},
};
