//! A conforming server of SockJS 0.3.3 over HTTP/1.1 and WebSocket, and its flaws.

mod delivery;
mod flaw;
mod page;
mod reply;
mod request;
mod server;
mod session;
mod socket;
mod table;
mod transport;

pub use self::{flaw::SockJsFlaw, server::SockJsServer};
