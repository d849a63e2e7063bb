//! A port of this machine on all its addresses: whatever host a spec names, those who reach a container's port by another
//! one rely on it.

use wsspec_runner::{Incoming, ListenError, Listener, ServerTls};

use crate::failure::Failure;

/// Listens on every address of IPv4, and on IPv6's own, which `localhost` may mean.
pub struct Everywhere {
    main: Listener,
    local: Option<Listener>,
}

impl Everywhere {
    /// Port 0: a free one.
    pub async fn bind(port: u16, tls: Option<ServerTls>) -> Result<Self, Failure> {
        let failed = |error: ListenError| Failure::Usage(error.to_string());
        let main = Listener::bind(&format!("0.0.0.0:{port}"), tls.clone()).await.map_err(failed)?;
        // Not every machine has IPv6.
        let local = Listener::bind(&format!("[::1]:{}", main.address().port()), tls).await.ok();
        Ok(Self { main, local })
    }

    pub fn port(&self) -> u16 {
        self.main.address().port()
    }

    /// The next client.
    pub async fn accept(&self) -> Incoming {
        let Some(local) = &self.local else { return self.main.accept().await };
        tokio::select! {
            incoming = self.main.accept() => incoming,
            incoming = local.accept() => incoming,
        }
    }
}
