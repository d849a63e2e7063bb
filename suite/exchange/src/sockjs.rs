//! A trial of SockJS: a WebSocket with frames or without, requests of HTTP, and items from what the server sends on either.

use std::{collections::BTreeMap, mem};

use bytes::Bytes;
use wsspec_carriers::{BundleKind, BundlePiece};
use wsspec_layers::{
    http::ResponsePart,
    sockjs::{SockJsFrame, SockJsInfo, SockJsSession, SockJsTransport, SockJsViolation},
};
use wsspec_notation::{ItemSpec, RequestSpec, Script, Sending, Step, Word};
use wsspec_referee::{Arrival, Broken, Seen};
use wsspec_wire::{ConnectionName, Layer, LayerItem, Violation};

use crate::{
    learnt::LearntValues,
    lift::{self, lifted},
    setup::Setup,
    transcript::Event,
    web::{WebConnections, WebPart, WebSeen, WebStep, shown_name},
    web_response::{WebArrival, WebResponse, ending},
};

/// Whether it means nothing to a line about something else: a heartbeat, what a stream begins with, or how a response ends.
pub(crate) fn is_silent(item: &LayerItem) -> bool {
    match item.layer {
        Layer::SockJs => matches!(&item.word[..], b"h" | b"prelude"),
        Layer::Http => matches!(&item.word[..], b"end" | b"closed"),
        _ => false,
    }
}

/// The name of the WebSocket among streams of frames.
const SOCKET: &str = "";

/// The name of a connection among streams of frames.
fn stream_of(name: &Option<ConnectionName>) -> &str {
    name.as_ref().map_or("http", ConnectionName::as_str)
}

/// Whether messages of the WebSocket are frames: not where a script opens one at the path for raw messages.
fn is_framed(script: &Script, learnt: &LearntValues) -> bool {
    let target = script.walk().find_map(|line| match &line.step {
        Step::Send(Sending::Request(RequestSpec { target: Some(target), .. })) => Some(learnt.filled(target)),
        _ => None,
    });
    target.is_none_or(|target| SockJsTransport::of(&String::from_utf8_lossy(&target.bytes())).is_some())
}

/// The session of one trial.
#[derive(Debug)]
pub(crate) struct SockJsLink {
    session: SockJsSession,
    learnt: LearntValues,
    /// Whether messages of the WebSocket are frames of SockJS.
    is_framed: bool,
    limit: usize,
    web: WebConnections,
    /// The responses that have begun, by connection.
    responses: BTreeMap<Option<ConnectionName>, WebResponse>,
    info: SockJsInfo,
}

impl SockJsLink {
    /// A session for a script, with a server at this path; items have at most `limit` octets.
    pub(crate) fn new(script: &Script, setup: &Setup, limit: usize) -> Self {
        let target = setup.side.uri().map_or("/", |uri| &uri.target);
        let path = target.split('?').next().unwrap_or("/").to_owned();
        let base = path.trim_end_matches('/').to_owned();
        let parent = base.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
        let id = setup.sessions.next();
        let mut learnt = LearntValues::knowing("path", path);
        learnt.know("base", base);
        learnt.know("parent", parent);
        learnt.know("session", id.clone());
        let mut session = SockJsSession::default();
        session.begin(SOCKET, id, SockJsTransport::WebSocket);
        Self {
            is_framed: is_framed(script, &learnt),
            session,
            learnt,
            limit,
            web: WebConnections::default(),
            responses: BTreeMap::new(),
            info: SockJsInfo::default(),
        }
    }

    /// The request that opens the WebSocket, with its values filled in.
    pub(crate) fn filled(&self, spec: &RequestSpec) -> RequestSpec {
        let usual = || Word::Bare("$base/000/$session/websocket".into());
        let target = spec.target.clone().unwrap_or_else(usual);
        RequestSpec { target: Some(self.learnt.filled(&target)), ..spec.clone() }
    }

    /// A request of HTTP as octets of the bundle, and in the notation.
    pub(crate) fn ask(&mut self, spec: &ItemSpec, setup: &Setup) -> (String, Option<Bytes>) {
        let (shown, octets) = self.web.ask(spec, &self.learnt, setup);
        if octets.is_some() && !spec.request.as_ref().is_some_and(|request| request.same) {
            self.responses.remove(&spec.connection);
        }
        (shown, octets)
    }

