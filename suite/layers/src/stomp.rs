//! STOMP 1.0, 1.1 and 1.2: frames, their octets, and the rules for what a server or a client sends.

mod client;
mod client_rules;
mod client_violation;
mod decode;
mod escape;
mod frame;
mod head;
mod rules;
mod session;
mod version;
mod violation;

pub use self::{
    client::{ClientHalf, ClientSubscription},
    client_violation::StompClientViolation,
    decode::{StompDecoded, StompDecoder},
    escape::{escaped, unescaped},
    frame::{FrameFault, StompFrame},
    session::{StompSeen, StompSession},
    version::StompVersion,
    violation::StompViolation,
};
