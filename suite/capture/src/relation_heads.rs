//! What the heads on both connections of an intermediary show, and what one pair of connections has of another.

use std::time::Duration;

use bytes::Bytes;
use wsspec_notation::escaped;
use wsspec_wire::{RequestHead, Role, Violation, ViolationKind};

use crate::{
    lane::LaneContent,
    proxy_end::{DIRECTIONS, ProxyEnd},
    relation::{ProxyRelation, RelationFault},
    relation_violation::RelationViolation,
};

/// The field with a client's key.
const KEY: &str = "Sec-WebSocket-Key";
/// The least number of different values in 16 random octets; fewer occur by chance once in 10^12.
const DISTINCT_BYTES: usize = 8;
/// Shorter credentials, in octets, may be part of others by chance.
const LEAST_CREDENTIALS: usize = 4;

impl ProxyRelation {
    /// The rules that the intermediary breaks by its heads, and by what it takes for a tunnel.
    pub(crate) fn of_heads(&self) -> Vec<RelationFault> {
        let mut found: Vec<_> = self.tunnel().into_iter().collect();
        found.extend(self.upgraded().or_else(|| self.opened_unasked()));
        found.extend(self.key_of_few_values());
        if self.lane(ProxyEnd::Front).heads().is_answered_again {
            let violation = RelationViolation::AnsweredAgain;
            found.push(RelationFault { end: ProxyEnd::Front, at: Duration::ZERO, violation });
        }
        found.extend(self.carriage_return_dropped());
        for (from, to) in DIRECTIONS {
            found.extend(self.introduced(from, to));
            found.extend(self.repaired(from, to));
            found.extend(self.malformed(to));
        }
        found
    }

    /// The request of our client.
    fn request(&self) -> Option<&RequestHead> {
        self.lane(ProxyEnd::Front).heads().request.as_ref()
    }

    /// Whether the first request on a connection is one of HTTP/2.
    pub fn is_over_http2(&self, end: ProxyEnd) -> bool {
        self.lane(end).heads().request.as_ref().is_some_and(RequestHead::has_pseudo_fields)
    }

    /// Whether our client asks with extended CONNECT for something other than WebSocket.
    fn asks_for_another_protocol(&self) -> bool {
        let protocol = self.request().and_then(|request| request.fields.get(":protocol"));
        self.is_over_http2(ProxyEnd::Front) && protocol.is_none_or(|protocol| protocol != "websocket")
    }

    /// The key of an upgrade that the intermediary has written itself, for a client that has none to give, is not random (RFC
    /// 6455, 4.1).
    fn key_of_few_values(&self) -> Option<RelationFault> {
        let is_own =
            self.is_over_http2(ProxyEnd::Front) && self.request()?.fields.get("Sec-WebSocket-Key").is_none();
        let values = self.lane(ProxyEnd::Back).heads().values_in_key().filter(|_| is_own)?;
        let violation = RelationViolation::KeyNotRandom(values);
        (values < DISTINCT_BYTES).then_some(RelationFault {
            end: ProxyEnd::Back,
            at: Duration::ZERO,
            violation,
        })
    }

    /// There is a tunnel though the server has refused to open one.
    fn tunnel(&self) -> Option<RelationFault> {
        if self.is_over_http2(ProxyEnd::Back) {
            // What follows a request on its stream belongs to that request.
            return None;
        }
        let (front, back) = (self.lane(ProxyEnd::Front).heads(), self.lane(ProxyEnd::Back).heads());
        let request = || back.tunnelled_request(front).map(RelationViolation::RequestTunnelled);
        let violation = back.octets_after_refusal().map(RelationViolation::Tunnelled).or_else(request)?;
        Some(RelationFault { end: ProxyEnd::Back, at: Duration::ZERO, violation })
    }

    /// The client got a 101 that no server may send to it (RFC 9110, 7.8 and 15.2).
    fn upgraded(&self) -> Option<RelationFault> {
        let heads = self.lane(ProxyEnd::Front).heads();
        let (request, at) = (heads.request.as_ref()?, heads.opened?);
        let is_old = request.version.is_some_and(|version| (version.major, version.minor) < (1, 1));
        let violation = match request.fields.get("Upgrade") {
            // Extended CONNECT takes the place of the upgrade (RFC 8441, 5).
            _ if request.has_pseudo_fields() => return None,
            None => RelationViolation::UpgradedUnasked,
            Some(_) if is_old => RelationViolation::OldClientUpgraded,
            Some(_) => return None,
        };
        Some(RelationFault { end: ProxyEnd::Front, at, violation })
    }

