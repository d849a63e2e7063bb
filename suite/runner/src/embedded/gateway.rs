//! The embedded gateway from HTTP/2 to HTTP/1.1: our own, which conforms unless it is started with a flaw.

use std::{io, net::SocketAddr};

use wsspec_peer::{GatewayFlaw, Http2Gateway};

use super::relay::RelayThread;

/// A gateway on a free loopback port, on its own thread, until it is dropped. It speaks HTTP/2 without TLS.
pub struct EmbeddedGateway(RelayThread);

impl EmbeddedGateway {
    /// Starts the gateway in front of the server at `backend`.
    pub fn start(backend: SocketAddr, flaw: Option<GatewayFlaw>) -> io::Result<Self> {
        RelayThread::start("gateway", Some(backend), move || Http2Gateway::new(flaw)).map(Self)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("ws://{}/", self.0.address)
    }
}
