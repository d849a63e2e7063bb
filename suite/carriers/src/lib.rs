//! What carries a WebSocket connection: turns opening handshakes and data into octets and back.
//!
//! Lenient like the codec, and without I/O: a carrier reads and writes anything, valid or not. It never judges.

mod http1;
mod http2;

pub use http1::{ComposedOpening, Http1, Incoming, StartLine};
pub use http2::{
    Http2, Http2Error, Http2Event, Http2Frame, Http2FrameReader, Http2Splitter, RecordedHttp2, SplitEvent,
    recorded_response,
};
