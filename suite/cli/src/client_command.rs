//! A client that a command starts: where the command has its address, and which certificate the client meets.

use std::time::Duration;

use wsspec_runner::{CertificateAuthority, ClientCommand};

use crate::{
    failure::CommandError,
    serve::{TlsArgs, with_own},
};

/// Stands for the address in a command.
const URL: &str = "{url}";
/// And for the file of an authority to trust.
const AUTHORITY: &str = "{ca}";

/// The client that the command in `option` starts, which connects to `host`. If its command has a place for an authority,
/// it meets certificates of ours, otherwise what `tls` says.
pub fn client_command(
    (option, command): (&str, &str),
    host: &str,
    tls: &TlsArgs,
    connect_timeout: Duration,
) -> Result<ClientCommand, CommandError> {
    if !command.contains(URL) {
        return Err(CommandError::Usage(format!(
            "{option} has no `{URL}` in its command, so the client cannot know where to connect"
        )));
    }
    let authority = command.contains(AUTHORITY).then(|| authority(host, tls)).transpose()?;
    let made = authority.as_ref().map(CertificateAuthority::good).transpose();
    let tls = match made.map_err(|error| CommandError::Usage(error.to_string()))? {
        Some(tls) => Some(tls),
        None => tls.server(&[host])?,
    };
    let (command, host) = (command.to_owned(), host.to_owned());
    let variables = Vec::new();
    Ok(ClientCommand { command, host, tls, http2: false, layer: None, authority, connect_timeout, variables })
}

/// An authority for the client to trust.
fn authority(host: &str, tls: &TlsArgs) -> Result<CertificateAuthority, CommandError> {
    if tls.is_given() {
        return Err(CommandError::Usage(format!(
            "`{AUTHORITY}` stands for an authority that signs the certificate of this run; leave out --tls and --tls-cert"
        )));
    }
    CertificateAuthority::new(&with_own(&[host])).map_err(|error| CommandError::Usage(error.to_string()))
}
