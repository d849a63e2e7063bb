//! What carries a WebSocket connection: turns opening handshakes and data into octets and back.
//!
//! Lenient like the codec, and without I/O: a carrier reads and writes anything, valid or not. It never judges.

mod bundle;
mod carried;
mod end;
mod error;
mod event;
mod fields;
mod http1;
mod http2;
mod http3;
mod recorded;
mod shared;

pub use bundle::{BundleKind, BundlePiece, BundleReader};
pub use carried::{Carried, CarriedPart};
pub use end::HttpEnd;
pub use error::HttpError;
pub use event::HttpEvent;
pub use fields::recorded_response;
pub use http1::{ComposedOpening, Http1, Incoming, StartLine};
pub use http2::{Http2, Http2Frame, Http2FrameReader, Http2Splitter, SplitEvent};
pub use http3::{Http3, QuicReader, QuicStep};
pub use recorded::RecordedStream;
pub use shared::{PlayedEnd, SharedHttp, StreamArrivals};
