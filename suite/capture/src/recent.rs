//! What was last seen of a connection: its opening handshake, and as much of what followed as there is room for.

use std::{collections::VecDeque, ops::Range, time::Duration};

use bytes::Bytes;
use wsspec_exchange::received_text;
use wsspec_record::{EntryRecord, EventKind, Meaning};
use wsspec_referee::{Arrival, Received};
use wsspec_wire::{Frame, MessageKind, RequirementId, Role};

/// How many heads are kept: more than one if there are interim responses.
const MOST_HEADS: usize = 8;
/// How many other items are kept. Even empty frames need memory.
const MOST_ITEMS: usize = 64;
/// How much is kept of an item of which not all is kept, in octets.
const START: usize = 256;

/// The last part of a connection, from its opening handshake on.
#[derive(Clone, Debug)]
pub struct RecentTraffic {
    /// The opening handshake.
    heads: Vec<TrafficItem>,
    items: VecDeque<TrafficItem>,
    /// How many octets of items are kept at most.
    room: usize,
    /// How many are.
    used: usize,
    /// How many items between the opening handshake and the first that is kept are not kept.
    omitted: u64,
}

/// One thing that one end did.
#[derive(Clone, Debug, PartialEq)]
pub struct TrafficItem {
    /// Which end.
    pub from: Role,
    /// Since the connection opened.
    pub at: Duration,
    /// What it was.
    pub event: TrafficEvent,
    /// What the other end understands by it, if it is a whole message or a control frame.
    pub meaning: Option<ItemMeaning>,
    /// The rules that it breaks: which, what the end did, the faulty bytes.
    pub broken: Vec<(RequirementId, String, Range<usize>)>,
}

/// What an end did.
#[derive(Clone, Debug, PartialEq)]
pub enum TrafficEvent {
    /// It sent this.
    Sent(Received),
    /// It sent something of which only the start is kept.
    Began(Received),
    /// It ended its half of the stream.
    Eof,
    /// It reset the connection.
    Reset,
}

/// What an item means to the end that receives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemMeaning {
    /// A request.
    Request,
    /// A response.
    Response {
        /// It opens the connection.
        accepts: bool,
    },
    /// A whole message, perhaps with the fragments before it.
    Message(MessageKind),
    /// A ping.
    Ping,
    /// A pong.
    Pong,
    /// A close frame.
    Close,
}

impl ItemMeaning {
    /// That of the first arrival that has one.
    pub(crate) fn of(arrivals: &[Arrival]) -> Option<Self> {
        arrivals.iter().find_map(|arrival| match arrival {
            Arrival::Request(_) => Some(Self::Request),
            Arrival::Response(head) => Some(Self::Response { accepts: head.accepts() }),
            Arrival::Message(kind, _) => Some(Self::Message(*kind)),
            Arrival::Ping(_) => Some(Self::Ping),
            Arrival::Pong(_) => Some(Self::Pong),
            Arrival::Close(_) => Some(Self::Close),
            _ => None,
        })
    }
}

impl RecentTraffic {
    /// Keeps at most `room` octets of what follows the opening handshake.
    pub(crate) fn with_room(room: usize) -> Self {
        Self { heads: Vec::new(), items: VecDeque::new(), room, used: 0, omitted: 0 }
    }

    /// Another opening handshake begins.
    pub(crate) fn start_over(&mut self) {
        *self = Self::with_room(self.room);
    }

    /// What is kept, in order.
    pub fn items(&self) -> impl Iterator<Item = &TrafficItem> {
        self.heads.iter().chain(&self.items)
    }

    /// The opening handshake alone.
    pub fn heads(&self) -> &[TrafficItem] {
        &self.heads
    }

    /// How many items after the opening handshake are not kept, because too much came after them.
    pub fn omitted(&self) -> u64 {
        self.omitted
    }

    /// Adds what an end did.
    pub(crate) fn add(&mut self, mut item: TrafficItem) {
        let is_head = matches!(&item.event, TrafficEvent::Sent(Received::Head(_)));
        if is_head && self.heads.len() < MOST_HEADS && self.items.is_empty() {
            return self.heads.push(item);
        }
        item.event = match item.event {
            TrafficEvent::Sent(what) if what.size() > self.room.max(START) => {
                TrafficEvent::Began(start(what))
            }
            event => event,
        };
        self.used += item.size();
        self.items.push_back(item);
        // The last one is kept whatever its size.
        while self.items.len() > 1 && (self.used > self.room.max(START) || self.items.len() > MOST_ITEMS) {
            let first = self.items.pop_front();
            self.used -= first.map_or(0, |first| first.size());
            self.omitted += 1;
        }
    }

    /// The transcript of it, for a record about `peer`.
    pub fn transcript(&self, peer: Role) -> Vec<EntryRecord> {
        self.items().map(|item| item.entry(peer)).collect()
    }
}

