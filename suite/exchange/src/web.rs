//! The connections for HTTP of a trial: requests as octets, responses as items, and what belongs to which name.
//!
//! A name is a TCP connection at a time. Each request opens another one, and closes the one before it, unless the script asks
//! for the same.

use bytes::Bytes;
use wsspec_carriers::{BundleKind, BundlePiece};
use wsspec_layers::http::{HttpReader, ResponsePart};
use wsspec_notation::{FieldEdit, ItemSpec, Payload, Word};
use wsspec_referee::{Arrival, Broken, Received};
use wsspec_wire::{ConnectionName, ResponseHead};

use crate::{compose, learnt::LearntValues, setup::Setup, transcript::Event};

/// The entry name of the connection for HTTP that a script gives none.
const UNNAMED: &str = "http";

/// A request that was sent.
#[derive(Clone, Debug)]
pub(crate) struct WebRequest {
    /// Its method.
    pub method: Bytes,
    /// Its target, path and query.
    pub target: String,
    /// The Origin that it has.
    pub origin: Option<Bytes>,
}

/// What a connection for HTTP brings.
#[derive(Debug)]
pub(crate) struct WebStep {
    /// The connection as a script names it.
    pub name: Option<ConnectionName>,
    /// What is recorded, if it is whole.
    pub event: Option<Event>,
    /// What it amounts to, with the number of the TCP connection.
    pub parts: Vec<WebPart>,
}

/// What has come on a connection for HTTP.
#[derive(Debug)]
pub(crate) struct WebSeen {
    /// The connection in the transcript.
    pub connection: Option<ConnectionName>,
    /// What is recorded.
    pub event: Option<Event>,
    /// What it means.
    pub arrivals: Vec<Arrival>,
    /// The rules that it breaks.
    pub broken: Vec<Broken>,
}

/// What a connection amounts to.
#[derive(Debug)]
pub(crate) enum WebPart {
    /// The head of the response to this request.
    Head(WebRequest, ResponseHead),
    /// The head of a response that no request has asked for.
    Unasked(ResponseHead),
    /// A piece of its body, its end, or a fault.
    More(ResponsePart),
    /// The server has closed the connection.
    Closed,
}

/// One TCP connection.
#[derive(Debug)]
struct WebConnection {
    name: Option<ConnectionName>,
    /// Its number in the bundle.
    id: u32,
    reader: HttpReader,
    /// The requests whose responses are still to come.
    asked: Vec<WebRequest>,
    is_open: bool,
}

/// Every connection for HTTP.
#[derive(Debug, Default)]
pub(crate) struct WebConnections {
    /// How many were opened. The WebSocket has number 0.
    opened: u32,
    /// One for each name.
    current: Vec<WebConnection>,
}

/// The name of the connection in the transcript.
pub(crate) fn shown_name(name: Option<&ConnectionName>) -> Option<ConnectionName> {
    name.cloned().or_else(|| ConnectionName::parse(UNNAMED))
}

