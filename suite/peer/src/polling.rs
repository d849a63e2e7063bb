//! A conforming server of Engine.IO with both of its transports, which sends messages back, and the flaws of its long-polling.

mod delivery;
mod flaw;
mod request;
mod server;
mod session;
mod socket;
mod table;
mod upgrade;

pub use self::{flaw::PollingFlaw, server::PollingServer};
