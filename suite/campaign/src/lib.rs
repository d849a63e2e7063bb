//! Fuzzing campaigns against WebSocket servers: which session is next, what must come of it, and what was found.
//!
//! Never opens a connection, never reads a clock.

pub mod campaign;
pub mod finding;
pub mod model;
pub mod seeded;
pub mod session;
pub mod shrink;
