//! The connections for HTTP of a trial of Engine.IO: packets from the bodies of responses, and the requests that a client of
//! long-polling sends unprompted: pongs, and GETs one after another.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bytes::Bytes;
use wsspec_carriers::{BundleKind, BundlePiece};
use wsspec_layers::{
    engineio::{EngineIoPolling, EngineIoSeen, EngineIoViolation},
    http::ResponsePart,
};
use wsspec_notation::ItemSpec;
use wsspec_referee::{Arrival, Broken};
use wsspec_wire::{ConnectionName, Decoded, Decoder, LayerItem, Opcode, ResponseHead, Violation};

use crate::{
    learnt::LearntValues,
    moment::Moment,
    posts::{PostQueue, is_of_pongs},
    setup::Setup,
    transcript::Event,
    web::{self, WebConnections, WebPart, WebRequest, WebSeen, WebStep, shown_name},
    web_response::{WebArrival, WebResponse, ending},
};

/// The most GETs of a trial that are sent again.
const MOST_POLLS: u32 = 256;

/// The first of them, this many, follow the answer at once. The others come at intervals: a server that holds no GET would
/// otherwise use all of them up before it has anything to send.
const AT_ONCE: u32 = 32;

/// The shortest interval.
const INTERVAL: Duration = Duration::from_millis(20);

/// A server that sends only pings sends one in this many intervals.
const INTERVALS: u32 = 128;

/// The longest frame that is looked at on a WebSocket among the connections for HTTP.
const LONGEST: u64 = 1 << 16;

/// The name of a connection in a script.
type Name = Option<ConnectionName>;

/// A request that goes out without a line for it.
#[derive(Debug)]
pub(crate) struct UnwrittenRequest {
    /// The connection in the transcript.
    pub connection: Name,
    /// It in the notation.
    pub shown: String,
    /// Its octets in the bundle.
    pub octets: Bytes,
}

/// What has come on a connection, before pings are taken out.
#[derive(Debug)]
pub(crate) enum PollArrival {
    /// A packet, with the rules that it breaks.
    Packet(EngineIoSeen, WebRequest),
    /// Something for a line, or nothing, with the rules that it breaks.
    Other(Option<Arrival>, Vec<Violation>),
}

/// Every connection for HTTP, and what long-polling does on them.
#[derive(Debug)]
pub(crate) struct PollLink {
    web: WebConnections,
    judge: EngineIoPolling,
    /// The most octets of a body that are kept.
    limit: usize,
    /// The responses that have begun.
    responses: BTreeMap<Name, WebResponse>,
    /// The frames of WebSockets that were opened on connections for HTTP.
    sockets: BTreeMap<Name, Decoder>,
    /// The last request of each connection.
    requests: BTreeMap<Name, ItemSpec>,
    /// The connections whose last request was a GET for packets, which was answered.
    answered: BTreeSet<Name>,
    /// The connections whose last request is one that was sent again.
    again: BTreeSet<Name>,
    polls: u32,
    /// When the last of them went out.
    polled: Option<Moment>,
    posts: PostQueue,
}

