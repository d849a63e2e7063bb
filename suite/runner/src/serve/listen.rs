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

use super::{ClientConnection, IncomingError, ListenError, ServerTls, streams::ClientStreams};
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
    http2: bool,
}

/// A client that has connected, and has not sent its request yet.
#[derive(Debug)]
pub struct IncomingClient {
    tcp: TcpStream,
    address: SocketAddr,
    tls: Option<ServerTls>,
    http2: bool,
}

/// A connection on which a client may ask for something.
pub(crate) enum AskingClient {
    /// Over HTTP/1.1, the request has arrived.
    Http1(Box<ClientConnection>),
    /// Over HTTP/2, each stream has a request.
    Http2(ClientStreams),
}

/// A connection, and what is known about it.
struct OpenedClient {
    stream: Stream,
    tls: Option<ClientTls>,
    /// What TLS has agreed on, or what the client begins with in the clear.
    is_http2: bool,
    /// What it has chosen by ALPN.
    chosen: Option<Vec<u8>>,
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
        Ok(Self { tcp, loopback: None, address, tls, http2: false })
    }

    /// Takes HTTP/2, too: over TLS by ALPN, in the clear from clients that begin with it (RFC 9113, 3).
    #[must_use]
    pub fn with_http2(self) -> Self {
        Self { tls: self.tls.map(ServerTls::offering_http2), http2: true, ..self }
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

    /// Whether it takes HTTP/2.
    pub(crate) fn takes_http2(&self) -> bool {
        self.http2
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
                    let (tls, http2) = (self.tls.clone(), self.http2);
                    return IncomingClient { tcp, address, tls, http2 };
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

    /// The connection, without TLS and before anything is read.
    pub(crate) fn into_stream(self) -> Stream {
        over_tcp(self.tcp)
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

    /// Like [`Self::request`], for a client whose requests over HTTP/2 are served one beside the other.
    pub(crate) async fn asking(self, patience: Duration) -> Result<AskingClient, IncomingError> {
        let address = self.address;
        let opened = self.opened(patience, false).await?;
        if opened.is_http2 {
            let OpenedClient { stream, tls, .. } = opened;
            return Ok(AskingClient::Http2(ClientStreams::new(stream, tls, address)));
        }
        ClientConnection::read(opened.stream, opened.tls, address, patience)
            .await
            .map(|connection| AskingClient::Http1(Box::new(connection)))
    }

    async fn read(self, patience: Duration, takes_clear: bool) -> Result<ClientConnection, IncomingError> {
        let (address, http2, is_secure) = (self.address, self.http2, self.tls.is_some());
        let OpenedClient { stream, tls, is_http2, chosen } = self.opened(patience, takes_clear).await?;
        match (http2, is_http2) {
            (false, _) => ClientConnection::read(stream, tls, address, patience).await,
            (true, true) => ClientConnection::begun(stream, tls, address, patience).await,
            (true, false) => Err(IncomingError::NotHttp2 { why: not_http2(is_secure, chosen.as_deref()) }),
        }
    }

    async fn opened(self, patience: Duration, takes_clear: bool) -> Result<OpenedClient, IncomingError> {
        match timeout(patience, self.stream(takes_clear)).await {
            Ok(opened) => opened,
            Err(_) => Err(IncomingError::Silent { after: patience }),
        }
    }

    async fn stream(self, takes_clear: bool) -> Result<OpenedClient, IncomingError> {
        let failed = |error: io::Error| IncomingError::Tls { why: tls::explain_client(&error) };
        let clear = |stream, is_http2| OpenedClient { stream, tls: None, is_http2, chosen: None };
        let Some(tls) = self.tls else {
            let is_http2 = self.http2 && begins_http2(&self.tcp).await;
            return Ok(clear(over_tcp(self.tcp), is_http2));
        };
        if takes_clear {
            let mut first = [0];
            let peeked = self.tcp.peek(&mut first).await.map_err(failed)?;
            // An HTTP method begins with a letter; a TLS record does not (RFC 8446, 5.1).
            if peeked > 0 && first[0].is_ascii_alphabetic() {
                let is_http2 = self.http2 && begins_http2(&self.tcp).await;
                return Ok(clear(over_tcp(self.tcp), is_http2));
            }
        }
        let stream = tls.acceptor().accept(over_tcp(self.tcp)).await.map_err(failed)?;
        let session = stream.get_ref().1;
        let server_name = session.server_name().map(str::to_owned);
        let chosen = session.alpn_protocol().map(<[u8]>::to_vec);
        let is_http2 = self.http2 && chosen.as_deref() == Some(tls::ALPN_HTTP2);
        Ok(OpenedClient { stream: over_tls(stream), tls: Some(ClientTls { server_name }), is_http2, chosen })
    }
}

/// Whether a client begins with the preface of HTTP/2: three octets tell it from every method, and they come in one
/// segment or not at all.
async fn begins_http2(tcp: &TcpStream) -> bool {
    const BEGIN: &[u8] = b"PRI";
    let mut begun = [0; BEGIN.len()];
    matches!(tcp.peek(&mut begun).await, Ok(count) if count > 0 && BEGIN.starts_with(&begun[..count]))
}

/// What a client speaks in place of HTTP/2, as the end of a sentence.
fn not_http2(is_secure: bool, chosen: Option<&[u8]>) -> String {
    match (is_secure, chosen) {
        (false, _) => "does not begin with the preface of HTTP/2".to_owned(),
        (true, None) => "does not offer HTTP/2, `h2`, by ALPN".to_owned(),
        (true, Some(chosen)) => {
            let shown = String::from_utf8_lossy(chosen).escape_debug().to_string();
            format!("does not offer HTTP/2, `h2`, by ALPN: `{shown}` was agreed on")
        }
    }
}
