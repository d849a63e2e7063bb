//! TLS settings: which certificates we trust, and which we present.

use std::{path::Path, sync::Arc};

use rustls_pki_types::{
    CertificateDer, PrivateKeyDer, ServerName,
    pem::{Error as PemError, PemObject},
};
use thiserror::Error as ThisError;
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, Error, InconsistentKeys, RootCertStore, crypto::ring},
};

mod explain;
mod verifier;

pub(crate) use explain::{explain, explain_client, rustls_error};
use verifier::{TrustAnything, TrustNamed};

use crate::target::TlsOptions;

/// TLS cannot be set up, because a file or a name cannot be used. Says which, and what to try.
#[derive(Debug, ThisError)]
#[error("{0}")]
pub struct TlsSetupError(String);

/// The name of HTTP/2 in ALPN (RFC 9113, 3.1).
pub(crate) const ALPN_HTTP2: &[u8] = b"h2";
/// The name of HTTP/3 (RFC 9114, 3.1).
pub(crate) const ALPN_HTTP3: &[u8] = b"h3";

impl TlsSetupError {
    /// For another reason.
    pub(crate) fn of(why: &str) -> Self {
        Self(format!("TLS cannot be set up: {why}"))
    }
}

/// TLS with these options over another stream, and the name to ask for.
pub(crate) fn connector(
    name: &str,
    options: &TlsOptions,
    alpn: Option<&[u8]>,
) -> Result<(TlsConnector, ServerName<'static>), TlsSetupError> {
    let (config, name) = client_config(name, options, alpn)?;
    Ok((TlsConnector::from(Arc::new(config)), name))
}

/// The TLS configuration with these options, which offers a protocol by ALPN or none, and the name to ask for.
pub(crate) fn client_config(
    name: &str,
    options: &TlsOptions,
    alpn: Option<&[u8]>,
) -> Result<(ClientConfig, ServerName<'static>), TlsSetupError> {
    let server_name = ServerName::try_from(name.to_owned())
        .map_err(|_| TlsSetupError(format!("`{name}` is not a name for TLS; give one with --sni")))?;
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsSetupError::of(&error.to_string()))?;
    let builder = builder.dangerous();
    let builder = if options.insecure {
        builder.with_custom_certificate_verifier(Arc::new(TrustAnything(provider)))
    } else {
        let (roots, named) = roots(options)?;
        let verifier =
            TrustNamed::new(roots, named, provider).map_err(|error| TlsSetupError::of(&error.to_string()))?;
        builder.with_custom_certificate_verifier(Arc::new(verifier))
    };
    let mut config = match (&options.client_cert, &options.client_key) {
        (None, None) => builder.with_no_client_auth(),
        (Some(cert), Some(key)) => {
            let pair = builder.with_client_auth_cert(certificates(cert)?, private_key(key)?);
            pair.map_err(|error| TlsSetupError(no_pair(cert, key, &error)))?
        }
        _ => return Err(TlsSetupError("--client-cert and --client-key go together".into())),
    };
    config.alpn_protocols.extend(alpn.map(<[u8]>::to_vec));
    Ok((config, server_name))
}

/// What is trusted; and of that, what the user named.
fn roots(options: &TlsOptions) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), TlsSetupError> {
    let mut roots = RootCertStore::empty();
    let named = options.ca_file.as_deref().map(certificates).transpose()?.unwrap_or_default();
    for certificate in &named {
        roots.add(certificate.clone()).map_err(|_| {
            let path = options.ca_file.as_deref().unwrap_or(Path::new("")).display();
            TlsSetupError(format!("`{path}` has a certificate that cannot be read as X.509"))
        })?;
    }
    // A platform without a certificate store still has the roots of --ca-file.
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err(TlsSetupError(
            "there are no roots to trust on this machine; give some with --ca-file, or try --insecure".into(),
        ));
    }
    Ok((roots, named))
}

/// The certificates of a PEM file, at least one.
pub(crate) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsSetupError> {
    let found = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(unusable(path, "certificates", &PemError::NoItemsFound)),
        Err(error) => Err(unusable(path, "certificates", &error)),
    }
}

/// The private key of a PEM file.
pub(crate) fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsSetupError> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| unusable(path, "a private key", &error))
}

fn unusable(path: &Path, what: &str, error: &PemError) -> TlsSetupError {
    let path = path.display();
    TlsSetupError(match error {
        PemError::Io(error) => format!("cannot read `{path}`: {error}"),
        PemError::NoItemsFound => format!("`{path}` is not a PEM file with {what}: it holds none"),
        _ => format!("`{path}` is not a PEM file with {what}: it is damaged"),
    })
}

/// Why a certificate and a key cannot be used together.
pub(crate) fn no_pair(cert: &Path, key: &Path, error: &Error) -> String {
    let (cert, key) = (cert.display(), key.display());
    match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            format!("the key in `{key}` does not belong to the certificate in `{cert}`")
        }
        other => format!("`{cert}` and `{key}` cannot be used together: {other}"),
    }
}
