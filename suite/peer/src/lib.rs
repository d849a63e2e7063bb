//! A WebSocket echo server and an echo client that conform to RFC 6455, or break exactly one chosen rule. The suite is
//! tested with them.
//!
//! [`Peer`], the server, and [`Client`] take bytes and return what to do: they never do I/O, never read a clock, and
//! never panic on input. With a [`Flaw`], they deviate in one place, marked there by an `if`; everything else still
//! conforms.
//!
//! ```
//! use wsspec_peer::{Peer, PeerOutput};
//!
//! let mut peer = Peer::new();
//! peer.receive(b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
//!     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
//! let PeerOutput::Write(response) = &peer.take()[0] else { unreachable!() };
//! assert!(response.starts_with(b"HTTP/1.1 101 "));
//! ```

mod client;
mod connection;
mod engineio;
mod flaw;
mod gateway;
mod habit;
mod handshake;
mod http2_client;
mod http_peer;
mod keys;
mod layer_flaws;
mod output;
mod pacing;
mod peer;
mod polling;
mod proxy;
mod proxy_chain;
mod reader;
mod relaying;
mod sockjs;
mod socks;
mod stomp;
mod stream;
mod tunnel;
mod upgrade_gateway;
mod utf8;
mod web;
mod writer;

pub use crate::{
    client::Client,
    engineio::{
        EngineIoClient, EngineIoClientFlaw, EngineIoFlaw, EngineIoHabit, EngineIoServer, MessageOutput,
    },
    flaw::Flaw,
    gateway::{GatewayFlaw, Http2Gateway},
    habit::Habit,
    http_peer::HttpPeer,
    http2_client::Http2Client,
    output::PeerOutput,
    pacing::PeerPacing,
    peer::Peer,
    polling::{PollingFlaw, PollingServer},
    proxy::{ProxyFlaw, ProxyLeak, ReverseProxy},
    proxy_chain::ProxyChain,
    relaying::{ProxyOutput, RelayingProxy},
    sockjs::{SockJsFlaw, SockJsServer},
    socks::{SocksFlaw, SocksProxy},
    stomp::{StompBroker, StompClient, StompClientFlaw, StompFlaw},
    tunnel::{ConnectFlaw, ConnectHabit, ConnectProxy},
    upgrade_gateway::{UpgradeGateway, UpgradeGatewayFlaw},
    web::WebServer,
};
