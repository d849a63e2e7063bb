//! A listening socket, with or without TLS.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpSocket, TcpStream, lookup_host},
    time::{sleep, timeout},
};

use wsspec_referee::ClientTls;

use super::{ClientConnection, IncomingError, ListenError, ServerTls};
use crate::{
    stream::{Stream, over_tcp, over_tls},
    tls,
};

/// Connections that the system may queue before they are accepted; it may allow fewer.
const BACKLOG: u32 = 16_384;
/// Pause after a connection could not be accepted: others must end before there is room for it.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(20);

/// Accepts clients.
#[derive(Debug)]
pub struct Listener {
    tcp: TcpListener,
    /// A second socket on IPv6's loopback address, which `localhost` may resolve to.
    loopback: Option<TcpListener>,
    address: SocketAddr,
    tls: Option<ServerTls>,
}

/// A client that has connected, and has not sent its request yet.
#[derive(Debug)]
pub struct IncomingClient {
    tcp: TcpStream,
    address: SocketAddr,
    tls: Option<ServerTls>,
}

impl Listener {
    /// Listens on `ADDRESS:PORT`; port 0 picks a free one.
    pub async fn bind(given: &str, tls: Option<ServerTls>) -> Result<Self, ListenError> {
        let no_address = |why: String| ListenError::Address { given: given.to_owned(), why };
        let mut found = lookup_host(given).await.map_err(|error| no_address(error.to_string()))?;
        let wanted = found.next().ok_or_else(|| no_address("the name has none".into()))?;
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => ListenError::Taken { address: wanted },
            io::ErrorKind::PermissionDenied => ListenError::Forbidden { address: wanted },
            io::ErrorKind::AddrNotAvailable => no_address("it does not belong to this machine".into()),
            _ => ListenError::Io { address: wanted, source },
        };
        let tcp = listen(wanted).map_err(failed)?;
        let address = tcp.local_addr().map_err(failed)?;
        Ok(Self { tcp, loopback: None, address, tls })
    }

    /// Listens on every IPv4 address, and on IPv6's loopback address; port 0 picks a free one.
    pub async fn on_every_address(port: u16, tls: Option<ServerTls>) -> Result<Self, ListenError> {
        Ok(Self::bind(&format!("{}:{port}", Ipv4Addr::UNSPECIFIED), tls).await?.with_ipv6_loopback())
    }

    /// Listens on IPv6's loopback address as well, on the same port: `localhost` may resolve to it.
    #[must_use]
    pub fn with_ipv6_loopback(self) -> Self {
        let loopback = SocketAddr::from((Ipv6Addr::LOCALHOST, self.address.port()));
        // Not every machine has IPv6.
        Self { loopback: listen(loopback).ok(), ..self }
    }

    /// Listens only on the loopback addresses of IPv4 and IPv6; port 0 picks a free one.
    pub async fn on_loopback(port: u16, tls: Option<ServerTls>) -> Result<Self, ListenError> {
        Ok(Self::bind(&format!("{}:{port}", Ipv4Addr::LOCALHOST), tls).await?.with_ipv6_loopback())
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of a resource, which begins with `/`: `ws://127.0.0.1:9001/`.
    pub fn url(&self, resource: &str) -> String {
        let scheme = if self.tls.is_some() { "wss" } else { "ws" };
        format!("{scheme}://{}{resource}", self.address)
    }

    /// The next client. Waits while the system has no room for another one.
    pub async fn accept(&self) -> IncomingClient {
        loop {
            match self.accept_tcp().await {
                Ok((tcp, address)) => {
                    return IncomingClient { tcp, address, tls: self.tls.clone() };
                }
                // This client failed, or no file descriptor is left: go on serving.
                Err(_) => sleep(ACCEPT_BACKOFF).await,
            }
        }
    }

    async fn accept_tcp(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let Some(loopback) = &self.loopback else { return self.tcp.accept().await };
        tokio::select! {
            accepted = self.tcp.accept() => accepted,
            accepted = loopback.accept() => accepted,
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Lets us listen on a port whose old connections are still closing. On systems other than Unix, this option would
    // let two processes listen.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

impl IncomingClient {
    /// The client's address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Resets the connection, whatever its purpose.
    pub(crate) fn reset(self) {
        over_tcp(self.tcp).reset_on_close();
    }

    /// Performs the TLS handshake, if the listener uses TLS, and reads the request head; all of it within `patience`.
    pub async fn request(self, patience: Duration) -> Result<ClientConnection, IncomingError> {
        self.read(patience, false).await
    }

    /// Like [`Self::request`], for a client that may also connect without TLS.
    pub(crate) async fn request_even_in_the_clear(
        self,
        patience: Duration,
    ) -> Result<ClientConnection, IncomingError> {
        self.read(patience, true).await
    }

    async fn read(self, patience: Duration, takes_clear: bool) -> Result<ClientConnection, IncomingError> {
        let address = self.address;
        match timeout(patience, self.stream(takes_clear)).await {
            Ok(Ok((stream, tls))) => ClientConnection::read(stream, tls, address, patience).await,
            Ok(Err(error)) => Err(error),
            Err(_) => Err(IncomingError::Silent { after: patience }),
        }
    }

    async fn stream(self, takes_clear: bool) -> Result<(Stream, Option<ClientTls>), IncomingError> {
        let Some(tls) = self.tls else { return Ok((over_tcp(self.tcp), None)) };
        let failed = |error: io::Error| IncomingError::Tls { why: tls::explain_client(&error) };
        if takes_clear {
            let mut first = [0];
            let peeked = self.tcp.peek(&mut first).await.map_err(failed)?;
            // An HTTP method begins with a letter; a TLS record does not (RFC 8446, 5.1).
            if peeked > 0 && first[0].is_ascii_alphabetic() {
                return Ok((over_tcp(self.tcp), None));
            }
        }
        let stream = tls.acceptor.accept(over_tcp(self.tcp)).await.map_err(failed)?;
        let server_name = stream.get_ref().1.server_name().map(str::to_owned);
        Ok((over_tls(stream), Some(ClientTls { server_name })))
    }
}
