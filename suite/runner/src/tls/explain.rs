//! Explains a failed TLS handshake, and what to try: one sentence for each reason.

use std::io;

use tokio_rustls::rustls::{AlertDescription, CertificateError, Error, OtherError};

/// Advice if the peer may not speak TLS.
const CLEAR: &str = "does the server speak TLS on this port? For an unencrypted connection, try ws://";

/// Which check failed, and what to try. A certificate may contain any names, so control characters are escaped.
pub(crate) fn explain(error: &io::Error) -> String {
    printable(&match rustls_error(error) {
        Some(error) => explain_tls(error),
        None => explain_io(error),
    })
}

/// The TLS library's error.
pub(crate) fn rustls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

/// The certificate library's error, if the TLS library has no variant for it.
pub(super) fn webpki_error(error: &CertificateError) -> Option<&webpki::Error> {
    match error {
        CertificateError::Other(OtherError(inner)) => inner.downcast_ref(),
        _ => None,
    }
}

/// Why a client failed the TLS handshake with us.
pub(crate) fn explain_client(error: &io::Error) -> String {
    let why = match rustls_error(error) {
        Some(Error::InvalidMessage(_)) => {
            "what it sends is not TLS; should it connect to ws:// instead of wss://?".to_owned()
        }
        Some(Error::AlertReceived(alert)) => {
            format!("it refused with the alert {}; does it trust this certificate?", alert_name(*alert))
        }
        Some(other) => plain(other),
        None => error.to_string(),
    };
    printable(&why)
}

fn printable(text: &str) -> String {
    let spelled_out = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(spelled_out).collect()
}

fn explain_io(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            format!("the server closed the connection during the TLS handshake; {CLEAR}")
        }
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            format!("the server reset the connection during the TLS handshake; {CLEAR}")
        }
        _ => format!("{error}; {CLEAR}"),
    }
}

fn explain_tls(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(certificate) => explain_certificate(certificate),
        Error::InvalidMessage(_) => format!("the server's answer is not TLS; {CLEAR}"),
        Error::AlertReceived(alert) => explain_alert(*alert),
        other => plain(other),
    }
}

fn explain_certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => {
            "no trusted authority has signed its certificate; give the issuer with --ca-file, or try --insecure".into()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired; renew it, or try --insecure".into()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet; check the clocks, or try --insecure".into()
        }
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            "its certificate names no host (it has no subjectAltName); make one that does, give this very certificate \
             with --ca-file, or try --insecure"
                .into()
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<_> = presented.iter().map(|name| format!("`{}`", bare(name))).collect();
            format!(
                "its certificate is for {}; ask for that name with --sni, or try --insecure",
                names.join(", ")
            )
        }
        CertificateError::NotValidForName => {
            "its certificate is for another name; ask for that one with --sni, or try --insecure".into()
        }
        CertificateError::BadEncoding => "its certificate is damaged: it cannot be read as X.509".into(),
        CertificateError::BadSignature => "the signature of its certificate is wrong; try --insecure".into(),
        CertificateError::Revoked => "its certificate has been revoked; renew it, or try --insecure".into(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "its certificate is not for servers (extended key usage); try --insecure".into()
        }
        other => match webpki_error(other) {
            Some(webpki::Error::CaUsedAsEndEntity) => {
                "its certificate is that of an authority, as `openssl req -x509` makes it; give this very certificate \
                 with --ca-file, or try --insecure"
                    .into()
            }
            Some(webpki::Error::UnsupportedCertVersion) => {
                "its certificate is X.509 version 1, which wsspec cannot read, not even with --insecure; make one of \
                 version 3, as `openssl req -x509` does"
                    .into()
            }
            _ => format!("its certificate cannot be used ({}); try --insecure", reason(other)),
        },
    }
}

/// The description of any other error, from its name in the library.
fn reason(error: &CertificateError) -> String {
    match webpki_error(error) {
        Some(error) => words(&format!("{error:?}")),
        None => words(&format!("{error:?}")),
    }
}

