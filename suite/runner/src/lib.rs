//! Runs plans against real servers, and plays the server for clients: the one library crate of wsspec that opens
//! connections and reads a clock.

mod client;
mod dial;
mod drive;
mod embedded;
mod hunt;
mod probe;
mod schedule;
mod serve;
mod spawn;
mod target;
mod tls;
mod trial;

pub use client::Client;
pub use dial::{DialError, Dialer, Stream};
pub use embedded::EmbeddedServer;
pub use hunt::{HuntEnd, Hunter};
pub use probe::Unfit;
pub use schedule::{RunOptions, run_client, run_plan};
pub use serve::{
    Connection, Incoming, ListenError, Listener, Played, ServerTls, Unserved, allow_many_connections, serve,
};
pub use spawn::{Address, Dialogue, Hush, Once, SpawnError, SpawnOptions, Watched, free_port, last_words};
pub use target::{Target, TargetError, TlsOptions};
