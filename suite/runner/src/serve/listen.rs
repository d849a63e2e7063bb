//! A listening socket, in the clear or over TLS.

use std::{
    io,
    net::{Ipv6Addr, SocketAddr},
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

/// Connections that the system may hold for us before they are accepted; it may allow fewer.
const BACKLOG: u32 = 16_384;
/// After a connection could not be accepted: others must end before there is room for it.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(20);

/// Accepts clients.
#[derive(Debug)]
pub struct Listener {
    tcp: TcpListener,
    /// On IPv6's own address, which `localhost` may mean.
    loopback: Option<TcpListener>,
    address: SocketAddr,
    tls: Option<ServerTls>,
}

/// A client that has connected, and of which nothing is known yet.
#[derive(Debug)]
pub struct IncomingClient {
    tcp: TcpStream,
    address: SocketAddr,
    tls: Option<ServerTls>,
}

impl Listener {
    /// Listens on `ADDRESS:PORT`; port 0: a free one.
    pub async fn bind(given: &str, tls: Option<ServerTls>) -> Result<Self, ListenError> {
        let no_address = |why: String| ListenError::Address { given: given.to_owned(), why };
        let mut found = lookup_host(given).await.map_err(|error| no_address(error.to_string()))?;
        let wanted = found.next().ok_or_else(|| no_address("the name has none".into()))?;
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => ListenError::Taken { address: wanted },
            io::ErrorKind::PermissionDenied => ListenError::Forbidden { address: wanted },
            io::ErrorKind::AddrNotAvailable => no_address("it is none of this machine's".into()),
            _ => ListenError::Io { address: wanted, source },
        };
        let tcp = listen(wanted).map_err(failed)?;
        let address = tcp.local_addr().map_err(failed)?;
        Ok(Self { tcp, loopback: None, address, tls })
    }

    /// Listens on every address of IPv4 and on IPv6's own; port 0: a free one.
    pub async fn on_every_address(port: u16, tls: Option<ServerTls>) -> Result<Self, ListenError> {
        Ok(Self::bind(&format!("0.0.0.0:{port}"), tls).await?.with_loopback())
    }

    /// Listens on IPv6's own address as well, at the same port: `localhost` may mean that.
    #[must_use]
    pub fn with_loopback(self) -> Self {
        let loopback = SocketAddr::from((Ipv6Addr::LOCALHOST, self.address.port()));
        // Not every machine has IPv6.
        Self { loopback: listen(loopback).ok(), ..self }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of a resource, which begins with `/`: `ws://127.0.0.1:9001/`.
    pub fn url(&self, resource: &str) -> String {
        let scheme = if self.tls.is_some() { "wss" } else { "ws" };
        format!("{scheme}://{}{resource}", self.address)
    }

    /// The next client. Waits where the system has no room for one more.
    pub async fn accept(&self) -> IncomingClient {
        loop {
            match self.accept_tcp().await {
                Ok((tcp, address)) => {
                    return IncomingClient { tcp, address, tls: self.tls.clone() };
                }
                // One client's failure, or no descriptor left: neither is the end of serving.
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
    // A port is free as soon as nobody listens on it, whatever connections it had. Elsewhere than on Unix the option
    // would allow two to listen.
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

    /// Resets the connection, whatever it may be for.
    pub(crate) fn reset(self) {
        over_tcp(self.tcp).reset_on_close();
    }

    /// Does TLS, where the listener does, and reads the request head; all of it within `patience`.
    pub async fn request(self, patience: Duration) -> Result<ClientConnection, IncomingError> {
        self.read(patience, false).await
    }

    /// As [`Self::request`], of a client that may leave TLS out, too.
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
            // What begins with a letter begins with a method: a record of TLS does not (RFC 8446, 5.1).
            if peeked > 0 && first[0].is_ascii_alphabetic() {
                return Ok((over_tcp(self.tcp), None));
            }
        }
        let stream = tls.acceptor.accept(over_tcp(self.tcp)).await.map_err(failed)?;
        let server_name = stream.get_ref().1.server_name().map(str::to_owned);
        Ok((over_tls(stream), Some(ClientTls { server_name })))
    }
}
