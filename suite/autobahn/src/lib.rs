//! What users of Autobahn|Testsuite rely on, without I/O: its spec files, its 517 cases, its grading, its reports.
//!
//! The ids, the bytes sent, the accepted events, the words of a verdict and the layout of the files are an interface
//! that other projects' scripts read; descriptions and code are our own. Nothing here opens a connection or reads a
//! clock: a [`CaseSession`] takes the bytes that arrive and the time, and says what to write and how long to wait.

mod api;
mod case;
mod cases;
mod command;
mod data;
mod file_stem;
mod grade;
mod handshake;
mod html;
mod id;
mod json;
mod log;
mod options;
mod pattern;
mod report;
mod result;
mod session;
mod spec;
mod traffic;

pub use api::{ApiError, ApiRequest, Asked};
pub use case::{AutobahnCase, CaseEvent, CloseRule};
pub use cases::{all, find};
pub use command::DirectCommand;
pub use file_stem::file_stem;
pub use grade::{Behavior, CloseBehavior};
pub use handshake::{ClientHandshake, upgrade_response};
pub use id::CaseId;
pub use options::{OptionsError, ProtocolOptions};
pub use pattern::{AgentExclusions, PatternError, select};
pub use report::Reports;
pub use result::CaseResult;
pub use session::{CaseSession, SessionAction, SessionPace};
pub use spec::{ClientSpec, ServerSpec, SpecError, TestedServer};
