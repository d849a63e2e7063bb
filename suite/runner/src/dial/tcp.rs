//! TCP, the start of most routes.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::DialError;
use crate::stream::{Stream, over_tcp};

/// The addresses of a name.
pub(super) struct Tcp {
    host: String,
    addresses: Vec<SocketAddr>,
}

impl Tcp {
    /// Resolves a name.
    pub(super) async fn resolve(host: &str, port: u16, after: Duration) -> Result<Self, DialError> {
        let resolve = |why: String| DialError::Resolve { host: host.to_owned(), why };
        let found = timeout(after, lookup_host((host, port))).await;
        let found = found.map_err(|_| resolve(format!("no answer within {after:?}")))?;
        let addresses: Vec<_> = found.map_err(|error| resolve(error.to_string()))?.collect();
        if addresses.is_empty() {
            return Err(resolve("the name has none".into()));
        }
        Ok(Self { host: host.to_owned(), addresses })
    }

    /// The first address as `tcp4:127.0.0.1:9001`.
    pub(super) fn peer(&self) -> String {
        let family = |address: &SocketAddr| if address.is_ipv4() { "tcp4" } else { "tcp6" };
        self.first().as_ref().map_or(String::new(), |address| {
            format!("{}:{}:{}", family(address), address.ip(), address.port())
        })
    }

    /// The first address.
    pub(super) fn first(&self) -> Option<SocketAddr> {
        self.addresses.first().copied()
    }

    /// All addresses, at least one.
    pub(super) fn all(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Connects to the first address that accepts.
    pub(super) async fn open(&self) -> Result<Stream, DialError> {
        let mut last = None;
        for &address in &self.addresses {
            match TcpStream::connect(address).await {
                Ok(tcp) => return Ok(over_tcp(tcp)),
                Err(source) => last = Some((address, source)),
            }
        }
        Err(match last {
            Some((address, source)) if source.kind() == io::ErrorKind::ConnectionRefused => {
                DialError::Refused { address }
            }
            Some((address, source)) => DialError::Io { address, source },
            None => DialError::Resolve { host: self.host.clone(), why: "the name has none".into() },
        })
    }
}
