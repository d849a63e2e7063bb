//! TLS over another stream.

use std::io;

use rustls_pki_types::ServerName;
use tokio_rustls::{TlsConnector, rustls};

use super::DialError;
use crate::{
    proxy::Proxy,
    stream::{Stream, over_tls},
    target::{Target, TlsOptions},
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
        let name = target.tls.server_name.as_ref().unwrap_or(&target.host);
        let (connector, name) = tls::connector(name, &target.tls)?;
        Ok(Self { connector, name })
    }

    /// To a proxy: the same is trusted, but who we are is for the target alone.
    pub(super) fn to_proxy(proxy: &Proxy, target: &Target) -> Result<Self, TlsSetupError> {
        let TlsOptions { ca_file, insecure, .. } = target.tls.clone();
        let options = TlsOptions { ca_file, insecure, ..TlsOptions::default() };
        let (connector, name) = tls::connector(&proxy.host, &options)?;
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
