//! Where a server that is started is to listen.

use std::{fmt, path::PathBuf, time::Duration};

use tokio::{net::TcpStream, time::timeout};

/// How long one look may take.
const LOOK_TIMEOUT: Duration = Duration::from_secs(1);

/// A port, or a socket in the file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A name or an address without brackets, and a port.
    Tcp {
        /// The name or address.
        host: String,
        /// The port.
        port: u16,
    },
    /// A Unix socket.
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

impl Address {
    /// A command with the port in each place that is meant for it.
    pub(super) fn filled_into(&self, command: &str) -> String {
        match self {
            Self::Tcp { port, .. } => command.replace("{port}", &port.to_string()),
            Self::Unix(_) => command.to_owned(),
        }
    }

    /// Whether a server listens there.
    pub(super) async fn has_listener(&self) -> bool {
        let connected = async {
            match self {
                Self::Tcp { host, port } => TcpStream::connect((host.as_str(), *port)).await.is_ok(),
                #[cfg(unix)]
                Self::Unix(path) => tokio::net::UnixStream::connect(path).await.is_ok(),
                #[cfg(not(unix))]
                Self::Unix(_) => false,
            }
        };
        timeout(LOOK_TIMEOUT, connected).await.unwrap_or(false)
    }
}
