//! Probes of what rides on the connection: their scripts, and what a server announces.

use bytes::Bytes;
use wsspec_layers::{
    engineio::{EngineIoPacket, EngineIoPayload, EngineIoType},
    http::{HttpReader, ResponsePart},
    socketio::{SocketIoSeen, SocketIoSession},
    sockjs::SockJsFrame,
    stomp::{StompSeen, StompSession},
};
use wsspec_record::EngineIoProfile;
use wsspec_referee::Received;
use wsspec_wire::{Layer, LayerItem, MessageKind, Opcode};

use super::{Probe, messages};
use crate::transcript::{Event, Transcript};

/// The script of a probe of a layer; empty for any other.
pub(super) fn script(probe: Probe) -> String {
    match probe {
        Probe::Stomp10 => session("1.0"),
        Probe::Stomp11 => session("1.1"),
        Probe::Stomp12 => session("1.2"),
        Probe::StompDelivery => "> stomp CONNECT\n>   accept-version: 1.0,1.1,1.2\n< stomp CONNECTED\n\
                > stomp SUBSCRIBE\n>   id: s1\n>   destination: $destination\n>   receipt: subscribed\n\
                <~ stomp RECEIPT\n> stomp SEND\n>   destination: $destination\n>   body \"wsspec\"\n\
                < stomp MESSAGE\n"
            .into(),
        Probe::StompClient => sent_back("wsspec", "stomp SEND"),
        Probe::StompNack => sent_back("nack", "stomp NACK & stomp SEND"),
        Probe::StompSwap => "> stomp MESSAGE\n>   swap: outside\n>   body \"inside\"\n\
            < stomp SEND\n<   swap: inside\n<   body \"outside\"\n"
            .into(),
        Probe::StompEnd => sent_back("end", "stomp SEND") + "< stomp DISCONNECT | close | eof\n",
        Probe::StompUnsubscribe => sent_back("end", "stomp SEND & stomp UNSUBSCRIBE & stomp UNSUBSCRIBE"),
        Probe::StompTransaction => sent_back("transaction", "stomp BEGIN & stomp SEND & stomp COMMIT"),
        Probe::EngineIoOpen => "< engineio open\n".into(),
        Probe::EngineIoUnasked => "< engineio open\nwait 300ms\n".into(),
        Probe::SocketIoUnasked => joined("/") + "wait 300ms\n",
        Probe::EngineIoEcho => {
            "> engineio message\n>   body \"wsspec\"\n< engineio message\n<   body \"wsspec\"\n".into()
        }
        Probe::EngineIoPolling => POLLED.into(),
        Probe::EngineIoHeld => format!(
            "{POLLED}poll > http GET $polling&sid=$sid\nquiet 200ms\nsend > http POST $polling&sid=$sid\n\
             >   Content-Type: text/plain;charset=UTF-8\n>   body \"4wsspec\"\nsend < http 200\n\
             poll < http 200\npoll < engineio message\n"
        ),
        Probe::EngineIoEarly => format!(
            "{POLLED}early > http POST $polling&sid=wsspec\n>   Content-Type: text/plain;charset=UTF-8\n\
             >   Content-Length: 100\n>   body \"4wsspec\"\nearly < http 4xx\n"
        ),
        Probe::SocketIoConnect => joined("/"),
        Probe::SocketIoGreeting => joined("/") + "< socketio EVENT\n<   event: auth\n",
        Probe::SocketIoEcho => joined("/") + &event("/"),
        Probe::SocketIoAck => joined("/") + &acknowledged("/"),
        Probe::SocketIoNamespace => joined(CUSTOM),
        Probe::SocketIoNamespaceEcho => joined(CUSTOM) + &event(CUSTOM),
        Probe::SocketIoNamespaceAck => joined(CUSTOM) + &acknowledged(CUSTOM),
        Probe::SockJsPolling => "> http POST $base/000/$session/xhr\n< http 200\n< sockjs o\n\
            > http POST $base/000/$session/xhr_send\n>   body \"[\\\"wsspec\\\"]\"\n< http 2xx\n\
            > http POST $base/000/$session/xhr\n< http 200\n< sockjs a\n"
            .into(),
        Probe::SockJsWebSocket => "> text \"[\\\"wsspec\\\"]\"\n< sockjs a\n".into(),
        Probe::SockJsClose => "> http POST $parent/close/000/$session/xhr\n< http 200\n< sockjs o\n\
            > http POST $parent/close/000/$session/xhr\n< http 200\n< sockjs c\n"
            .into(),
        Probe::SockJsXhrStreaming => absent("POST $base/000/$session/xhr_streaming"),
        Probe::SockJsEventSource => absent("GET $base/000/$session/eventsource"),
        Probe::SockJsHtmlFile => absent("GET $base/000/$session/htmlfile?c=x"),
        Probe::SockJsJsonp => absent("GET $base/000/$session/jsonp?c=x"),
        Probe::SockJsUnasked => "a > http POST $base/000/$session/xhr\na < http 200\na < sockjs o\n\
            b > http POST $base/000/$session/xhr\nb < http 200 within 300ms\nb < sockjs a within 300ms\n"
            .into(),
        Probe::SockJsDisabled => info("disabled_websocket_echo", "websocket: false"),
        Probe::SockJsCookies => info("cookie_needed_echo", "cookie_needed: true"),
        _ => String::new(),
    }
}

