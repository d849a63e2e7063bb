//! One of the two connections of an intermediary, and what each of its ends has sent on it, for comparison with the other
//! connection.

use std::{borrow::Cow, time::Duration};

use bytes::Bytes;
use wsspec_exchange::CarriedPart;
use wsspec_record::EntryRecord;
use wsspec_referee::{Arrival, Conversation, ConversationInput, Received, Seen};
use wsspec_wire::{CloseBody, ConnectionName, Header, MessageKind, Offer, Opening, Role, Scope, Violation};

use crate::{
    http::{HttpPart, HttpWatch},
    lane_heads::LaneHeads,
    observer::{ObservedEnd, index},
    recent::{ItemMeaning, RecentTraffic, TrafficEvent, TrafficItem},
};

/// Messages above this many bytes are compared by their length alone.
const LIMIT: usize = 4 << 20;
/// How much of a connection is kept for the transcript, in bytes.
const ROOM: usize = 64 << 10;
/// How much of a connection is kept for the comparison, in bytes.
const MOST_BYTES: usize = 32 << 20;
/// How many messages, close frames and faults of one end are kept for it.
const MOST_ITEMS: usize = 64 << 10;

/// The payload of what is sent to find out whether what was sent before it is still on its way.
pub(crate) const FENCE: &str = "wsspec-fence";

/// What one end has sent, as far as an intermediary has to leave it as it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LaneItem {
    pub at: Duration,
    pub what: LaneContent,
}

/// Something that an intermediary passes on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum LaneContent {
    /// A whole message.
    Message(MessageKind, Bytes),
    /// A frame too long to be kept.
    Oversize(Header),
    /// A close frame.
    Close(CloseBody),
    /// Something that breaks rules.
    Faulty(Vec<Violation>),
}

impl LaneItem {
    pub(crate) fn is_close(&self) -> bool {
        matches!(self.what, LaneContent::Close(_))
    }
}

/// What one end of a connection has done.
#[derive(Clone, Debug, Default)]
pub(crate) struct LaneHalf {
    /// In order.
    pub items: Vec<LaneItem>,
    /// The rules that its head breaks.
    pub head: Vec<Violation>,
    /// When the ping that is a fence, or its pong, was sent.
    pub fenced: Option<Duration>,
    /// Whether a message has begun that has not ended.
    pub is_within_message: bool,
    /// How and when it ended.
    pub ended: Option<(ObservedEnd, Duration)>,
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Lane {
    http: HttpWatch,
    conversation: Conversation,
    recent: RecentTraffic,
    halves: [LaneHalf; 2],
    kept: usize,
    heads: LaneHeads,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            http: HttpWatch::default(),
            conversation: Conversation::watching(LIMIT),
            recent: RecentTraffic::with_room(ROOM),
            halves: [LaneHalf::default(), LaneHalf::default()],
            kept: 0,
            heads: LaneHeads::default(),
        }
    }
}

impl Lane {
    /// What one end has done.
    pub(crate) fn half(&self, of: Role) -> &LaneHalf {
        &self.halves[index(of)]
    }

    /// Whether the response has opened the connection.
    pub(crate) fn is_open(&self) -> bool {
        self.heads.opened.is_some()
    }

    /// Whether its client has offered permessage-deflate, and whether its ends have agreed on it.
    pub(crate) fn compression(&self) -> (bool, bool) {
        let offers = self.conversation.offer().is_some_and(Offer::has_deflate);
        (offers, self.conversation.agreed().is_some())
    }

    /// The heads, and what follows them.
    pub(crate) fn heads(&self) -> &LaneHeads {
        &self.heads
    }

    /// Whether an end has begun a frame that has not ended.
    pub(crate) fn is_within_frame(&self, of: Role) -> bool {
        self.conversation.unfinished(of).is_some()
    }

    /// How many octets both ends have sent.
    pub(crate) fn octets(&self) -> usize {
        self.kept
    }

    /// Whether there was more than can be compared.
    pub(crate) fn is_full(&self) -> bool {
        self.kept > MOST_BYTES || self.halves.iter().any(|half| half.items.len() > MOST_ITEMS)
    }

    /// The transcript, with `peer` as the end under test.
    pub(crate) fn transcript(&self, peer: Role, name: &str) -> Vec<EntryRecord> {
        let connection = ConnectionName::parse(name);
        let entries = self.recent.transcript(peer).into_iter();
        entries.map(|entry| EntryRecord { connection: connection.clone(), ..entry }).collect()
    }

    /// `from` has sent these octets.
    pub(crate) fn saw(&mut self, from: Role, bytes: &[u8], at: Duration) {
        self.kept = self.kept.saturating_add(bytes.len());
        if self.is_full() {
            return;
        }
        for part in self.http.read(from, bytes) {
            self.part(from, part, at);
        }
    }

