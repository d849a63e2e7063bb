//! What rides on a connection: layers, as codecs between items and octets, and the rules that they have.
//!
//! A decoder is lenient: it represents whatever arrives, up to its limit. A session judges: it sees both halves of a
//! connection and reports each broken rule. Nothing here does I/O, reads a clock, or panics on a peer's bytes.

pub mod engineio;
pub mod http;
mod json;
pub mod socketio;
pub mod sockjs;
pub mod stomp;

pub use json::{json_equal, json_members};
