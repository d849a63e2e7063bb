//! One connection between two other endpoints: judges what either sends.

use std::{mem, ops::Range, time::Duration};

use wsspec_referee::{Broken, Conversation, ConversationInput, KeyBook, Received, Seen};
use wsspec_wire::{Layer, Opening, RequestHead, Role, Violation};

use crate::{
    http::{HttpPart, HttpWatch},
    layer_watch::LayerWatch,
    recent::{ItemMeaning, RecentTraffic, TrafficEvent, TrafficItem},
    step::{HalfStep, begins_with_frames},
};

/// How much is kept of a connection, and what is known from others.
#[derive(Clone, Debug)]
pub struct ObserverSettings {
    /// Frames and messages longer than this, in bytes, are not kept: their content is not judged.
    pub limit: usize,
    /// How many bytes of the latest traffic are kept, to show what broke a rule.
    pub room: usize,
    /// The keys of the other connections.
    pub keys: KeyBook,
    /// What rides on each connection: STOMP, Engine.IO or Socket.IO; `None`: what its opening handshake shows.
    pub layer: Option<Layer>,
}

impl Default for ObserverSettings {
    fn default() -> Self {
        Self { limit: 1 << 20, room: 8 << 10, keys: KeyBook::default(), layer: None }
    }
}

/// A rule broken on a connection.
#[derive(Clone, Debug, PartialEq)]
pub struct ObservedFault {
    /// Which end broke it.
    pub from: Role,
    /// When, since the connection opened.
    pub at: Duration,
    /// Which rule, and how.
    pub violation: Violation,
    /// What breaks it; `None` if only the order of events, or the connection as a whole, does.
    pub sent: Option<Received>,
    /// The faulty bytes of that.
    pub bytes: Range<usize>,
}

/// How one half of a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObservedEnd {
    /// The end of the stream.
    Eof,
    /// A reset.
    Reset,
}

/// Numbers of a connection; first those of the client, then those of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrafficCount {
    /// Octets.
    pub octets: [u64; 2],
    /// Frames.
    pub frames: [u64; 2],
    /// Frames too long to be kept.
    pub oversize: [u64; 2],
}

/// Watches one connection.
#[derive(Debug)]
pub struct Observer {
    settings: ObserverSettings,
    http: HttpWatch,
    conversation: Option<Conversation>,
    /// The last request, until it is answered.
    request: Option<RequestHead>,
    /// What rides on the connection.
    layer: Option<LayerWatch>,
    recent: RecentTraffic,
    has_asked: bool,
    has_opened: bool,
    foreign: Option<String>,
    count: TrafficCount,
    /// What is not known of the client's half, and of the server's.
    steps: [HalfStep; 2],
    /// What each half did not finish was judged.
    has_ended: [bool; 2],
}

impl Observer {
    /// A connection that has just opened.
    pub fn new(settings: ObserverSettings) -> Self {
        let recent = RecentTraffic::with_room(settings.room);
        Self {
            settings,
            http: HttpWatch::default(),
            conversation: None,
            request: None,
            layer: None,
            recent,
            has_asked: false,
            has_opened: false,
            foreign: None,
            count: TrafficCount::default(),
            steps: [HalfStep::Exact; 2],
            has_ended: [false; 2],
        }
    }

    /// A WebSocket connection that was opened before anybody watched. Each half is judged from the first piece on that
    /// begins with a frame beyond doubt.
    pub fn joining(settings: ObserverSettings) -> Self {
        let conversation = Some(Conversation::joining(settings.limit));
        let conversation = conversation.map(|joined| joined.with_keys(settings.keys.clone()));
        Self {
            http: HttpWatch::joining(),
            conversation,
            has_asked: true,
            has_opened: true,
            steps: [HalfStep::Lost; 2],
            ..Self::new(settings)
        }
    }

    /// Octets of `from` are missing between the last ones and the next. Returns whether it can be judged further at once; if
    /// not, it is judged again from the first piece on that begins with a frame beyond doubt.
    pub fn missed(&mut self, from: Role, count: u64, at: Duration, faults: &mut Vec<ObservedFault>) -> bool {
        let mut parts = Vec::new();
        let goes_on = self.http.miss(from, count, &mut parts);
        for part in parts {
            self.part(from, part, at, faults);
        }
        if let Some(layer) = &mut self.layer {
            layer.lose();
        }
        // What the other half answers to is no longer known.
        self.steps.iter_mut().for_each(|step| step.doubt());
        let Some(conversation) = self.conversation.as_mut().filter(|_| goes_on) else { return goes_on };
        match conversation.miss(from, count) {
            Some(seen) => {
                for seen in seen {
                    self.enter(from, seen, at, faults);
                }
                true
            }
            None => {
                self.steps[index(from)] = HalfStep::Lost;
                false
            }
        }
    }

    /// `from` has sent these octets, split in any way. Returns the rules that they break.
    pub fn saw(&mut self, from: Role, bytes: &[u8], at: Duration) -> Vec<ObservedFault> {
        let mut faults = Vec::new();
        self.count.octets[index(from)] += bytes.len() as u64;
        for part in self.http.read(from, bytes) {
            self.part(from, part, at, &mut faults);
        }
        faults
    }

    /// `from` has ended its half. Returns the rules broken by what it did not finish.
    pub fn ended(&mut self, from: Role, how: ObservedEnd, at: Duration) -> Vec<ObservedFault> {
        let mut faults = Vec::new();
        self.unfinished(from, at, &mut faults);
        let event = match how {
            ObservedEnd::Eof => TrafficEvent::Eof,
            ObservedEnd::Reset => TrafficEvent::Reset,
        };
        self.recent.add(TrafficItem { from, at, event, meaning: None, broken: Vec::new() });
        faults
    }

