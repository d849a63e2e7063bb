//! A scripted WebSocket exchange without I/O: the script's lines against a peer's bytes, its referee, its transcript
//! and the verdict; and the record that reports are made of.
//!
//! Never reads a clock, never opens a connection.

mod arrival;
mod cursor;
mod event;
mod exchange;
mod expected;
mod inbound;
mod judge;
mod keys;
mod matcher;
mod measure;
mod moment;
mod outbound;
mod probe;
mod process;
mod record;
mod request;
mod response;
mod rules;
mod setup;
mod text;
mod transcript;
mod verdict;
mod waiting;

pub use event::RunEvent;
pub use exchange::{Action, Exchange, Input, Outcome};
pub use expected::Standing;
pub use judge::judge;
pub use keys::KeyBook;
pub use moment::Moment;
pub use probe::{Probe, round_trip};
pub use process::{DeathRecord, ProcessRecord, Usage};
pub use record::{
    EntryRecord, EventKind, FORMAT, LimitsRecord, PeerProfile, Record, RequirementRecord, ScriptLine,
    TrialRecord,
};
pub use request::resource_name;
pub use setup::{Fence, Setup};
pub use text::{bytes_of, received_text};
pub use transcript::{Entry, Event, Received, Transcript};
pub use verdict::{Failure, Note, Verdict};
