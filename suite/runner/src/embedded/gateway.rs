//! The embedded gateway from HTTP/2 to HTTP/1.1: our own, which conforms unless it is started with a flaw.

use std::{io, net::SocketAddr};

use wsspec_peer::{GatewayFlaw, Http2Gateway, ProxyOutput};

use super::relay::{RelayThread, RelayingProxy};

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

impl RelayingProxy for Http2Gateway {
    fn front_sent(&mut self, octets: &[u8]) {
        self.from_front(octets);
    }

    fn back_sent(&mut self, octets: &[u8]) {
        self.from_back(octets);
    }

    fn front_ended(&mut self) {
        self.front_ended();
    }

    fn back_ended(&mut self) {
        self.back_ended();
    }

    /// It has one server, to which there is no connection.
    fn tried(&mut self, is_connected: bool) {
        if !is_connected {
            self.not_connected();
        }
    }

    fn take(&mut self) -> Vec<ProxyOutput> {
        self.take()
    }
}
