//! Why a connection cannot be opened.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use thiserror::Error;

use super::ProxyDialError;
use crate::tls::TlsSetupError;

/// What a connection was waited for that did not come about in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stalled {
    /// TCP or the socket.
    Accept,
    /// The TLS handshake with the server.
    Tls,
    /// A proxy's answer.
    Tunnel,
    /// Any answer over QUIC.
    Quic,
}

/// Why connecting failed. Each variant says what was tried and what to try next.
#[derive(Debug, Error)]
pub enum DialError {
    /// The name has no address.
    #[error("no address for `{host}`: {why}; check the name, or give an IP address")]
    Resolve {
        /// The name.
        host: String,
        /// The resolver's reason.
        why: String,
    },
    /// Nothing listens there.
    #[error("nothing listens on {address}: connection refused; start the server, or check the port")]
    Refused {
        /// The address.
        address: SocketAddr,
    },
    /// No answer.
    #[error("{}", timed_out(.address, *.after, *.at))]
    Timeout {
        /// The address.
        address: String,
        /// The time limit.
        after: Duration,
        /// What got no answer.
        at: Stalled,
    },
    /// No connection to a Unix socket.
    #[error("{}", no_socket(.path, .source))]
    Socket {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No way through a proxy.
    #[error(transparent)]
    Proxy(#[from] ProxyDialError),
    /// TLS did not come about.
    #[error("no TLS with `{name}`: {why}")]
    Tls {
        /// The name that was asked for.
        name: String,
        /// Which check failed, and what to try.
        why: String,
    },
    /// The server does not speak HTTP/2 over TLS.
    #[error("{}", not_http2(.name, .chosen.as_deref()))]
    NotHttp2 {
        /// The name that was asked for.
        name: String,
        /// The protocol that it chose, if any.
        chosen: Option<String>,
    },
    /// The server does not speak HTTP/3.
    #[error("`{name}` does not speak HTTP/3 here: {why}; enable it in the server, or leave out --http3")]
    NotHttp3 {
        /// The name that was asked for.
        name: String,
        /// What it did.
        why: String,
    },
    /// TLS cannot be set up.
    #[error(transparent)]
    TlsSetup(#[from] TlsSetupError),
    /// Another error.
    #[error("cannot connect to {address}: {source}")]
    Io {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
}

fn not_http2(name: &str, chosen: Option<&str>) -> String {
    let what = match chosen {
        Some(chosen) => format!("chose `{chosen}`, not `h2`, by ALPN"),
        None => "did not choose `h2` by ALPN".to_owned(),
    };
    format!("`{name}` {what}: it does not speak HTTP/2 here; enable it in the server, or leave out --http2")
}

fn timed_out(address: &str, after: Duration, at: Stalled) -> String {
    match at {
        Stalled::Accept => format!(
            "{address} did not accept a connection within {after:?}; check address and firewall, or raise \
             --connect-timeout"
        ),
        Stalled::Tls => format!(
            "{address} accepted a connection, but did not answer the TLS handshake within {after:?}; does it speak TLS \
             on this port? For an unencrypted connection, try ws://"
        ),
        Stalled::Quic => format!(
            "{address} did not answer over QUIC within {after:?}: there is no server of HTTP/3 on this UDP port, or \
             something on the way drops UDP; check address and firewall, or leave out --http3"
        ),
        Stalled::Tunnel => format!(
            "the proxy `{address}` accepted a connection, but did not open a tunnel within {after:?}; is this the port of \
             such a proxy? If it is slow, raise --connect-timeout"
        ),
    }
}

fn no_socket(path: &Path, source: &io::Error) -> String {
    let path = path.display();
    match source.kind() {
        io::ErrorKind::NotFound => {
            format!("there is no socket `{path}`; start the server, or check the path")
        }
        io::ErrorKind::ConnectionRefused => {
            format!("nothing listens on `{path}`: connection refused; start the server, or check the path")
        }
        _ => format!("cannot connect to `{path}`: {source}"),
    }
}

impl DialError {
    /// Whether nothing listens there, as after a server's death. A busy server makes us wait instead.
    pub(crate) fn is_absence(&self) -> bool {
        match self {
            Self::Refused { .. } => true,
            Self::Io { source, .. } => {
                matches!(source.kind(), io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable)
            }
            Self::Socket { source, .. } => {
                matches!(source.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound)
            }
            _ => false,
        }
    }

    /// The same, where what could not be reached is a proxy.
    pub(super) fn at_proxy(self, proxy: String) -> Self {
        let why = match self {
            Self::Resolve { why, .. } => format!("no address for its name: {why}"),
            Self::Refused { .. } => "connection refused".into(),
            Self::Io { source, .. } => source.to_string(),
            other => return other,
        };
        ProxyDialError::Unreachable { proxy, why }.into()
    }
}
