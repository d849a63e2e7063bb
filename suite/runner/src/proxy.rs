//! A proxy between us and a server: its address, its credentials, and which targets do without it.

mod exemptions;

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use thiserror::Error;
use url::{Host, Url};

use crate::userinfo::percent_decoded;

pub use self::exemptions::NoProxy;
pub(crate) use self::exemptions::is_loopback;

/// The port of a proxy whose address has none, as curl has it; only `https://` has a default of its own.
const USUAL_PORT: u16 = 1080;

/// How a proxy is asked for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyScheme {
    /// By CONNECT (RFC 9110, 9.3.6).
    Http,
    /// By CONNECT over TLS.
    Https,
    /// By SOCKS 5 (RFC 1928), with an address that we look up.
    Socks5,
    /// By SOCKS 5, with a name that the proxy looks up.
    Socks5h,
}

impl ProxyScheme {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks5 => "socks5",
            Self::Socks5h => "socks5h",
        }
    }
}

/// User and password; never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ProxyCredentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

impl fmt::Debug for ProxyCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

impl ProxyCredentials {
    /// As a field's value (RFC 7617).
    pub(crate) fn basic(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.user, self.password)))
    }
}

/// A proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// How it is asked.
    pub scheme: ProxyScheme,
    /// Name or address, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    pub(crate) credentials: Option<ProxyCredentials>,
}

impl fmt::Display for Proxy {
    /// Its address without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port, .. } = self;
        match host.contains(':') {
            true => write!(f, "{}://[{host}]:{port}", scheme.name()),
            false => write!(f, "{}://{host}:{port}", scheme.name()),
        }
    }
}

/// An address that is not a proxy's. It may contain a password, so the message does not show it.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ProxyError {
    /// Not an address at all.
    #[error(
        "the address of the proxy cannot be read: {0}; write `http://HOST:PORT`, `https://`, `socks5://` or `socks5h://`"
    )]
    Malformed(String),
    /// Another scheme.
    #[error("`{0}:` is not a scheme for proxies; one of `http`, `https`, `socks5`, `socks5h`")]
    Scheme(String),
    /// SOCKS 5 limits both to 255 octets (RFC 1929, 2).
    #[error("SOCKS 5 takes a user and a password of 1 to 255 bytes each")]
    Credentials,
}

impl Proxy {
    /// Whether it gets a user and a password.
    pub fn has_credentials(&self) -> bool {
        self.credentials.is_some()
    }

    /// Reads `http://user:password@host:port`; without a scheme, HTTP is meant.
    ///
    /// # Errors
    /// Says what is wrong, without showing the address.
    pub fn parse(address: &str) -> Result<Self, ProxyError> {
        let (name, rest) = address.split_once("://").unwrap_or(("http", address));
        let scheme = match &*name.to_ascii_lowercase() {
            "http" => ProxyScheme::Http,
            "https" => ProxyScheme::Https,
            "socks5" => ProxyScheme::Socks5,
            "socks5h" => ProxyScheme::Socks5h,
            // Whatever stands there instead of a scheme may be part of a password.
            other if other.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                return Err(ProxyError::Scheme(other.to_owned()));
            }
            _ => return Err(ProxyError::Malformed("it has no scheme".into())),
        };
        // With `http`, names are read as the web reads them, and only its own port is not kept.
        let url = Url::parse(&format!("http://{rest}"));
        let url = url.map_err(|error| ProxyError::Malformed(error.to_string()))?;
        let host = match url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(ip)) => ip.to_string(),
            Some(Host::Ipv6(ip)) => ip.to_string(),
            None => return Err(ProxyError::Malformed("it has no host".into())),
        };
        let usual = if scheme == ProxyScheme::Https { 443 } else { USUAL_PORT };
        let port = url.port().unwrap_or(if names_port_80(rest) { 80 } else { usual });
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => Some(ProxyCredentials {
                user: percent_decoded(user),
                password: percent_decoded(password.unwrap_or_default()),
            }),
        };
        let is_socks = matches!(scheme, ProxyScheme::Socks5 | ProxyScheme::Socks5h);
        let fits = |text: &str| (1..=255).contains(&text.len());
        if is_socks && credentials.as_ref().is_some_and(|it| !fits(&it.user) || !fits(&it.password)) {
            return Err(ProxyError::Credentials);
        }
        Ok(Self { scheme, host, port, credentials })
    }
}

/// Whether an address, without its scheme, ends in the port that the web leaves out.
fn names_port_80(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().is_some_and(|host| host.ends_with(":80"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(address: &str) -> String {
        Proxy::parse(address).map_or_else(|error| error.to_string(), |proxy| proxy.to_string())
    }

    #[test]
    fn an_address_gives_scheme_host_and_port() {
        assert_eq!(shown("http://Proxy.example:3128"), "http://proxy.example:3128");
        assert_eq!(shown("proxy.example:80/"), "http://proxy.example:80");
        assert_eq!(shown("http://u:x@proxy.example"), "http://proxy.example:1080");
        assert_eq!(shown("https://proxy.example"), "https://proxy.example:443");
        assert_eq!(shown("SOCKS5H://[::1]:9050"), "socks5h://[::1]:9050");
    }

    #[test]
    fn credentials_are_decoded_and_never_shown() {
        let proxy = Proxy::parse("http://me:hu%20sh%3A@p:1").unwrap();
        assert_eq!(proxy.credentials.as_ref().unwrap().basic(), "Basic bWU6aHUgc2g6");
        let shown = format!("{proxy} {proxy:?}");
        assert!(!shown.contains("sh:") && !shown.contains("\"me") && !shown.contains("bWU"), "{shown}");
        for wrong in [
            "http://me:secret@",
            "http://me:secret@h:99999",
            "me:secret@h:x",
            "ftp://me:secret@h",
            "me:secret://h",
        ] {
            let error = Proxy::parse(wrong).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
    }

    #[test]
    fn what_is_not_a_proxy_is_refused() {
        assert!(shown("ftp://p:1").starts_with("`ftp:` is not a scheme for proxies; one of `http`"));
        assert!(shown("http://").starts_with("the address of the proxy cannot be read: "));
        assert_eq!(shown("socks5://u@p:1"), "SOCKS 5 takes a user and a password of 1 to 255 bytes each");
    }
}
