//! TLS over another stream.

use std::io;

use rustls_pki_types::ServerName;
use tokio_rustls::{TlsConnector, rustls};

use super::DialError;
use crate::{
    stream::{Stream, over_tls},
    target::Target,
    tls::{self, TlsSetupError, rustls_error},
};

/// The TLS settings, and the name that is asked for.
pub(super) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Tls {
    /// Reads the files that it needs.
    pub(super) fn new(target: &Target) -> Result<Self, TlsSetupError> {
        let (connector, name) = tls::connector(target)?;
        Ok(Self { connector, name })
    }

    pub(super) async fn over(&self, stream: Stream) -> Result<Stream, DialError> {
        match self.connector.connect(self.name.clone(), stream).await {
            Ok(stream) => Ok(over_tls(stream)),
            Err(error) => Err(self.error(&error)),
        }
    }

    /// A refusal that only the first read reveals: with TLS 1.3, the client finishes its side of the handshake before
    /// the server checks its certificate (RFC 8446, 4.4.2.4).
    pub(super) fn late_refusal(&self, error: &io::Error) -> Option<DialError> {
        matches!(rustls_error(error), Some(rustls::Error::AlertReceived(_))).then(|| self.error(error))
    }

    fn error(&self, error: &io::Error) -> DialError {
        DialError::Tls { name: self.name.to_str().into_owned(), why: tls::explain(error) }
    }
}
