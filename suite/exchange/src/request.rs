//! What is judged of a client's request beyond its own form: that it is the one its URI asks for, and that its key is new.

use std::collections::HashSet;

use base64::{Engine as _, alphabet, engine};
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use wsspec_catalogue::{Need, Trial};
use wsspec_wire::{DeflateParams, RequestHead};

use crate::{
    exchange::Exchange,
    keys::Novelty,
    rules,
    verdict::{Note, Verdict},
};

/// Distinct values that 16 random bytes have at least; fewer come by chance once in 10^12.
const DISTINCT_BYTES: usize = 8;

/// Takes a key whose last bits are not zero too, as the one in RFC 6455, 4.1.
const LAX: engine::GeneralPurpose = engine::GeneralPurpose::new(
    &alphabet::STANDARD,
    engine::GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// Requirements that say nothing about a client whose URI is not known.
const ABOUT_THE_URI: [&str; 5] = [rules::PATH, rules::QUERY, rules::NO_FRAGMENT, rules::HOST, rules::PORT];

/// Path and query of the URI that a client is to be given for a trial. It shows which one, and has what the trial is about.
///
/// Every character may stand there as it is (RFC 3986, 2.3): clients normalise URIs, and shells read them.
#[must_use]
pub fn resource_name(trial: &Trial) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._/".contains(c);
    let words = trial.id.split(|c| !is_plain(c)).filter(|word| !word.is_empty());
    let path = words.collect::<Vec<_>>().join("-");
    let sign = if trial.cites(rules::NO_FRAGMENT) { "%23" } else { "" };
    let query = if trial.cites(rules::QUERY) { "?query=1" } else { "" };
    format!("/{path}{sign}{query}")
}

impl Exchange {
    /// Judges a client's request by its URI.
    pub(crate) fn judge_request(&mut self, head: &RequestHead) {
        if self.setup.authority.is_empty() && ABOUT_THE_URI.contains(&self.trial.requirement.as_str()) {
            let reason = "which address the client was given is not known".to_owned();
            self.verdict.get_or_insert(Verdict::Skip { reason });
        }
        self.judge_target(&head.target);
        self.judge_host(head);
        self.judge_key(head);
    }

    /// A client that does not offer what a trial is about is not bound by what that has to say.
    pub(crate) fn skip_unless_offered(&mut self) {
        let mut offered = self.offered.extensions.iter();
        if self.trial.needs.contains(&Need::PermessageDeflate)
            && !offered.any(|extension| extension.name.eq_ignore_ascii_case(DeflateParams::NAME))
        {
            let reason = "the client does not offer permessage-deflate".to_owned();
            self.verdict.get_or_insert(Verdict::Skip { reason });
        }
    }

    fn judge_target(&mut self, target: &Bytes) {
        let target = String::from_utf8_lossy(target).into_owned();
        if target.contains('#') {
            return self.broke_head("a request target without a fragment", target, rules::NO_FRAGMENT);
        }
        let Some(resource) = resource(&target) else {
            let expected = "a path, or an absolute URI of scheme http or https";
            return self.broke_head(expected, target, rules::TARGET);
        };
        if self.setup.authority.is_empty() {
            return;
        }
        let wanted = self.setup.target.clone();
        let (path, query) = split(resource);
        let (wanted_path, wanted_query) = split(&wanted);
        if !is_same(path, wanted_path) {
            self.broke_head(&format!("the path of the URI, `{wanted_path}`"), target.clone(), rules::PATH);
        } else if query.is_some() != wanted_query.is_some()
            || !is_same(query.unwrap_or_default(), wanted_query.unwrap_or_default())
        {
            self.broke_head(&format!("path and query of the URI, `{wanted}`"), target.clone(), rules::QUERY);
        }
    }

    fn judge_host(&mut self, head: &RequestHead) {
        let first = head.fields.0.first().is_some_and(|field| field.name.eq_ignore_ascii_case("Host"));
        if !first && self.trial.cites(rules::HOST_FIRST) {
            self.broke_head("Host as the first field", "another field before it".into(), rules::HOST_FIRST);
        }
        let authority = self.setup.authority.clone();
        let Some(host) = head.fields.get("Host").filter(|_| !authority.is_empty()) else { return };
        let host = String::from_utf8_lossy(host).into_owned();
        if host.eq_ignore_ascii_case(&authority) {
            return;
        }
        let same = without_port(&host).eq_ignore_ascii_case(without_port(&authority));
        // The default port may be named all the same.
        if same && without_port(&authority) == authority && (host.ends_with(":80") || host.ends_with(":443"))
        {
            return;
        }
        let rule = if same { rules::PORT } else { rules::HOST };
        self.broke_head(&format!("host and port of the URI, `{authority}`"), host, rule);
    }

    fn judge_key(&mut self, head: &RequestHead) {
        let Some(key) = head.fields.get("Sec-WebSocket-Key") else { return };
        let novelty = self.setup.keys.note(key);
        if self.trial.cites(rules::NEW_KEY) {
            match novelty {
                Novelty::New => {}
                Novelty::Known => {
                    let actual = "the key of another connection".to_owned();
                    self.broke_head("a key of its own for each connection", actual, rules::NEW_KEY);
                }
                Novelty::First => {
                    let reason = "there was no other connection to compare the key with".to_owned();
                    self.verdict.get_or_insert(Verdict::Skip { reason });
                }
            }
        }
        let bytes = LAX.decode(key).unwrap_or_default();
        let distinct = bytes.iter().collect::<HashSet<_>>().len();
        if bytes.len() == 16 && distinct < DISTINCT_BYTES && self.trial.cites(rules::RANDOM_KEY) {
            let actual = format!("16 bytes with {distinct} values");
            self.broke_head("a key of random bytes", actual, rules::RANDOM_KEY);
        }
    }

    /// Judges what comes before the response: nothing may (RFC 6455, 4.1).
    pub(crate) fn judge_haste(&mut self) {
        let waits = self.setup.role == wsspec_wire::Role::Server && !self.ending.answered;
        if waits && self.inbound.is_behind_head() {
            let actual = "bytes behind the request".to_owned();
            self.broke_head("nothing before the response", actual, rules::PATIENCE);
        }
    }

    fn broke_head(&mut self, expected: &str, actual: String, rule: &str) {
        // A probe has no requirements.
        if self.rule(rule).is_none() || self.is_done() {
            return;
        }
        let line = self.waiting.as_ref().map_or(0, |waiting| waiting.line);
        let actual = wsspec_notation::escaped(actual.as_bytes()).to_string();
        let text = format!("expected {expected}, got {actual}");
        let known = self.notes.contains(&Note { line, text, requirement: rule.to_owned() });
        if !known {
            self.broke(line, expected.to_owned(), actual, rule);
        }
    }
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

/// Whether two parts of a URI stand for the same octets. How much of it is percent-encoded is the writer's choice.
fn is_same(one: &str, other: &str) -> bool {
    percent_decode_str(one).eq(percent_decode_str(other))
}

fn split(resource: &str) -> (&str, Option<&str>) {
    resource.split_once('?').map_or((resource, None), |(path, query)| (path, Some(query)))
}

/// An authority without its port; the colons of an IPv6 address stay.
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
    fn a_port_is_told_from_an_address() {
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
