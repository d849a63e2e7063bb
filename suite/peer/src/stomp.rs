//! A conforming broker of STOMP for one connection, and its flaws; without I/O.

mod broker;
mod deliver;
mod flaw;
mod output;
mod table;

pub use self::{broker::StompBroker, flaw::StompFlaw};
