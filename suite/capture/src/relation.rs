//! What an intermediary does with a WebSocket connection: what left one end, compared with what arrived at the other.
//!
//! Both ends are ours, so everything that differs is the intermediary's doing. It may split messages into other frames (RFC
//! 6455, 5.4), mask them with other keys, and compress each of its connections in its own way (RFC 7692, 5): messages are
//! compared, not frames. Pings and pongs may be answered on either connection, so they are not compared.
//!
//! Never reads a clock, never opens a connection.

use std::time::Duration;

use wsspec_notation::Payload;
use wsspec_record::EntryRecord;
use wsspec_wire::{MessageKind, RequirementId, Role, Violation};

use crate::{
    lane::{Lane, LaneContent, LaneHalf, LaneItem},
    observer::ObservedEnd,
};

/// How long an end must have been there for something that did not arrive to count as lost.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How many bytes of a payload are shown.
const SHOWN: usize = 24;

/// A connection of an intermediary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyEnd {
    /// The one that a client has opened to it.
    Front,
    /// The one that it has opened to the server.
    Back,
}

impl ProxyEnd {
    /// Its name in scripts and transcripts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Back => "back",
        }
    }

    /// The role of our end of it.
    pub const fn ours(self) -> Role {
        match self {
            Self::Front => Role::Client,
            Self::Back => Role::Server,
        }
    }

    /// The role of the intermediary on it.
    pub const fn theirs(self) -> Role {
        match self {
            Self::Front => Role::Server,
            Self::Back => Role::Client,
        }
    }
}

/// A difference between what left one end and what arrived at the other.
#[derive(Clone, Debug, PartialEq)]
pub enum RelationViolation {
    /// A message arrived with another payload: the one sent, then the other.
    MessageChanged(LaneDigest, LaneDigest),
    /// A message arrived as the other type.
    TypeChanged(LaneDigest, LaneDigest),
    /// A message was left out, and a later one arrived.
    MessageSkipped(LaneDigest, LaneDigest),
    /// Something valid did not arrive.
    Lost(LaneDigest),
    /// Something arrived that nobody had sent.
    Invented(LaneDigest),
    /// Something that breaks a rule was turned into something valid.
    Repaired(LaneDigest, LaneDigest),
    /// Something that breaks a rule was turned into something that breaks another.
    FaultChanged(LaneDigest, LaneDigest),
    /// Something valid was turned into something that breaks a rule, or that came on top.
    Introduced(Box<Violation>),
    /// A close frame arrived with another code or reason.
    CloseChanged(LaneDigest, LaneDigest),
    /// The intermediary closed a connection on which everything was valid.
    ClosedUnasked(LaneDigest, LaneDigest),
    /// One end is over, and the other goes on.
    EndNotPassed,
}

/// An item of a connection in a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneDigest(String);

/// A rule that the intermediary breaks.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationFault {
    /// The connection on which it shows.
    pub end: ProxyEnd,
    /// When, since the trial began; for something that did not arrive, when it was sent.
    pub at: Duration,
    /// Which, and how.
    pub violation: RelationViolation,
}

/// Both connections of an intermediary.
#[derive(Debug, Default)]
pub struct ProxyRelation {
    front: Lane,
    back: Lane,
}

impl ProxyRelation {
    /// An end of a connection has sent these octets: ours, or the intermediary.
    pub fn saw(&mut self, end: ProxyEnd, from: Role, bytes: &[u8], at: Duration) {
        self.lane_mut(end).saw(from, bytes, at);
    }

    /// An end of a connection has ended its half.
    pub fn ended(&mut self, end: ProxyEnd, from: Role, how: ObservedEnd, at: Duration) {
        self.lane_mut(end).ended(from, how, at);
    }

    /// Whether both connections were opened.
    pub fn is_open(&self) -> bool {
        self.front.is_open() && self.back.is_open()
    }

    /// Whether there was more than can be compared.
    pub fn is_full(&self) -> bool {
        self.front.is_full() || self.back.is_full()
    }

    /// Whether the intermediary has ended that connection.
    pub fn has_ended(&self, end: ProxyEnd) -> bool {
        self.lane(end).half(end.theirs()).ended.is_some()
    }

    /// What happened on a connection.
    pub fn transcript(&self, end: ProxyEnd) -> Vec<EntryRecord> {
        self.lane(end).transcript(end.theirs(), end.name())
    }

    /// The rules that the intermediary breaks, as far as both connections show it. `until` is the time of the last look.
    pub fn judge(&self, until: Duration) -> Vec<RelationFault> {
        if self.is_full() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (from, to) in [(ProxyEnd::Front, ProxyEnd::Back), (ProxyEnd::Back, ProxyEnd::Front)] {
            found.extend(self.heads(from, to));
            found.extend(self.direction(from, to, until));
        }
        // What has arrived explains what has not.
        found.sort_by_key(|fault| matches!(fault.violation, RelationViolation::Lost(_)));
        found
    }

