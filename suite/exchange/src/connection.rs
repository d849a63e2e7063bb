//! The connection of an exchange: a carrier that parses both directions, and the referee that watches them.

use bytes::Bytes;
use wsspec_carriers::{
    BundleKind, BundlePiece, BundleReader, Carried, Http1, HttpError, Incoming, PlayedEnd, RecordedStream,
};
use wsspec_notation::Http2Spec;
use wsspec_referee::{Broken, Conversation, ConversationInput, Received, Seen};
use wsspec_wire::{ConnectionName, ErrorCode, Opening, RequestHead, Role, Version, Violation};

use crate::{
    http_link::{HttpLink, StreamEvent},
    link::LayerLink,
    outbound::Sent,
    output::Output,
    setup::{Carrier, Setup},
    stream_rest::StreamRest,
    transcript::Event,
    web::WebSeen,
};

/// Passes to the referee what either endpoint sends.
#[derive(Debug)]
pub(crate) struct Connection {
    ours: Role,
    carrier: CarrierState,
    conversation: Conversation,
    /// The session of the layer that the script is about.
    layer: Option<LayerLink>,
    /// Splits what is read where the script has connections for HTTP as well.
    bundle: Option<BundleReader>,
}

/// The carrier, and how far it has read.
#[derive(Debug)]
enum CarrierState {
    Http1(Http1),
    Stream(Box<HttpLink>),
    /// What the other end sent on a stream, from a record.
    Recorded(RecordedStream),
    /// A layer alone, without WebSocket.
    Tcp,
}

/// What octets of the peer amount to.
#[derive(Debug)]
pub(crate) enum Happened {
    /// Something for the referee.
    Seen(Seen),
    /// Something on a connection for HTTP.
    Web(WebSeen),
    /// A connection could not be opened, for this reason.
    Unreachable(String),
    /// The end of the peer's half.
    Eof,
    /// A reset.
    Reset,
    /// The peer takes what we send for an attack.
    Calmed,
    /// The carrier cannot go on.
    Broken(HttpError),
}

impl Connection {
    /// A connection whose peer is judged. Payloads of frames and messages above `limit` bytes are not kept. `decides`: the
    /// script says itself which settings we send.
    pub(crate) fn new(setup: &Setup, decides: bool, limit: usize) -> Self {
        let ours = setup.role();
        let conversation = Conversation::judging(ours.peer(), limit)
            .at(setup.side.uri().cloned())
            .over(setup.tls.clone())
            .beside(setup.is_beside)
            .through_proxy(setup.tunnel.is_some())
            .with_keys(setup.keys.clone());
        let carrier = match setup.carrier {
            Carrier::Http1 if setup.tunnel.is_some() => CarrierState::Http1(Http1::asking_proxy()),
            Carrier::Http1 => CarrierState::Http1(Http1::playing(ours)),
            Carrier::Http2 => CarrierState::Stream(Box::new(HttpLink::over_http2(ours, decides))),
            Carrier::Http3 => CarrierState::Stream(Box::new(HttpLink::over_http3(ours, decides))),
            Carrier::Tcp => CarrierState::Tcp,
        };
        Self { ours, carrier, conversation, layer: None, bundle: None }
    }

    /// With connections for HTTP next to it, if the script has any.
    pub(crate) fn bundled(self, is_bundled: bool) -> Self {
        Self { bundle: is_bundled.then(BundleReader::default), ..self }
    }

    /// With a session of a layer on top.
    pub(crate) fn with_layer(self, layer: Option<LayerLink>) -> Self {
        Self { layer, ..self }
    }

    /// The session of the layer on top, if the script is about one.
    pub(crate) fn layer(&mut self) -> Option<&mut LayerLink> {
        self.layer.as_mut()
    }

    /// The session above the connection.
    pub(crate) const fn layer_link(&self) -> Option<&LayerLink> {
        self.layer.as_ref()
    }

    /// Keeps what crosses a stream until it is asked for.
    pub(crate) fn watch(&mut self) {
        if let CarrierState::Stream(link) = &mut self.carrier {
            link.watch();
        }
    }

    /// What has crossed a stream since this was asked last; `None`: the connection is not a stream.
    pub(crate) fn crossed(&mut self) -> Option<Vec<Carried>> {
        match &mut self.carrier {
            CarrierState::Stream(link) => Some(link.carried()),
            _ => None,
        }
    }

