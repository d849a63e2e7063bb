//! Whether a client's request matches its URI (RFC 6455, 3 and 4.1).

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use wsspec_wire::{RequestHead, Violation};

/// The parts of a connection's URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uri {
    /// Host, and port unless it is the scheme's default.
    pub authority: String,
    /// Path and query, at least `/`.
    pub target: String,
}

/// What is wrong with the target of a request, and with its Host field. `uri` is what the client was given, if known.
pub(crate) fn judge(head: &RequestHead, uri: Option<&Uri>, out: &mut Vec<Violation>) {
    if let (Some(uri), Some(host)) = (uri, head.fields.get("Host")) {
        out.extend(judge_host(host, &uri.authority));
    }
    let is_host = |name: &str| name.eq_ignore_ascii_case("Host");
    if !head.fields.0.first().is_some_and(|field| is_host(&field.name)) {
        out.push(Violation::HostNotFirst);
    }
    out.extend(judge_target(&head.target, uri));
}

fn judge_target(raw: &Bytes, uri: Option<&Uri>) -> Option<Violation> {
    let target = String::from_utf8_lossy(raw);
    if target.contains('#') {
        return Some(Violation::TargetHasFragment(raw.clone()));
    }
    let Some(resource) = resource(&target) else { return Some(Violation::TargetMalformed(raw.clone())) };
    let wanted = &uri?.target;
    let (path, query) = split(resource);
    let (wanted_path, wanted_query) = split(wanted);
    if !is_same(path, wanted_path) {
        return Some(Violation::PathNotOfUri { expected: wanted_path.to_owned(), actual: raw.clone() });
    }
    let is_same_query = query.is_some() == wanted_query.is_some()
        && is_same(query.unwrap_or_default(), wanted_query.unwrap_or_default());
    (!is_same_query).then(|| Violation::QueryNotOfUri { expected: wanted.clone(), actual: raw.clone() })
}

fn judge_host(raw: &Bytes, authority: &str) -> Option<Violation> {
    let host = String::from_utf8_lossy(raw);
    if host.eq_ignore_ascii_case(authority) {
        return None;
    }
    let same = without_port(&host).eq_ignore_ascii_case(without_port(authority));
    // The default port may be named anyway.
    if same && without_port(authority) == authority && (host.ends_with(":80") || host.ends_with(":443")) {
        return None;
    }
    let (expected, actual) = (authority.to_owned(), raw.clone());
    Some(match same {
        true => Violation::PortNotOfUri { expected, actual },
        false => Violation::HostNotOfUri { expected, actual },
    })
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
