//! The embedded reverse proxy: our own, which conforms unless it is started with a flaw.

use std::{io, net::SocketAddr};

use wsspec_peer::{ProxyFlaw, ProxyLeak, ProxyOutput, ReverseProxy};

use super::relay::{RelayThread, RelayingProxy};

/// A reverse proxy on a free loopback port, on its own thread, until it is dropped.
pub struct EmbeddedProxy(RelayThread);

impl EmbeddedProxy {
    /// Starts the proxy in front of the server at `backend`.
    pub fn start(backend: SocketAddr, flaw: Option<ProxyFlaw>) -> io::Result<Self> {
        let leak = ProxyLeak::default();
        let proxy = move || flaw.map_or_else(ReverseProxy::new, |flaw| ReverseProxy::among(flaw, &leak));
        RelayThread::start("proxy", Some(backend), proxy).map(Self)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("ws://{}/", self.0.address)
    }
}

impl RelayingProxy for ReverseProxy {
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