    /// Closes a connection for HTTP: octets of the bundle.
    pub(crate) fn close(&mut self, name: &ConnectionName, kind: BundleKind) -> Option<Bytes> {
        self.responses.remove(&Some(name.clone()));
        self.web.close(Some(name), kind)
    }

    /// Frames in place of the messages of the WebSocket that they came in.
    pub(crate) fn lift(&mut self, seen: Seen) -> Seen {
        if !self.is_framed {
            return seen;
        }
        lifted(seen, |_, octets, place| {
            let framed = self.session.received(SOCKET, &SockJsFrame::decode(octets));
            (vec![Arrival::Item(framed.item)], lift::at(place, framed.broken))
        })
    }

    /// What a piece of the bundle amounts to.
    pub(crate) fn piece(&mut self, piece: &BundlePiece) -> Vec<WebSeen> {
        let steps = self.web.read(piece);
        steps.into_iter().map(|step| self.seen(step)).collect()
    }

    /// What an entry of a record amounts to.
    pub(crate) fn replay(&mut self, name: &ConnectionName, event: Event) -> Vec<WebSeen> {
        let steps = self.web.replay(name, event);
        steps.into_iter().map(|step| self.seen(step)).collect()
    }

    fn seen(&mut self, step: WebStep) -> WebSeen {
        let (mut arrivals, mut broken) = (Vec::new(), Vec::new());
        for part in step.parts {
            for (item, found) in self.part(&step.name, part) {
                broken.extend(found.into_iter().map(|violation| Broken { violation, bytes: 0..0 }));
                arrivals.extend(item);
            }
        }
        WebSeen { connection: shown_name(step.name.as_ref()), event: step.event, arrivals, broken }
    }

    fn part(
        &mut self,
        name: &Option<ConnectionName>,
        part: WebPart,
    ) -> Vec<(Option<Arrival>, Vec<Violation>)> {
        let found = match part {
            WebPart::Head(asked, head) => {
                let transport = SockJsTransport::of(&asked.target).map(|known| (known.0, known.1.to_owned()));
                let response =
                    WebResponse::new(asked, head, transport.as_ref().map(|known| known.0), self.limit);
                if let Some((transport, session)) = transport.filter(|_| response.has_frames()) {
                    self.session.begin(stream_of(name), session, transport);
                }
                let begins = response.begin();
                self.responses.insert(name.clone(), response);
                begins.into_iter().collect()
            }
            WebPart::Unasked(_) => vec![WebArrival::Item(ending("broken"))],
            WebPart::More(ResponsePart::Broken) if !self.responses.contains_key(name) => {
                vec![WebArrival::Item(ending("broken"))]
            }
            WebPart::More(part) => {
                let mut found =
                    self.responses.get_mut(name).map(|response| response.take(&part)).unwrap_or_default();
                if part == ResponsePart::End
                    && let Some(response) = self.responses.remove(name)
                {
                    return self.ended(name, &response, mem::take(&mut found));
                }
                found
            }
            WebPart::Closed => vec![WebArrival::Item(ending("closed"))],
        };
        found.into_iter().map(|arrival| self.arrival(name, arrival)).collect()
    }

    /// The last of a response, which may be one that says what the server can do.
    fn ended(
        &mut self,
        name: &Option<ConnectionName>,
        response: &WebResponse,
        found: Vec<WebArrival>,
    ) -> Vec<(Option<Arrival>, Vec<Violation>)> {
        let broken = if response.is_info() { self.info.judge(response.body()) } else { Vec::new() };
        let mut out: Vec<_> = found.into_iter().map(|arrival| self.arrival(name, arrival)).collect();
        out.push((None, broken.iter().map(SockJsViolation::violation).collect()));
        out
    }

    fn arrival(
        &mut self,
        name: &Option<ConnectionName>,
        arrival: WebArrival,
    ) -> (Option<Arrival>, Vec<Violation>) {
        let on = |item: LayerItem| Some(Arrival::Item(LayerItem { connection: name.clone(), ..item }));
        match arrival {
            WebArrival::Item(item) => (on(item), Vec::new()),
            WebArrival::Frame(frame) => {
                let seen = self.session.received(stream_of(name), &frame);
                (on(seen.item), seen.broken)
            }
            WebArrival::Lost => (Some(Arrival::Lost), Vec::new()),
        }
    }

    pub(crate) const fn learnt(&self) -> &LearntValues {
        &self.learnt
    }

    pub(crate) const fn learning(&mut self) -> &mut LearntValues {
        &mut self.learnt
    }
}
