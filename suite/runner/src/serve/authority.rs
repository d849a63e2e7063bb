//! An authority of one run, which signs the certificates that clients meet: good ones, and ones with a fault.

use std::{fmt, io::Write, path::Path, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls_pki_types::PrivateKeyDer;
use tempfile::NamedTempFile;
use wsspec_catalogue::CertificateFault;

use super::{ListenError, ServerTls};

/// The name that a certificate for another host is for.
const OTHER_NAME: &str = "other.invalid";

/// An authority, and the file with its certificate, which is removed with it.
#[derive(Clone)]
pub struct CertificateAuthority(Arc<AuthorityParts>);

struct AuthorityParts {
    issuer: Issuer<'static, KeyPair>,
    file: NamedTempFile,
    /// What its good certificates are for.
    names: Vec<String>,
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CertificateAuthority")
    }
}

impl CertificateAuthority {
    /// A new one, for servers with these names and addresses.
    ///
    /// # Errors
    /// The file cannot be written, or a name is not one.
    pub fn new(names: &[String]) -> Result<Self, ListenError> {
        let (issuer, pem) = issuer("wsspec, one run").map_err(unmade)?;
        let unwritten = |error: std::io::Error| {
            ListenError::Tls(format!("cannot write the certificate of the authority: {error}"))
        };
        let mut file =
            tempfile::Builder::new().prefix("wsspec-ca-").suffix(".pem").tempfile().map_err(unwritten)?;
        file.write_all(pem.as_bytes()).and_then(|()| file.flush()).map_err(unwritten)?;
        Ok(Self(Arc::new(AuthorityParts { issuer, file, names: names.to_vec() })))
    }

    /// The PEM file of its certificate, for clients to trust.
    pub fn path(&self) -> &Path {
        self.0.file.path()
    }

    /// TLS with a certificate that it has signed and that clients which trust it accept.
    ///
    /// # Errors
    /// A name cannot stand in a certificate.
    pub fn good(&self) -> Result<ServerTls, ListenError> {
        let params = self.params(&self.0.names)?;
        signed(params, &self.0.issuer)
    }

    /// TLS with a certificate that clients have to refuse.
    ///
    /// # Errors
    /// As [`Self::good`].
    pub fn faulty(&self, fault: CertificateFault) -> Result<ServerTls, ListenError> {
        match fault {
            CertificateFault::OtherName => signed(self.params(&[OTHER_NAME.to_owned()])?, &self.0.issuer),
            CertificateFault::UnknownAuthority => {
                let (other, _) = issuer("wsspec, nobody's authority").map_err(unmade)?;
                signed(self.params(&self.0.names)?, &other)
            }
            CertificateFault::SelfSigned => ServerTls::self_signed(&self.0.names),
            CertificateFault::Expired => {
                let mut params = self.params(&self.0.names)?;
                (params.not_before, params.not_after) =
                    (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 1, 1));
                signed(params, &self.0.issuer)
            }
            CertificateFault::NotYetValid => {
                let mut params = self.params(&self.0.names)?;
                (params.not_before, params.not_after) =
                    (date_time_ymd(2998, 1, 1), date_time_ymd(2999, 1, 1));
                signed(params, &self.0.issuer)
            }
        }
    }

    fn params(&self, names: &[String]) -> Result<CertificateParams, ListenError> {
        CertificateParams::new(names).map_err(unmade)
    }
}

fn issuer(name: &str) -> Result<(Issuer<'static, KeyPair>, String), rcgen::Error> {
    let mut params = CertificateParams::new([])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate()?;
    let pem = params.self_signed(&key)?.pem();
    Ok((Issuer::new(params, key), pem))
}

fn signed(mut params: CertificateParams, by: &Issuer<'_, KeyPair>) -> Result<ServerTls, ListenError> {
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().map_err(unmade)?;
    let cert = params.signed_by(&key, by).map_err(unmade)?;
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    ServerTls::new(vec![cert.der().clone()], key).map_err(|error| ListenError::Tls(error.to_string()))
}

fn unmade(why: rcgen::Error) -> ListenError {
    ListenError::Tls(format!("no certificate can be made: {why}"))
}
