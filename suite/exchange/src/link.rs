//! The session of a layer on a connection, whichever layer that is.

use bytes::Bytes;
use wsspec_carriers::{BundleKind, BundlePiece};
use wsspec_catalogue::Trial;
use wsspec_layers::json_equal;
use wsspec_notation::{ItemSpec, Payload, RequestSpec, Sending};
use wsspec_referee::{Arrival, Broken, Seen};
use wsspec_wire::{ConnectionName, Layer, LayerItem, Role, Violation};

use crate::{
    composed::Composed, engineio::EngineIoLink, learnt::LearntValues, moment::Moment,
    polls::UnwrittenRequest, setup::Setup, sockjs::SockJsLink, stomp::StompLink, transcript::Event,
    web::WebSeen,
};

/// The session of the layer that a script is about.
#[derive(Debug)]
pub(crate) enum LayerLink {
    Stomp(Box<StompLink>),
    EngineIo(Box<EngineIoLink>),
    SockJs(Box<SockJsLink>),
}

impl LayerLink {
    /// The session of a trial, if it is about a layer; its items have at most `limit` octets.
    pub(crate) fn of(trial: &Trial, setup: &Setup, limit: usize) -> Option<Self> {
        Some(match trial.layer()? {
            Layer::SockJs | Layer::Http => {
                Self::SockJs(Box::new(SockJsLink::new(&trial.script, setup, limit)))
            }
            Layer::Stomp => Self::Stomp(Box::new(match setup.role() {
                Role::Client => StompLink::new(&setup.stomp, trial.seed, limit),
                Role::Server => StompLink::with_client(&trial.script, &setup.stomp, trial.seed, limit),
            })),
            layer => Self::EngineIo(Box::new(match setup.role() {
                Role::Client => {
                    let target = setup.side.uri().map_or("/", |uri| &uri.target);
                    EngineIoLink::new(layer, &trial.script, (setup, target), limit)
                }
                Role::Server => EngineIoLink::with_client(layer, &trial.script, setup, limit),
            })),
        })
    }

    /// The messages that an item becomes: none if the next one is to be in the same message.
    pub(crate) fn compose(&mut self, spec: &ItemSpec) -> Composed {
        match self {
            Self::Stomp(stomp) => stomp.compose(spec),
            Self::EngineIo(link) => link.compose(spec),
            Self::SockJs(_) => Composed { messages: Vec::new(), is_secret: false },
        }
    }

    /// What octets of the peer amount to, where there is no WebSocket below.
    pub(crate) fn read(&mut self, octets: &[u8]) -> (Vec<Arrival>, Vec<Broken>) {
        match self {
            Self::Stomp(stomp) => stomp.read(octets, Some(0)),
            Self::EngineIo(_) | Self::SockJs(_) => (Vec::new(), Vec::new()),
        }
    }

    /// Items in place of the messages that they came in.
    pub(crate) fn lift(&mut self, seen: Seen) -> Seen {
        match self {
            Self::Stomp(stomp) => stomp.lift(seen),
            Self::EngineIo(link) => link.lift(seen),
            Self::SockJs(link) => link.lift(seen),
        }
    }

    /// A message that the protocol demands at once, whatever the script says.
    pub(crate) fn due(&mut self) -> Option<Bytes> {
        match self {
            Self::Stomp(stomp) => stomp.due(),
            Self::SockJs(_) => None,
            Self::EngineIo(link) => link.due(),
        }
    }

    /// The rule that the peer breaks if nothing more comes of an item that it has begun.
    pub(crate) fn unfinished(&self) -> Option<Violation> {
        match self {
            Self::Stomp(stomp) => stomp.unfinished(),
            Self::EngineIo(link) => link.unfinished(),
            Self::SockJs(_) => None,
        }
    }

    /// The values that the script has learnt.
    pub(crate) fn learnt(&self) -> &LearntValues {
        match self {
            Self::Stomp(stomp) => stomp.learnt(),
            Self::EngineIo(link) => link.learnt(),
            Self::SockJs(link) => link.learnt(),
        }
    }

