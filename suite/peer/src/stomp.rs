//! A conforming broker of STOMP for one connection, a conforming client, and their flaws; without I/O.

mod broker;
mod client;
mod client_flaw;
mod client_output;
mod client_table;
mod deliver;
mod flaw;
mod octets;
mod output;
mod table;

pub use self::{broker::StompBroker, client::StompClient, client_flaw::StompClientFlaw, flaw::StompFlaw};
