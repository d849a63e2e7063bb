//! TLS on the server side.

use std::{fmt, path::Path, sync::Arc};

use quinn::crypto::rustls::QuicServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{Error, ServerConfig, crypto::ring},
};

use super::ListenError;
use crate::tls::{self, TlsSetupError};

/// The name of HTTP/1.1 in ALPN (RFC 7301, 6).
const ALPN_HTTP1: &[u8] = b"http/1.1";

/// A certificate and its key, ready to serve.
#[derive(Clone)]
pub struct ServerTls {
    config: Arc<ServerConfig>,
    certificate: CertificateDer<'static>,
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerTls")
    }
}

impl ServerTls {
    /// Loads PEM files of a certificate chain and its private key.
    pub fn from_files(cert: &Path, key: &Path) -> Result<Self, ListenError> {
        let said = |error: TlsSetupError| ListenError::Tls(error.to_string());
        let chain = tls::certificates(cert).map_err(said)?;
        let key_of = tls::private_key(key).map_err(said)?;
        Self::new(chain, key_of).map_err(|error| ListenError::Tls(tls::no_pair(cert, key, &error)))
    }

    /// Generates a new self-signed certificate for these names and addresses.
    pub fn self_signed(names: &[String]) -> Result<Self, ListenError> {
        let unmade = |why: rcgen::Error| ListenError::Tls(format!("cannot make a certificate: {why}"));
        let made = rcgen::generate_simple_self_signed(names).map_err(unmade)?;
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        Self::new(vec![made.cert.der().clone()], key).map_err(|error| ListenError::Tls(error.to_string()))
    }

    /// The certificate in DER, for a client that is to trust it.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    pub(super) fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, Error> {
        let certificate = chain.first().cloned().ok_or(Error::NoCertificatesPresented)?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))?;
        Ok(Self { config: Arc::new(config), certificate })
    }

    /// Offers HTTP/2, then HTTP/1.1, by ALPN (RFC 7301).
    pub(super) fn offering_http2(mut self) -> Self {
        let config = Arc::make_mut(&mut self.config);
        config.alpn_protocols = vec![tls::ALPN_HTTP2.to_vec(), ALPN_HTTP1.to_vec()];
        self
    }

    /// The settings of a server of HTTP/3.
    ///
    /// # Errors
    /// There is no cipher suite that QUIC begins with.
    pub(crate) fn over_quic(&self) -> Result<quinn::ServerConfig, ListenError> {
        let mut config = (*self.config).clone();
        config.alpn_protocols = vec![tls::ALPN_HTTP3.to_vec()];
        let crypto =
            QuicServerConfig::try_from(config).map_err(|error| ListenError::Tls(error.to_string()))?;
        Ok(quinn::ServerConfig::with_crypto(Arc::new(crypto)))
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.clone())
    }
}
