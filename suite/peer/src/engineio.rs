//! A server of Engine.IO that sends messages back, or has Socket.IO on top, and its flaws. It takes messages and the time,
//! and never reads a clock.

mod app;
mod events;
mod flaw;
mod habit;
mod outbound;
mod reply;
mod server;
mod table;

pub use self::{flaw::EngineIoFlaw, habit::EngineIoHabit, outbound::MessageOutput, server::EngineIoServer};
