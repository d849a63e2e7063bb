//! A server of Engine.IO that sends messages back, or has Socket.IO on top, a client that does the same, and their flaws. They
//! take messages and the time, and never read a clock.

mod app;
mod client;
mod client_app;
mod client_flaw;
mod client_table;
mod echo;
mod events;
mod flaw;
mod habit;
mod outbound;
mod reply;
mod server;
mod table;

pub use self::{
    client::EngineIoClient, client_flaw::EngineIoClientFlaw, flaw::EngineIoFlaw, habit::EngineIoHabit,
    outbound::MessageOutput, server::EngineIoServer,
};