    /// `from` has sent this on a stream of HTTP/2.
    pub(crate) fn carried(&mut self, from: Role, what: CarriedPart, at: Duration) {
        let part = match what {
            CarriedPart::End => return self.ended(from, ObservedEnd::Eof, at),
            CarriedPart::Reset => return self.ended(from, ObservedEnd::Reset, at),
            CarriedPart::Opening(Opening::Request(head)) => HttpPart::Request(head),
            CarriedPart::Opening(Opening::Response(head)) => HttpPart::Response(head),
            CarriedPart::Data(bytes) => {
                self.kept = self.kept.saturating_add(bytes.len());
                let bytes = Cow::Owned(bytes.to_vec());
                match from == Role::Server && self.heads.is_refused {
                    true => HttpPart::Beyond(bytes),
                    false => HttpPart::Data(bytes),
                }
            }
        };
        if !self.is_full() {
            self.part(from, part, at);
        }
    }

    fn part(&mut self, from: Role, part: HttpPart<'_>, at: Duration) {
        let opening;
        let input = match part {
            HttpPart::Foreign(_) => return,
            HttpPart::Request(head) => {
                self.heads.request(&head);
                opening = Opening::Request(head);
                ConversationInput::Opening(&opening)
            }
            HttpPart::Response(head) => {
                self.heads.response(&head, at);
                opening = Opening::Response(head);
                ConversationInput::Opening(&opening)
            }
            HttpPart::Data(ref bytes) => {
                if from == Role::Client {
                    self.heads.client_data(bytes);
                }
                ConversationInput::Data(bytes)
            }
            HttpPart::Beyond(ref bytes) => {
                self.heads.server_data(bytes);
                ConversationInput::Beyond(bytes)
            }
        };
        // What both ends have sent by then decides what is allowed, but not what is passed on.
        for seen in self.conversation.saw(from, input) {
            self.enter(from, seen, at);
        }
    }

    /// `from` has ended its half; only the first end counts.
    pub(crate) fn ended(&mut self, from: Role, how: ObservedEnd, at: Duration) {
        let half = &mut self.halves[index(from)];
        if half.ended.is_some() {
            return;
        }
        half.ended = Some((how, at));
        let event = match how {
            ObservedEnd::Eof => TrafficEvent::Eof,
            ObservedEnd::Reset => TrafficEvent::Reset,
        };
        self.recent.add(TrafficItem { from, at, event, meaning: None, broken: Vec::new() });
    }

    fn enter(&mut self, from: Role, seen: Seen, at: Duration) {
        let Seen { what, arrivals, mut broken } = seen;
        broken.retain(|broken| !depends_on_the_other_half(&broken.violation));
        if let Some(what) = &what {
            let rules = broken.iter().map(|broken| {
                (broken.violation.requirement(), broken.violation.to_string(), broken.bytes.clone())
            });
            let (broken, meaning) = (rules.collect(), ItemMeaning::of(&arrivals));
            let event = TrafficEvent::Sent(what.clone());
            self.recent.add(TrafficItem { from, at, event, meaning, broken });
        }
        let faults: Vec<_> = broken.into_iter().map(|broken| broken.violation).collect();
        let half = &mut self.halves[index(from)];
        if let Some(Received::Frame(frame)) = &what
            && !frame.header.opcode.is_control()
        {
            half.is_within_message = !frame.header.fin;
        }
        if matches!(what, Some(Received::Head(_))) {
            half.head.extend(faults);
            return;
        }
        if !faults.is_empty() {
            half.items.push(LaneItem { at, what: LaneContent::Faulty(faults) });
            return;
        }
        let is_fence = |arrival: &Arrival| matches!(arrival, Arrival::Ping(payload) | Arrival::Pong(payload) if *payload == FENCE);
        if arrivals.iter().any(is_fence) {
            half.fenced.get_or_insert(at);
        }
        let content = |arrival| match arrival {
            Arrival::Message(kind, payload) => Some(LaneContent::Message(kind, payload)),
            Arrival::Close(body) => Some(LaneContent::Close(body)),
            Arrival::Oversize(header) => Some(LaneContent::Oversize(header)),
            _ => None,
        };
        let contents = arrivals.into_iter().filter_map(content);
        half.items.extend(contents.map(|what| LaneItem { at, what }));
    }
}

/// Whether a rule is about what the other end has sent by then, or about other connections: such a rule may be broken at
/// one end of an intermediary and kept at the other, though nothing was changed.
fn depends_on_the_other_half(violation: &Violation) -> bool {
    use Violation as V;
    violation.scope() != Scope::Everywhere
        || matches!(
            violation,
            V::PongForPong | V::PongAfterFailure | V::ControlAfterClose(_) | V::DataBeforeResponse
        )
}
