//! What an intermediary does with a WebSocket connection: what left one end, compared with what arrived at the other.
//!
//! Both ends are ours, so everything that differs is the intermediary's doing. It may split messages into other frames (RFC
//! 6455, 5.4), mask them with other keys, and compress each of its connections in its own way (RFC 7692, 5): messages are
//! compared, not frames. Pings and pongs may be answered on either connection, so they are not compared.
//!
//! What has not arrived counts as lost only if something that was sent after it has arrived, or if the intermediary has closed
//! the connection: no time decides. Never reads a clock, never opens a connection.

use std::time::Duration;

use bytes::Bytes;
use wsspec_exchange::Carried;
use wsspec_record::EntryRecord;
use wsspec_wire::{CloseBody, CloseCode, Frame, Mask, Opcode, Role, Violation, ViolationKind};

use crate::{
    lane::{FENCE, Lane, LaneContent, LaneItem},
    observer::ObservedEnd,
    proxy_end::{DIRECTIONS, ProxyEnd},
    relation_violation::RelationViolation,
    tunnel::TunnelWatch,
    tunnel_violation::TunnelViolation,
};

/// The mask of a fence.
const MASK: Mask = Mask([0x77, 0x73, 0x73, 0x70]);

/// An intermediary may end the connection at a message of this many octets or more.
const BIG: usize = 8192;

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
    /// The tunnel between them, if the intermediary opens one on request.
    pub(crate) tunnel: Option<TunnelWatch>,
    /// Whether that was opened by SOCKS.
    pub(crate) is_socks: bool,
}

/// What became of the first item that differs.
enum LaneFate {
    /// Everything has arrived as it must.
    Fine,
    /// This has not arrived, and may still.
    Awaited(LaneItem),
    Broken(RelationFault),
}

impl ProxyRelation {
    /// Both ends of a tunnel. `asks`: our client asks for it on its connection; otherwise it is open already.
    #[must_use]
    pub fn of_tunnel(asks: bool) -> Self {
        Self { tunnel: Some(TunnelWatch::new(asks)), ..Self::default() }
    }

    /// Both ends of a connection that a proxy has opened by SOCKS 5.
    #[must_use]
    pub fn of_socks() -> Self {
        Self { is_socks: true, ..Self::of_tunnel(false) }
    }

    /// An end of a connection has sent these octets: ours, or the intermediary.
    pub fn saw(&mut self, end: ProxyEnd, from: Role, bytes: &[u8], at: Duration) {
        let Some(tunnel) = &mut self.tunnel else { return self.lane_mut(end).saw(from, bytes, at) };
        let inside = tunnel.saw(end, from, bytes, at);
        self.lane_mut(end).saw(from, &inside, at);
    }

    /// This has crossed a connection that is a stream of HTTP/2.
    pub fn carried(&mut self, end: ProxyEnd, carried: Carried, at: Duration) {
        self.lane_mut(end).carried(carried.from, carried.what, at);
    }

    /// An end of a connection has ended its half.
    pub fn ended(&mut self, end: ProxyEnd, from: Role, how: ObservedEnd, at: Duration) {
        self.lane_mut(end).ended(from, how, at);
    }

    /// Whether both connections were opened.
    pub fn is_open(&self) -> bool {
        self.front.is_open() && self.back.is_open()
    }

    /// Whether the intermediary has left out an offer of permessage-deflate and declined it, as one may that does not speak it
    /// (RFC 7692, 5).
    pub fn declines_deflate(&self) -> bool {
        self.is_open()
            && [self.front.compression(), self.back.compression()] == [(true, false), (false, false)]
    }

    /// Whether there was more than can be compared.
    pub fn is_full(&self) -> bool {
        self.tunnel_is_full().unwrap_or_else(|| self.front.is_full() || self.back.is_full())
    }

    /// Whether nothing more can arrive on that connection: the intermediary has ended it, or we have reset it.
    pub fn has_ended(&self, end: ProxyEnd) -> bool {
        let lane = self.lane(end);
        let is_reset = |(how, _)| how == ObservedEnd::Reset;
        lane.half(end.theirs()).ended.is_some() || lane.half(end.ours()).ended.is_some_and(is_reset)
    }

