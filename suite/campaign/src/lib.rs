//! Fuzzing campaigns against WebSocket servers and clients: which session is next, what the peer must answer, and what was
//! found.
//!
//! Never opens a connection, never reads a clock.

pub mod campaign;
mod case_file;
pub mod directed;
pub mod edges;
pub mod finding;
mod job;
pub mod model;
pub mod seeded;
pub mod session;
pub mod shrink;

pub use job::{HuntPulse, Job, Pacing, PlayedSession, ServerDeath, SessionSource, Ticket, Turn};
