//! Whether a client's request matches its URI (RFC 6455, 3 and 4.1).

use std::net::Ipv4Addr;

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use wsspec_wire::{RequestHead, Violation};

use crate::undecidable::Undecidable;

/// The parts of a connection's URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uri {
    /// The scheme is wss.
    pub secure: bool,
    /// Host, and port unless it is the scheme's default.
    pub authority: String,
    /// Path and query, at least `/`.
    pub target: String,
}

/// What a client said of the server as it began TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientTls {
    /// The name that it asked for by Server Name Indication (RFC 6066, 3).
    pub server_name: Option<String>,
}

impl Uri {
    /// Of scheme ws.
    pub fn new(authority: impl Into<String>, target: impl Into<String>) -> Self {
        Self { secure: false, authority: authority.into(), target: target.into() }
    }

    /// Its host, without the port.
    fn host(&self) -> &str {
        without_port(&self.authority)
    }

    /// Its host is a name, which TLS has a place for, and no address.
    fn has_name(&self) -> bool {
        let host = self.host();
        host.parse::<Ipv4Addr>().is_err() && !host.starts_with('[')
    }

    /// The rules that its client shows nothing of, and why.
    pub(crate) fn undecidable(&self) -> impl Iterator<Item = Undecidable> {
        let in_ascii = |secure| Violation::HostNotAscii { secure, actual: Bytes::new() };
        let of_names = || Violation::ServerNameNotOfUri { expected: String::new(), actual: None };
        let (clear, secure) = ("the run is not over TLS", "the run is over TLS");
        let other_scheme = match self.secure {
            true => vec![(in_ascii(false), secure)],
            false => {
                vec![(in_ascii(true), clear), (Violation::RequestInTheClear, clear), (of_names(), clear)]
            }
        };
        let address = (!self.has_name()).then(|| (of_names(), "the host of the URI is an address"));
        let ascii = self.host().is_ascii().then(|| (in_ascii(self.secure), "the host of the URI is ASCII"));
        let all = other_scheme.into_iter().chain(address).chain(ascii);
        all.map(|(violation, why)| Undecidable { violation, why })
    }
}

/// What is wrong with how a client of `uri` connected, over `tls` or in the clear.
pub(crate) fn judge_tls(uri: Option<&Uri>, tls: Option<&ClientTls>) -> Option<Violation> {
    let uri = uri.filter(|uri| uri.secure)?;
    let Some(tls) = tls else { return Some(Violation::RequestInTheClear) };
    let expected = uri.host();
    let is_named = tls.server_name.as_deref().is_some_and(|name| is_same_name(name, expected));
    (uri.has_name() && !is_named).then(|| Violation::ServerNameNotOfUri {
        expected: expected.to_owned(),
        actual: tls.server_name.clone(),
    })
}

/// What is wrong with the target of a request, and with its Host field. `uri` is what the client was given, if known.
pub(crate) fn judge(head: &RequestHead, uri: Option<&Uri>, out: &mut Vec<Violation>) {
    let field = if head.has_pseudo_fields() { ":authority" } else { "Host" };
    if let (Some(uri), Some(host)) = (uri, head.fields.get(field)) {
        out.extend(judge_host(host, uri));
    }
    if head.has_pseudo_fields() {
        // A request without :path breaks another rule.
        let has_target = head.fields.get(":path").is_some();
        return out.extend(has_target.then(|| judge_target(&head.target, uri)).flatten());
    }
    let is_host = |name: &str| name.eq_ignore_ascii_case("Host");
    if !head.fields.0.first().is_some_and(|field| is_host(&field.name)) {
        out.push(Violation::HostNotFirst);
    }
    out.extend(judge_target(&head.target, uri));
}

/// Whether :scheme belongs to the scheme of the URI (RFC 8441, 5). Over TLS that is wss; what is in the clear may have been
/// TLS before a proxy in front of us.
pub(crate) fn judge_scheme(
    head: &RequestHead,
    uri: Option<&Uri>,
    tls: Option<&ClientTls>,
) -> Option<Violation> {
    let actual = head.fields.get(":scheme").filter(|_| head.has_pseudo_fields())?;
    let is_secure = uri.map(|uri| uri.secure).or(tls.map(|_| true))?;
    let expected = if is_secure { "https" } else { "http" };
    (actual != expected).then(|| Violation::Http2SchemeNotOfUri { expected, actual: actual.clone() })
}

