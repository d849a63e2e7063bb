//! What a packet of a server or a client must be like.

use serde_json::{Map, Value};
use wsspec_wire::Role;

use super::{
    packet::{EngineIoPacket, EngineIoType},
    session::EngineIoSession,
    violation::{EngineIoViolation, OpenKey},
};
use crate::json::{self, JsonShape};

impl EngineIoSession {
    /// The rules that a packet of the watched end breaks.
    pub(super) fn broken(&self, packet: &EngineIoPacket) -> Vec<EngineIoViolation> {
        match self.watched {
            Role::Server => self.of_server(packet),
            Role::Client => self.of_client(packet),
        }
    }

    fn of_client(&self, packet: &EngineIoPacket) -> Vec<EngineIoViolation> {
        let mut out = Vec::new();
        if !self.is_open {
            out.push(EngineIoViolation::SpeaksEarly(packet.item().word.to_vec()));
        }
        match packet.packet_type {
            None => out.push(EngineIoViolation::TypeUnknown(packet.data.to_vec())),
            // It tests a transport to which the session is upgraded (Upgrade).
            Some(EngineIoType::Ping) if !self.is_resumed => out.push(EngineIoViolation::PingOfClient),
            Some(_) => {}
        }
        out
    }

    fn of_server(&self, packet: &EngineIoPacket) -> Vec<EngineIoViolation> {
        let mut out = Vec::new();
        let is_open = packet.packet_type == Some(EngineIoType::Open) && !packet.is_binary;
        if !self.is_open && !is_open {
            out.push(EngineIoViolation::BeforeOpen(packet.item().word.to_vec()));
        }
        match packet.packet_type {
            None if packet.is_binary => out.push(EngineIoViolation::Base64Broken(packet.data.to_vec())),
            None => out.push(EngineIoViolation::TypeUnknown(packet.data.to_vec())),
            Some(EngineIoType::Open) if self.is_open => out.push(EngineIoViolation::OpenAgain),
            Some(EngineIoType::Open) => of_open(&packet.data, &mut out),
            Some(_) => {}
        }
        out
    }
}

/// The payload of the open packet (Handshake).
fn of_open(data: &[u8], out: &mut Vec<EngineIoViolation>) {
    if !json::is_json(data) || json::shape(data) != JsonShape::Object {
        out.push(EngineIoViolation::OpenNotObject(data.to_vec()));
        return;
    }
    // What cannot be represented is not judged.
    let Some(keys) = json::object(data) else { return };
    out.extend(OpenKey::ALL.into_iter().filter_map(|key| of_key(&keys, key)));
}

fn of_key(keys: &Map<String, Value>, key: OpenKey) -> Option<EngineIoViolation> {
    let is_right = |value: &Value| match key {
        OpenKey::Sid => value.is_string(),
        OpenKey::Upgrades => value.as_array().is_some_and(|all| all.iter().all(Value::is_string)),
        OpenKey::PingInterval | OpenKey::PingTimeout | OpenKey::MaxPayload => value.is_number(),
    };
    match keys.get(key.name()) {
        None => Some(EngineIoViolation::OpenKeyMissing(key)),
        Some(value) if is_right(value) => None,
        Some(value) => Some(EngineIoViolation::OpenKeyWrong(key, value.to_string())),
    }
}