impl TrafficItem {
    fn size(&self) -> usize {
        match &self.event {
            TrafficEvent::Sent(what) | TrafficEvent::Began(what) => what.size(),
            TrafficEvent::Eof | TrafficEvent::Reset => 0,
        }
    }

    /// Its entry in a transcript about `peer`.
    fn entry(&self, peer: Role) -> EntryRecord {
        let is_of_peer = self.from == peer;
        let (event, text) = match &self.event {
            TrafficEvent::Sent(what) | TrafficEvent::Began(what) => {
                let is_whole = matches!(self.event, TrafficEvent::Sent(_));
                let event = match what {
                    _ if !is_of_peer => EventKind::Sent,
                    Received::Unfinished(_) => EventKind::Unfinished,
                    Received::Oversize(_) => EventKind::Oversize,
                    _ if !is_whole => EventKind::Oversize,
                    _ => EventKind::Received,
                };
                (event, received_text(what, self.from))
            }
            TrafficEvent::Eof if is_of_peer => (EventKind::Eof, String::new()),
            TrafficEvent::Reset if is_of_peer => (EventKind::Reset, String::new()),
            TrafficEvent::Eof => (EventKind::Sent, "eof".into()),
            TrafficEvent::Reset => (EventKind::Sent, "reset".into()),
        };
        // The last rule explains the most.
        let broken = self.broken.last().filter(|_| is_of_peer);
        let meaning = broken.map(|(requirement, what, bytes)| Meaning::Broke {
            requirement: requirement.clone(),
            what: what.clone(),
            bytes: bytes.clone(),
        });
        let at_us = u64::try_from(self.at.as_micros()).unwrap_or(u64::MAX);
        EntryRecord { at_us, line: 0, connection: None, event, text, meaning }
    }
}

/// The start of something long, which does not keep the rest in memory.
fn start(what: Received) -> Received {
    let cut = |bytes: &Bytes| Bytes::copy_from_slice(&bytes[..bytes.len().min(START)]);
    match what {
        Received::Head(bytes) => Received::Head(cut(&bytes)),
        Received::Raw(bytes) => Received::Raw(cut(&bytes)),
        Received::Unfinished(bytes) => Received::Unfinished(cut(&bytes)),
        Received::Frame(Frame { header, payload }) => {
            Received::Frame(Frame { header, payload: cut(&payload) })
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use wsspec_wire::Opcode;

    use super::*;

    fn frame(from: Role, payload: &'static str) -> TrafficItem {
        let event = TrafficEvent::Sent(Received::Frame(Frame::new(Opcode::TEXT, payload)));
        let meaning = Some(ItemMeaning::Message(MessageKind::Text));
        TrafficItem { from, at: Duration::from_millis(2), event, meaning, broken: Vec::new() }
    }

    fn head(from: Role, text: &'static str) -> TrafficItem {
        TrafficItem { event: TrafficEvent::Sent(Received::Head(text.into())), ..frame(from, "") }
    }

    #[test]
    fn the_opening_handshake_and_the_last_items_are_kept() {
        let mut recent = RecentTraffic::with_room(START);
        recent.add(head(Role::Client, "GET"));
        for _ in 0..MOST_ITEMS + 3 {
            recent.add(frame(Role::Server, "ab"));
        }
        assert_eq!((recent.items().count(), recent.omitted()), (1 + MOST_ITEMS, 3));
        let long = Frame::new(Opcode::TEXT, vec![b'x'; 2 * START]);
        recent
            .add(TrafficItem { event: TrafficEvent::Sent(Received::Frame(long)), ..frame(Role::Server, "") });
        let kept: Vec<_> = recent.items().map(|item| item.from).collect();
        assert_eq!(kept, [Role::Client, Role::Server]);
        assert!(
            matches!(&recent.items[0].event, TrafficEvent::Began(Received::Frame(frame)) if frame.payload.len() == START)
        );
        recent.start_over();
        assert_eq!(recent.items().count(), 0);
    }

    #[test]
    fn a_transcript_is_about_one_end() {
        let mut recent = RecentTraffic::with_room(1000);
        let broken = vec![(RequirementId::from_static("a#1:1"), "wrong".to_owned(), 0..1)];
        recent.add(TrafficItem { broken, ..frame(Role::Server, "x") });
        recent.add(TrafficItem { event: TrafficEvent::Eof, ..frame(Role::Client, "") });
        let of = |peer| {
            let entries = recent.transcript(peer);
            entries
                .iter()
                .map(|entry| (entry.event, entry.text.clone(), entry.meaning.is_some()))
                .collect::<Vec<_>>()
        };
        let text = "text \"x\"".to_owned();
        let server = [(EventKind::Received, text.clone(), true), (EventKind::Sent, "eof".into(), false)];
        assert_eq!(of(Role::Server), server);
        assert_eq!(
            of(Role::Client),
            [(EventKind::Sent, text, false), (EventKind::Eof, String::new(), false)]
        );
    }
}
