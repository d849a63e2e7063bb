//! TLS: what is trusted, who we are, and what a failed check means.

use std::{io, path::Path, sync::Arc};

use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject};
use thiserror::Error as ThisError;
use tokio_rustls::{
    TlsConnector,
    rustls::{
        AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore,
        SignatureScheme,
        client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    },
};

use crate::target::{Target, TlsOptions};

/// TLS cannot be set up: a file cannot be used, or a name. Says which and what to try.
#[derive(Debug, ThisError)]
#[error("{0}")]
pub struct TlsSetupError(String);

/// What TLS with a target takes, and the name that is asked for.
pub(crate) fn connector(target: &Target) -> Result<(TlsConnector, ServerName<'static>), TlsSetupError> {
    let name = target.tls.server_name.as_ref().unwrap_or(&target.host);
    let server_name = ServerName::try_from(name.clone())
        .map_err(|_| TlsSetupError(format!("`{name}` is not a name for TLS; give one with --sni")))?;
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsSetupError(format!("TLS cannot be set up: {error}")))?;
    let builder = if target.tls.insecure {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(TrustAnything(provider)))
    } else {
        builder.with_root_certificates(roots(&target.tls)?)
    };
    let config = match (&target.tls.client_cert, &target.tls.client_key) {
        (None, None) => builder.with_no_client_auth(),
        (Some(cert), Some(key)) => {
            builder.with_client_auth_cert(certificates(cert)?, private_key(key)?).map_err(|error| {
                TlsSetupError(format!("`{}` and `{}`: {error}", cert.display(), key.display()))
            })?
        }
        _ => return Err(TlsSetupError("--client-cert and --client-key go together".into())),
    };
    Ok((TlsConnector::from(Arc::new(config)), server_name))
}

fn roots(options: &TlsOptions) -> Result<RootCertStore, TlsSetupError> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = &options.ca_file {
        for certificate in certificates(path)? {
            roots.add(certificate).map_err(|error| {
                TlsSetupError(format!("`{}` holds no usable root: {error}", path.display()))
            })?;
        }
    }
    // A platform without a store of its own still has the roots of --ca-file.
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err(TlsSetupError(
            "there are no roots to trust on this machine; give some with --ca-file, or try --insecure".into(),
        ));
    }
    Ok(roots)
}

pub(crate) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsSetupError> {
    let unreadable =
        |why: String| TlsSetupError(format!("`{}` is not a PEM file of certificates: {why}", path.display()));
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(error.to_string()))?;
    if found.is_empty() { Err(unreadable("it holds none".into())) } else { Ok(found) }
}

pub(crate) fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsSetupError> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| {
        TlsSetupError(format!("`{}` is not a PEM file with a private key: {error}", path.display()))
    })
}

/// Which check failed, and what to try. A certificate may hold any names: what controls a terminal is spelled out.
pub(crate) fn explain(error: &io::Error) -> String {
    printable(&explain_as_is(error))
}

fn printable(text: &str) -> String {
    let spelled_out = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(spelled_out).collect()
}

/// What TLS itself says.
pub(crate) fn rustls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

/// What keeps a client from TLS with us.
pub(crate) fn explain_client(error: &io::Error) -> String {
    let why = match rustls_error(error) {
        Some(Error::InvalidMessage(_)) => {
            "what it says is not TLS; is it to connect to ws:// and not wss://?".into()
        }
        Some(Error::AlertReceived(alert)) => {
            format!("it refused with the alert {alert:?}; is it to trust this certificate?")
        }
        _ => error.to_string(),
    };
    printable(&why)
}

fn explain_as_is(error: &io::Error) -> String {
    let Some(tls) = rustls_error(error) else {
        return format!("{error}; does the server speak TLS on this port? For the clear, try ws://");
    };
    match tls {
        Error::InvalidCertificate(certificate) => match certificate {
            CertificateError::UnknownIssuer => {
                "its certificate is signed by nobody who is trusted here; give the issuer with --ca-file, or try \
                 --insecure"
                    .into()
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired; renew it, or try --insecure".into()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet; check the clocks, or try --insecure".into()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("its certificate is for another name ({certificate}); ask for that one with --sni, or try --insecure")
            }
            other => format!("its certificate does not hold: {other}; try --insecure"),
        },
        Error::InvalidMessage(_) => {
            "the server's answer is not TLS; does it speak TLS on this port? For the clear, try ws://".into()
        }
        Error::AlertReceived(alert) => {
            let advice = match alert {
                AlertDescription::CertificateRequired | AlertDescription::HandshakeFailure => {
                    "; does it want a certificate of ours (--client-cert and --client-key)?"
                }
                AlertDescription::UnrecognisedName => "; ask for another name with --sni",
                _ => "",
            };
            format!("the server refused with the alert {alert:?}{advice}")
        }
        other => other.to_string(),
    }
}

/// `--insecure`: any certificate will do, though its signatures must still fit.
#[derive(Debug)]
struct TrustAnything(Arc<CryptoProvider>);

impl ServerCertVerifier for TrustAnything {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
