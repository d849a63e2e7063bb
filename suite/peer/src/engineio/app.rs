//! Packets of Socket.IO: namespaces, and attachments that are still to come. What breaks a rule ends the connection.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;
use wsspec_layers::{
    engineio::EngineIoPacket,
    socketio::{SocketIoPacket, SocketIoType},
};

use super::{
    flaw::EngineIoFlaw::{self, *},
    habit::EngineIoHabit,
    outbound::{MessageOutbound, SID},
    reply::{Faulty, answer, write},
};

/// The namespaces that clients can connect to.
const NAMESPACES: [&[u8]; 2] = [b"/", b"/custom"];
/// The most attachments of a packet.
const MOST_ATTACHMENTS: usize = 100;

/// What the server knows about its client.
#[derive(Debug, Default)]
pub(super) struct SocketIoApp {
    /// The connected namespaces, and the id of each session.
    connected: BTreeMap<Vec<u8>, String>,
    sessions: u32,
    /// A packet whose attachments are still to come.
    pending: Option<SocketIoPacket>,
}

impl SocketIoApp {
    pub fn receive(&mut self, packet: &EngineIoPacket, out: &mut MessageOutbound) {
        let done = match packet.is_binary {
            true => self.attachment(packet.data.clone(), out),
            false => self.text(&packet.data, out),
        };
        if let Err(faulty) = done {
            faulty.end(out);
        }
    }

    fn text(&mut self, text: &Bytes, out: &mut MessageOutbound) -> Result<(), Faulty> {
        let packet = SocketIoPacket::decode(text);
        if self.pending.take().is_some() {
            return Err(Faulty::MayClose);
        }
        let Some(packet_type) = packet.packet_type else { return Err(Faulty::MayClose) };
        let is_first = self.connected.is_empty() && self.sessions == 0;
        if is_first && packet_type != SocketIoType::Connect {
            return self.first(packet, out);
        }
        if !packet_type.is_binary() {
            return self.whole(&packet, out);
        }
        match packet.count() {
            Some(1..=MOST_ATTACHMENTS) => {
                self.pending = Some(packet);
                Ok(())
            }
            _ => Err(Faulty::MayClose),
        }
    }

    /// The first packet connects to no namespace (Connection to a namespace).
    fn first(&mut self, packet: SocketIoPacket, out: &mut MessageOutbound) -> Result<(), Faulty> {
        match out.flaw {
            Some(FirstIgnored) => Ok(()),
            Some(FirstProcessed) => self.event(&packet, out),
            _ => Err(Faulty::MustClose),
        }
    }

    fn attachment(&mut self, data: Bytes, out: &mut MessageOutbound) -> Result<(), Faulty> {
        let mut packet = self.pending.take().ok_or(Faulty::MayClose)?;
        packet.attachments.push(data);
        if packet.count() > Some(packet.attachments.len()) {
            self.pending = Some(packet);
            return Ok(());
        }
        self.whole(&packet, out)
    }

    fn whole(&mut self, packet: &SocketIoPacket, out: &mut MessageOutbound) -> Result<(), Faulty> {
        match packet.packet_type {
            Some(SocketIoType::Connect) => self.connect(packet, out),
            Some(SocketIoType::Disconnect) => {
                if !out.has(EventsAfterDisconnect) {
                    self.connected.remove(packet.about());
                }
                match out.habit {
                    Some(EngineIoHabit::DisconnectsBack) => {
                        write(out, &answer(packet, SocketIoType::Disconnect, Vec::new()));
                    }
                    Some(EngineIoHabit::ClosesAfterDisconnect) => out.close(),
                    _ => {}
                }
                Ok(())
            }
            Some(SocketIoType::Event | SocketIoType::BinaryEvent) => self.event(packet, out),
            Some(SocketIoType::Ack | SocketIoType::BinaryAck) => match array(packet) {
                Some(_) => Ok(()),
                None => Err(Faulty::MayClose),
            },
            Some(SocketIoType::ConnectError) | None => Err(Faulty::MayClose),
        }
    }

