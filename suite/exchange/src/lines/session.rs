//! How a session of a layer is opened before the first line, if no line does that.

use std::collections::VecDeque;

use wsspec_notation::{ItemSpec, Script, Sending, Word};
use wsspec_wire::{Layer, Role};

use crate::session_answer::SessionAnswer;

/// One step: what we send, and what the peer answers with, if it is to answer.
#[derive(Debug)]
pub(crate) struct SessionStep {
    pub sends: Option<Sending>,
    pub wants: Option<SessionAnswer>,
}

/// The steps before a script that is played in this role of ours; empty without a layer, or if the script takes them.
pub(super) fn steps(script: &Script, ours: Role) -> VecDeque<SessionStep> {
    let open = SessionStep { sends: None, wants: Some(SessionAnswer::Open) };
    let frame_o = SessionStep { sends: None, wants: Some(SessionAnswer::OpenFrame) };
    let connect = |layer, wants| SessionStep { sends: Some(item(layer, "CONNECT")), wants: Some(wants) };
    let steps = match script.layer() {
        None => Vec::new(),
        Some(Layer::EngineIo | Layer::SocketIo) if ours == Role::Server => return steps_of_server(script),
        Some(_) if ours == Role::Server => return steps_of_broker(script),
        Some(Layer::Stomp) if script.opens_session() => Vec::new(),
        Some(Layer::Stomp) => vec![connect(Layer::Stomp, SessionAnswer::Connected)],
        Some(Layer::Http) => Vec::new(),
        Some(Layer::SockJs) if script.opens_sockjs() => vec![frame_o],
        Some(Layer::SockJs) => Vec::new(),
        // The server begins (Engine.IO v4, Handshake).
        Some(Layer::EngineIo | Layer::SocketIo) if script.opens_transport() => Vec::new(),
        Some(Layer::EngineIo) => vec![open],
        Some(Layer::SocketIo) if script.opens_session() => vec![open],
        Some(Layer::SocketIo) => vec![open, connect(Layer::SocketIo, SessionAnswer::Connect)],
    };
    steps.into()
}

/// A client of STOMP begins, and subscribes twice once it is connected.
fn steps_of_broker(script: &Script) -> VecDeque<SessionStep> {
    if script.meets_client() {
        return VecDeque::new();
    }
    let connected = Some(item(Layer::Stomp, "CONNECTED"));
    let steps = [
        (None, SessionAnswer::StompConnect),
        (connected, SessionAnswer::Subscribe),
        (None, SessionAnswer::Subscribe),
    ];
    steps.into_iter().map(|(sends, wants)| SessionStep { sends, wants: Some(wants) }).collect()
}

/// We begin (Engine.IO v4, Handshake); then a client of Socket.IO connects to each namespace that the script needs, in any
/// order. It is answered without a step.
fn steps_of_server(script: &Script) -> VecDeque<SessionStep> {
    let mut steps = VecDeque::new();
    if script.sends_open() {
        return steps;
    }
    steps.push_back(SessionStep { sends: Some(item(Layer::EngineIo, "open")), wants: None });
    if script.layer() == Some(Layer::SocketIo) {
        let connects = script.needed_namespaces().into_iter();
        steps.extend(connects.map(|_| SessionStep { sends: None, wants: Some(SessionAnswer::Connect) }));
    }
    steps
}

/// An item that opens a session, with nothing but its defaults.
fn item(layer: Layer, word: &str) -> Sending {
    let word = Word::Bare(word.into());
    let (request, connection, fields) = (None, None, Vec::new());
    Sending::Item(ItemSpec {
        layer,
        word,
        request,
        connection,
        fields,
        body: None,
        pieces: None,
        more: false,
    })
}
