//! A session of Engine.IO on a WebSocket or over long-polling, perhaps with Socket.IO on top, with a server or with a client:
//! packets of ours from items of the script, items from what the peer sends, and the answers that are due at once.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use wsspec_layers::{
    engineio::{EngineIoPacket, EngineIoSession, EngineIoType},
    json_equal,
    socketio::{SocketIoPacket, SocketIoSeen, SocketIoSession, SocketIoType},
};
use wsspec_notation::{FieldEdit, ItemSpec, Payload, RequestSpec, Script, Sending, Step, Word};
use wsspec_referee::{Arrival, Broken, Received, Seen};
use wsspec_wire::{ConnectionName, Layer, LayerItem, MessageKind, Role, Violation};

use crate::{
    composed::{Composed, kind},
    engineio_server::ServerEnd,
    learnt::LearntValues,
    lift::{self, lifted},
    moment::Moment,
    polls::{PollLink, UnwrittenRequest},
    setup::Setup,
    web::{WebSeen, WebStep},
};

/// The event that a server under test sends when a namespace is connected.
const GREETING: &[u8] = b"auth";

/// Whether it is a packet that says nothing: a ping, of which there may be any number, or a noop.
pub(crate) fn is_idle(item: &LayerItem) -> bool {
    item.layer == Layer::EngineIo && matches!(&item.word[..], b"ping" | b"noop")
}

/// Whether it is a ping.
fn is_ping(item: &LayerItem) -> bool {
    item.layer == Layer::EngineIo && &item.word[..] == b"ping"
}

/// The bodies of the messages that a script sends or waits for.
fn bodies(script: &Script) -> Vec<Bytes> {
    let bodies = script.walk().filter_map(|line| match &line.step {
        Step::Send(Sending::Item(item)) => item.body.as_ref(),
        Step::Expect(expectation) => expectation.body.as_ref(),
        _ => None,
    });
    bodies.map(Payload::bytes).collect()
}

/// Whether the WebSocket of a script is for a session that was opened over long-polling.
fn upgrades(script: &Script) -> bool {
    script.walk().any(|line| match &line.step {
        Step::Send(Sending::Request(RequestSpec { target: Some(Word::Bare(target)), .. })) => {
            target.contains("sid=")
        }
        _ => false,
    })
}

/// The session of one trial.
#[derive(Debug)]
pub(crate) struct EngineIoLink {
    session: TopSession,
    /// What we remember as the server of a client under test.
    server: Option<ServerEnd>,
    learnt: LearntValues,
    /// Whether the script answers pings.
    hears_pings: bool,
    /// Whether the script waits for the event that comes with a connection.
    hears_greetings: bool,
    /// The names of the events that the server sends unprompted.
    unasked_events: Vec<String>,
    /// The messages that the script sends or waits for, if the server sends others unprompted.
    own: Option<Vec<Bytes>>,
    /// Answers that are due, that to the first ping or CONNECT first.
    due: VecDeque<Bytes>,
    /// The connections for HTTP.
    pub polls: PollLink,
}

/// The judge of what the peer sends.
#[derive(Debug)]
enum TopSession {
    EngineIo(EngineIoSession),
    SocketIo(Box<SocketIoSession>),
}

