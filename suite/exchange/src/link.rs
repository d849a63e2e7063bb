//! The session of a layer on a connection, whichever layer that is.

use bytes::Bytes;
use wsspec_catalogue::Trial;
use wsspec_notation::{ItemSpec, Payload, RequestSpec, Sending, Word, variable};
use wsspec_referee::{Arrival, Broken, Seen};
use wsspec_wire::{Layer, LayerItem};

use crate::{
    composed::Composed, engineio::EngineIoLink, learnt::LearntValues, setup::Setup, stomp::StompLink,
};

/// The session of the layer that a script is about.
#[derive(Debug)]
pub(crate) enum LayerLink {
    Stomp(Box<StompLink>),
    EngineIo(Box<EngineIoLink>),
}

impl LayerLink {
    /// The session of a trial, if it is about a layer; its items have at most `limit` octets.
    pub(crate) fn of(trial: &Trial, setup: &Setup, limit: usize) -> Option<Self> {
        Some(match trial.script.layer()? {
            Layer::Stomp => Self::Stomp(Box::new(StompLink::new(&setup.stomp, trial.seed, limit))),
            layer => {
                let target = setup.side.uri().map_or("/", |uri| &uri.target);
                Self::EngineIo(Box::new(EngineIoLink::new(layer, &trial.script, target)))
            }
        })
    }

    /// The messages that an item becomes: none if the next one is to be in the same message.
    pub(crate) fn compose(&mut self, spec: &ItemSpec) -> Composed {
        match self {
            Self::Stomp(stomp) => stomp.compose(spec),
            Self::EngineIo(link) => link.compose(spec),
        }
    }

    /// What octets of the peer amount to, where there is no WebSocket below.
    pub(crate) fn read(&mut self, octets: &[u8]) -> (Vec<Arrival>, Vec<Broken>) {
        match self {
            Self::Stomp(stomp) => stomp.read(octets, Some(0)),
            Self::EngineIo(_) => (Vec::new(), Vec::new()),
        }
    }

    /// Items in place of the messages that they came in.
    pub(crate) fn lift(&mut self, seen: Seen) -> Seen {
        match self {
            Self::Stomp(stomp) => stomp.lift(seen),
            Self::EngineIo(link) => link.lift(seen),
        }
    }

    /// A message that the protocol demands at once, whatever the script says.
    pub(crate) fn due(&mut self) -> Option<Bytes> {
        match self {
            Self::Stomp(_) => None,
            Self::EngineIo(link) => link.due(),
        }
    }

    /// The values that the script has learnt.
    pub(crate) fn learnt(&self) -> &LearntValues {
        match self {
            Self::Stomp(stomp) => stomp.learnt(),
            Self::EngineIo(link) => link.learnt(),
        }
    }

    /// The values that the script has learnt, to learn more.
    pub(crate) fn learning(&mut self) -> &mut LearntValues {
        match self {
            Self::Stomp(stomp) => stomp.learning(),
            Self::EngineIo(link) => link.learning(),
        }
    }

    /// Whether an item has another body than this.
    pub(crate) fn has_other_body(&self, wanted: &Payload, item: &LayerItem) -> bool {
        match self {
            Self::Stomp(_) => wanted.bytes() != item.body,
            Self::EngineIo(_) => EngineIoLink::has_other_body(wanted, item),
        }
    }

    /// A request with the path of the address in place of its name.
    pub(crate) fn filled(&self, sending: &Sending) -> Option<Sending> {
        let Sending::Request(spec) = sending else { return None };
        let target = spec.target.as_ref()?;
        matches!(target, Word::Bare(text) if variable(text).is_some()).then(|| {
            let target = self.learnt().value(target);
            let target = Some(Word::Bare(String::from_utf8_lossy(&target).into_owned()));
            Sending::Request(RequestSpec { target, ..spec.clone() })
        })
    }
}
