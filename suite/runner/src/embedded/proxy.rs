//! The embedded reverse proxy: our own, which conforms unless it is started with a flaw.

use std::{io, net::SocketAddr};

use wsspec_peer::{ProxyFlaw, ProxyLeak, ReverseProxy};

use super::relay::RelayThread;

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