    /// The connection is over, or not watched any more. Returns the rules broken by what was not finished, and those that
    /// only the whole connection shows to be broken.
    pub fn conclude(&mut self, at: Duration) -> Vec<ObservedFault> {
        let mut faults = Vec::new();
        self.unfinished(Role::Client, at, &mut faults);
        self.unfinished(Role::Server, at, &mut faults);
        let conversation = self.conversation.take();
        let whole = conversation.iter().flat_map(Conversation::judge_whole);
        let whole = whole.map(|violation| ObservedFault {
            from: Role::Client,
            at,
            violation,
            sent: None,
            bytes: 0..0,
        });
        faults.extend(whole);
        self.has_ended = [false; 2];
        faults
    }

    /// Judges, once, what `from` began to send.
    fn unfinished(&mut self, from: Role, at: Duration, faults: &mut Vec<ObservedFault>) {
        if mem::replace(&mut self.has_ended[index(from)], true) {
            return;
        }
        let head = self.http.unfinished(from);
        let conversation = self.conversation.as_ref();
        // The end of an unknown head says nothing, unless it is that of an answer to an opening handshake.
        let seen = match head.is_empty() {
            true => conversation.and_then(|conversation| conversation.unfinished(from)),
            false => conversation.map(|_| Seen::unfinished_head(head, from)),
        };
        if let Some(seen) = seen.filter(|seen| head.is_empty() || !seen.broken.is_empty()) {
            self.enter(from, seen, at, faults);
        }
    }

    /// Whether a client has asked for a WebSocket connection.
    pub fn has_asked(&self) -> bool {
        self.has_asked
    }

    /// Whether a WebSocket connection was opened.
    pub fn has_opened(&self) -> bool {
        self.has_opened
    }

    /// What the connection carries that is not WebSocket, as the object of "carries"; each time only once.
    pub fn take_foreign(&mut self) -> Option<String> {
        self.foreign.take()
    }

    /// What was last seen.
    pub fn recent(&self) -> &RecentTraffic {
        &self.recent
    }

    /// The numbers since the last call.
    pub fn take_count(&mut self) -> TrafficCount {
        mem::take(&mut self.count)
    }

    fn part(&mut self, from: Role, part: HttpPart<'_>, at: Duration, faults: &mut Vec<ObservedFault>) {
        let opening;
        let input = match part {
            HttpPart::Foreign(what) => {
                self.foreign = Some(what);
                return;
            }
            HttpPart::Request(head) => {
                faults.extend(self.conclude(at));
                self.has_asked = true;
                self.recent.start_over();
                let conversation = Conversation::watching(self.settings.limit);
                self.conversation = Some(conversation.with_keys(self.settings.keys.clone()));
                (self.layer, self.request) = (None, Some(head.clone()));
                opening = Opening::Request(head);
                ConversationInput::Opening(&opening)
            }
            HttpPart::Response(head) => {
                if head.accepts() {
                    self.has_opened = true;
                    let (given, limit) = (self.settings.layer, self.settings.limit);
                    let request = self.request.take();
                    self.layer = request.and_then(|request| LayerWatch::of(given, &request, &head, limit));
                }
                opening = Opening::Response(head);
                ConversationInput::Opening(&opening)
            }
            HttpPart::Data(ref bytes) => {
                if self.steps[index(from)] == HalfStep::Lost && !self.rejoin(from, bytes) {
                    return;
                }
                ConversationInput::Data(bytes)
            }
            HttpPart::Beyond(ref bytes) => ConversationInput::Beyond(bytes),
        };
        let Some(conversation) = &mut self.conversation else { return };
        for seen in conversation.saw(from, input) {
            self.enter(from, seen, at, faults);
        }
    }

    /// Whether octets begin with a frame beyond doubt. Then that half is judged again.
    fn rejoin(&mut self, from: Role, bytes: &[u8]) -> bool {
        let Some(conversation) = self.conversation.as_mut().filter(|_| begins_with_frames(from, bytes))
        else {
            return false;
        };
        conversation.rejoin(from);
        self.steps[index(from)] = HalfStep::Joined { is_within_message: true };
        true
    }

    /// Keeps what was seen, and returns the rules that it breaks.
    fn enter(&mut self, from: Role, seen: Seen, at: Duration, faults: &mut Vec<ObservedFault>) {
        let Seen { what, arrivals, mut broken } = seen;
        let knows_offer =
            self.conversation.as_ref().is_some_and(|conversation| conversation.offer().is_some());
        let step = &mut self.steps[index(from)];
        broken.retain(|broken| !step.explains(&broken.violation, knows_offer));
        step.follow(what.as_ref());
        if let Some(layer) = &mut self.layer {
            broken.extend(layer.saw(from, what.as_ref(), &arrivals));
        }
        match &what {
            Some(Received::Frame(_)) => self.count.frames[index(from)] += 1,
            Some(Received::Oversize(_)) => {
                self.count.frames[index(from)] += 1;
                self.count.oversize[index(from)] += 1;
            }
            _ => {}
        }
        if let Some(what) = &what {
            let broken = broken.iter().map(|Broken { violation, bytes }| {
                (violation.requirement(), violation.to_string(), bytes.clone())
            });
            let meaning = ItemMeaning::of(&arrivals);
            let event = TrafficEvent::Sent(what.clone());
            self.recent.add(TrafficItem { from, at, event, meaning, broken: broken.collect() });
        }
        let fault =
            |Broken { violation, bytes }| ObservedFault { from, at, violation, sent: what.clone(), bytes };
        faults.extend(broken.into_iter().map(fault));
    }
}

/// The place of an end in [`TrafficCount`].
pub(crate) fn index(of: Role) -> usize {
    match of {
        Role::Client => 0,
        Role::Server => 1,
    }
}
