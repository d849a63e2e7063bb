//! The saved record of a run, the source of every report: verdicts, transcripts, and the meaning of their entries, as
//! values. Reports turn them into sentences.
//!
//! Never judges, and knows neither cases nor scripts.

mod entry;
mod event;
mod format1;
mod guide;
mod process;
mod read;
mod record;
mod requirement;
mod saved;
mod serial;
mod standing;
mod usage;
mod verdict;

pub use entry::{EntryRecord, EventKind, Meaning};
pub use event::RunEvent;
pub use guide::{ExplainedRule, Guide};
pub use process::{DeathRecord, ProcessRecord};
pub use read::ParseError;
pub use record::{
    Declared, EchoedKind, EngineIoClientProfile, EngineIoProfile, FORMAT, Fence, LimitsRecord, PeerProfile,
    Record, ScriptLine, SockJsProfile, SocketIoProfile, StompClientProfile, StompProfile, TrialRecord,
};
pub use requirement::{RequirementRecord, that};
pub use standing::Standing;
pub use usage::{Usage, bytes_in_words};
pub use verdict::{Failure, Note, Verdict};
