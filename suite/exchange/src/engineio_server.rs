//! Our end of a session of Engine.IO or Socket.IO in which we are the server: what its packets have by default, and which
//! connections to namespaces are accepted without a line.

use std::collections::BTreeSet;

use bytes::Bytes;
use wsspec_layers::{
    engineio::{EngineIoPacket, EngineIoType},
    json_members,
    socketio::{SocketIoPacket, SocketIoType},
};
use wsspec_notation::{FieldEdit, ItemSpec, Script};
use wsspec_wire::{Layer, LayerItem};

use crate::learnt::LearntValues;

/// The keys of an open packet, as JSON: times that no trial is long enough for (Engine.IO v4, Handshake).
const OPEN: [(&str, &str); 5] = [
    ("sid", "\"wsspec-engine\""),
    ("upgrades", "[]"),
    ("pingInterval", "25000"),
    ("pingTimeout", "20000"),
    ("maxPayload", "1000000"),
];

/// What the server remembers besides its session.
#[derive(Debug)]
pub(crate) struct ServerEnd {
    /// The namespaces whose CONNECT lines wait for, and answer.
    awaited: BTreeSet<String>,
    /// Those that are still to be connected before the first line.
    needed: BTreeSet<String>,
    /// How many connections to namespaces it has accepted.
    accepted: u32,
    /// The pongs that are due.
    pongs: u32,
    /// Each CONNECT of the client that is for a line, while others still have to come before the first one.
    held: Vec<LayerItem>,
}

/// The most that are held.
const MOST_HELD: usize = 64;

impl ServerEnd {
    /// For a trial with this script.
    pub(crate) fn new(script: &Script) -> Self {
        Self {
            awaited: script.awaited_namespaces(),
            // Before a line sends the open packet, nothing can be connected.
            needed: if script.sends_open() { BTreeSet::new() } else { script.needed_namespaces() },
            accepted: 0,
            pongs: 0,
            held: Vec::new(),
        }
    }

    /// The payload that a packet of ours has if the script gives none.
    pub(crate) fn payload(&mut self, spec: &ItemSpec, learnt: &LearntValues) -> Bytes {
        match spec.layer {
            Layer::EngineIo if spec.is("open") => open(spec, learnt).into(),
            Layer::SocketIo if spec.is("CONNECT") => self.session_id(),
            Layer::SocketIo if spec.is("CONNECT_ERROR") => Bytes::from_static(b"{\"message\":\"wsspec\"}"),
            _ => Bytes::new(),
        }
    }

    /// The script has sent this packet.
    pub(crate) fn sent(&mut self, packet: &EngineIoPacket) {
        self.pongs += u32::from(packet.packet_type == Some(EngineIoType::Ping));
    }

    /// What lines of the script get for a packet of the client: nothing, the packet, or others that were held. No document
    /// forbids pongs that answer nothing.
    pub(crate) fn heard(&mut self, item: LayerItem) -> Vec<LayerItem> {
        match (item.layer, &item.word[..]) {
            (Layer::EngineIo, b"pong") => {
                let is_due = self.pongs > 0;
                self.pongs = self.pongs.saturating_sub(1);
                if is_due { vec![item] } else { Vec::new() }
            }
            (Layer::SocketIo, b"CONNECT") => self.connects(item),
            _ => vec![item],
        }
    }

    /// A client connects to its namespaces in any order.
    fn connects(&mut self, item: LayerItem) -> Vec<LayerItem> {
        let namespace = namespace(&item);
        if self.awaited.contains(&namespace) {
            if self.needed.is_empty() {
                return vec![item];
            }
            if self.held.len() < MOST_HELD {
                self.held.push(item);
            }
            return Vec::new();
        }
        if !self.needed.remove(&namespace) {
            return Vec::new();
        }
        let held = if self.needed.is_empty() { std::mem::take(&mut self.held) } else { Vec::new() };
        [item].into_iter().chain(held).collect()
    }