    /// A connection that the intermediary keeps open though we have closed the other one.
    pub fn unclosed(&self) -> Option<RelationFault> {
        let is_kept = |(from, to): &(ProxyEnd, ProxyEnd)| {
            self.lane(*from).half(from.ours()).ended.is_some() && !self.has_ended(*to)
        };
        let (from, to) = DIRECTIONS.into_iter().find(is_kept).filter(|_| self.is_joined())?;
        let (_, at) = self.lane(from).half(from.ours()).ended?;
        let violation = match self.tunnel {
            Some(_) => self.in_tunnel(TunnelViolation::EndNotPassed),
            None => RelationViolation::EndNotPassed,
        };
        Some(RelationFault { end: to, at, violation })
    }

    /// A half of a stream behind that the intermediary keeps open though our server has ended its own, and the connection in
    /// front is over.
    pub fn unclosed_half(&self) -> Option<RelationFault> {
        let is_over = self.is_over_http2(ProxyEnd::Back) && self.has_ended(ProxyEnd::Front);
        let (_, at) =
            self.back.half(Role::Server).ended.filter(|_| is_over && !self.has_ended(ProxyEnd::Back))?;
        Some(RelationFault { end: ProxyEnd::Back, at, violation: RelationViolation::EndNotPassed })
    }

    /// How many octets were seen on both connections.
    pub fn octets(&self) -> usize {
        self.front.octets().saturating_add(self.back.octets())
    }

    /// What happened on a connection.
    pub fn transcript(&self, end: ProxyEnd) -> Vec<EntryRecord> {
        self.lane(end).transcript(end.theirs(), end.name())
    }

    /// The rules that the intermediary breaks, as far as both connections show it.
    pub fn judge(&self) -> Vec<RelationFault> {
        if self.is_full() {
            return Vec::new();
        }
        if let Some(faults) = self.of_tunnel_faults() {
            return faults;
        }
        let mut found = self.of_heads();
        for (from, to) in DIRECTIONS {
            if !self.is_open() {
                continue;
            }
            if let LaneFate::Broken(fault) = self.direction(from, to) {
                found.push(fault);
            }
        }
        // What has arrived explains what has not.
        found.sort_by_key(|fault| matches!(fault.violation, RelationViolation::Lost(_)));
        found
    }

    /// Something valid that has not arrived, of which nothing shows that it is lost: what, and where it should arrive.
    pub fn awaited(&self) -> Option<(ProxyEnd, String)> {
        if self.tunnel.is_some() {
            return self.awaited_in_tunnel();
        }
        if !self.is_open() {
            return None;
        }
        let mut fates = DIRECTIONS.into_iter().map(|(from, to)| (to, self.direction(from, to)));
        fates.find_map(|(to, fate)| match fate {
            LaneFate::Awaited(item) => Some((to, item.digest().0)),
            _ => None,
        })
    }

    /// What our client may send after everything else, to find out whether that is still on its way: what arrives of it
    /// shows that what was sent before will not. A message, if the client may still send one; otherwise a ping. After a
    /// refusal, nothing of it may arrive.
    pub fn fence(&self) -> Option<Bytes> {
        let sent = self.front.half(Role::Client);
        if !self.is_open() && !self.is_refused()
            || sent.ended.is_some()
            || self.front.is_within_frame(Role::Client)
        {
            return None;
        }
        let opcode =
            if has_closed(&sent.items) || sent.is_within_message { Opcode::PING } else { Opcode::TEXT };
        let mut bytes = Vec::new();
        Frame::new(opcode, FENCE).with_mask(MASK).encode(&mut bytes);
        Some(bytes.into())
    }

    /// Whether the server has refused to open a connection, and the client knows.
    pub fn is_refused(&self) -> bool {
        self.back.heads().is_refused && self.front.heads().is_refused
    }

    /// Whether an answer to the fence has come back to our client.
    pub fn is_fence_answered(&self) -> bool {
        let half = self.front.half(Role::Server);
        let is_echo =
            |item: &LaneItem| matches!(&item.what, LaneContent::Message(_, payload) if *payload == FENCE);
        half.fenced.is_some() || half.items.last().is_some_and(is_echo)
    }

    /// Whether the first request was passed on octet by octet, as an intermediary does that reads no HTTP.
    pub fn is_below_http(&self) -> bool {
        let raw = |lane: &Lane| lane.heads().request.as_ref().map(|head| head.raw.clone());
        let is_http1 = DIRECTIONS.iter().all(|(end, _)| !self.is_over_http2(*end));
        self.tunnel.is_none() && is_http1 && raw(&self.front).is_some() && raw(&self.front) == raw(&self.back)
    }