impl PollLink {
    /// No connection yet; bodies have at most `limit` octets.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            web: WebConnections::default(),
            judge: EngineIoPolling::default(),
            limit,
            responses: BTreeMap::new(),
            sockets: BTreeMap::new(),
            requests: BTreeMap::new(),
            answered: BTreeSet::new(),
            again: BTreeSet::new(),
            polls: 0,
            polled: None,
            posts: PostQueue::default(),
        }
    }

    /// A request of a line as octets of the bundle, and in the notation; no octets if it goes out later.
    pub(crate) fn ask(
        &mut self,
        spec: &ItemSpec,
        learnt: &LearntValues,
        setup: &Setup,
    ) -> (String, Option<Bytes>) {
        if spec.is("POST") && self.posts.is_busy() {
            let filled = web::filled(spec, learnt);
            let shown = filled.to_string();
            self.posts.delay(filled);
            return (shown, Some(Bytes::new()));
        }
        self.send(spec, learnt, setup)
    }

    fn send(&mut self, spec: &ItemSpec, learnt: &LearntValues, setup: &Setup) -> (String, Option<Bytes>) {
        let name = &spec.connection;
        if !spec.request.as_ref().is_some_and(|request| request.same) {
            self.responses.remove(name);
            self.sockets.remove(name);
        }
        self.answered.remove(name);
        self.again.remove(name);
        self.posts.over(name);
        let (shown, octets) = self.web.ask(spec, learnt, setup);
        if octets.is_some() {
            if spec.is("POST") {
                self.posts.begins(name.clone());
            }
            self.requests.insert(name.clone(), web::filled(spec, learnt));
        }
        (shown, octets)
    }

    /// Closes a connection: octets of the bundle.
    pub(crate) fn close(&mut self, name: &ConnectionName, kind: BundleKind) -> Option<Bytes> {
        let name = Some(name.clone());
        self.responses.remove(&name);
        self.sockets.remove(&name);
        self.answered.remove(&name);
        self.posts.over(&name);
        self.web.close(name.as_ref(), kind)
    }

    /// When the GET of a client that polls on may go out on this connection; `None` if the last one is not answered, or if
    /// there were too many.
    pub(crate) fn next_poll(&self, name: &Name, setup: &Setup) -> Option<Moment> {
        if !self.answered.contains(name) || self.polls >= MOST_POLLS {
            return None;
        }
        let interval = INTERVAL.max(setup.limits.heartbeat / INTERVALS);
        let last = self.polled.filter(|_| self.polls >= AT_ONCE);
        Some(last.map_or(Moment::START, |last| last + interval))
    }

    /// A line waits for packets on this connection: the GET of a client that polls on, if it may go out. `now`: only then; `None`
    /// in a record, which has the intervals already.
    pub(crate) fn poll_again(
        &mut self,
        name: &Name,
        now: Option<Moment>,
        learnt: &LearntValues,
        setup: &Setup,
    ) -> Option<UnwrittenRequest> {
        let due = self.next_poll(name, setup)?;
        if now.is_some_and(|now| now < due) {
            return None;
        }
        let spec = self.requests.get(name)?.clone();
        let request = self.unwritten(&spec, learnt, setup)?;
        self.polls += 1;
        self.polled = now;
        self.again.insert(name.clone());
        Some(request)
    }

    /// The requests that may go out now.
    pub(crate) fn due(&mut self, learnt: &LearntValues, setup: &Setup) -> Vec<UnwrittenRequest> {
        let mut out = Vec::new();
        while let Some(spec) = self.posts.next() {
            let request = self.unwritten(&spec, learnt, setup);
            // The record has a line of the script where it was to go out.
            let is_recorded = !is_of_pongs(&spec.connection);
            out.extend(request.map(|request| match is_recorded {
                true => UnwrittenRequest { shown: String::new(), ..request },
                false => request,
            }));
        }
        out
    }

    fn unwritten(
        &mut self,
        spec: &ItemSpec,
        learnt: &LearntValues,
        setup: &Setup,
    ) -> Option<UnwrittenRequest> {
        let (shown, octets) = self.send(spec, learnt, setup);
        let connection = shown_name(spec.connection.as_ref());
        octets.map(|octets| UnwrittenRequest { connection, shown, octets })
    }

    /// What a piece of the bundle amounts to.
    pub(crate) fn piece(&mut self, piece: &BundlePiece) -> Vec<WebStep> {
        self.web.read(piece)
    }

    /// What an entry of a record amounts to.
    pub(crate) fn replay(&mut self, name: &ConnectionName, event: Event) -> Vec<WebStep> {
        self.web.replay(name, event)
    }

    /// What a step of a connection brings. `heard` says what a packet is to a line: nothing, if it is a ping that is answered
    /// here.
    pub(crate) fn seen(&mut self, step: WebStep, mut heard: impl FnMut(&LayerItem) -> bool) -> WebSeen {
        let (mut arrivals, mut broken) = (Vec::new(), Vec::new());
        for part in step.parts {
            for arrival in self.part(&step.name, part) {
                let (item, violations) = match arrival {
                    PollArrival::Other(item, violations) => (item, violations),
                    PollArrival::Packet(seen, asked) => match heard(&seen.item) {
                        true => (Some(on(&step.name, seen.item)), seen.broken),
                        false => {
                            self.posts.pong(&seen.packet, &asked.target);
                            (None, seen.broken)
                        }
                    },
                };
                broken.extend(violations.into_iter().map(|violation| Broken { violation, bytes: 0..0 }));
                arrivals.extend(item.filter(|_| !is_of_pongs(&step.name)));
            }
        }
        WebSeen { connection: shown_name(step.name.as_ref()), event: step.event, arrivals, broken }
    }

    fn part(&mut self, name: &Name, part: WebPart) -> Vec<PollArrival> {
        let item = |item| PollArrival::Other(Some(on(name, item)), Vec::new());
        match part {
            WebPart::Head(asked, head) => {
                let response = WebResponse::new(asked, head, None, self.limit);
                let begins = response.begin();
                if response.is_socket() {
                    self.sockets.insert(name.clone(), Decoder::new(LONGEST));
                }
                self.responses.insert(name.clone(), response);
                begins.into_iter().filter_map(|begins| other(name, begins)).collect()
            }
            WebPart::Unasked(head) => self.unasked(name, &head),
            WebPart::More(ResponsePart::Body(octets)) if self.sockets.contains_key(name) => {
                let ends = self.is_closed_by(name, &octets);
                ends.then(|| item(ending("closed"))).into_iter().collect()
            }
            WebPart::More(ResponsePart::Broken) if !self.responses.contains_key(name) => {
                self.posts.over(name);
                vec![item(ending("broken"))]
            }
            WebPart::More(part) => self.more(name, &part),
            WebPart::Closed => {
                self.posts.over(name);
                vec![item(ending("closed"))]
            }
        }
    }

    /// A response that nothing asked for. Servers may say that they have waited too long for a request (RFC 9110, 15.5.9).
    fn unasked(&self, name: &Name, head: &ResponseHead) -> Vec<PollArrival> {
        let polled = self.requests.get(name).is_some_and(|spec| spec.is("GET"));
        let is_answer = head.status.is_some_and(|status| (200..300).contains(&status));
        let broken = (polled && is_answer).then(|| EngineIoViolation::AnsweredTwice.violation());
        vec![PollArrival::Other(None, broken.into_iter().collect())]
    }

    /// Whether octets of a WebSocket have a close frame.
    fn is_closed_by(&mut self, name: &Name, octets: &Bytes) -> bool {
        let Some(decoder) = self.sockets.get_mut(name) else { return false };
        decoder.push(octets);
        let frames = std::iter::from_fn(|| decoder.next_frame());
        let mut opcodes = frames.map(|decoded| match decoded {
            Decoded::Frame(frame) => frame.header.opcode,
            Decoded::Oversize(header) => header.opcode,
        });
        opcodes.any(|opcode| opcode == Opcode::CLOSE)
    }

    fn more(&mut self, name: &Name, part: &ResponsePart) -> Vec<PollArrival> {
        let Some(response) = self.responses.get_mut(name) else { return Vec::new() };
        let found = response.take(part);
        if matches!(part, ResponsePart::Body(_)) {
            return found.into_iter().filter_map(|found| other(name, found)).collect();
        }
        self.posts.over(name);
        let Some(response) = self.responses.remove(name) else { return Vec::new() };
        let is_poll = response.is_good() && is_poll(&response.asked);
        let is_silent = is_poll && self.again.contains(name) && *part == ResponsePart::End;
        let mut out: Vec<_> =
            found.into_iter().filter(|_| !is_silent).filter_map(|found| other(name, found)).collect();
        if is_poll && *part == ResponsePart::End {
            let sid = session_of(&response.asked.target);
            if sid.is_some() {
                self.answered.insert(name.clone());
            }
            let polled = self.judge.received(sid.as_deref(), &Bytes::copy_from_slice(response.body()));
            out.push(PollArrival::Other(None, polled.broken));
            let packets = polled.packets.into_iter();
            out.extend(packets.map(|seen| PollArrival::Packet(seen, response.asked.clone())));
        }
        out
    }
}

/// An item on a connection.
fn on(name: &Name, item: LayerItem) -> Arrival {
    Arrival::Item(LayerItem { connection: name.clone(), ..item })
}

/// What is not a packet.
fn other(name: &Name, arrival: WebArrival) -> Option<PollArrival> {
    let arrival = match arrival {
        WebArrival::Item(item) => on(name, item),
        WebArrival::Lost => Arrival::Lost,
        // Frames are of SockJS.
        WebArrival::Frame(_) => return None,
    };
    Some(PollArrival::Other(Some(arrival), Vec::new()))
}

/// Whether a request asks for packets, or for a session.
fn is_poll(asked: &WebRequest) -> bool {
    asked.method == "GET" && parameter(&asked.target, "transport") == Some("polling")
}

/// The session that a request belongs to.
fn session_of(target: &str) -> Option<String> {
    parameter(target, "sid").map(str::to_owned)
}

/// The value of a query parameter.
fn parameter<'a>(target: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = target.split_once('?')?;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(own, _)| *own == name).map(|(_, value)| value)
}