    /// The client got a connection though the intermediary has none to a server.
    #[must_use]
    pub fn opened_alone(&self) -> Option<RelationFault> {
        let at = self.lane(ProxyEnd::Front).heads().opened?;
        let violation = self.opened_violation();
        (self.lane(ProxyEnd::Back).octets() == 0).then_some(RelationFault {
            end: ProxyEnd::Front,
            at,
            violation,
        })
    }

    fn opened_violation(&self) -> RelationViolation {
        match (self.is_over_http2(ProxyEnd::Front), self.is_over_http2(ProxyEnd::Back)) {
            (true, _) => RelationViolation::StreamOpenedUnasked,
            (false, true) => RelationViolation::UpgradedWithoutStream,
            (false, false) => RelationViolation::OpenedUnasked,
        }
    }

    /// The client got a 101 after the server had refused, or had ended its connection without a response.
    fn opened_unasked(&self) -> Option<RelationFault> {
        let back = self.lane(ProxyEnd::Back);
        let at = self.lane(ProxyEnd::Front).heads().opened?;
        let ended = back.half(Role::Server).ended.map(|(_, at)| at);
        let lost = back.heads().refused.or(ended).filter(|_| !back.is_open())?;
        let violation = self.opened_violation();
        (lost < at).then_some(RelationFault { end: ProxyEnd::Front, at, violation })
    }

    /// The rules that a head breaks as it leaves the intermediary, but not as it came.
    fn introduced(&self, from: ProxyEnd, to: ProxyEnd) -> Option<RelationFault> {
        let came = &self.lane(from).half(from.ours()).head;
        let left = &self.lane(to).half(to.theirs()).head;
        if to == ProxyEnd::Back && self.asks_for_another_protocol() {
            return None;
        }
        // A server may ignore Upgrade (RFC 9110, 7.8): then this is not an opening handshake any more.
        if to == ProxyEnd::Back && left.iter().any(is_without_upgrade) {
            return None;
        }
        // Over HTTP/2 a key means nothing (RFC 8441, 5), so it may be any, and may be passed on as any other field.
        let has_key = |request: &RequestHead| request.fields.get("Sec-WebSocket-Key").is_some();
        let is_given = self.is_over_http2(ProxyEnd::Front) && self.request().is_some_and(has_key);
        let is_new = |violation: &&Violation| {
            let is_old = came.iter().any(|old| old.name() == violation.name());
            !(is_old || is_given && matches!(violation, Violation::KeyInvalid { .. }))
        };
        let new = left.iter().rfind(is_new)?;
        let violation = RelationViolation::Introduced(Box::new(new.clone()));
        Some(RelationFault { end: to, at: Duration::ZERO, violation })
    }

    /// A rule for WebSocket that a head breaks as it came, and not as it left the intermediary. An end that reads handshakes
    /// has to refuse this one (RFC 6455, 4.1 and 4.2.2); one that does not passes it on as it is.
    fn repaired(&self, from: ProxyEnd, to: ProxyEnd) -> Option<RelationFault> {
        let (source, goal) = (self.lane(from), self.lane(to));
        let (came, left) = (&source.half(from.ours()).head, &goal.half(to.theirs()).head);
        let is_passed_on = match to {
            // One that answers before it asks its server learns of the fault too late.
            ProxyEnd::Front => goal.heads().opened >= source.heads().answered && goal.is_open(),
            ProxyEnd::Back => goal.heads().request.is_some(),
        };
        // Over HTTP/2 there is no key (RFC 8441, 5): the intermediary answers to it on its own.
        let has_keys = !self.is_over_http2(ProxyEnd::Back);
        let is_kept = |rule: &&Violation| has_keys || field(rule) != Some(KEY);
        let is_still_broken = |rule: &Violation| left.iter().any(|other| field(other) == field(rule));
        let is_ignored = left.iter().any(is_without_upgrade);
        let repaired =
            came.iter().filter(is_kept).find(|rule| field(rule).is_some() && !is_still_broken(rule))?;
        let violation = RelationViolation::HeadRepaired(to, Box::new(repaired.clone()));
        let fault = RelationFault { end: to, at: Duration::ZERO, violation };
        (is_passed_on && !is_ignored).then_some(fault)
    }

