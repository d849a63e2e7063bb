//! The address of a peer and how to reach it.

use std::{path::PathBuf, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use thiserror::Error;
use url::{Host, Url};
use wsspec_exchange::{Carrier, StompSettings};
use wsspec_record::Declared;
use wsspec_wire::Layer;

use crate::{
    proxy::{NoProxy, Proxy, is_loopback},
    userinfo::{percent_decoded, without_userinfo},
};

/// A server to test.
#[derive(Clone, Debug)]
pub struct Target {
    /// The address for display, without user and password.
    pub shown: String,
    /// Whether to use TLS.
    pub secure: bool,
    /// Name or address to connect to, without brackets.
    pub host: String,
    /// Port to connect to.
    pub port: u16,
    /// The socket to connect to, in place of host and port.
    pub socket: Option<PathBuf>,
    /// The proxy to go through.
    pub proxy: Option<Proxy>,
    /// The Host field; contains the port only if it is not the scheme's default (RFC 6455, 4.1).
    pub authority: String,
    /// Path and query of the request (RFC 6455, 3: the resource name).
    pub resource: String,
    /// Additional header fields of every request, in order.
    pub fields: Vec<(String, String)>,
    /// What the user declares about it.
    pub declared: Declared,
    /// Used only with `secure`.
    pub tls: TlsOptions,
    /// How long connecting may take, including TLS.
    pub connect_timeout: Duration,
    /// Over HTTP/2, and how that is agreed on.
    pub http2: Option<Http2Start>,
    /// Over HTTP/3, on UDP.
    pub http3: bool,
    /// What rides on top and is tested; `None`: WebSocket itself.
    pub layer: Option<Layer>,
    /// Whether that layer is on TCP, without WebSocket.
    pub bare: bool,
    /// What is known about a broker of STOMP; `destinations` is the prefix alone.
    pub stomp: StompSettings,
}

/// How both ends come to speak HTTP/2 (RFC 9113, 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Http2Start {
    /// By ALPN, in the TLS handshake.
    Alpn,
    /// It is known before.
    PriorKnowledge,
}

/// The TLS settings.
#[derive(Clone, Debug, Default)]
pub struct TlsOptions {
    /// PEM file with roots to trust in addition to the platform's.
    pub ca_file: Option<PathBuf>,
    /// Trust any certificate.
    pub insecure: bool,
    /// PEM file with our certificate chain.
    pub client_cert: Option<PathBuf>,
    /// PEM file with its key.
    pub client_key: Option<PathBuf>,
    /// The server name to send in SNI and to check, instead of the host.
    pub server_name: Option<String>,
}

/// An address or header field that cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TargetError {
    /// It is not an address at all.
    #[error("`{address}` is not an address: {why}; write `ws://host:port/path`")]
    Malformed {
        /// The address as given.
        address: String,
        /// What is wrong.
        why: String,
    },
    /// It has another scheme.
    #[error("`{scheme}:` is not a WebSocket scheme; did you mean `{near}`?")]
    Scheme {
        /// The scheme as given.
        scheme: String,
        /// The address with the intended scheme.
        near: String,
    },
    /// It has a fragment, which RFC 6455, 3 forbids.
    #[error(
        "`{address}` has a fragment, which a WebSocket address cannot have (RFC 6455 section 3); write `%23` for `#`"
    )]
    Fragment {
        /// The address as given.
        address: String,
    },
    /// Not the address of a socket.
    #[error(
        "`{address}` is not the address of a Unix socket: {why}; write `ws+unix:///path/to/socket:/resource`"
    )]
    Socket {
        /// As given.
        address: String,
        /// What is wrong.
        why: &'static str,
    },
    /// The header field would break the request.
    #[error("`{field}` is not a header field: {why}; write `Name: value`")]
    Field {
        /// The field as given.
        field: String,
        /// What is wrong.
        why: &'static str,
    },
}

impl Target {
    /// What carries its connections.
    pub(crate) fn carrier(&self) -> Carrier {
        match self.http2 {
            _ if self.bare => Carrier::Tcp,
            _ if self.http3 => Carrier::Http3,
            Some(_) => Carrier::Http2,
            None => Carrier::Http1,
        }
    }

