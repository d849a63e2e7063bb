//! The embedded proxy for SOCKS 5: our own, which conforms unless it is started with a flaw.

use std::io;

use wsspec_peer::{ProxyLeak, ProxyOutput, SocksFlaw, SocksProxy};

use super::relay::{RelayThread, RelayingProxy};

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

impl RelayingProxy for SocksProxy {
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

    fn tried(&mut self, is_connected: bool) {
        match is_connected {
            true => self.connected(),
            false => self.not_connected(),
        }
    }

    fn take(&mut self) -> Vec<ProxyOutput> {
        self.take()
    }
}