    /// The stream, for what follows the trial.
    pub(crate) fn into_stream(self) -> Option<StreamRest> {
        match self.carrier {
            CarrierState::Stream(link) => Some(StreamRest::new(link)),
            _ => None,
        }
    }

    /// The peer has sent these bytes once the trial is decided: only the carrier reads them.
    pub(crate) fn overhear(&mut self, bytes: &[u8]) {
        if let CarrierState::Stream(link) = &mut self.carrier
            && link.is_watched()
        {
            link.read(bytes);
        }
    }

    /// The peer has ended the connection once the trial is decided.
    pub(crate) fn overhear_end(&mut self) {
        if let CarrierState::Stream(link) = &mut self.carrier
            && link.is_watched()
        {
            link.lost();
        }
    }

    /// We open no more streams.
    pub(crate) fn leave(&mut self) {
        if let CarrierState::Stream(link) = &mut self.carrier {
            link.leave();
        }
    }

    /// Plays on a stream of a connection that has others.
    pub(crate) fn use_stream_of(&mut self, end: PlayedEnd) {
        self.carrier = CarrierState::Stream(Box::new(HttpLink::of(Box::new(end), self.ours)));
    }

    /// Whether there is no WebSocket below the layer.
    pub(crate) fn is_bare(&self) -> bool {
        matches!(self.carrier, CarrierState::Tcp)
    }

    /// From here on, what is read comes from a record.
    pub(crate) fn replay(&mut self) {
        if let CarrierState::Stream(link) = &self.carrier {
            self.carrier = CarrierState::Recorded(RecordedStream::of(link.version()));
        }
        self.bundle = None;
    }

    /// The version of HTTP whose heads have pseudo-fields.
    fn version(&self) -> Version {
        match &self.carrier {
            CarrierState::Stream(link) => link.version(),
            CarrierState::Recorded(recorded) => recorded.version(),
            CarrierState::Http1(_) | CarrierState::Tcp => Version::HTTP_2,
        }
    }

    /// The referee's view of the connection.
    pub(crate) fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    /// We have sent this. What it amounts to says what we have agreed to, and judges us.
    pub(crate) fn wrote(&mut self, sent: Sent<'_>) -> Vec<Seen> {
        match (sent, &self.carrier) {
            (_, CarrierState::Tcp) => Vec::new(),
            (Sent::Octets(bytes), CarrierState::Http1(_)) => self.pass(self.ours, bytes),
            (Sent::Octets(bytes), _) => self.conversation.saw(self.ours, ConversationInput::Data(bytes)),
            (Sent::Opening(head), _) => self.opening(self.ours, &head.to_opening(self.ours, self.version())),
        }
    }