fn judge_target(raw: &Bytes, uri: Option<&Uri>) -> Option<Violation> {
    let target = String::from_utf8_lossy(raw);
    if target.contains('#') {
        return Some(Violation::TargetHasFragment(raw.clone()));
    }
    if !raw.is_ascii() {
        let secure = uri.is_some_and(|uri| uri.secure);
        return Some(Violation::TargetNotAscii { secure, target: raw.clone() });
    }
    let Some(resource) = resource(&target) else { return Some(Violation::TargetMalformed(raw.clone())) };
    let wanted = &uri?.target;
    let (path, query) = split(resource);
    let (wanted_path, wanted_query) = split(wanted);
    if !is_same(path, wanted_path) {
        return Some(Violation::PathNotOfUri { expected: wanted_path.to_owned(), actual: raw.clone() });
    }
    let is_same_query = is_same(query.unwrap_or_default(), wanted_query.unwrap_or_default());
    (!is_same_query).then(|| Violation::QueryNotOfUri { expected: wanted.clone(), actual: raw.clone() })
}

fn judge_host(raw: &Bytes, uri: &Uri) -> Option<Violation> {
    let host = String::from_utf8_lossy(raw);
    let (expected, actual) = (uri.authority.clone(), raw.clone());
    if !is_same_name(without_port(&host), uri.host()) {
        return Some(Violation::HostNotOfUri { expected, actual });
    }
    if !raw.is_ascii() {
        return Some(Violation::HostNotAscii { secure: uri.secure, actual });
    }
    // The default port may be named or left out.
    let default = if uri.secure { 443 } else { 80 };
    let port_of = |authority: &str| {
        let port = authority[without_port(authority).len()..].trim_start_matches(':');
        if port.is_empty() { Some(default) } else { port.parse::<u16>().ok() }
    };
    (port_of(&host) != port_of(&uri.authority)).then_some(Violation::PortNotOfUri { expected, actual })
}

/// Whether two names are the same, each as it is written, in the ASCII form of domain names (RFC 5891), or
/// percent-encoded (RFC 3986, 3.2.2).
fn is_same_name(one: &str, other: &str) -> bool {
    let ascii = |name: &str| {
        let decoded = percent_decode_str(name).decode_utf8_lossy().into_owned();
        idna::domain_to_ascii(&decoded).unwrap_or_else(|_| decoded.to_ascii_lowercase())
    };
    one.eq_ignore_ascii_case(other) || ascii(one) == ascii(other)
}

/// Path and query of a request target; `None` where it has another form.
fn resource(target: &str) -> Option<&str> {
    if target.starts_with('/') {
        return Some(target);
    }
    let rest = ["http://", "https://"].iter().find_map(|scheme| {
        let start = target.get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then(|| &target[scheme.len()..])
    })?;
    Some(rest.find('/').map_or("/", |at| &rest[at..]))
}

/// Whether two parts of a URI stand for the same octets. The writer chooses how much of it is percent-encoded.
fn is_same(one: &str, other: &str) -> bool {
    percent_decode_str(one).eq(percent_decode_str(other))
}

fn split(resource: &str) -> (&str, Option<&str>) {
    resource.split_once('?').map_or((resource, None), |(path, query)| (path, Some(query)))
}

/// An authority without its port; the colons of an IPv6 address are kept.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !host.ends_with(':') => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_path_or_an_absolute_uri() {
        assert_eq!(resource("/a?b"), Some("/a?b"));
        assert_eq!(resource("HTTP://a:1/b"), Some("/b"));
        assert_eq!(resource("https://a"), Some("/"));
        assert_eq!(resource("ws://a/b"), None);
        assert_eq!(resource("a"), None);
    }

    #[test]
    fn a_port_is_distinguished_from_an_address() {
        assert_eq!(without_port("a:80"), "a");
        assert_eq!(without_port("[::1]"), "[::1]");
        assert_eq!(without_port("[::1]:9001"), "[::1]");
    }

    #[test]
    fn parts_of_a_uri_are_the_same_however_much_of_them_is_encoded() {
        assert!(is_same("/a%3db", "/a%3Db") && is_same("/a%3Db", "/a=b") && is_same("/%7Ea", "/~a"));
        assert!(!is_same("/a", "/b") && !is_same("/a%2", "/a%20") && !is_same("/a+b", "/a b"));
    }
}
