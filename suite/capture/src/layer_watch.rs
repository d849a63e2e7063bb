//! What rides on a WebSocket connection between two others: messages of STOMP, Engine.IO or Socket.IO, judged by the rules of
//! their layer.

use std::ops::Range;

use bytes::Bytes;
use wsspec_layers::{
    engineio::EngineIoSession,
    socketio::{SocketIoSeen, SocketIoSession},
    stomp::{StompSeen, StompSession},
};
use wsspec_referee::{Arrival, Broken, Received};
use wsspec_wire::{Layer, MessageKind, RequestHead, ResponseHead, Role, Violation};

/// Subscriptions, receipts and messages of STOMP that are remembered.
const MOST_NAMES: usize = 1 << 10;
/// Octets of names of Socket.IO that are remembered.
const MOST_NAME_OCTETS: usize = 64 << 10;
/// Octets of a packet of Socket.IO whose attachments are still to come, at this many times the longest message.
const MOST_ATTACHMENTS: usize = 4;

/// The subprotocols of STOMP (STOMP 1.2, appendix of the WebSocket registry).
const OF_STOMP: [&str; 3] = ["v10.stomp", "v11.stomp", "v12.stomp"];

/// The judge of what rides on one connection.
#[derive(Debug)]
pub(crate) struct LayerWatch {
    session: LayerSession,
    /// The longest message, in octets.
    limit: usize,
}

#[derive(Debug)]
enum LayerSession {
    /// The judges of both ends.
    Stomp {
        client: Box<StompSession>,
        server: Box<StompSession>,
    },
    EngineIo {
        client: EngineIoSession,
        server: EngineIoSession,
    },
    SocketIo {
        client: Box<SocketIoSession>,
        server: Box<SocketIoSession>,
    },
    /// There was more than is remembered, or something was not seen: nothing is judged any more.
    Lost,
}

impl LayerWatch {
    /// What rides on a connection that these heads have opened: what is `given`, or what they show.
    pub(crate) fn of(
        given: Option<Layer>,
        request: &RequestHead,
        response: &ResponseHead,
        limit: usize,
    ) -> Option<Self> {
        let target = String::from_utf8_lossy(&request.target);
        // What a session of HTTP long-polling has agreed on before the upgrade was not seen.
        let is_resumed = parameter(&target, "sid").is_some();
        let session = match given.or_else(|| shown(&target, response))? {
            Layer::Stomp => {
                let judge = |end| Box::new(StompSession::between(end, limit, MOST_NAMES));
                LayerSession::Stomp { client: judge(Role::Client), server: judge(Role::Server) }
            }
            Layer::EngineIo | Layer::SocketIo if is_resumed => {
                let judge = EngineIoSession::resumed;
                LayerSession::EngineIo { client: judge(Role::Client), server: judge(Role::Server) }
            }
            Layer::EngineIo => {
                let judge = EngineIoSession::with;
                LayerSession::EngineIo { client: judge(Role::Client), server: judge(Role::Server) }
            }
            Layer::SocketIo => {
                let judge = |end| Box::new(SocketIoSession::with(end));
                LayerSession::SocketIo { client: judge(Role::Client), server: judge(Role::Server) }
            }
            _ => return None,
        };
        Some(Self { session, limit })
    }

    /// The rules of the layer that what `from` has sent breaks. `what` was on the wire.
    pub(crate) fn saw(&mut self, from: Role, what: Option<&Received>, arrivals: &[Arrival]) -> Vec<Broken> {
        let mut broken = Vec::new();
        for arrival in arrivals {
            match arrival {
                Arrival::Message(kind, octets) => {
                    let place = place(what, octets);
                    broken.extend(self.message(from, (*kind, octets), place));
                }
                Arrival::Oversize(_) | Arrival::Lost => self.lose(),
                _ => {}
            }
        }
        broken
    }

    /// Something was not seen.
    pub(crate) fn lose(&mut self) {
        self.session = LayerSession::Lost;
    }