    fn connect(&mut self, packet: &SocketIoPacket, out: &mut MessageOutbound) -> Result<(), Faulty> {
        let namespace = packet.about().to_vec();
        let auth = match &packet.payload[..] {
            [] => Value::Object(serde_json::Map::new()),
            payload => serde_json::from_slice(payload).map_err(|_| Faulty::MayClose)?,
        };
        if !auth.is_object() || self.connected.contains_key(&namespace) {
            return Err(Faulty::MayClose);
        }
        self.sessions += 1;
        if !NAMESPACES.contains(&&namespace[..]) && !out.does(EngineIoHabit::AllNamespaces) {
            if !out.has(UnknownNamespaceIgnored) {
                let why: &[u8] = match out.flaw {
                    Some(ErrorText) => b"\"there is no such namespace\"",
                    _ => b"{\"message\":\"there is no such namespace\"}",
                };
                write(out, &answer(packet, SocketIoType::ConnectError, why.to_vec()));
            }
            return Ok(());
        }
        let sid =
            if out.has(SidShared) { SID.to_owned() } else { format!("wsspec-socket-{:04}", self.sessions) };
        if out.has(NamespaceReplaces) {
            self.connected.clear();
        }
        self.connected.insert(namespace, sid.clone());
        self.connected_to(packet, &sid, &auth, out);
        Ok(())
    }

    fn connected_to(&mut self, packet: &SocketIoPacket, sid: &str, auth: &Value, out: &mut MessageOutbound) {
        let payload = match out.flaw {
            Some(ConnectWithoutSid) => String::new(),
            Some(SocketSidNumber) => "{\"sid\":1}".to_owned(),
            _ => format!("{{\"sid\":\"{sid}\"}}"),
        };
        let mut answer_to = answer(packet, SocketIoType::Connect, payload.into());
        if out.has(ConnectUnanswered) && packet.namespace.is_some() {
            return;
        }
        if out.has(ConnectNamespaceLost) {
            answer_to.namespace = None;
        }
        let greeting =
            if out.has(AuthLost) { "[\"auth\",{}]".to_owned() } else { format!("[\"auth\",{auth}]") };
        let greeting = answer(packet, SocketIoType::Event, greeting.into());
        if out.has(EventsBeforeConnect) {
            write(out, &greeting);
        }
        write(out, &answer_to);
        if out.has(ConnectAnsweredTwice) {
            write(out, &answer_to);
        }
        if !out.has(EventsBeforeConnect) {
            write(out, &greeting);
        }
    }

    fn event(&mut self, packet: &SocketIoPacket, out: &mut MessageOutbound) -> Result<(), Faulty> {
        let Some(array) = array(packet).filter(|array| !array.is_empty()) else {
            return if is_excused(packet, out.flaw) { Ok(()) } else { Err(fault_of(packet)) };
        };
        let is_connected = self.connected.contains_key(packet.about());
        if !is_connected && !out.has(FirstProcessed) {
            return Ok(());
        }
        super::events::handle(packet, array, out)
    }
}

/// Whether an event without a proper payload must end the connection: text that is not JSON has no payload that could be
/// anything (Sending and receiving data).
pub(super) fn fault_of(packet: &SocketIoPacket) -> Faulty {
    let is_json = packet.payload.is_empty() || serde_json::from_slice::<Value>(&packet.payload).is_ok();
    let is_array = serde_json::from_slice::<Vec<Value>>(&packet.payload).is_ok_and(|array| !array.is_empty());
    if is_json && !is_array { Faulty::MustClose } else { Faulty::MayClose }
}

/// Whether a flaw lets an event without a proper payload pass.
pub(super) fn is_excused(packet: &SocketIoPacket, flaw: Option<EngineIoFlaw>) -> bool {
    matches!(
        (flaw, packet.payload.first()),
        (Some(EmptyEventsIgnored), Some(b'['))
            | (Some(ObjectEventsIgnored), Some(b'{'))
            | (Some(TextEventsIgnored), Some(b'"'))
            | (Some(BareEventsIgnored), None)
    )
}

/// The payload as an array, if it is one and its placeholders are those of attachments.
pub(super) fn array(packet: &SocketIoPacket) -> Option<Vec<Value>> {
    let array: Vec<Value> = serde_json::from_slice(&packet.payload).ok()?;
    array.iter().all(|value| fits(value, packet.attachments.len())).then_some(array)
}

fn fits(value: &Value, attachments: usize) -> bool {
    match value {
        Value::Array(all) => all.iter().all(|one| fits(one, attachments)),
        Value::Object(keys) if keys.get("_placeholder") == Some(&Value::Bool(true)) => {
            keys.get("num").and_then(Value::as_u64).is_some_and(|at| (at as usize) < attachments)
        }
        Value::Object(keys) => keys.values().all(|one| fits(one, attachments)),
        _ => true,
    }
}