    /// The answer to a packet of the client that no line sends.
    pub(crate) fn answer(&mut self, item: &LayerItem) -> Option<Bytes> {
        let connects = item.layer == Layer::SocketIo && item.word == "CONNECT";
        let namespace = connects.then(|| namespace(item)).filter(|name| !self.awaited.contains(name))?;
        let mut packet = SocketIoPacket::new(SocketIoType::Connect, self.session_id());
        packet.namespace = (namespace != "/").then(|| namespace.into());
        Some(EngineIoPacket::new(EngineIoType::Message, packet.encode()).encode().1.into())
    }

    /// The payload of a CONNECT, with an id that is not that of Engine.IO.
    fn session_id(&mut self) -> Bytes {
        self.accepted += 1;
        format!("{{\"sid\":\"wsspec-socket-{}\"}}", self.accepted).into()
    }
}

fn namespace(item: &LayerItem) -> String {
    let name = item.get(b"namespace").map(|name| String::from_utf8_lossy(name).into_owned());
    name.unwrap_or_default()
}

/// The payload of an open packet: a value that is not JSON is a string.
fn open(spec: &ItemSpec, learnt: &LearntValues) -> String {
    let mut keys: Vec<(String, String)> =
        OPEN.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    for edit in &spec.fields {
        let FieldEdit::Set(key, value) = edit else { continue };
        let value = String::from_utf8_lossy(&learnt.value(value)).into_owned();
        let is_json = !json_members(format!("{{\"a\":{value}}}").as_bytes()).is_empty();
        let value = if is_json { value } else { format!("\"{value}\"") };
        match keys.iter_mut().find(|(own, _)| own == key) {
            Some(own) => own.1 = value,
            None => keys.push((key.clone(), value)),
        }
    }
    let keys = keys.into_iter().map(|(key, value)| format!("\"{key}\":{value}"));
    format!("{{{}}}", keys.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_packet_has_each_key_unless_the_script_says_otherwise() {
        let script: Script =
            "> engineio open\n>   pingInterval: 300\n>   sid: abc\n>   x: [1]\n".parse().unwrap();
        let spec = script.sent_items().next().unwrap();
        assert_eq!(
            open(spec, &LearntValues::default()),
            "{\"sid\":\"abc\",\"upgrades\":[],\"pingInterval\":300,\"pingTimeout\":20000,\"maxPayload\":1000000,\"x\":[1]}"
        );
    }

    #[test]
    fn a_connection_to_a_namespace_is_accepted_unless_a_line_does() {
        let script = "< socketio CONNECT\n<   namespace: /custom\n> socketio EVENT\n>   body \"[1]\"\n";
        let mut end = ServerEnd::new(&script.parse().unwrap());
        let connect = |namespace: &'static str| {
            let mut packet = SocketIoPacket::new(SocketIoType::Connect, Bytes::new());
            packet.namespace = (namespace != "/").then(|| namespace.into());
            packet.item()
        };
        assert_eq!(end.answer(&connect("/custom")), None);
        assert_eq!(end.answer(&connect("/other")).unwrap(), "40/other,{\"sid\":\"wsspec-socket-1\"}");
        assert_eq!(end.answer(&connect("/")).unwrap(), "40{\"sid\":\"wsspec-socket-2\"}");
        let opens = "> engineio open\n> socketio EVENT\n>   body \"[1]\"\n".parse().unwrap();
        assert_eq!(ServerEnd::new(&opens).heard(connect("/")), []);
        let heard = ["/custom", "/", "/", "/custom", "/other"].map(|name| {
            let heard = end.heard(connect(name));
            heard.iter().map(|item| item.get(b"namespace").unwrap().clone()).collect::<Vec<_>>()
        });
        assert_eq!(heard, [vec![], vec!["/", "/custom"], vec![], vec!["/custom"], vec![]]);
    }
}
