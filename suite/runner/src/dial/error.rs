//! Why a connection cannot be opened.

use std::{io, net::SocketAddr, time::Duration};

use thiserror::Error;

use crate::tls::TlsSetupError;

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
    /// There was no answer.
    #[error("{}", timed_out(.address, *.after, *.accepted))]
    Timeout {
        /// The address.
        address: String,
        /// The time limit.
        after: Duration,
        /// Whether TCP connected, so that only TLS did not answer.
        accepted: bool,
    },
    /// The TLS handshake failed.
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

fn timed_out(address: &str, after: Duration, accepted: bool) -> String {
    if accepted {
        return format!(
            "{address} accepted a connection, but did not answer the TLS handshake within {after:?}; does it speak TLS \
             on this port? For an unencrypted connection, try ws://"
        );
    }
    format!(
        "{address} did not accept a connection within {after:?}; check address and firewall, or raise --connect-timeout"
    )
}

impl DialError {
    /// Whether nothing listens there, as after a server's death. A busy server makes us wait instead.
    pub(crate) fn is_absence(&self) -> bool {
        match self {
            Self::Refused { .. } => true,
            Self::Io { source, .. } => {
                matches!(source.kind(), io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable)
            }
            _ => false,
        }
    }
}