/// The script of a probe of Engine.IO or Socket.IO for a peer that is a client, where that differs from the one for servers: the
/// client connects to namespaces, and we answer that without a line.
pub(super) fn script_for_clients(probe: Probe) -> Option<String> {
    Some(match probe {
        Probe::EngineIoOpen => "> engineio open\nquiet 1ms\n".into(),
        Probe::SocketIoConnect => "< socketio CONNECT\n<   namespace: /\n> socketio CONNECT\n".into(),
        Probe::SocketIoEcho => event("/"),
        Probe::SocketIoAck => acknowledged("/"),
        Probe::SocketIoNamespace => format!(
            "< socketio CONNECT\n<   namespace: {CUSTOM}\n> socketio CONNECT\n>   namespace: {CUSTOM}\n"
        ),
        Probe::SocketIoNamespaceEcho => event(CUSTOM),
        Probe::SocketIoNamespaceAck => acknowledged(CUSTOM),
        _ => return None,
    })
}

/// A message to a client of STOMP with this body, and what it sends then.
fn sent_back(body: &str, then: &str) -> String {
    format!("> stomp MESSAGE\n>   body \"{body}\"\n< {then}\n")
}

/// A session of Engine.IO over long-polling.
const POLLED: &str = "open > http GET $polling\nopen < http 200\nopen < engineio open\n<   sid: $sid\n";

/// Whether the session that a response opens can be upgraded to WebSocket, as the server announces.
pub fn upgrades(transcript: &Transcript) -> bool {
    let mut reader = HttpReader::default();
    reader.asked("GET");
    let mut body = Vec::new();
    for entry in &transcript.entries {
        let (Event::Received(Received::Head(octets) | Received::Raw(octets)), true) =
            (&entry.event, entry.connection.is_some())
        else {
            continue;
        };
        let mut rest = &octets[..];
        while !rest.is_empty() {
            let step = reader.step(rest);
            body.extend(step.parts.into_iter().filter_map(|part| match part {
                ResponsePart::Body(piece) => Some(piece),
                _ => None,
            }));
            rest = &rest[step.taken.clamp(1, rest.len())..];
        }
    }
    let packets = EngineIoPayload::decode(&body.concat().into()).0;
    packets.iter().flat_map(EngineIoPacket::upgrades).any(|transport| transport == "websocket")
}

/// A request for a transport that a server of SockJS does not have.
fn absent(request: &str) -> String {
    format!("> http {request}\n< http 404\n")
}

/// What a service of SockJS says of itself.
fn info(service: &str, member: &str) -> String {
    format!("> http GET $parent/{service}/info\n< http 200\n<   body.{member}\n")
}

/// The namespace that a Socket.IO server under test has besides the main one.
const CUSTOM: &str = "/custom";

/// A connection to a namespace of Socket.IO.
fn joined(namespace: &str) -> String {
    format!("> socketio CONNECT\n{}< socketio CONNECT\n<   namespace: {namespace}\n", field(namespace))
}