impl EngineIoLink {
    /// A session for a script about Engine.IO or Socket.IO, with a server at this path and query; bodies of responses have at
    /// most `limit` octets.
    pub(crate) fn new(layer: Layer, script: &Script, (setup, target): (&Setup, &str), limit: usize) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut learnt = LearntValues::knowing("path", path.to_owned());
        learnt.know("websocket", target.to_owned());
        learnt
            .know("polling", format!("{path}?{}", query.replace("transport=websocket", "transport=polling")));
        let session = match layer {
            Layer::SocketIo => TopSession::SocketIo(Box::default()),
            _ if upgrades(script) => TopSession::EngineIo(EngineIoSession::resumed(Role::Server)),
            _ => TopSession::EngineIo(EngineIoSession::default()),
        };
        Self {
            session,
            server: None,
            learnt,
            hears_pings: script.names_pings(),
            hears_greetings: script.names_greetings(),
            unasked_events: setup.unasked_events.clone(),
            own: (setup.greets && layer == Layer::EngineIo).then(|| bodies(script)),
            due: VecDeque::new(),
            polls: PollLink::new(limit),
        }
    }

    /// A session of a trial with this script, in which the peer is a client.
    pub(crate) fn with_client(layer: Layer, script: &Script, setup: &Setup, limit: usize) -> Self {
        let session = match layer {
            Layer::SocketIo => TopSession::SocketIo(Box::new(SocketIoSession::with(Role::Client))),
            _ => TopSession::EngineIo(EngineIoSession::with(Role::Client)),
        };
        Self {
            session,
            server: Some(ServerEnd::new(script)),
            ..Self::new(layer, script, (setup, "/"), limit)
        }
    }

    /// The messages that an item becomes.
    pub(crate) fn compose(&mut self, spec: &ItemSpec) -> Composed {
        let messages = match (spec.layer, &spec.word) {
            (Layer::SocketIo, Word::Payload(text)) => vec![text_packet(&text.bytes())],
            (Layer::SocketIo, Word::Bare(word)) => self.socketio(word, spec),
            (_, Word::Payload(text)) => vec![(kind(&text.bytes()), text.bytes())],
            (_, Word::Bare(word)) => {
                let body = self.payload(spec);
                let packet = match EngineIoType::parse(word) {
                    Some(packet_type) => EngineIoPacket::new(packet_type, body),
                    None => EngineIoPacket::binary(body),
                };
                if let Some(server) = &mut self.server {
                    server.sent(&packet);
                }
                let (kind, message) = packet.encode();
                vec![(kind, message.into())]
            }
        };
        messages.iter().for_each(|(kind, message)| self.session.sent(*kind, message));
        Composed { messages, is_secret: false }
    }

    /// The payload that the script gives a packet, or its default.
    fn payload(&mut self, spec: &ItemSpec) -> Bytes {
        match (&spec.body, &mut self.server) {
            (Some(body), _) => body.bytes(),
            (None, Some(server)) => server.payload(spec, &self.learnt),
            (None, None) => Bytes::new(),
        }
    }

    /// The text of a packet, and its attachments.
    fn socketio(&mut self, word: &str, spec: &ItemSpec) -> Vec<(MessageKind, Bytes)> {
        let mut fields = BTreeMap::new();
        for edit in &spec.fields {
            if let FieldEdit::Set(name, value) | FieldEdit::Add(name, value) = edit {
                fields.insert(name.as_str(), self.learnt.value(value));
            }
        }
        let attachments: Vec<_> = (0..fields.len())
            .map_while(|at| fields.get(format!("attachment-{at}").as_str()).cloned())
            .collect();
        let packet_type = SocketIoType::parse(word);
        let is_binary = packet_type.is_some_and(SocketIoType::is_binary);
        let count = || is_binary.then(|| Bytes::from(attachments.len().to_string()));
        let packet = SocketIoPacket {
            packet_type,
            announced: fields.get("attachments").cloned().or_else(count),
            namespace: fields.get("namespace").cloned(),
            id: fields.get("id").cloned(),
            payload: self.payload(spec),
            attachments: Vec::new(),
        };
        let binary = attachments.into_iter().map(|octets| (MessageKind::Binary, octets));
        [text_packet(&packet.encode())].into_iter().chain(binary).collect()
    }

    /// Items in place of the messages that they came in. Pings and greetings that the script does not name are not among
    /// them.
    pub(crate) fn lift(&mut self, mut seen: Seen) -> Seen {
        self.judge_request(&mut seen);
        lifted(seen, |kind, octets, place| {
            let (item, broken) = self.received(kind, octets);
            let heard = item.map(|item| self.heard(item)).unwrap_or_default();
            (heard.into_iter().map(Arrival::Item).collect(), lift::at(place, broken))
        })
    }

    /// Judges the target of a client's request.
    fn judge_request(&self, seen: &mut Seen) {
        let [Arrival::Request(head)] = &seen.arrivals[..] else { return };
        if self.server.is_none() {
            return;
        }
        let place = match &seen.what {
            Some(Received::Head(octets)) => {
                let size = head.target.len().max(1);
                let at = octets.windows(size).position(|window| window == head.target).unwrap_or_default();
                at..at + head.target.len()
            }
            _ => 0..0,
        };
        let broken = EngineIoSession::asked(&head.target).into_iter();
        seen.broken.extend(broken.map(|violation| Broken { violation, bytes: place.clone() }));
    }

    fn received(&mut self, kind: MessageKind, octets: &Bytes) -> (Option<LayerItem>, Vec<Violation>) {
        match &mut self.session {
            TopSession::EngineIo(session) => {
                let seen = session.received(kind, octets);
                (Some(seen.item), seen.broken)
            }
            TopSession::SocketIo(session) => match session.received(kind, octets) {
                SocketIoSeen::Packet { item, broken } => (Some(item), broken),
                SocketIoSeen::Part { broken } => (None, broken),
            },
        }
    }

    /// The rule that the peer breaks if nothing more comes of a packet that it has begun.
    pub(crate) fn unfinished(&self) -> Option<Violation> {
        match &self.session {
            TopSession::EngineIo(_) => None,
            TopSession::SocketIo(session) => session.unfinished(),
        }
    }

    /// What lines of the script get for an item. A CONNECT of a client that no line waits for is answered (Socket.IO v5,
    /// Connection to a namespace).
    fn heard(&mut self, item: LayerItem) -> Vec<LayerItem> {
        let Some(server) = &mut self.server else {
            return if self.is_heard(&item) { vec![item] } else { Vec::new() };
        };
        if let Some(answer) = server.answer(&item) {
            self.session.sent(MessageKind::Text, &answer);
            self.due.push_back(answer);
        }
        server.heard(item)
    }

    /// Whether a line of the script gets an item of a server. A ping that none names is answered (Engine.IO v4, Heartbeat).
    fn is_heard(&mut self, item: &LayerItem) -> bool {
        let event =
            item.get(b"event").filter(|_| item.layer == Layer::SocketIo && &item.word[..] == b"EVENT");
        let is_greeting = event.is_some_and(|name| name == GREETING);
        let is_unasked = event.is_some_and(|name| self.unasked_events.iter().any(|known| name == known));
        if is_unasked || self.is_greeting(item) {
            return false;
        }
        if is_ping(item) && !self.hears_pings {
            let (_, pong) = EngineIoPacket::new(EngineIoType::Pong, item.body.clone()).encode();
            self.due.push_back(pong.into());
            return false;
        }
        self.hears_greetings || !is_greeting
    }

    /// Whether it is a message that a server of Engine.IO sends unprompted.
    fn is_greeting(&self, item: &LayerItem) -> bool {
        let is_message = item.layer == Layer::EngineIo && &item.word[..] == b"message";
        is_message && self.own.as_ref().is_some_and(|own| !own.contains(&item.body))
    }

    /// What steps of connections for HTTP bring. A ping that no line names is answered by a request.
    pub(crate) fn seen(&mut self, steps: Vec<WebStep>) -> Vec<WebSeen> {
        let hears_pings = self.hears_pings;
        let steps = steps.into_iter();
        let mut seen: Vec<_> =
            steps.map(|step| self.polls.seen(step, |item| hears_pings || !is_ping(item))).collect();
        for one in &mut seen {
            one.arrivals.retain(|arrival| !matches!(arrival, Arrival::Item(item) if self.is_greeting(item)));
        }
        seen
    }

    /// A request of a line on a connection for HTTP.
    pub(crate) fn ask(&mut self, spec: &ItemSpec, setup: &Setup) -> (String, Option<Bytes>) {
        self.polls.ask(spec, &self.learnt, setup)
    }

    /// The next GET on a connection on which a line waits for packets.
    pub(crate) fn poll_again(
        &mut self,
        name: &Option<ConnectionName>,
        now: Option<Moment>,
        setup: &Setup,
    ) -> Option<UnwrittenRequest> {
        self.polls.poll_again(name, now, &self.learnt, setup)
    }

    /// The requests that are due without a line for them.
    pub(crate) fn requests(&mut self, setup: &Setup) -> Vec<UnwrittenRequest> {
        self.polls.due(&self.learnt, setup)
    }

    /// An answer that is due.
    pub(crate) fn due(&mut self) -> Option<Bytes> {
        self.due.pop_front()
    }

    pub(crate) const fn learnt(&self) -> &LearntValues {
        &self.learnt
    }

    pub(crate) const fn learning(&mut self) -> &mut LearntValues {
        &mut self.learnt
    }

    /// Whether an item has another body than this. Two payloads of Socket.IO are the same if they stand for the same JSON.
    pub(crate) fn has_other_body(wanted: &Payload, item: &LayerItem) -> bool {
        match item.layer {
            Layer::SocketIo => !json_equal(&wanted.bytes(), &item.body),
            _ => wanted.bytes() != item.body,
        }
    }
}

impl TopSession {
    /// We have sent this message.
    fn sent(&mut self, kind: MessageKind, message: &Bytes) {
        match self {
            Self::EngineIo(session) => session.sent(kind, message),
            Self::SocketIo(session) => session.sent(kind, message),
        }
    }
}

/// A packet of Engine.IO with this text.
fn text_packet(text: &[u8]) -> (MessageKind, Bytes) {
    let (_, message) = EngineIoPacket::new(EngineIoType::Message, text.to_vec()).encode();
    (kind(&message), message.into())
}
