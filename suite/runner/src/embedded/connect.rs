//! The embedded proxy that opens tunnels: our own, which conforms unless it is started with a flaw.

use std::io;

use wsspec_peer::{ConnectFlaw, ConnectHabit, ConnectProxy, ProxyLeak};

use super::relay::RelayThread;

/// A proxy for CONNECT on a free loopback port, on its own thread, until it is dropped. It demands a user and a password.
pub struct EmbeddedConnectProxy(RelayThread);

impl EmbeddedConnectProxy {
    /// Starts a proxy with a flaw, or none.
    pub fn start(flaw: Option<ConnectFlaw>) -> io::Result<Self> {
        let leak = ProxyLeak::default();
        Self::serving(move || ConnectProxy::among(flaw, &leak))
    }

    /// Starts a proxy that conforms in its own way.
    pub fn with_habit(habit: ConnectHabit) -> io::Result<Self> {
        Self::serving(move || ConnectProxy::with_habit(habit))
    }

    fn serving(proxy: impl Fn() -> ConnectProxy + Send + 'static) -> io::Result<Self> {
        RelayThread::start("connect proxy", None, proxy).map(Self)
    }

    /// Its address, with user and password.
    pub fn url(&self) -> String {
        let (user, password) = (ConnectProxy::USER, ConnectProxy::PASSWORD);
        format!("http://{user}:{password}@{}", self.0.address)
    }
}