    fn message(
        &mut self,
        from: Role,
        (kind, octets): (MessageKind, &Bytes),
        place: Option<Range<usize>>,
    ) -> Vec<Broken> {
        let at = |violations: Vec<Violation>| {
            let bytes = place.clone().unwrap_or_default();
            violations.into_iter().map(move |violation| Broken { violation, bytes: bytes.clone() }).collect()
        };
        match (&mut self.session, from) {
            (LayerSession::Stomp { client, server }, Role::Client) => stomp(client, server, octets, place),
            (LayerSession::Stomp { client, server }, Role::Server) => stomp(server, client, octets, place),
            (LayerSession::EngineIo { client, server }, Role::Client) => {
                server.sent(kind, octets);
                at(client.received(kind, octets).broken)
            }
            (LayerSession::EngineIo { client, server }, Role::Server) => {
                client.sent(kind, octets);
                at(server.received(kind, octets).broken)
            }
            (LayerSession::SocketIo { client, server }, from) => {
                let (sender, receiver) = match from {
                    Role::Client => (client, server),
                    Role::Server => (server, client),
                };
                receiver.sent(kind, octets);
                let (SocketIoSeen::Packet { broken, .. } | SocketIoSeen::Part { broken }) =
                    sender.received(kind, octets);
                self.check();
                at(broken)
            }
            (LayerSession::Lost, _) => Vec::new(),
        }
    }

    /// Gives up where there is too much to remember.
    fn check(&mut self) {
        let LayerSession::SocketIo { client, server } = &self.session else { return };
        let is_too_much = |session: &SocketIoSession| {
            let (names, attachments) = session.remembered();
            names > MOST_NAME_OCTETS || attachments > self.limit.saturating_mul(MOST_ATTACHMENTS)
        };
        if is_too_much(client) || is_too_much(server) {
            self.lose();
        }
    }
}

/// Frames of STOMP: the rules that their sender breaks.
fn stomp(
    sender: &mut StompSession,
    receiver: &mut StompSession,
    octets: &[u8],
    place: Option<Range<usize>>,
) -> Vec<Broken> {
    let seen = sender.received(octets);
    receiver.sent(octets);
    let mut out = Vec::new();
    for one in seen {
        let StompSeen::Frame { broken, bytes, .. } = one else { continue };
        let bytes = bytes.zip(place.as_ref()).map_or(0..0, |(bytes, place)| {
            (place.start + bytes.start).min(place.end)..(place.start + bytes.end).min(place.end)
        });
        out.extend(broken.into_iter().map(|violation| Broken { violation, bytes: bytes.clone() }));
    }
    out
}

/// Where a message is in the octets of its frame; `None`: it had several, or a compressed one.
fn place(what: Option<&Received>, octets: &Bytes) -> Option<Range<usize>> {
    match what {
        Some(Received::Frame(frame)) if frame.payload == *octets => {
            Some(frame.header.encoded_len()..frame.encoded_len())
        }
        _ => None,
    }
}

/// What the heads of an opening handshake show to ride on the connection: a subprotocol of STOMP, or the target of Engine.IO 4.
fn shown(target: &str, response: &ResponseHead) -> Option<Layer> {
    let selected = response.fields.get("Sec-WebSocket-Protocol");
    if selected.is_some_and(|selected| OF_STOMP.iter().any(|name| **selected == *name.as_bytes())) {
        return Some(Layer::Stomp);
    }
    let is_engineio =
        parameter(target, "EIO") == Some("4") && parameter(target, "transport") == Some("websocket");
    let path = target.split('?').next().unwrap_or_default();
    let is_socketio = path.trim_end_matches('/').ends_with("/socket.io");
    is_engineio.then_some(if is_socketio { Layer::SocketIo } else { Layer::EngineIo })
}

/// A parameter of a query.
fn parameter<'t>(target: &'t str, name: &str) -> Option<&'t str> {
    let (_, query) = target.split_once('?')?;
    query
        .split('&')
        .find_map(|pair| pair.split_once('=').filter(|(own, _)| *own == name))
        .map(|(_, value)| value)
}
