//! Engine.IO, version 4 of its protocol, over WebSocket: packets, their messages, and the rules for what a server sends.

mod packet;
mod rules;
mod session;
mod violation;

pub use self::{
    packet::{EngineIoPacket, EngineIoType},
    session::{EngineIoSeen, EngineIoSession},
    violation::EngineIoViolation,
};