/// Why TLS failed for reasons other than certificates.
fn plain(error: &Error) -> String {
    match error {
        Error::PeerIncompatible(why) => {
            format!(
                "the peer and wsspec have no TLS parameters in common ({}); we speak TLS 1.2 and 1.3",
                words(&format!("{why:?}"))
            )
        }
        Error::PeerMisbehaved(why) => {
            format!("the peer breaks the rules of TLS ({})", words(&format!("{why:?}")))
        }
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
            "the peer breaks the rules of TLS (a message out of turn)".into()
        }
        Error::NoCertificatesPresented => "the peer has no certificate".into(),
        Error::InvalidCertificate(certificate) => explain_certificate(certificate),
        other => other.to_string(),
    }
}

fn explain_alert(alert: AlertDescription) -> String {
    let name = alert_name(alert);
    match alert {
        AlertDescription::CertificateRequired => {
            format!(
                "the server demands a client certificate (alert {name}); give one with --client-cert and --client-key"
            )
        }
        AlertDescription::UnknownCA => format!(
            "the server does not know the authority that signed our client certificate (alert {name}); give another \
             one with --client-cert"
        ),
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::AccessDenied => {
            format!(
                "the server does not accept our client certificate (alert {name}); give another one with --client-cert"
            )
        }
        AlertDescription::HandshakeFailure => format!(
            "the server found nothing acceptable in our offer (alert {name}); it may demand a client certificate \
             (--client-cert and --client-key)"
        ),
        AlertDescription::ProtocolVersion => {
            format!("the server speaks neither TLS 1.2 nor 1.3 (alert {name})")
        }
        AlertDescription::UnrecognisedName => {
            format!("the server has no certificate for this name (alert {name}); ask for another with --sni")
        }
        _ => format!("the server refused with the alert {name}"),
    }
}

/// An alert as RFC 8446, section 6, spells it; by its number if the RFC does not define it.
fn alert_name(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::UnknownCA => "unknown_ca".into(),
        AlertDescription::UnrecognisedName => "unrecognized_name".into(),
        AlertDescription::UnknownPSKIdentity => "unknown_psk_identity".into(),
        AlertDescription::Unknown(number) => number.to_string(),
        other => words(&format!("{other:?}")).replace(' ', "_"),
    }
}

/// `NoCipherSuitesInCommon` as `no cipher suites in common`, without the parenthesised part.
fn words(name: &str) -> String {
    let name = name.split(['(', '{', ' ']).next().unwrap_or(name);
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push(' ');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// `DnsName("chat.example")` as `chat.example`.
fn bare(name: &str) -> &str {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(name);
    inner.trim_matches('"')
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn names_of_the_library_become_words() {
        assert_eq!(words("NoCipherSuitesInCommon"), "no cipher suites in common");
        assert_eq!(alert_name(AlertDescription::CertificateRequired), "certificate_required");
        assert_eq!(alert_name(AlertDescription::UnknownCA), "unknown_ca");
        assert_eq!(alert_name(AlertDescription::Unknown(200)), "200");
        assert_eq!((bare("DnsName(\"a.b\")"), bare("a.b")), ("a.b", "a.b"));
    }

    #[test]
    fn no_sentence_about_a_certificate_has_a_name_of_the_library_in_it() {
        let of = |error: webpki::Error| CertificateError::Other(OtherError(Arc::new(error)));
        for error in [
            of(webpki::Error::CaUsedAsEndEntity),
            of(webpki::Error::UnsupportedCertVersion),
            of(webpki::Error::MaximumPathDepthExceeded),
            CertificateError::UnknownRevocationStatus,
        ] {
            let text = explain_certificate(&error);
            assert!(!text.contains("Other") && !text.contains("Error"), "{text}");
            assert!(text.starts_with("its certificate "), "{text}");
        }
    }
}
