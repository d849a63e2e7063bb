//! TLS over another stream.

use std::io;

use rustls_pki_types::ServerName;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{self, AlertDescription},
};

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
    /// The server has to agree to HTTP/2.
    wants_http2: bool,
}

impl Tls {
    /// Reads the files that it needs.
    pub(super) fn new(target: &Target) -> Result<Self, TlsSetupError> {
        let name = target.tls.server_name.as_ref().unwrap_or(&target.host);
        let (connector, name) = tls::connector(name, &target.tls, target.http2.map(|_| tls::ALPN_HTTP2))?;
        Ok(Self { connector, name, wants_http2: target.http2.is_some() })
    }

    /// To a proxy: the same is trusted, but who we are is for the target alone.
    pub(super) fn to_proxy(proxy: &Proxy, target: &Target) -> Result<Self, TlsSetupError> {
        let TlsOptions { ca_file, insecure, .. } = target.tls.clone();
        let options = TlsOptions { ca_file, insecure, ..TlsOptions::default() };
        let (connector, name) = tls::connector(&proxy.host, &options, None)?;
        Ok(Self { connector, name, wants_http2: false })
    }

    pub(super) async fn over(&self, stream: Stream) -> Result<Stream, DialError> {
        match self.connector.connect(self.name.clone(), stream).await {
            Ok(stream) => self.agreed(stream),
            Err(error) if self.wants_http2 && is_no_protocol(&error) => Err(self.not_http2(None)),
            Err(error) => Err(self.error(&error)),
        }
    }

    /// The stream, where the server has chosen what it has to (RFC 9113, 3.2).
    fn agreed(&self, stream: TlsStream<Stream>) -> Result<Stream, DialError> {
        let chosen = stream.get_ref().1.alpn_protocol();
        match self.wants_http2 && chosen != Some(tls::ALPN_HTTP2) {
            true => Err(self.not_http2(chosen)),
            false => Ok(over_tls(stream)),
        }
    }

    fn not_http2(&self, chosen: Option<&[u8]>) -> DialError {
        let chosen = chosen.map(|name| String::from_utf8_lossy(name).escape_debug().to_string());
        DialError::NotHttp2 { name: self.name.to_str().into_owned(), chosen }
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

/// Whether the server knows no protocol of those offered (RFC 7301, 3.2).
fn is_no_protocol(error: &io::Error) -> bool {
    let alert = rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol);
    rustls_error(error) == Some(&alert)
}