    /// Parses `ws://host:port/path?query` or `wss://...`; user and password become Basic authentication. `tcp://host:port`
    /// is for layers without WebSocket.
    pub fn parse(address: &str) -> Result<Self, TargetError> {
        if let Some((secure, rest)) = of_a_socket(address) {
            return Self::parse_socket(address, secure, rest);
        }
        let malformed = |why: &str| TargetError::Malformed { address: shown(address), why: why.to_owned() };
        if !address.contains("://") {
            return Err(malformed("it has no scheme"));
        }
        let url = Url::parse(address).map_err(|error| malformed(&error.to_string()))?;
        let secure = match url.scheme() {
            "ws" | "tcp" => false,
            "wss" => true,
            other => return Err(scheme(other, &url)),
        };
        if url.fragment().is_some() {
            return Err(TargetError::Fragment { address: shown(address) });
        }
        let host = match url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(ip)) => ip.to_string(),
            Some(Host::Ipv6(ip)) => ip.to_string(),
            None => return Err(malformed("it has no host")),
        };
        let port = url.port_or_known_default().ok_or_else(|| malformed("it has no port"))?;
        let name = url.host_str().unwrap_or_default();
        let authority = url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
        let resource =
            url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let bare = url.scheme() == "tcp";
        let mut target = Self {
            bare,
            shown: shown(url.as_str()),
            secure,
            host,
            port,
            authority,
            resource,
            ..Self::local()
        };
        if !url.username().is_empty() || url.password().is_some() {
            target.basic(
                &percent_decoded(url.username()),
                &percent_decoded(url.password().unwrap_or_default()),
            );
        }
        Ok(target)
    }

    /// Reads what follows the scheme: the path of a socket, then perhaps `:` and the resource.
    fn parse_socket(address: &str, secure: bool, rest: &str) -> Result<Self, TargetError> {
        let wrong = |why| TargetError::Socket { address: address.to_owned(), why };
        if !rest.starts_with('/') {
            return Err(wrong("its path does not begin with a slash"));
        }
        let (path, resource) = rest.split_once(':').unwrap_or((rest, "/"));
        if !resource.starts_with('/') {
            return Err(wrong("its resource does not begin with a slash"));
        }
        if resource.contains('#') {
            return Err(TargetError::Fragment { address: address.to_owned() });
        }
        if resource.bytes().any(|byte| !byte.is_ascii_graphic()) {
            return Err(wrong("its resource has a character that must be percent-encoded"));
        }
        Ok(Self {
            shown: address.to_owned(),
            secure,
            resource: resource.to_owned(),
            socket: Some(path.into()),
            ..Self::local()
        })
    }

    /// A server of this machine, with nothing else to say of it.
    fn local() -> Self {
        Self {
            shown: String::new(),
            secure: false,
            host: "localhost".into(),
            port: 0,
            socket: None,
            proxy: None,
            authority: "localhost".into(),
            resource: "/".into(),
            fields: Vec::new(),
            declared: Declared::default(),
            tls: TlsOptions::default(),
            connect_timeout: Duration::from_secs(5),
            http2: None,
            http3: false,
            layer: None,
            bare: false,
            stomp: StompSettings::default(),
        }
    }

    /// Whether a proxy that is meant for all targets is meant for this one: not for sockets, this machine, and what
    /// `exempt` lists.
    pub fn may_use_proxy(&self, exempt: &NoProxy) -> bool {
        self.socket.is_none() && !is_loopback(&self.host) && !exempt.contains(&self.host)
    }

    /// Adds a header field to every request.
    pub fn field(&mut self, field: &str) -> Result<(), TargetError> {
        let bad = |why| TargetError::Field { field: field.to_owned(), why };
        let (name, value) = field.split_once(':').ok_or_else(|| bad("it has no colon"))?;
        let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if name.is_empty() || !name.bytes().all(token) {
            return Err(bad("its name is not a token"));
        }
        if value.chars().any(|c| c.is_control() && c != '\t') {
            return Err(bad("its value has a control character"));
        }
        self.fields.push((name.to_owned(), value.trim().to_owned()));
        Ok(())
    }

    /// Authenticates every request with a name and a password (RFC 7617).
    pub fn basic(&mut self, user: &str, password: &str) {
        let credentials = STANDARD.encode(format!("{user}:{password}"));
        self.fields.push(("Authorization".into(), format!("Basic {credentials}")));
    }

    /// Authenticates every request with a token (RFC 6750).
    pub fn bearer(&mut self, token: &str) -> Result<(), TargetError> {
        self.field(&format!("Authorization: Bearer {token}"))
    }
}

