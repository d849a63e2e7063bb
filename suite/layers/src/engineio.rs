//! Engine.IO, version 4 of its protocol, over WebSocket and HTTP long-polling: packets, the messages and bodies that they are
//! in, and the rules for what either end sends.

mod packet;
mod payload;
mod polling;
mod rules;
mod session;
mod violation;

pub use self::{
    packet::{EngineIoPacket, EngineIoType},
    payload::EngineIoPayload,
    polling::{EngineIoPolled, EngineIoPolling},
    session::{EngineIoSeen, EngineIoSession},
    violation::EngineIoViolation,
};
