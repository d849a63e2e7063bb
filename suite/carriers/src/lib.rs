//! What carries a WebSocket connection: turns opening handshakes and data into octets and back.
//!
//! Lenient like the codec, and without I/O: a carrier reads and writes anything, valid or not. It never judges.

mod http1;

pub use http1::{ComposedOpening, Http1, Incoming, StartLine};