    fn direction(&self, from: ProxyEnd, to: ProxyEnd) -> LaneFate {
        let sent = &self.lane(from).half(from.ours()).items;
        let arrived = &self.lane(to).half(to.theirs()).items;
        let fate = |at, violation: Option<_>| match violation {
            Some(violation) => LaneFate::Broken(RelationFault { end: to, at, violation }),
            None => LaneFate::Fine,
        };
        for (place, (left, came)) in sent.iter().zip(arrived).enumerate() {
            if came.at < left.at {
                // It arrived before its like was sent.
                return fate(came.at, self.surplus(from, to, place));
            }
            if left.what == came.what || same_fault(left, came) {
                if matches!(left.what, LaneContent::Faulty(_)) {
                    // How to read what follows is up to each end.
                    return LaneFate::Fine;
                }
                continue;
            }
            if came.is_close() && (self.is_unwanted(left, to, came.at) || self.is_own_close(from, to, came)) {
                return LaneFate::Fine;
            }
            if came.is_close() && matches!(left.what, LaneContent::Oversize(_)) {
                // Its end may never have come.
                return fate(came.at, self.surplus(from, to, place));
            }
            return fate(came.at, differ(left, came, &sent[place + 1..], self.is_valid(to)));
        }
        let common = sent.len().min(arrived.len());
        if let Some(more) = arrived.get(common) {
            return fate(more.at, self.surplus(from, to, common));
        }
        match sent.get(common) {
            Some(item)
                if self.is_valid(from) && self.is_valid(to) && !self.is_unwanted(item, to, Duration::MAX) =>
            {
                self.missing(item, from, to)
            }
            _ => LaneFate::Fine,
        }
    }

    /// What is wrong with an item that arrived before, or without, anything that it could be.
    fn surplus(&self, from: ProxyEnd, to: ProxyEnd, place: usize) -> Option<RelationViolation> {
        let arrived = &self.lane(to).half(to.theirs()).items;
        let (earlier, more) = (&arrived[..place], arrived.get(place)?);
        match &more.what {
            LaneContent::Faulty(found) => {
                found.last().cloned().map(Box::new).map(RelationViolation::Introduced)
            }
            // It fails the connection, or closes what an end has left open.
            LaneContent::Close(body) if is_refusal(body) => None,
            LaneContent::Close(_) => {
                let ours = [self.lane(from).half(from.ours()), self.lane(to).half(to.ours())];
                let ends = ours.iter().filter_map(|half| half.ended).any(|(_, at)| at <= more.at);
                let is_over = ends || self.closed(to).is_some_and(|at| at <= more.at);
                let unasked = self.is_valid(from) && self.is_valid(to) && !is_over;
                let before = earlier.last().map_or_else(|| "nothing".to_owned(), |item| item.digest().0);
                unasked.then(|| RelationViolation::ClosedUnasked(before, more.digest()))
            }
            _ => Some(RelationViolation::Invented(more.digest())),
        }
    }

    /// When our end of a connection has sent its close frame.
    fn closed(&self, end: ProxyEnd) -> Option<Duration> {
        let items = &self.lane(end).half(end.ours()).items;
        items.iter().find(|item| item.is_close()).map(|item| item.at)
    }

    /// Whether our end may ignore this, if it has not arrived by then: nothing obliges an end to process data once it has
    /// sent a close frame (RFC 6455, 5.5.1).
    fn is_unwanted(&self, item: &LaneItem, to: ProxyEnd, by: Duration) -> bool {
        !item.is_close() && self.closed(to).is_some_and(|at| at <= by)
    }

    /// Whether a close frame is about this connection alone: it answers one of ours, or fails the connection. Its code is up
    /// to who sends it.
    fn is_own_close(&self, from: ProxyEnd, to: ProxyEnd, came: &LaneItem) -> bool {
        let is_answer = self.closed(to).is_some_and(|at| at <= came.at);
        is_answer || !self.is_valid(from) || !self.is_valid(to)
    }

    /// Whether all that our end of a connection has sent keeps to the rules, as far as that is known: a frame that has not
    /// ended may break one already.
    fn is_valid(&self, end: ProxyEnd) -> bool {
        let items = &self.lane(end).half(end.ours()).items;
        let is_faulty = items.iter().any(|item| matches!(item.what, LaneContent::Faulty(_)));
        !is_faulty && !self.lane(end).is_within_frame(end.ours())
    }

