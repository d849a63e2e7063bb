//! Fuzzing campaigns against WebSocket servers: which session is next, what the server must answer, and what was
//! found.
//!
//! Never opens a connection, never reads a clock.

pub mod campaign;
mod case_file;
pub mod finding;
mod job;
pub mod model;
pub mod seeded;
pub mod session;
pub mod shrink;

pub use job::{Job, Pacing, PlayedSession, SessionSource, Ticket, Turn};