    /// The values that the script has learnt, to learn more.
    pub(crate) fn learning(&mut self) -> &mut LearntValues {
        match self {
            Self::Stomp(stomp) => stomp.learning(),
            Self::EngineIo(link) => link.learning(),
            Self::SockJs(link) => link.learning(),
        }
    }

    /// Whether an item has another body than this.
    pub(crate) fn has_other_body(&self, wanted: &Payload, item: &LayerItem) -> bool {
        match self {
            Self::SockJs(_) if item.layer == Layer::SockJs && item.word == "a" => {
                !json_equal(&wanted.bytes(), &item.body)
            }
            Self::Stomp(_) | Self::SockJs(_) => wanted.bytes() != item.body,
            Self::EngineIo(_) => EngineIoLink::has_other_body(wanted, item),
        }
    }

    /// A request of HTTP as octets of the bundle, and in the notation.
    pub(crate) fn ask(&mut self, spec: &ItemSpec, setup: &Setup) -> Option<(String, Option<Bytes>)> {
        match self {
            Self::SockJs(link) => Some(link.ask(spec, setup)),
            Self::EngineIo(link) => Some(link.ask(spec, setup)),
            Self::Stomp(_) => None,
        }
    }

    /// Closes a connection for HTTP: octets of the bundle.
    pub(crate) fn close_web(&mut self, name: &ConnectionName, kind: BundleKind) -> Option<Bytes> {
        match self {
            Self::SockJs(link) => link.close(name, kind),
            Self::EngineIo(link) => link.polls.close(name, kind),
            Self::Stomp(_) => None,
        }
    }

    /// The requests of HTTP that are due without a line for them.
    pub(crate) fn requests(&mut self, setup: &Setup) -> Vec<UnwrittenRequest> {
        match self {
            Self::EngineIo(link) => link.requests(setup),
            Self::Stomp(_) | Self::SockJs(_) => Vec::new(),
        }
    }

    /// The next request of a client that polls, for a line that waits on this connection.
    pub(crate) fn poll_again(
        &mut self,
        name: &Option<ConnectionName>,
        now: Option<Moment>,
        setup: &Setup,
    ) -> Option<UnwrittenRequest> {
        match self {
            Self::EngineIo(link) => link.poll_again(name, now, setup),
            Self::Stomp(_) | Self::SockJs(_) => None,
        }
    }

    /// When that may go out.
    pub(crate) fn next_poll(&self, name: &Option<ConnectionName>, setup: &Setup) -> Option<Moment> {
        match self {
            Self::EngineIo(link) => link.polls.next_poll(name, setup),
            Self::Stomp(_) | Self::SockJs(_) => None,
        }
    }

    /// What a piece of the bundle of connections amounts to.
    pub(crate) fn piece(&mut self, piece: &BundlePiece) -> Vec<WebSeen> {
        match self {
            Self::SockJs(link) => link.piece(piece),
            Self::EngineIo(link) => {
                let steps = link.polls.piece(piece);
                link.seen(steps)
            }
            Self::Stomp(_) => Vec::new(),
        }
    }

    /// What an entry of a record about a connection for HTTP amounts to.
    pub(crate) fn replay(&mut self, name: &ConnectionName, event: Event) -> Vec<WebSeen> {
        match self {
            Self::SockJs(link) => link.replay(name, event),
            Self::EngineIo(link) => {
                let steps = link.polls.replay(name, event);
                link.seen(steps)
            }
            Self::Stomp(_) => Vec::new(),
        }
    }

    /// A request that opens the WebSocket, with values in place of their names.
    pub(crate) fn filled(&self, sending: &Sending) -> Option<Sending> {
        let Sending::Request(spec) = sending else { return None };
        if let Self::SockJs(link) = self {
            return Some(Sending::Request(link.filled(spec)));
        }
        let target = self.learnt().filled(spec.target.as_ref()?);
        Some(Sending::Request(RequestSpec { target: Some(target), ..spec.clone() }))
    }
}