impl WebConnections {
    /// The octets of a request in the bundle, and the request for the transcript. `None`: it needs the connection of the
    /// request before it, and that is closed.
    pub(crate) fn ask(
        &mut self,
        spec: &ItemSpec,
        learnt: &LearntValues,
        setup: &Setup,
    ) -> (String, Option<Bytes>) {
        let spec = filled(spec, learnt);
        let shown = spec.to_string();
        let head = compose::http_request(&spec, setup);
        let origin = head.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("Origin"));
        let asked = WebRequest {
            method: spec.word.bytes(),
            target: spec.request.iter().map(|request| target_text(&request.target)).collect(),
            origin: origin.map(|(_, value)| value.clone()),
        };
        let body = spec.body.as_ref().map(Payload::bytes).unwrap_or_default();
        let octets = [&head.to_http1()[..], &body].concat();
        let is_same = spec.request.as_ref().is_some_and(|request| request.same);
        let mut out = Vec::new();
        let connection = if is_same {
            self.current.iter_mut().find(|known| known.name == spec.connection && known.is_open)
        } else {
            let closed = self.close(spec.connection.as_ref(), BundleKind::End);
            out.extend(closed.iter().flatten());
            Some(self.open(spec.connection.clone()))
        };
        let Some(connection) = connection else { return (shown, None) };
        connection.reader.asked(spec.word.bytes());
        connection.asked.push(asked);
        out.extend(BundlePiece::data(connection.id, octets.into()).encode());
        (shown, Some(out.into()))
    }

    /// Ends what a script names: the octets in the bundle.
    pub(crate) fn close(&mut self, name: Option<&ConnectionName>, kind: BundleKind) -> Option<Bytes> {
        let at = self.current.iter().position(|known| known.name.as_ref() == name)?;
        let connection = self.current.swap_remove(at);
        connection.is_open.then(|| BundlePiece::of(connection.id, kind).encode())
    }

    fn open(&mut self, name: Option<ConnectionName>) -> &mut WebConnection {
        self.opened += 1;
        let reader = HttpReader::default();
        self.current.push(WebConnection { name, id: self.opened, reader, asked: Vec::new(), is_open: true });
        let last = self.current.len() - 1;
        &mut self.current[last]
    }

    /// What a piece of the bundle amounts to; nothing if its connection was given up.
    pub(crate) fn read(&mut self, piece: &BundlePiece) -> Vec<WebStep> {
        let connection = self.current.iter_mut().find(|known| known.id == piece.connection);
        let Some(connection) = connection else { return Vec::new() };
        match piece.kind {
            BundleKind::Data => connection.read(&piece.octets),
            BundleKind::End | BundleKind::Failed => connection.end(Event::Eof),
            BundleKind::Reset => connection.end(Event::Reset),
        }
    }

    /// What an entry of a record amounts to.
    pub(crate) fn replay(&mut self, name: &ConnectionName, event: Event) -> Vec<WebStep> {
        let is_it = |known: &&mut WebConnection| shown_name(known.name.as_ref()).as_ref() == Some(name);
        let Some(connection) = self.current.iter_mut().find(is_it) else { return Vec::new() };
        match event {
            Event::Received(received) => connection.read(&received.bytes()),
            event => connection.end(event),
        }
    }
}

impl WebConnection {
    fn read(&mut self, mut octets: &[u8]) -> Vec<WebStep> {
        let mut out = Vec::new();
        while !octets.is_empty() {
            let step = self.reader.step(octets);
            let taken;
            (taken, octets) = octets.split_at(step.taken.clamp(1, octets.len()));
            out.push(self.step(taken, step.parts));
        }
        out
    }

    fn step(&mut self, octets: &[u8], parts: Vec<ResponsePart>) -> WebStep {
        let head = parts.iter().find_map(|part| match part {
            ResponsePart::Head(head) | ResponsePart::Interim(head) => Some(head.raw.clone()),
            _ => None,
        });
        let received = match head {
            Some(head) => Some(Received::Head(head)),
            // The start of a head is not whole.
            None if parts.is_empty() && !self.reader.is_within_body() => None,
            None => Some(Received::Raw(Bytes::copy_from_slice(octets))),
        };
        let parts = parts.into_iter().filter_map(|part| match part {
            ResponsePart::Interim(_) => None,
            ResponsePart::Head(head) if self.asked.is_empty() => Some(WebPart::Unasked(head)),
            ResponsePart::Head(head) => Some(WebPart::Head(self.asked.remove(0), head)),
            part => Some(WebPart::More(part)),
        });
        WebStep { event: received.map(Event::Received), parts: parts.collect(), name: self.name.clone() }
    }

    fn end(&mut self, event: Event) -> Vec<WebStep> {
        if !std::mem::replace(&mut self.is_open, false) {
            return Vec::new();
        }
        let mut parts: Vec<_> = self.reader.end().into_iter().map(WebPart::More).collect();
        // A request that gets no response at all.
        if parts.is_empty() && !self.asked.is_empty() {
            parts.push(WebPart::More(ResponsePart::Broken));
        }
        parts.push(WebPart::Closed);
        vec![WebStep { name: self.name.clone(), event: Some(event), parts }]
    }
}

/// A request with values in place of their names.
pub(crate) fn filled(spec: &ItemSpec, learnt: &LearntValues) -> ItemSpec {
    let mut spec = spec.clone();
    if let Some(request) = &mut spec.request {
        request.target = learnt.filled(&request.target);
    }
    for edit in &mut spec.fields {
        if let FieldEdit::Set(_, value) | FieldEdit::Add(_, value) = edit
            && matches!(value, Word::Bare(_))
        {
            *value = Word::Bare(String::from_utf8_lossy(&learnt.value(value)).into_owned());
        }
    }
    spec
}

fn target_text(target: &Word) -> String {
    String::from_utf8_lossy(&target.bytes()).into_owned()
}
