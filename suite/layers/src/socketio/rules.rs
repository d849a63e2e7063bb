//! What a packet of a server or a client must be like.

use serde_json::Value;
use wsspec_wire::Role;

use super::{
    packet::{MAIN, SocketIoPacket, SocketIoType},
    state::{Joining, SocketIoState},
    violation::SocketIoViolation,
};
use crate::json::{self, JsonShape};

/// What is wrong with a packet on its own, apart from its attachments.
pub(super) fn of_form(packet: &SocketIoPacket, from: Role) -> Vec<SocketIoViolation> {
    let text = || packet.encode();
    let Some(packet_type) = packet.packet_type else {
        return vec![SocketIoViolation::TypeUnknown(packet.payload.to_vec())];
    };
    let mut out = Vec::new();
    if packet_type.is_binary() && matches!(packet.count(), None | Some(0)) {
        out.push(SocketIoViolation::CountMissing(text()));
    }
    if packet.namespace.as_deref() == Some(MAIN) {
        out.push(SocketIoViolation::NamespaceWritten(text()));
    }
    let payload = &packet.payload[..];
    if !payload.is_empty() && !json::is_json(payload) {
        out.push(SocketIoViolation::PayloadNotJson(payload.to_vec()));
        return out;
    }
    out.extend(of_payload(packet_type, packet, from));
    out
}

fn of_payload(packet_type: SocketIoType, packet: &SocketIoPacket, from: Role) -> Option<SocketIoViolation> {
    let payload = &packet.payload[..];
    let shape = (!payload.is_empty()).then(|| json::shape(payload));
    let shown = || payload.to_vec();
    match packet_type {
        SocketIoType::Event | SocketIoType::BinaryEvent => (shape
            != Some(JsonShape::Array { is_empty: false }))
        .then(|| SocketIoViolation::EventPayload(shown())),
        SocketIoType::Ack | SocketIoType::BinaryAck => {
            (!matches!(shape, Some(JsonShape::Array { .. }))).then(|| SocketIoViolation::AckPayload(shown()))
        }
        // A client need not send any.
        SocketIoType::Connect | SocketIoType::ConnectError if from == Role::Client => None,
        SocketIoType::Connect => {
            // What cannot be represented is not judged.
            let is_right = match json::object(payload) {
                Some(keys) => keys.get("sid").is_some_and(Value::is_string),
                None => shape == Some(JsonShape::Object),
            };
            (!is_right).then(|| SocketIoViolation::SidMissing(shown()))
        }
        SocketIoType::ConnectError => {
            (shape != Some(JsonShape::Object)).then(|| SocketIoViolation::ErrorPayload(shown()))
        }
        SocketIoType::Disconnect => None,
    }
}

/// What is wrong with a packet after what both ends have sent.
pub(super) fn of_connection(state: &SocketIoState, packet: &SocketIoPacket) -> Vec<SocketIoViolation> {
    match state.watched {
        Role::Server => of_server(state, packet),
        Role::Client => of_client(state, packet).into_iter().collect(),
    }
}

fn of_client(state: &SocketIoState, packet: &SocketIoPacket) -> Option<SocketIoViolation> {
    let packet_type = packet.packet_type?;
    if !state.is_begun && packet_type != SocketIoType::Connect {
        return Some(SocketIoViolation::FirstNotConnect(packet.encode()));
    }
    let namespace = packet.namespace_key();
    // What was on its way when the connection ended may come.
    let is_unconnected =
        matches!(state.namespaces.get(&namespace), None | Some(Joining::Asked | Joining::Refused));
    match packet_type {
        SocketIoType::Event | SocketIoType::BinaryEvent if is_unconnected => {
            Some(SocketIoViolation::EventUnconnected(namespace))
        }
        SocketIoType::Ack | SocketIoType::BinaryAck => {
            let id = packet.id.as_deref().unwrap_or_default().to_vec();
            let is_asked = state.unacknowledged.contains(&(namespace, id.clone()));
            (!is_asked).then_some(SocketIoViolation::AckUnasked(id))
        }
        _ => None,
    }
}

fn of_server(state: &SocketIoState, packet: &SocketIoPacket) -> Vec<SocketIoViolation> {
    let mut out = Vec::new();
    let namespace = packet.namespace_key();
    let joining = state.namespaces.get(&namespace).copied();
    match packet.packet_type {
        Some(SocketIoType::Connect) => {
            if !matches!(joining, Some(Joining::Asked | Joining::Left)) {
                out.push(SocketIoViolation::ConnectUnasked(namespace));
            }
            let sid = json::object(&packet.payload).and_then(|mut keys| keys.remove("sid"));
            let engine_sid = state.engine_sid.as_deref();
            if engine_sid.is_some_and(|own| sid.as_ref().and_then(Value::as_str) == Some(own)) {
                out.push(SocketIoViolation::SidShared);
            }
        }
        Some(SocketIoType::ConnectError) if !matches!(joining, Some(Joining::Asked | Joining::Left)) => {
            out.push(SocketIoViolation::ConnectUnasked(namespace));
        }
        Some(SocketIoType::Event | SocketIoType::BinaryEvent)
            if !matches!(joining, Some(Joining::Connected | Joining::Left)) =>
        {
            out.push(SocketIoViolation::EventUnconnected(namespace));
        }
        Some(SocketIoType::Ack | SocketIoType::BinaryAck) => {
            let id = packet.id.as_deref().unwrap_or_default().to_vec();
            if !state.unacknowledged.contains(&(namespace, id.clone())) {
                out.push(SocketIoViolation::AckUnasked(id));
            }
        }
        _ => {}
    }
    out
}

/// What is wrong with the places of attachments: each is the place of one that there is.
pub(super) fn of_attachments(packet: &SocketIoPacket) -> Option<SocketIoViolation> {
    // What cannot be represented is not judged.
    let payload = serde_json::from_slice::<Value>(&packet.payload).ok()?;
    let mut places = Vec::new();
    collect(&payload, &mut places);
    let is_right =
        places.iter().all(|place| place.as_u64().is_some_and(|at| (at as usize) < packet.attachments.len()));
    (!is_right).then(|| SocketIoViolation::PlaceholderWrong(packet.payload.to_vec()))
}

/// The numbers of all placeholders; nesting is bounded by the parser.
fn collect<'v>(value: &'v Value, places: &mut Vec<&'v Value>) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| collect(one, places)),
        Value::Object(keys) if keys.get("_placeholder") == Some(&Value::Bool(true)) => {
            places.push(keys.get("num").unwrap_or(&Value::Null));
        }
        Value::Object(keys) => keys.values().for_each(|one| collect(one, places)),
        _ => {}
    }
}