    /// The rules that a head breaks as it leaves the intermediary, but not as it came.
    fn heads(&self, from: ProxyEnd, to: ProxyEnd) -> Option<RelationFault> {
        let came = self.lane(from).half(from.ours());
        let left = self.lane(to).half(to.theirs());
        let is_new = |violation: &&Violation| !came.head.iter().any(|old| old.name() == violation.name());
        let new = left.head.iter().filter(is_new).next_back()?;
        let violation = RelationViolation::Introduced(Box::new(new.clone()));
        Some(RelationFault { end: to, at: Duration::ZERO, violation })
    }

    fn direction(&self, from: ProxyEnd, to: ProxyEnd, until: Duration) -> Option<RelationFault> {
        let sent = self.lane(from).half(from.ours());
        let arrived = self.lane(to).half(to.theirs());
        let fault = |at, violation| Some(RelationFault { end: to, at, violation });
        for (place, (left, came)) in sent.items.iter().zip(&arrived.items).enumerate() {
            if left.what == came.what || same_fault(left, came) {
                if matches!(left.what, LaneContent::Faulty(_)) {
                    // How to read what follows is up to each end.
                    return None;
                }
                continue;
            }
            let others_are_valid = self.is_valid(to);
            return fault(came.at, differ(left, came, &sent.items[place + 1..], others_are_valid)?);
        }
        let common = sent.items.len().min(arrived.items.len());
        if let Some(more) = arrived.items.get(common) {
            return fault(more.at, self.surplus(from, to, more, sent.items.last())?);
        }
        let lost = sent.items.get(common)?;
        let lost_it = self.is_valid(from) && self.is_valid(to) && self.must_arrive(lost, from, to, until);
        lost_it.then(|| RelationFault {
            end: to,
            at: lost.at,
            violation: RelationViolation::Lost(lost.digest()),
        })
    }

    /// Something arrived after everything that was sent.
    fn surplus(
        &self,
        from: ProxyEnd,
        to: ProxyEnd,
        more: &LaneItem,
        last: Option<&LaneItem>,
    ) -> Option<RelationViolation> {
        match &more.what {
            LaneContent::Faulty(found) => {
                found.last().cloned().map(Box::new).map(RelationViolation::Introduced)
            }
            // It fails the connection, or closes what an end has left open.
            LaneContent::Close(_) => {
                let is_over = self.lane(from).half(from.ours()).ended.is_some()
                    || self.lane(to).half(to.ours()).ended.is_some()
                    || self.has_closed(to);
                let unasked = self.is_valid(from) && self.is_valid(to) && !is_over;
                let before = last.map_or_else(|| LaneDigest("nothing".into()), LaneItem::digest);
                unasked.then(|| RelationViolation::ClosedUnasked(before, more.digest()))
            }
            _ => Some(RelationViolation::Invented(more.digest())),
        }
    }

    /// Whether our end of a connection has sent a close frame.
    fn has_closed(&self, end: ProxyEnd) -> bool {
        let items = &self.lane(end).half(end.ours()).items;
        items.iter().any(|item| matches!(item.what, LaneContent::Close(_)))
    }

    /// Whether all that our end of a connection has sent keeps to the rules.
    fn is_valid(&self, end: ProxyEnd) -> bool {
        let items = &self.lane(end).half(end.ours()).items;
        !items.iter().any(|item| matches!(item.what, LaneContent::Faulty(_)))
    }

    /// Whether something that did not arrive had the time to, on connections that nobody else had ended.
    fn must_arrive(&self, item: &LaneItem, from: ProxyEnd, to: ProxyEnd, until: Duration) -> bool {
        let receiver = self.lane(to).half(to.ours());
        let sender = self.lane(from).half(from.ours());
        let proxy_ends = self.lane(to).half(to.theirs()).ended;
        let abandons = |half: &LaneHalf| {
            half.ended.is_some_and(|(how, at)| how == ObservedEnd::Reset && at < item.at + PATIENCE)
        };
        let left = receiver.ended.map_or(until, |(_, at)| at);
        let has_waited = left >= item.at + PATIENCE;
        let is_cut_off = matches!(proxy_ends, Some((ObservedEnd::Eof, at)) if at <= left);
        !abandons(sender) && !abandons(receiver) && (has_waited || is_cut_off && left > item.at)
    }

    fn lane(&self, end: ProxyEnd) -> &Lane {
        match end {
            ProxyEnd::Front => &self.front,
            ProxyEnd::Back => &self.back,
        }
    }

    fn lane_mut(&mut self, end: ProxyEnd) -> &mut Lane {
        match end {
            ProxyEnd::Front => &mut self.front,
            ProxyEnd::Back => &mut self.back,
        }
    }
}

