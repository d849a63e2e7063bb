//! `--tls`: TLS for our own servers.

use std::path::PathBuf;

use wsspec_runner::ServerTls;

use crate::{failure::CommandError, heading};

/// Options of a server's TLS.
#[derive(Clone, Debug, clap::Args)]
pub struct TlsArgs {
    /// Serve over TLS (wss://), with a certificate made for this run
    #[arg(long, value_name = "HOW", value_enum, conflicts_with = "tls_cert", help_heading = heading::TLS)]
    pub tls: Option<Certificate>,
    /// Serve over TLS with this certificate chain, a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_key", help_heading = heading::TLS)]
    pub tls_cert: Option<PathBuf>,
    /// Private key for --tls-cert, a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_cert", help_heading = heading::TLS)]
    pub tls_key: Option<PathBuf>,
}

/// A certificate that does not come from a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Certificate {
    /// A new self-signed certificate, which clients must be set to trust
    SelfSigned,
}

impl TlsArgs {
    /// The TLS settings; `None` without TLS. A generated certificate is for `names` and the names of this machine.
    pub fn server(&self, names: &[&str]) -> Result<Option<ServerTls>, CommandError> {
        let made = match (self.tls, &self.tls_cert, &self.tls_key) {
            (Some(Certificate::SelfSigned), ..) => {
                // Cases about internationalized names use the last one.
                let own = ["localhost", "127.0.0.1", "::1", "xn--bcher-kva.localhost"];
                let mut all: Vec<String> = own.iter().chain(names).map(ToString::to_string).collect();
                all.sort();
                all.dedup();
                ServerTls::self_signed(&all)
            }
            (None, Some(cert), Some(key)) => ServerTls::from_files(cert, key),
            _ => return Ok(None),
        };
        made.map(Some).map_err(|error| CommandError::Usage(error.to_string()))
    }

    /// The options for the command that runs a trial again.
    pub fn shown(&self) -> Vec<String> {
        let made = self.tls.iter().flat_map(|_| ["--tls".to_owned(), "self-signed".to_owned()]);
        let files = [("--tls-cert", &self.tls_cert), ("--tls-key", &self.tls_key)];
        let files = files.into_iter().filter_map(|(name, path)| Some((name, path.as_ref()?)));
        made.chain(files.flat_map(|(name, path)| [name.to_owned(), path.display().to_string()])).collect()
    }
}
