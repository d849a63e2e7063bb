//! SockJS 0.3.3: frames, the ways in which transports wrap them, and the rules for what a server sends.

mod body;
mod frame;
mod info;
mod session;
mod transport;
mod violation;

pub use self::{
    body::SockJsBody,
    frame::{SockJsFrame, SockJsWord},
    info::SockJsInfo,
    session::{SockJsSeen, SockJsSession},
    transport::SockJsTransport,
    violation::SockJsViolation,
};