/// An event that a Socket.IO server under test answers.
fn event(namespace: &str) -> String {
    format!(
        "> socketio EVENT\n{}>   body \"[\\\"message\\\",1]\"\n\
         < socketio EVENT\n<   namespace: {namespace}\n<   event: message-back\n",
        field(namespace)
    )
}

/// An event that a Socket.IO server under test acknowledges.
fn acknowledged(namespace: &str) -> String {
    format!(
        "> socketio EVENT\n{}>   id: 7\n>   body \"[\\\"message-with-ack\\\",1]\"\n\
         < socketio ACK\n<   namespace: {namespace}\n",
        field(namespace)
    )
}

/// The field for a namespace; the main one is left out.
fn field(namespace: &str) -> String {
    if namespace == "/" { String::new() } else { format!(">   namespace: {namespace}\n") }
}

/// What an Engine.IO server announces; `None` if no open packet came. What is missing is zero.
pub fn announced(transcript: &Transcript) -> Option<EngineIoProfile> {
    let messages = messages(transcript);
    let (_, message) = messages.iter().find(|(kind, _)| *kind == Opcode::TEXT)?;
    let open = EngineIoPacket::decode(MessageKind::Text, &message.clone().into());
    if open.packet_type != Some(EngineIoType::Open) {
        return None;
    }
    let item = open.item();
    let number = |name: &str| {
        let text = item.get(name.as_bytes()).and_then(|value| str::from_utf8(value).ok());
        text.and_then(|text| text.split('.').next()?.parse().ok()).unwrap_or_default()
    };
    Some(EngineIoProfile {
        ping_interval_ms: number("pingInterval"),
        ping_timeout_ms: number("pingTimeout"),
        max_payload: number("maxPayload"),
        ..EngineIoProfile::default()
    })
}

/// The items of a layer that a server has sent, in this order, as far as the transcript has them.
pub fn items(transcript: &Transcript, layer: Layer) -> Vec<LayerItem> {
    match layer {
        Layer::Stomp => stomp_frames(transcript),
        Layer::SockJs => kinds(transcript).map(|(_, message)| SockJsFrame::decode(&message).item()).collect(),
        Layer::Http => Vec::new(),
        Layer::EngineIo => {
            kinds(transcript).map(|(kind, message)| EngineIoPacket::decode(kind, &message).item()).collect()
        }
        Layer::SocketIo => {
            let mut session = SocketIoSession::default();
            let packets =
                kinds(transcript).filter_map(|(kind, message)| match session.received(kind, &message) {
                    SocketIoSeen::Packet { item, .. } => Some(item),
                    SocketIoSeen::Part { .. } => None,
                });
            packets.collect()
        }
    }
}

/// The messages received, with their types.
fn kinds(transcript: &Transcript) -> impl Iterator<Item = (MessageKind, Bytes)> {
    messages(transcript).into_iter().map(|(opcode, message)| {
        let kind = if opcode == Opcode::BINARY { MessageKind::Binary } else { MessageKind::Text };
        (kind, message.into())
    })
}

/// The frames of STOMP, which come in messages, or as octets of TCP.
fn stomp_frames(transcript: &Transcript) -> Vec<LayerItem> {
    let mut session = StompSession::new(usize::MAX);
    let octets = transcript.entries.iter().filter_map(|entry| match &entry.event {
        Event::Received(Received::Frame(frame)) if frame.header.opcode.is_data() => Some(&frame.payload),
        Event::Received(Received::Raw(octets)) => Some(octets),
        _ => None,
    });
    let frames = octets.flat_map(|octets| session.received(octets)).filter_map(|seen| match seen {
        StompSeen::Frame { item, .. } => Some(item),
        StompSeen::Eol | StompSeen::TooLarge => None,
    });
    frames.collect()
}

/// A session of one version of STOMP.
fn session(version: &str) -> String {
    // A server of version 1.0 names none.
    let named = if version == "1.0" { String::new() } else { format!("<   version: {version}\n") };
    format!("> stomp CONNECT\n>   accept-version: {version}\n< stomp CONNECTED\n{named}")
}
