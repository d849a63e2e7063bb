//! The handlers of events: `message` is answered with `message-back`, `message-with-ack` is acknowledged.

use bytes::Bytes;
use serde_json::Value;
use wsspec_layers::engineio::EngineIoType;
use wsspec_layers::socketio::{SocketIoPacket, SocketIoType};

use super::{
    flaw::EngineIoFlaw::*,
    habit::EngineIoHabit,
    outbound::MessageOutbound,
    reply::{Faulty, answer, write},
};

/// Handles an event of a connected namespace.
pub(super) fn handle(
    packet: &SocketIoPacket,
    mut array: Vec<Value>,
    out: &mut MessageOutbound,
) -> Result<(), Faulty> {
    let name = array.remove(0);
    if out.has(NumbersAsText) {
        array
            .iter_mut()
            .filter(|value| value.is_number())
            .for_each(|value| *value = value.to_string().into());
    }
    if out.has(NonAsciiLost) {
        array.iter_mut().for_each(without_non_ascii);
    }
    match (name.as_str(), &packet.id) {
        (Some("message"), _) => message_back(packet, array, out),
        (Some("message-with-ack"), Some(id)) => acknowledge(packet, id, array, out),
        _ => {}
    }
    if out.has(SocketTypeUnknownSent) {
        out.packet(EngineIoType::Message, b"7");
    }
    Ok(())
}

fn message_back(packet: &SocketIoPacket, array: Vec<Value>, out: &mut MessageOutbound) {
    let mut all = vec![Value::from("message-back")];
    all.extend(array);
    if out.has(ArgumentsLost) {
        all.truncate(2);
    }
    let back = match out.flaw {
        Some(EventEmptySent) => "[]".to_owned(),
        Some(EventObjectSent) => "{\"message-back\":1}".to_owned(),
        _ => Value::Array(all).to_string(),
    };
    let mut event = answer(packet, SocketIoType::Event, back.into());
    if out.has(EventNamespaceLost) {
        event.namespace = None;
    }
    with_attachments(packet, event, SocketIoType::BinaryEvent, out);
}

fn acknowledge(packet: &SocketIoPacket, id: &Bytes, array: Vec<Value>, out: &mut MessageOutbound) {
    let is_lost = match out.flaw {
        Some(AckZeroLost) => &id[..] == b"0",
        Some(AckLongLost) => id.len() > 9,
        Some(AckEmptyLost) => array.is_empty(),
        _ => false,
    };
    if is_lost {
        return;
    }
    let payload = match out.flaw {
        Some(AckText) => "\"done\"".to_owned(),
        Some(AckWithoutPayload) => String::new(),
        _ => Value::Array(array).to_string(),
    };
    let packet_type = if out.has(AckAsEvent) { SocketIoType::Event } else { SocketIoType::Ack };
    let mut ack = answer(packet, packet_type, payload.into());
    ack.id = Some(if out.has(AckIdChanged) { [id, &b"0"[..]].concat().into() } else { id.clone() });
    if out.has(AckNamespaceLost) {
        ack.namespace = None;
    }
    with_attachments(packet, ack.clone(), SocketIoType::BinaryAck, out);
    if out.has(AcksRepeated) {
        with_attachments(packet, ack, SocketIoType::BinaryAck, out);
    }
}

/// Sends a packet with the attachments of another, as the type for these.
fn with_attachments(
    from: &SocketIoPacket,
    packet: SocketIoPacket,
    binary: SocketIoType,
    out: &mut MessageOutbound,
) {
    let mut attachments = from.attachments.clone();
    if attachments.is_empty() {
        return write(out, &packet);
    }
    let mut announced = Some(Bytes::from(attachments.len().to_string()));
    let mut payload = packet.payload.clone();
    let mut packet_type = binary;
    match out.flaw {
        None if out.does(EngineIoHabit::NumbersBackwards) => {
            attachments.reverse();
            payload = renumbered(&payload, attachments.len());
        }
        Some(AttachmentsReversed) => attachments.reverse(),
        Some(AttachmentsMissing) => {
            attachments.pop();
            write(
                out,
                &SocketIoPacket { packet_type: Some(binary), announced, attachments, payload, ..packet },
            );
            return write(out, &answer(from, SocketIoType::Event, b"[\"done\"]".to_vec()));
        }
        Some(AttachmentsInline) => {
            attachments.clear();
            (announced, packet_type) = (None, SocketIoType::Event);
        }
        Some(AttachmentUnannounced) => attachments.push(Bytes::from_static(b"more")),
        Some(CountMissing) => announced = None,
        Some(PlaceholderWrong) => {
            payload = String::from_utf8_lossy(&payload).replace("\"num\":0", "\"num\":9").into();
        }
        _ => {}
    }
    write(out, &SocketIoPacket { packet_type: Some(packet_type), announced, attachments, payload, ..packet });
}

/// The payload with its placeholders numbered from the last.
fn renumbered(payload: &[u8], count: usize) -> Bytes {
    let mut text = String::from_utf8_lossy(payload).into_owned();
    for at in 0..count {
        text = text.replace(&format!("\"num\":{at}"), &format!("\"num\":#{}", count - 1 - at));
    }
    text.replace(":#", ":").into()
}

fn without_non_ascii(value: &mut Value) {
    if let Value::String(text) = value {
        *text = text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
    }
}