    /// What became of something that did not arrive.
    fn missing(&self, item: &LaneItem, from: ProxyEnd, to: ProxyEnd) -> LaneFate {
        let sender = self.lane(from).half(from.ours());
        let receiver = self.lane(to).half(to.ours());
        let (theirs, left) = (self.lane(to).half(to.theirs()), receiver.ended);
        let has_reset =
            |ended: Option<(ObservedEnd, Duration)>| ended.is_some_and(|(how, _)| how == ObservedEnd::Reset);
        // A reset destroys what is on its way.
        if has_reset(sender.ended) || has_reset(left) || has_reset(theirs.ended) {
            return LaneFate::Fine;
        }
        let lost = RelationViolation::Lost(item.digest());
        let lost = LaneFate::Broken(RelationFault { end: to, at: item.at, violation: lost });
        let has_left = |at: Duration| left.is_some_and(|(_, left)| left < at);
        match theirs.ended {
            Some((_, at)) if item.at < at && !has_left(at) && !is_big(item) => lost,
            Some(_) => LaneFate::Fine,
            None if left.is_some() => LaneFate::Fine,
            None => match (sender.fenced, theirs.fenced) {
                (Some(at), Some(_)) if item.at <= at => lost,
                _ => LaneFate::Awaited(item.clone()),
            },
        }
    }

    pub(crate) fn lane(&self, end: ProxyEnd) -> &Lane {
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

fn has_closed(items: &[LaneItem]) -> bool {
    items.iter().any(LaneItem::is_close)
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
        // So it is to go away, or to refuse what is too much: any endpoint may close (RFC 6455, 7.3).
        (C::Message(..) | C::Oversize(_), C::Close(body)) if is_refusal(body) => return None,
        (C::Faulty(_), C::Faulty(_)) => RelationViolation::FaultChanged(was, is),
        (C::Faulty(_), _) => RelationViolation::Repaired(was, is),
        (_, C::Faulty(found)) => RelationViolation::Introduced(Box::new(found.last()?.clone())),
        // Not everybody knows a code that was registered after RFC 6455 (7.4.2).
        (C::Close(sent), C::Close(came)) if is_newer(sent) && came.code() == Some(CloseCode(1002)) => {
            return None;
        }
        (C::Close(_), C::Close(_)) => RelationViolation::CloseChanged(was, is),
        _ if later.iter().any(|item| item.what == came.what) => RelationViolation::MessageSkipped(was, is),
        (_, C::Close(_)) => {
            // Something later, or of the other end, may have made it fail the connection before it passed this on.
            let is_valid = others_are_valid && !later.iter().any(|item| matches!(item.what, C::Faulty(_)));
            return is_valid.then(|| RelationViolation::ClosedUnasked(was.0, is));
        }
        (C::Message(kind, payload), C::Message(other, same)) if kind != other && payload == same => {
            RelationViolation::TypeChanged(was, is)
        }
        (C::Close(_), _) => RelationViolation::Invented(is),
        _ => RelationViolation::MessageChanged(was, is),
    })
}

/// Whether a close frame says that its sender goes away, or that something is too much for it or against its rules.
fn is_refusal(body: &CloseBody) -> bool {
    body.code().is_some_and(|code| matches!(code.0, 1001 | 1008 | 1009 | 1012..=1014))
}

/// Whether a message is so big that it may be too much for an intermediary (RFC 6455, 10.4).
fn is_big(item: &LaneItem) -> bool {
    match &item.what {
        LaneContent::Message(_, payload) => payload.len() >= BIG,
        LaneContent::Oversize(_) => true,
        _ => false,
    }
}

/// Whether the code of a close frame is reserved for later in RFC 6455.
fn is_newer(body: &CloseBody) -> bool {
    body.code().is_some_and(|code| (1012..=2999).contains(&code.0))
}

/// A violation's name without guesses: whether text looks as if it was not masked depends on the key, and each connection has its own.
fn certain(violation: &Violation) -> &'static str {
    match violation {
        Violation::MaskNotApplied => ViolationKind::InvalidUtf8.name(),
        other => other.name(),
    }
}

/// Whether two items break the same rules.
fn same_fault(left: &LaneItem, came: &LaneItem) -> bool {
    let (LaneContent::Faulty(left), LaneContent::Faulty(came)) = (&left.what, &came.what) else {
        return false;
    };
    left.iter().map(certain).eq(came.iter().map(certain))
}
