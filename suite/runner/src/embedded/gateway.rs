//! The embedded gateways from HTTP/2 to HTTP/1.1, from HTTP/1.1 to HTTP/2, and from HTTP/2 to HTTP/2: our own, which conform unless they are started with a flaw.

use std::{io, net::SocketAddr};

use wsspec_peer::{GatewayFlaw, Http2Gateway, ProxyChain, ReverseProxy, UpgradeGateway, UpgradeGatewayFlaw};

use super::relay::RelayThread;

/// A gateway on a free loopback port, on its own thread, until it is dropped. What it speaks of HTTP/2 is without TLS.
pub struct EmbeddedGateway(RelayThread);

impl EmbeddedGateway {
    /// Starts a gateway from HTTP/2 in front of the server of HTTP/1.1 at `backend`.
    pub fn start(backend: SocketAddr, flaw: Option<GatewayFlaw>) -> io::Result<Self> {
        RelayThread::start("gateway", Some(backend), move || Http2Gateway::new(flaw)).map(Self)
    }

    /// Starts a gateway from HTTP/1.1 in front of the server of HTTP/2 at `backend`.
    pub fn to_http2(backend: SocketAddr, flaw: Option<UpgradeGatewayFlaw>) -> io::Result<Self> {
        let gateway = move || ProxyChain::new(ReverseProxy::new(), UpgradeGateway::new(flaw));
        RelayThread::start("gateway", Some(backend), gateway).map(Self)
    }

    /// Starts a gateway from HTTP/2 in front of the server of HTTP/2 at `backend`.
    pub fn between_http2(backend: SocketAddr) -> io::Result<Self> {
        let gateway = || ProxyChain::new(Http2Gateway::new(None), UpgradeGateway::new(None));
        RelayThread::start("gateway", Some(backend), gateway).map(Self)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("ws://{}/", self.0.address)
    }
}
