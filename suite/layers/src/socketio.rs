//! Socket.IO, version 5 of its protocol, in the encoding of its default parser: packets, their messages, and the rules for
//! what either end sends.

mod packet;
mod rules;
mod session;
mod state;
mod violation;

pub use self::{
    packet::{SocketIoPacket, SocketIoType},
    session::{SocketIoSeen, SocketIoSession},
    violation::SocketIoViolation,
};
