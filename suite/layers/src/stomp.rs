//! STOMP 1.0, 1.1 and 1.2: frames, their octets, and the rules for what a server sends.

mod decode;
mod escape;
mod frame;
mod head;
mod rules;
mod session;
mod version;
mod violation;

pub use self::{
    decode::{StompDecoded, StompDecoder},
    escape::{escaped, unescaped},
    frame::{FrameFault, StompFrame},
    session::{StompSeen, StompSession},
    version::StompVersion,
    violation::StompViolation,
};
