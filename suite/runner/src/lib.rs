//! Runs plans against real servers, and plays the server for clients. The only library crate of wsspec that opens
//! connections and reads a clock.

mod bundle;
mod client;
mod confirmation;
mod dial;
mod drive;
mod edges;
mod embedded;
mod extended_connect;
mod gate;
mod handshake;
mod hunt;
mod intermediary;
mod message_peer;
mod player;
mod probe;
mod proxy;
mod quic;
mod schedule;
mod serve;
mod spawn;
mod stream;
mod tap;
mod target;
mod tls;
mod trial;
mod userinfo;

pub use client::ClientCommand;
pub use confirmation::{
    Confirmation, Evidence, UNCONFIRMED, doubted, is_of_one_connection, is_same_failure, is_slow, patient,
    usual, weigh,
};
pub use dial::{DialError, Dialer, ProxyDialError, Stalled};
pub use drive::{DriveLimits, Driver};
pub use edges::{EdgeMap, EdgeMapError};
pub use embedded::{
    EmbeddedConnectProxy, EmbeddedGateway, EmbeddedProxy, EmbeddedServer, EmbeddedSocksProxy, KnownDeviations,
};
pub use handshake::{HandshakeError, request};
pub use hunt::{HuntEnd, Hunter};
pub use intermediary::run_through;
pub use message_peer::{MessageAnswer, MessagePeer, echo};
pub use player::{Heard, Player, PlayerStep};
pub use probe::ProbeError;
pub use proxy::{NoProxy, Proxy, ProxyError, ProxyScheme};
pub use schedule::{RunOptions, run_client, run_plan};
pub use serve::{
    CertificateAuthority, ClientConnection, ForeignRequest, IncomingClient, IncomingError, ListenError,
    Listener, OriginPolicy, PlayedTrial, ServerTls, allow_many_connections, serve,
};
pub use spawn::{
    Address, Dialogue, DialogueError, OneShot, SpawnError, SpawnOptions, Variable, Watched, free_port,
    last_words,
};
pub use stream::{Duplex, Stream};
pub use tap::{TapEvent, TapLedger, TapOptions, most_connections, tap};
pub use target::{Http2Start, Target, TargetError, TlsOptions};
pub use tls::TlsSetupError;