fn scheme(scheme: &str, url: &Url) -> TargetError {
    let meant = if matches!(scheme, "https") { "wss" } else { "ws" };
    let rest = shown(url.as_str()).split_once(':').map(|(_, rest)| rest.to_owned()).unwrap_or_default();
    TargetError::Scheme { scheme: scheme.to_owned(), near: format!("{meant}:{rest}") }
}

/// An address without user and password.
fn shown(address: &str) -> String {
    match Url::parse(address) {
        Ok(mut url) if url.has_host() => {
            // Neither call can fail for an address with a host; an address without one has no password to hide.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.to_string()
        }
        _ => without_userinfo(address),
    }
}

/// What follows the scheme of a Unix socket's address, and whether TLS goes over it.
fn of_a_socket(address: &str) -> Option<(bool, &str)> {
    let (scheme, rest) = address.split_once("://")?;
    match &*scheme.to_ascii_lowercase() {
        "ws+unix" => Some((false, rest)),
        "wss+unix" => Some((true, rest)),
        _ => None,
    }
}

/// Host and port, an IPv6 address in brackets.
pub(crate) fn authority_of(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gives_authority_and_resource() {
        let target = Target::parse("ws://example.com:9001/chat?room=1").unwrap();
        assert_eq!(
            (target.authority.as_str(), target.resource.as_str()),
            ("example.com:9001", "/chat?room=1")
        );
        let target = Target::parse("wss://[::1]").unwrap();
        assert_eq!((target.host.as_str(), target.port, target.authority.as_str()), ("::1", 443, "[::1]"));
        assert_eq!(target.resource, "/");
    }

    #[test]
    fn user_and_password_become_basic_authorisation_and_are_not_shown() {
        let target = Target::parse("ws://me:s%20cret@localhost:1/").unwrap();
        assert_eq!(target.fields, [("Authorization".to_owned(), "Basic bWU6cyBjcmV0".to_owned())]);
        assert_eq!(target.shown, "ws://localhost:1/");
    }

    #[test]
    fn a_password_is_not_shown_in_an_error_either() {
        for address in ["ws://me:secret@h:99999/", "ws://me:secret@/a", "me:secret@h", "ws://a@me:secret@ h/"]
        {
            let error = Target::parse(address).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn the_address_of_a_socket_has_a_path_and_a_resource() {
        let of = |address: &str| {
            let target = Target::parse(address).unwrap();
            (target.socket.unwrap().display().to_string(), target.resource, target.secure)
        };
        assert_eq!(
            of("ws+unix:///run/a b.sock:/chat?x=1:2"),
            ("/run/a b.sock".into(), "/chat?x=1:2".into(), false)
        );
        assert_eq!(of("WSS+unix:///run/a.sock"), ("/run/a.sock".into(), "/".into(), true));
        assert_eq!(Target::parse("ws+unix:///a").unwrap().authority, "localhost");
        for (wrong, why) in [
            ("ws+unix://run/a", "path does not begin"),
            ("ws+unix:///a:b", "resource does not begin"),
            ("ws+unix:///a:/b c", "percent-encoded"),
            ("ws+unix:///a:/#b", "fragment"),
        ] {
            let error = Target::parse(wrong).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_proxy_for_all_is_not_for_this_machine() {
        let exempt = NoProxy::parse("a.example");
        let may = |address: &str| Target::parse(address).unwrap().may_use_proxy(&exempt);
        assert!(may("ws://b.example/") && may("ws://10.0.0.1/"));
        assert!(!may("ws://x.a.example/") && !may("ws://localhost:1/") && !may("ws://[::1]:1/"));
        assert!(!may("ws+unix:///a"));
    }

    #[test]
    fn other_schemes_are_answered_with_the_one_that_is_meant() {
        assert_eq!(
            Target::parse("https://a.b/c").unwrap_err().to_string(),
            "`https:` is not a WebSocket scheme; did you mean `wss://a.b/c`?"
        );
        assert!(Target::parse("localhost:9001").unwrap_err().to_string().contains("no scheme"));
        assert!(Target::parse("ws://a/#x").unwrap_err().to_string().contains("fragment"));
    }

    #[test]
    fn a_header_field_cannot_smuggle_a_line() {
        let mut target = Target::parse("ws://a/").unwrap();
        assert!(target.field("X: a\r\nY: b").is_err());
        assert!(target.field("no colon").is_err());
        target.field("X-Key:  v ").unwrap();
        assert_eq!(target.fields, [("X-Key".to_owned(), "v".to_owned())]);
    }
}