    /// A head of the intermediary has what none may have.
    fn malformed(&self, to: ProxyEnd) -> Option<RelationFault> {
        let faults = self.lane(to).heads().faults;
        let fault = faults[usize::from(to.theirs() == Role::Server)]?;
        let violation = RelationViolation::HeadMalformed(fault);
        Some(RelationFault { end: to, at: Duration::ZERO, violation })
    }

    /// A field of the client has a CR that no LF follows, and reaches the server without it, with another value than RFC 9112,
    /// 2.2, allows: a space in place of the CR.
    fn carriage_return_dropped(&self) -> Option<RelationFault> {
        let arrived = self.lane(ProxyEnd::Back).heads().request.as_ref()?;
        let raw = String::from_utf8_lossy(&self.request()?.raw).into_owned();
        let mut fields =
            raw.split("\r\n").filter(|line| line.contains('\r')).filter_map(|line| line.split_once(':'));
        let words = |value: &str| value.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let value = fields.find_map(|(name, value)| {
            let got = arrived.fields.get(name).map(|got| String::from_utf8_lossy(got).into_owned())?;
            (words(&got) != words(value)).then_some(got)
        })?;
        let violation = RelationViolation::CarriageReturnDropped(escaped(value.as_bytes()));
        Some(RelationFault { end: ProxyEnd::Back, at: Duration::ZERO, violation })
    }

    /// Something that arrived here although it was sent through another pair of connections of the same intermediary.
    #[must_use]
    pub fn foreign(&self, other: &Self) -> Option<RelationFault> {
        if self.tunnel.is_some() {
            // Whatever arrives that was not sent on this one is found there, whoever has sent it.
            return None;
        }
        let of = |relation: &Self, end: ProxyEnd| relation.lane(end).heads().credentials();
        let (own, foreign) = (of(self, ProxyEnd::Front), of(other, ProxyEnd::Front));
        let is_within = |value: &Bytes, all: &[Bytes]| {
            all.iter().any(|one| one.windows(value.len()).any(|part| part == value))
        };
        let arrived = of(self, ProxyEnd::Back);
        let leaked = |value: &&Bytes| {
            value.len() >= LEAST_CREDENTIALS && is_within(value, &arrived) && !is_within(value, &own)
        };
        if foreign.iter().any(|value| leaked(&value)) {
            let violation = RelationViolation::ForeignCredentials;
            return Some(RelationFault { end: ProxyEnd::Back, at: Duration::ZERO, violation });
        }
        DIRECTIONS.into_iter().find_map(|(from, to)| {
            let sent = |relation: &Self, what: &LaneContent| {
                relation.lane(from).half(from.ours()).items.iter().any(|item| item.what == *what)
            };
            let arrived = &self.lane(to).half(to.theirs()).items;
            let is_foreign = |what: &LaneContent| {
                matches!(what, LaneContent::Message(..)) && sent(other, what) && !sent(self, what)
            };
            let item = arrived.iter().find(|item| is_foreign(&item.what))?;
            let violation = RelationViolation::ForeignMessage(item.digest());
            Some(RelationFault { end: to, at: item.at, violation })
        })
    }
}

fn is_without_upgrade(rule: &Violation) -> bool {
    match rule {
        Violation::UpgradeMissing(_) => true,
        Violation::Http2NotForWebsocket { method, .. } => method != "CONNECT",
        _ => false,
    }
}

/// The field that a rule of the opening handshake is about, of those that both ends of a connection agree by; the others are
/// about one connection of an intermediary.
fn field(rule: &Violation) -> Option<&'static str> {
    use ViolationKind as K;
    Some(match K::from(rule) {
        K::AcceptMissing | K::AcceptWrong => "Sec-WebSocket-Accept",
        K::SubprotocolNotOffered | K::SubprotocolMalformed => "Sec-WebSocket-Protocol",
        K::ExtensionNotOffered | K::ExtensionMalformed => "Sec-WebSocket-Extensions",
        K::KeyMissing | K::KeyInvalid => KEY,
        K::VersionMissing | K::VersionNot13 => "Sec-WebSocket-Version",
        _ => return None,
    })
}
