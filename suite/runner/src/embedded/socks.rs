//! The embedded proxy for SOCKS 5: our own, which conforms unless it is started with a flaw.

use std::io;

use wsspec_peer::{ProxyLeak, SocksFlaw, SocksProxy};

use super::relay::RelayThread;

/// A proxy for SOCKS 5 on a free loopback port, on its own thread, until it is dropped. It demands a user and a password.
pub struct EmbeddedSocksProxy(RelayThread);

impl EmbeddedSocksProxy {
    /// Starts a proxy with a flaw, or none.
    pub fn start(flaw: Option<SocksFlaw>) -> io::Result<Self> {
        let leak = ProxyLeak::default();
        RelayThread::start("socks proxy", None, move || SocksProxy::among(flaw, &leak)).map(Self)
    }

    /// Its address, with user and password.
    pub fn url(&self) -> String {
        let (user, password) = (SocksProxy::USER, SocksProxy::PASSWORD);
        format!("socks5://{user}:{password}@{}", self.0.address)
    }
}
