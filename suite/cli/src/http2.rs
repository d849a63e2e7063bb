//! `--http2` and `--http2-prior-knowledge`, for clients that we play the server to.

use wsspec_exchange::Carrier;

use crate::{failure::CommandError, heading};

/// Options of a server that takes HTTP/2.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Http2Args {
    /// Take connections over HTTP/2 (RFC 8441), agreed on by ALPN; with TLS
    #[arg(long, conflicts_with = "http2_prior_knowledge", help_heading = heading::CARRIER)]
    pub http2: bool,
    /// The same without TLS: clients are known to speak HTTP/2
    #[arg(long, help_heading = heading::CARRIER)]
    pub http2_prior_knowledge: bool,
}

impl Http2Args {
    /// Whether connections are over HTTP/2, with TLS or without.
    pub fn is_given(self, is_secure: bool) -> Result<bool, CommandError> {
        let usage = |why: &str| Err(CommandError::Usage(why.to_owned()));
        match (self.http2, self.http2_prior_knowledge, is_secure) {
            (true, _, false) => usage(
                "--http2 is agreed on in the TLS handshake; add --tls self-signed, or use --http2-prior-knowledge",
            ),
            (_, true, true) => usage(
                "over TLS, HTTP/2 is agreed on by ALPN (RFC 9113 section 3.2); use --http2 in its place",
            ),
            (http2, prior, _) => Ok(http2 || prior),
        }
    }

    /// What carries connections, with TLS or without.
    pub fn carrier(self, is_secure: bool) -> Result<Carrier, CommandError> {
        Ok(if self.is_given(is_secure)? { Carrier::Http2 } else { Carrier::Http1 })
    }

    /// The options for the command that runs a trial again.
    pub fn shown(self) -> impl Iterator<Item = String> {
        let given = [("--http2", self.http2), ("--http2-prior-knowledge", self.http2_prior_knowledge)];
        given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name.to_owned())
    }
}
