//! Certificates of a server over TLS, and ours.

use std::path::PathBuf;

use wsspec_runner::TlsOptions;

use crate::heading;

/// Options about TLS to a server.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct TrustArgs {
    /// PEM file of certificates to trust, in addition to the system's authorities: those of an authority, or the
    /// server's own
    #[arg(long, value_name = "FILE", help_heading = heading::TLS)]
    pub ca_file: Option<PathBuf>,
    /// Accept any certificate
    #[arg(long, help_heading = heading::TLS)]
    pub insecure: bool,
    /// PEM file with the certificate chain to present as the client
    #[arg(long, value_name = "FILE", requires = "client_key", help_heading = heading::TLS)]
    pub client_cert: Option<PathBuf>,
    /// PEM file with the private key for --client-cert
    #[arg(long, value_name = "FILE", requires = "client_cert", help_heading = heading::TLS)]
    pub client_key: Option<PathBuf>,
    /// Server name to send and to check, instead of the target's host
    #[arg(long, value_name = "NAME", help_heading = heading::TLS)]
    pub sni: Option<String>,
}

impl TrustArgs {
    /// The TLS settings.
    pub fn options(&self) -> TlsOptions {
        TlsOptions {
            ca_file: self.ca_file.clone(),
            insecure: self.insecure,
            client_cert: self.client_cert.clone(),
            client_key: self.client_key.clone(),
            server_name: self.sni.clone(),
        }
    }

    /// The options with a value, for the command that does the same again.
    pub fn shown(&self) -> Vec<String> {
        let files = [
            ("--ca-file", &self.ca_file),
            ("--client-cert", &self.client_cert),
            ("--client-key", &self.client_key),
        ];
        let files = files.into_iter().filter_map(|(name, path)| {
            path.as_ref().map(|path| [name.to_owned(), path.display().to_string()])
        });
        let sni = self.sni.iter().map(|name| ["--sni".to_owned(), name.clone()]);
        sni.chain(files).flatten().collect()
    }

    /// The other one.
    pub fn shown_insecure(&self) -> Option<String> {
        self.insecure.then(|| "--insecure".to_owned())
    }
}
