//! A proxy under test that opens tunnels by CONNECT (RFC 9110, 9.3.6) or SOCKS (RFC 1928): how it is asked, and why it is not
//! one.

use wsspec_exchange::TunnelSettings;
use wsspec_notation::{FieldEdit, Script, Sending, Step};

use crate::{
    dial::{DialError, Dialer, ProxyDialError},
    proxy::Proxy,
    target::{Target, authority_of},
};

/// The field with the credentials for a proxy (RFC 9110, 11.7.2).
const CREDENTIALS: &str = "Proxy-Authorization";

/// A proxy that opens tunnels.
pub(super) struct ProxyTunnel {
    /// Opens connections to it, in which scripts ask for a tunnel; `None`: it is asked by SOCKS, which scripts do not speak.
    pub asking: Option<Dialer>,
    /// What they ask with.
    pub settings: TunnelSettings,
    /// Its address, without credentials.
    shown: String,
}

impl ProxyTunnel {
    /// The proxy in front of a target.
    pub(super) async fn of(target: &Target) -> Result<Self, String> {
        let asking = Dialer::to_proxy(target).await.map_err(|error| not_reached(&error))?;
        let Some(proxy) = &target.proxy else {
            return Err("the address is not that of a proxy that opens tunnels".into());
        };
        let settings =
            TunnelSettings { host: target.host.clone(), port: target.port, fields: credentials(proxy) };
        Ok(Self { asking, settings, shown: proxy.to_string() })
    }

    /// Why a script says nothing about this proxy.
    pub(super) fn lacks(&self, script: &Script) -> Option<String> {
        let has_credentials = self.settings.fields.iter().any(|(name, _)| name == CREDENTIALS);
        let is_about = script.asks_for_tunnel() && script.walk().any(|line| edits_credentials(&line.step));
        let why = "the address of the proxy has no user and password, so it may not demand them";
        (is_about && !has_credentials).then(|| why.into())
    }

    /// Why nothing can be said about a proxy that says that it opens tunnels.
    pub(super) fn unfit(&self) -> String {
        let Self { shown, settings, .. } = self;
        let authority = authority_of(&settings.host, settings.port);
        let answered = match self.asking {
            Some(_) => format!("answered CONNECT {authority} with 2xx"),
            None => format!("replied that it is connected to {authority}"),
        };
        format!(
            "the proxy `{shown}` {answered}, but the backend there got no request through the tunnel; check that --backend \
             is an address that the proxy reaches"
        )
    }
}

fn credentials(proxy: &Proxy) -> Vec<(String, String)> {
    let value = proxy.credentials.as_ref().map(|credentials| (CREDENTIALS.to_owned(), credentials.basic()));
    value.into_iter().collect()
}

/// Whether a line sends other credentials to a proxy than usual.
fn edits_credentials(step: &Step) -> bool {
    let Step::Send(Sending::Request(spec)) = step else { return false };
    spec.fields.iter().any(|edit| match edit {
        FieldEdit::Set(name, _) | FieldEdit::Add(name, _) | FieldEdit::Remove(name) => {
            name.eq_ignore_ascii_case(CREDENTIALS)
        }
        FieldEdit::Move(..) | FieldEdit::Verbatim(_) => false,
    })
}

/// Why there is no way through a proxy under test: what was seen, and what to do.
pub(super) fn not_reached(error: &DialError) -> String {
    let DialError::Proxy(error) = error else { return error.to_string() };
    match error {
        ProxyDialError::Unreachable { proxy, why } => {
            format!("the proxy `{proxy}` cannot be reached: {why}; check its address, and that it is running")
        }
        ProxyDialError::Credentials { proxy, wants, given } => {
            let wants = wants.as_ref().map(|wants| format!(" ({wants})")).unwrap_or_default();
            match given {
                true => {
                    format!("the proxy `{proxy}` does not accept the user and password in its address{wants}")
                }
                false => {
                    let scheme = proxy.split_once("://").map_or("http", |(scheme, _)| scheme);
                    format!(
                        "the proxy `{proxy}` demands credentials{wants}; write them into its address: \
                         {scheme}://USER:PASSWORD@HOST:PORT"
                    )
                }
            }
        }
        ProxyDialError::Refused { code: 403, authority, .. } => {
            format!("{error}; let it open tunnels to {authority}, or give another --backend")
        }
        ProxyDialError::Refused { code: 400 | 404 | 405 | 426 | 501, .. } | ProxyDialError::Page { .. } => {
            format!("{error}; test a reverse proxy without --kind connect")
        }
        ProxyDialError::NotSocks { proxy } => {
            format!(
                "`{proxy}` does not answer as SOCKS 5 has it; test a proxy for CONNECT with --kind connect"
            )
        }
        _ => error.to_string(),
    }
}
