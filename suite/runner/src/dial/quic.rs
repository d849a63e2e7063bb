//! QUIC, the whole way to a server of HTTP/3 (RFC 9114, 3).

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};

use quinn::{
    ClientConfig, Connection, ConnectionError, Endpoint, TransportConfig, VarInt,
    crypto::rustls::QuicClientConfig,
};
use tokio::time::timeout;

use super::{DialError, Stalled, tcp::Tcp};
use crate::{
    quic::over_quic,
    stream::Stream,
    target::{Target, authority_of},
    tls::{self, ALPN_HTTP3, TlsSetupError},
};

/// Errors of TLS are codes of QUIC from here on (RFC 9001, 4.8).
const OF_TLS: u64 = 0x100;
/// The alert of a server that knows no protocol of those offered (RFC 7301, 3.2).
const NO_APPLICATION_PROTOCOL: u64 = OF_TLS + 120;

/// The addresses of a server, and how to connect to them.
pub(super) struct Quic {
    addresses: Tcp,
    config: ClientConfig,
    name: String,
    authority: String,
    after: Duration,
    /// One socket for all connections of a family of addresses.
    v4: OnceLock<Endpoint>,
    v6: OnceLock<Endpoint>,
}

impl Quic {
    /// Resolves the name, and loads the files for TLS.
    pub(super) async fn new(target: &Target) -> Result<Self, DialError> {
        let addresses = Tcp::resolve(&target.host, target.port, target.connect_timeout).await?;
        Ok(Self {
            addresses,
            config: config(target)?,
            name: target.tls.server_name.clone().unwrap_or_else(|| target.host.clone()),
            authority: authority_of(&target.host, target.port),
            after: target.connect_timeout,
            v4: OnceLock::new(),
            v6: OnceLock::new(),
        })
    }

    /// The first address as `udp4:127.0.0.1:9001`.
    pub(super) fn peer(&self) -> String {
        self.addresses.peer().replacen("tcp", "udp", 1)
    }

    /// Connects to the first address that answers. Silence is all that a closed port may show, so each has its share of
    /// the time.
    pub(super) async fn open(&self) -> Result<Stream, DialError> {
        let addresses = self.addresses.all();
        let share = self.after / u32::try_from(addresses.len().max(1)).unwrap_or(u32::MAX);
        let mut last = None;
        for &address in addresses {
            match timeout(share, self.connect(address)).await {
                Ok(Ok(connection)) => return Ok(Box::new(over_quic(connection))),
                Ok(Err(error)) => last = Some(error),
                Err(_) => {}
            }
        }
        Err(last.unwrap_or_else(|| self.silence()))
    }

    async fn connect(&self, address: SocketAddr) -> Result<Connection, DialError> {
        let endpoint = self.endpoint(address)?;
        let connecting = endpoint.connect_with(self.config.clone(), address, &self.name);
        let connecting = connecting.map_err(|error| self.no_tls(&error.to_string()))?;
        connecting.await.map_err(|error| self.failed(address, &error))
    }

    fn endpoint(&self, address: SocketAddr) -> Result<&Endpoint, DialError> {
        let (cell, local) = match address {
            SocketAddr::V4(_) => (&self.v4, SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))),
            SocketAddr::V6(_) => (&self.v6, SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))),
        };
        if cell.get().is_none() {
            let made = Endpoint::client(local).map_err(|source| DialError::Io { address, source })?;
            let _ = cell.set(made);
        }
        cell.get().ok_or_else(|| self.silence())
    }

    fn silence(&self) -> DialError {
        DialError::Timeout { address: self.authority.clone(), after: self.after, at: Stalled::Quic }
    }

    fn no_tls(&self, why: &str) -> DialError {
        let why = why.escape_debug();
        DialError::Tls {
            name: self.name.clone(),
            why: format!("{why}; if its certificate is one of your own, give --ca-file, or try --insecure"),
        }
    }

    fn failed(&self, address: SocketAddr, error: &ConnectionError) -> DialError {
        let code = match error {
            ConnectionError::TimedOut => return self.silence(),
            ConnectionError::TransportError(error) => u64::from(error.code),
            ConnectionError::ConnectionClosed(close) => u64::from(close.error_code),
            other => {
                let why = other.to_string().escape_debug().to_string();
                return DialError::NotHttp3 { name: self.name.clone(), why: format!("{why} (at {address})") };
            }
        };
        match code {
            NO_APPLICATION_PROTOCOL => {
                let why = "did not choose `h3` by ALPN".to_owned();
                DialError::NotHttp3 { name: self.name.clone(), why }
            }
            _ if (OF_TLS..OF_TLS + 0x100).contains(&code) => self.no_tls(&error.to_string()),
            _ => {
                let why = error.to_string().escape_debug().to_string();
                DialError::NotHttp3 { name: self.name.clone(), why }
            }
        }
    }
}

/// The settings of connections; fails if a file for TLS cannot be used.
pub(super) fn config(target: &Target) -> Result<ClientConfig, TlsSetupError> {
    let name = target.tls.server_name.as_ref().unwrap_or(&target.host);
    let (tls, _) = tls::client_config(name, &target.tls, Some(ALPN_HTTP3))?;
    let crypto = QuicClientConfig::try_from(tls).map_err(|error| TlsSetupError::of(&error.to_string()))?;
    let mut config = ClientConfig::new(Arc::new(crypto));
    let mut transport = TransportConfig::default();
    // Servers open no such streams (RFC 9114, 6.1).
    transport.max_concurrent_bidi_streams(VarInt::from_u32(0));
    config.transport_config(Arc::new(transport));
    Ok(config)
}