/// What is wrong with an item that arrived in place of another; `None` if that is allowed.
fn differ(
    left: &LaneItem,
    came: &LaneItem,
    later: &[LaneItem],
    others_are_valid: bool,
) -> Option<RelationViolation> {
    use LaneContent as C;
    let (was, is) = (left.digest(), came.digest());
    Some(match (&left.what, &came.what) {
        // To fail the connection is what an endpoint does.
        (C::Faulty(_), C::Close(_)) => return None,
        (C::Faulty(_), C::Faulty(_)) => RelationViolation::FaultChanged(was, is),
        (C::Faulty(_), _) => RelationViolation::Repaired(was, is),
        (_, C::Faulty(found)) => RelationViolation::Introduced(Box::new(found.last()?.clone())),
        (C::Close(_), C::Close(_)) => RelationViolation::CloseChanged(was, is),
        (_, C::Close(_)) => {
            // Something later, or of the other end, may have made it fail the connection before it passed this on.
            let is_valid = others_are_valid && !later.iter().any(|item| matches!(item.what, C::Faulty(_)));
            return is_valid.then(|| RelationViolation::ClosedUnasked(was, is));
        }
        _ if later.iter().any(|item| item.what == came.what) => RelationViolation::MessageSkipped(was, is),
        (C::Message(kind, payload), C::Message(other, same)) if kind != other && payload == same => {
            RelationViolation::TypeChanged(was, is)
        }
        (C::Close(_), _) => RelationViolation::Invented(is),
        _ => RelationViolation::MessageChanged(was, is),
    })
}

/// Whether two items break the same rules.
fn same_fault(left: &LaneItem, came: &LaneItem) -> bool {
    let (LaneContent::Faulty(left), LaneContent::Faulty(came)) = (&left.what, &came.what) else {
        return false;
    };
    left.iter().map(Violation::name).eq(came.iter().map(Violation::name))
}

fn type_name(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Text => "text",
        MessageKind::Binary => "binary",
    }
}

impl LaneItem {
    fn digest(&self) -> LaneDigest {
        LaneDigest(match &self.what {
            LaneContent::Message(kind, payload) => {
                let shown = Payload::of(&payload.slice(..payload.len().min(SHOWN)));
                let more = if payload.len() > SHOWN { ".." } else { "" };
                let bytes = if payload.len() == 1 { "byte" } else { "bytes" };
                format!("a {} message of {} {bytes}, {shown}{more}", type_name(*kind), payload.len())
            }
            LaneContent::Oversize(header) => format!("a frame of {} bytes", header.length.value),
            LaneContent::Close(body) => match body.code() {
                Some(code) => {
                    let body = body.to_bytes();
                    format!("a close frame with {} {}", code.0, Payload::of(&body.slice(body.len().min(2)..)))
                }
                None => format!("a close frame with a body of {} bytes", body.to_bytes().len()),
            },
            LaneContent::Faulty(found) => {
                let told: Vec<_> = found.iter().map(ToString::to_string).collect();
                format!("something faulty ({})", told.join("; "))
            }
        })
    }
}

impl RelationViolation {
    /// The requirement that is broken.
    pub fn requirement(&self) -> RequirementId {
        RequirementId::from_static(match self {
            Self::MessageChanged(..) | Self::Invented(_) => "intermediaries#6455.5.4:1",
            Self::TypeChanged(..) => "intermediaries#6455.5.4:2",
            Self::MessageSkipped(..) => "intermediaries#6455.5.4:3",
            Self::Lost(_) | Self::ClosedUnasked(..) => "intermediaries#6455.5.4:4",
            Self::Repaired(..) | Self::FaultChanged(..) => "intermediaries#6455.7.1.7:1",
            Self::CloseChanged(..) => "intermediaries#6455.7.1.5:1",
            Self::EndNotPassed => "intermediaries#6455.7.1.1:1",
            Self::Introduced(violation) => return violation.requirement(),
        })
    }

    /// Whether it shows only by something that does not happen.
    pub fn is_silence(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::EndNotPassed)
    }

    /// What should have arrived.
    pub fn expected(&self) -> String {
        match self {
            Self::MessageChanged(was, _)
            | Self::TypeChanged(was, _)
            | Self::MessageSkipped(was, _)
            | Self::CloseChanged(was, _)
            | Self::Lost(was) => format!("{}, as it was sent", was.0),
            Self::Repaired(was, _) | Self::FaultChanged(was, _) => {
                format!("{}, as it was sent, or a close frame and the end", was.0)
            }
            Self::Invented(_) => "only what was sent".into(),
            Self::ClosedUnasked(was, _) => format!("what was sent, last of it {}", was.0),
            Self::Introduced(_) => "what was sent, which breaks no such rule".into(),
            Self::EndNotPassed => "the end of the connection, after that of the other".into(),
        }
    }

    /// What arrived.
    pub fn actual(&self) -> String {
        match self {
            Self::MessageChanged(_, is)
            | Self::TypeChanged(_, is)
            | Self::MessageSkipped(_, is)
            | Self::Repaired(_, is)
            | Self::FaultChanged(_, is)
            | Self::CloseChanged(_, is)
            | Self::ClosedUnasked(_, is)
            | Self::Invented(is) => is.0.clone(),
            Self::Introduced(violation) => violation.to_string(),
            Self::Lost(_) | Self::EndNotPassed => "nothing".into(),
        }
    }
}
