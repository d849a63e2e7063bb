//! Opening connections: names, TCP, TLS; each failure in a sentence of its own.

use std::{io, net::SocketAddr, pin::Pin, sync::Arc, task, time::Duration};

use rustls_pki_types::ServerName;
use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::{TlsConnector, TlsStream, rustls};

use crate::{target::Target, tls};

/// Opens connections to one target.
#[derive(Clone)]
pub struct Dialer {
    target: Arc<Target>,
    addresses: Arc<[SocketAddr]>,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

/// Why there is no connection. Each says what was tried and what to try next.
#[derive(Debug, Error)]
pub enum DialError {
    /// No address for the name.
    #[error("no address for `{host}`: {why}; check the name, or give an IP address")]
    Resolve {
        /// The name.
        host: String,
        /// What the resolver says.
        why: String,
    },
    /// Nothing listens.
    #[error("nothing listens on {address}: connection refused; start the server, or check the port")]
    Refused {
        /// Where.
        address: SocketAddr,
    },
    /// No answer.
    #[error(
        "{address} did not accept a connection within {after:?}; check address and firewall, or raise --connect-timeout"
    )]
    Timeout {
        /// Where.
        address: String,
        /// How long it was given.
        after: Duration,
    },
    /// TLS did not come about.
    #[error("no TLS with `{name}`: {why}")]
    Tls {
        /// The name that was asked for.
        name: String,
        /// Which check failed, and what to try.
        why: String,
    },
    /// A file that TLS needs cannot be used.
    #[error("{0}")]
    TlsFile(String),
    /// Anything else.
    #[error("cannot connect to {address}: {source}")]
    Io {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

/// A connection, in the clear or over TLS.
pub enum Stream {
    /// In the clear.
    Plain(TcpStream),
    /// Over TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Dialer {
    /// Looks the name up and reads what TLS needs, once.
    pub async fn new(target: Arc<Target>) -> Result<Self, DialError> {
        let host = target.host.clone();
        let resolve = |why: String| DialError::Resolve { host: host.clone(), why };
        let after = target.connect_timeout;
        let found = timeout(after, lookup_host((target.host.as_str(), target.port))).await;
        let found = found.map_err(|_| resolve(format!("no answer within {after:?}")))?;
        let found = found.map_err(|error| resolve(error.to_string()))?;
        let addresses: Arc<[SocketAddr]> = found.collect();
        if addresses.is_empty() {
            return Err(resolve("the name has none".into()));
        }
        let tls = target.secure.then(|| tls::connector(&target)).transpose()?;
        Ok(Self { target, addresses, tls })
    }

    /// The peer as `tcp4:127.0.0.1:9001`.
    pub fn peer(&self) -> String {
        let family = |address: &SocketAddr| if address.is_ipv4() { "tcp4" } else { "tcp6" };
        self.addresses.first().map_or(String::new(), |address| {
            format!("{}:{}:{}", family(address), address.ip(), address.port())
        })
    }

    /// Opens a connection.
    pub async fn dial(&self) -> Result<Stream, DialError> {
        let after = self.target.connect_timeout;
        let address = format!("{}:{}", self.target.host, self.target.port);
        match timeout(after, self.connect()).await {
            Ok(connected) => connected,
            Err(_) => Err(DialError::Timeout { address, after }),
        }
    }

    /// A refusal of TLS that shows only in the first thing read: with TLS 1.3 the client's side of the handshake is
    /// done before the server looks at its certificate (RFC 8446, 4.4.2.4).
    pub(crate) fn late_refusal(&self, error: &io::Error) -> Option<DialError> {
        let (_, name) = self.tls.as_ref()?;
        matches!(rustls_error(error), Some(rustls::Error::AlertReceived(_))).then(|| tls_error(name, error))
    }

    async fn connect(&self) -> Result<Stream, DialError> {
        let tcp = self.connect_tcp().await?;
        // Each write of a script is a segment of its own.
        let _ = tcp.set_nodelay(true);
        let Some((connector, name)) = &self.tls else { return Ok(Stream::Plain(tcp)) };
        match connector.connect(name.clone(), tcp).await {
            Ok(stream) => Ok(Stream::Tls(Box::new(stream.into()))),
            Err(error) => Err(tls_error(name, &error)),
        }
    }

    async fn connect_tcp(&self) -> Result<TcpStream, DialError> {
        let mut last = None;
        for &address in self.addresses.iter() {
            match TcpStream::connect(address).await {
                Ok(tcp) => return Ok(tcp),
                Err(source) => last = Some((address, source)),
            }
        }
        Err(match last {
            Some((address, source)) if source.kind() == io::ErrorKind::ConnectionRefused => {
                DialError::Refused { address }
            }
            Some((address, source)) => DialError::Io { address, source },
            None => DialError::Resolve { host: self.target.host.clone(), why: "the name has none".into() },
        })
    }
}

fn tls_error(name: &ServerName<'_>, error: &io::Error) -> DialError {
    DialError::Tls { name: name.to_str().into_owned(), why: tls::explain(error) }
}

impl Stream {
    /// Makes the end of the connection an RST.
    pub fn reset_on_close(&self) {
        let _ = self.tcp().set_zero_linger();
    }

    /// Does not delay the acknowledgement of what comes next: a server that waits for it before it writes again (RFC
    /// 9293, 3.7.4, Nagle's algorithm) would take 40 ms for two answers. The system forgets it at each read.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn acknowledge_at_once(&self) {
        let _ = self.tcp().set_quickack(true);
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn acknowledge_at_once(&self) {}

    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(stream) => stream.get_ref().0,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> task::Poll<io::Result<()>> {
        let stream = self.get_mut();
        let read = match &mut *stream {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        };
        if matches!(read, task::Poll::Ready(Ok(()))) {
            stream.acknowledge_at_once();
        }
        read
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
        bytes: &[u8],
    ) -> task::Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> task::Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> task::Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// Whether an error of TLS lies with the peer's certificate, for tests.
pub(crate) fn rustls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}
