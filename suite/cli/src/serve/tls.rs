//! `--tls`: how we, as the server, have TLS.

use std::path::PathBuf;

use wsspec_runner::ServerTls;

use crate::failure::CommandError;

/// Options of a server's TLS.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "TLS")]
pub struct TlsArgs {
    /// Serve over TLS (wss://), with a certificate that is made for it
    #[arg(long, value_name = "HOW", value_enum, conflicts_with = "tls_cert")]
    pub tls: Option<Certificate>,
    /// Serve over TLS with this certificate chain, a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Its private key, a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
}

/// Where a certificate comes from that no file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Certificate {
    /// Made anew, signed by nobody: clients must be told to trust anything
    SelfSigned,
}

impl TlsArgs {
    /// What clients are met with; `None`: the clear. A certificate that is made is for `names` and this machine's own.
    pub fn server(&self, names: &[&str]) -> Result<Option<ServerTls>, CommandError> {
        let made = match (self.tls, &self.tls_cert, &self.tls_key) {
            (Some(Certificate::SelfSigned), ..) => {
                // The last is what cases about internationalized names lead to.
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

    /// For the command that runs a trial again.
    pub fn shown(&self) -> Vec<String> {
        let made = self.tls.iter().flat_map(|_| ["--tls".to_owned(), "self-signed".to_owned()]);
        let files = [("--tls-cert", &self.tls_cert), ("--tls-key", &self.tls_key)];
        let files = files.into_iter().filter_map(|(name, path)| Some((name, path.as_ref()?)));
        made.chain(files.flat_map(|(name, path)| [name.to_owned(), path.display().to_string()])).collect()
    }
}
