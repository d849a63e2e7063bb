//! A scripted WebSocket exchange without I/O: runs a script's lines against a peer's bytes, and gives the transcript
//! and the verdict.
//!
//! Never reads a clock, never opens a connection.

mod closing;
mod compose;
mod composed;
mod connection;
mod cursor;
mod direct_attempt;
mod distrust;
mod duties;
mod ending;
mod endpoint;
mod engineio;
mod exchange;
mod expected;
mod grading;
mod http2;
mod inbox;
mod learnt;
mod lines;
mod link;
mod matcher;
mod measure;
mod moment;
mod opening;
mod outbound;
mod outcome;
mod overdue;
mod pace;
mod peer_value;
mod probe;
mod reconnecting;
mod recorded;
mod reflections;
mod replay;
mod resource;
mod session_answer;
mod setup;
mod stomp;
mod surprise;
mod tls_ending;
mod transcript;
mod waiting;
mod waiver;
mod wording;

pub use direct_attempt::DirectAttempt;
pub use distrust::Distrust;
pub use exchange::{Action, Exchange, Input};
pub use expected::{Comparison, compare};
pub use moment::Moment;
pub use outcome::Outcome;
pub use pace::Pace;
pub use probe::{Probe, announced, items, named_versions, round_trip, spoke_unasked};
pub use reconnecting::Reconnections;
pub use recorded::received_text;
pub use replay::judge;
pub use resource::ClientUri;
pub use setup::{Carrier, Setup, Side};
pub use stomp::StompSettings;
pub use tls_ending::TlsEnding;
pub use transcript::{Entry, Event, Transcript};
pub use waiver::Waiver;
pub use wording::layer_item;
