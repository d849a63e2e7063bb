//! What carries a WebSocket: turns openings and data into octets and back.
//!
//! Lenient like the codec, and without I/O: a carrier reads whatever arrives and writes whatever it is given, right or
//! wrong. It never judges.

mod http1;

pub use http1::{ComposedOpening, Http1, Incoming, StartLine};
