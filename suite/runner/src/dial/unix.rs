//! A Unix socket, where ways begin that do not leave this machine.

use std::path::PathBuf;

use super::DialError;
use crate::stream::Stream;

/// A socket in the file system.
pub(super) struct UnixSocket(pub(super) PathBuf);

impl UnixSocket {
    pub(super) fn peer(&self) -> String {
        format!("unix:{}", self.0.display())
    }

    #[cfg(unix)]
    pub(super) async fn open(&self) -> Result<Stream, DialError> {
        let connected = tokio::net::UnixStream::connect(&self.0).await;
        let failed = |source| DialError::Socket { path: self.0.clone(), source };
        connected.map(crate::stream::over_unix).map_err(failed)
    }

    #[cfg(not(unix))]
    pub(super) async fn open(&self) -> Result<Stream, DialError> {
        let source = std::io::Error::new(std::io::ErrorKind::Unsupported, "only on Unix");
        Err(DialError::Socket { path: self.0.clone(), source })
    }
}