    /// The peer has sent these bytes.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Vec<Happened> {
        let Some(bundle) = &mut self.bundle else { return self.read_socket(bytes) };
        bundle.push(bytes);
        let pieces: Vec<_> = std::iter::from_fn(|| bundle.next_piece()).collect();
        pieces.iter().flat_map(|piece| self.piece(piece)).collect()
    }

    /// What a piece of the bundle amounts to. The WebSocket is number 0 of it.
    fn piece(&mut self, piece: &BundlePiece) -> Vec<Happened> {
        match (piece.connection, piece.kind) {
            (_, BundleKind::Failed) => {
                vec![Happened::Unreachable(String::from_utf8_lossy(&piece.octets).into_owned())]
            }
            (0, BundleKind::Data) => self.read_socket(&piece.octets),
            (0, BundleKind::End) => vec![Happened::Eof],
            (0, BundleKind::Reset) => vec![Happened::Reset],
            _ => {
                let seen = self.layer.as_mut().map(|layer| layer.piece(piece)).unwrap_or_default();
                seen.into_iter().map(Happened::Web).collect()
            }
        }
    }

    /// What an entry of a record about a connection for HTTP amounts to.
    pub(crate) fn replay_web(&mut self, name: &ConnectionName, event: Event) -> Vec<Happened> {
        let seen = self.layer.as_mut().map(|layer| layer.replay(name, event)).unwrap_or_default();
        seen.into_iter().map(Happened::Web).collect()
    }

    fn read_socket(&mut self, bytes: &[u8]) -> Vec<Happened> {
        let happened = self.read_below(bytes);
        let Some(layer) = &mut self.layer else { return happened };
        let lift = |one| match one {
            Happened::Seen(seen) => Happened::Seen(layer.lift(seen)),
            other => other,
        };
        happened.into_iter().map(lift).collect()
    }

    fn read_below(&mut self, bytes: &[u8]) -> Vec<Happened> {
        if self.is_bare() {
            return vec![Happened::Seen(self.bare(bytes))];
        }
        let CarrierState::Stream(link) = &mut self.carrier else {
            return self.pass(self.ours.peer(), bytes).into_iter().map(Happened::Seen).collect();
        };
        let events = link.read(bytes);
        events.into_iter().flat_map(|event| self.stream_event(event)).collect()
    }

    /// Octets of a layer without WebSocket.
    fn bare(&mut self, bytes: &[u8]) -> Seen {
        let (arrivals, broken) = self.layer.as_mut().map(|layer| layer.read(bytes)).unwrap_or_default();
        Seen { what: Some(Received::Raw(Bytes::copy_from_slice(bytes))), arrivals, broken }
    }

    /// The peer has ended the connection: where that is not what ends its half, that was before or is a reset.
    pub(crate) fn lost(&mut self) -> Option<Vec<Happened>> {
        let CarrierState::Stream(link) = &mut self.carrier else { return None };
        let lost = link.lost();
        Some(lost.into_iter().flat_map(|event| self.stream_event(event)).collect())
    }

    /// What the carrier has to write before all else.
    pub(crate) fn carried(&mut self) -> Option<Bytes> {
        match &mut self.carrier {
            CarrierState::Stream(link) => link.take(),
            _ => None,
        }
    }

    /// Whether the carrier waits for the peer before it can write.
    pub(crate) fn is_blocked(&self) -> bool {
        matches!(&self.carrier, CarrierState::Stream(link) if link.is_blocked())
    }

    /// Why the carrier waits, unless it waits for a window.
    pub(crate) fn lacks_setting(&self) -> Option<&'static str> {
        match &self.carrier {
            CarrierState::Stream(link) => link.lacks_setting(),
            _ => None,
        }
    }

    /// The peer lets the carrier write nothing: what waits is dropped.
    pub(crate) fn give_up(&mut self) {
        if let CarrierState::Stream(link) = &mut self.carrier {
            link.give_up();
        }
    }

    /// Ends the stream behind a refusal of ours. Whether there is something to write.
    pub(crate) fn end_refusal(&mut self) -> bool {
        match &mut self.carrier {
            CarrierState::Stream(link) => link.end_refusal(),
            _ => false,
        }
    }

    /// The code with which the peer has gone away, with the stream.
    pub(crate) fn gone(&self) -> Option<ErrorCode> {
        match &self.carrier {
            CarrierState::Stream(link) => link.gone(),
            _ => None,
        }
    }

    /// Whether the connection ended in the middle of the stream, or with it: in a record, a reset of the stream alone has its
    /// own entry, which cannot be replayed.
    pub(crate) fn has_ended(&self) -> bool {
        match &self.carrier {
            CarrierState::Stream(link) => link.has_ended(),
            _ => true,
        }
    }

    /// Whether the script has said over HTTP/2 or HTTP/3 that we open no more streams.
    pub(crate) fn is_leaving(&self) -> bool {
        matches!(&self.carrier, CarrierState::Stream(link) if link.is_leaving())
    }

    /// What is written last of all.
    pub(crate) fn farewell(&mut self) -> Option<Bytes> {
        match &mut self.carrier {
            CarrierState::Stream(link) => link.farewell(),
            _ => None,
        }
    }

    /// What is left to be done to the stream when the carrier has had its turn.
    pub(crate) fn carry(&mut self, output: Output) -> Option<Output> {
        if self.bundle.is_some() {
            return Some(in_bundle(output));
        }
        let CarrierState::Stream(link) = &mut self.carrier else { return Some(output) };
        match output {
            Output::Write(bytes) => link.send(bytes),
            Output::Open(head) => link.open(head, self.ours),
            Output::Http2(item) => link.item(&item),
            Output::Eof => link.finish(),
            Output::Reset => link.reset(),
            other => return Some(other),
        }
        None
    }

    /// A frame or head that the peer has begun and not finished.
    pub(crate) fn unfinished(&self) -> Option<Seen> {
        let peer = self.ours.peer();
        let head = match &self.carrier {
            CarrierState::Http1(http1) => http1.unfinished(peer),
            _ => &[],
        };
        if head.is_empty() {
            return self.conversation.unfinished(peer);
        }
        Some(Seen::unfinished_head(head, peer))
    }

    fn stream_event(&mut self, event: StreamEvent) -> Vec<Happened> {
        let peer = self.ours.peer();
        let seen = match event {
            StreamEvent::Opening(opening) => self.opening(peer, &opening),
            StreamEvent::Data(bytes) if self.is_refused() => {
                self.conversation.saw(peer, ConversationInput::Beyond(&bytes))
            }
            StreamEvent::Data(bytes) => self.conversation.saw(peer, ConversationInput::Data(&bytes)),
            StreamEvent::EndlessHead => self.conversation.saw(peer, ConversationInput::EndlessHead(&[])),
            StreamEvent::Aside(text, broken) => vec![aside(text, broken)],
            StreamEvent::End => return vec![Happened::Eof],
            StreamEvent::Reset(None) => return vec![Happened::Reset],
            StreamEvent::Reset(Some(code)) => {
                let seen = aside(Http2Spec::Reset(code).to_string(), Vec::new());
                return vec![Happened::Seen(seen), Happened::Reset];
            }
            StreamEvent::Calmed => return vec![Happened::Calmed],
            StreamEvent::Broken(error) => return vec![Happened::Broken(error)],
        };
        seen.into_iter().map(Happened::Seen).collect()
    }

    fn is_refused(&self) -> bool {
        self.ours == Role::Client && self.conversation.is_refused()
    }

    fn opening(&mut self, from: Role, opening: &Opening) -> Vec<Seen> {
        self.conversation.saw(from, ConversationInput::Opening(opening))
    }

    fn pass(&mut self, from: Role, bytes: &[u8]) -> Vec<Seen> {
        let mut out = Vec::new();
        for incoming in self.carrier.read(from, bytes) {
            if let Incoming::Opening(Opening::Response(_)) = incoming {
                self.read_half_a_request();
            }
            let input = match &incoming {
                Incoming::Opening(opening) => ConversationInput::Opening(opening),
                Incoming::Data(bytes) => ConversationInput::Data(bytes),
                Incoming::Beyond(bytes) => ConversationInput::Beyond(bytes),
                Incoming::EndlessHead { bytes, .. } => ConversationInput::EndlessHead(bytes),
            };
            out.extend(self.conversation.saw(from, input));
        }
        out
    }

    /// A server may answer before the request is complete; then the part that was sent counts as the request.
    fn read_half_a_request(&mut self) {
        let CarrierState::Http1(http1) = &self.carrier else { return };
        let unfinished = http1.unfinished(Role::Client);
        if self.conversation.offer().is_none() && !unfinished.is_empty() {
            let head = Opening::Request(RequestHead::parse(unfinished));
            self.conversation.saw(Role::Client, ConversationInput::Opening(&head));
        }
    }
}

impl CarrierState {
    fn read<'a>(&mut self, from: Role, bytes: &'a [u8]) -> Vec<Incoming<'a>> {
        match self {
            Self::Http1(http1) => http1.read(from, bytes),
            Self::Recorded(recorded) => recorded.read(from, bytes),
            Self::Stream(_) | Self::Tcp => Vec::new(),
        }
    }
}

/// What is done to the WebSocket, as a piece of a bundle.
fn in_bundle(output: Output) -> Output {
    match output {
        Output::Write(octets) => Output::Bundle(BundlePiece::data(0, octets).encode()),
        Output::Eof => Output::Bundle(BundlePiece::of(0, BundleKind::End).encode()),
        Output::Reset => Output::Bundle(BundlePiece::of(0, BundleKind::Reset).encode()),
        other => other,
    }
}

/// A frame of HTTP/2 or HTTP/3 itself, and the rules that it breaks.
fn aside(text: String, broken: Vec<Violation>) -> Seen {
    let broken = broken.into_iter().map(|violation| Broken { violation, bytes: 0..0 }).collect();
    Seen { what: Some(Received::Http2(text)), arrivals: Vec::new(), broken }
}
