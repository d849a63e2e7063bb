//! One packet as it is in a WebSocket message, or in a body of long-polling, right or wrong (Engine.IO v4, Packet encoding).

use std::sync::OnceLock;

use bytes::Bytes;
use data_encoding::{BASE64, BASE64_NOPAD, Encoding};
use wsspec_wire::{Layer, LayerItem, MessageKind};

use crate::json;

/// The type of a packet (Protocol).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EngineIoType {
    /// The server's first packet, with the parameters of the session.
    Open,
    /// The transport can be closed.
    Close,
    /// The server asks whether the client is alive; with `probe`, the client tests a transport.
    Ping,
    /// The answer.
    Pong,
    /// A payload for the other side.
    Message,
    /// The end of an upgrade, by the client.
    Upgrade,
    /// Nothing: it ends a pending request.
    Noop,
}

/// A packet: its type and its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineIoPacket {
    /// Its type; `None` if the message does not begin with one.
    pub packet_type: Option<EngineIoType>,
    /// Whether its payload is binary: it then has no type in front, and is one of type message. Without a type: it begins with
    /// the b of binary data, and what follows is not base64.
    pub is_binary: bool,
    /// Its payload; the whole message, if that has no type.
    pub data: Bytes,
}

impl EngineIoType {
    /// Every type, in the order of their ids.
    pub const ALL: [Self; 7] =
        [Self::Open, Self::Close, Self::Ping, Self::Pong, Self::Message, Self::Upgrade, Self::Noop];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Close => "close",
            Self::Ping => "ping",
            Self::Pong => "pong",
            Self::Message => "message",
            Self::Upgrade => "upgrade",
            Self::Noop => "noop",
        }
    }

    /// From its name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// Its id on the wire, a digit.
    #[must_use]
    pub const fn digit(self) -> u8 {
        b'0' + self as u8
    }

    fn of(digit: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.digit() == digit)
    }
}

/// The most characters of padding (RFC 4648, 4).
const MOST_PADDING: usize = 2;

/// Base64 whose last bits, which mean nothing, may be anything (RFC 4648, 3.5).
fn forgiving() -> &'static Encoding {
    static FORGIVING: OnceLock<Encoding> = OnceLock::new();
    FORGIVING.get_or_init(|| {
        let mut specification = BASE64_NOPAD.specification();
        specification.check_trailing_bits = false;
        specification.encoding().unwrap_or(BASE64_NOPAD)
    })
}

impl EngineIoPacket {
    /// A packet with text.
    #[must_use]
    pub fn new(packet_type: EngineIoType, data: impl Into<Bytes>) -> Self {
        Self { packet_type: Some(packet_type), is_binary: false, data: data.into() }
    }

    /// A packet of type message with binary data.
    #[must_use]
    pub fn binary(data: impl Into<Bytes>) -> Self {
        Self { packet_type: Some(EngineIoType::Message), is_binary: true, data: data.into() }
    }

    /// The packet in a message. Never refuses.
    #[must_use]
    pub fn decode(kind: MessageKind, message: &Bytes) -> Self {
        if kind == MessageKind::Binary {
            return Self::binary(message.clone());
        }
        match message.first().and_then(|digit| EngineIoType::of(*digit)) {
            Some(packet_type) => Self::new(packet_type, message.slice(1..)),
            None => Self { packet_type: None, is_binary: false, data: message.clone() },
        }
    }

    /// The message that it is sent in.
    #[must_use]
    pub fn encode(&self) -> (MessageKind, Vec<u8>) {
        if self.is_binary {
            return (MessageKind::Binary, self.data.to_vec());
        }
        let digit = self.packet_type.map(EngineIoType::digit);
        (MessageKind::Text, digit.into_iter().chain(self.data.iter().copied()).collect())
    }

    /// The packet in a part of a body of long-polling, between two separators. Never refuses. Padding is not needed.
    #[must_use]
    pub fn decode_polled(part: &Bytes) -> Self {
        let Some(text) = part.strip_prefix(b"b") else { return Self::decode(MessageKind::Text, part) };
        let digits = text.len() - text.iter().rev().take_while(|byte| **byte == b'=').count();
        match forgiving().decode(&text[..digits]) {
            Ok(data) if text.len() - digits <= MOST_PADDING => Self::binary(data),
            _ => Self { packet_type: None, is_binary: true, data: part.clone() },
        }
    }

    /// The part of a body that it is sent in.
    #[must_use]
    pub fn encode_polled(&self) -> Vec<u8> {
        match (self.is_binary, self.packet_type) {
            (true, Some(_)) => format!("b{}", BASE64.encode(&self.data)).into_bytes(),
            _ => self.encode().1,
        }
    }

    /// The transports that an open packet says its session can be upgraded to; none of any other packet.
    #[must_use]
    pub fn upgrades(&self) -> Vec<String> {
        let keys = match self.packet_type {
            Some(EngineIoType::Open) => json::object(&self.data).unwrap_or_default(),
            _ => serde_json::Map::new(),
        };
        let all = keys.get("upgrades").and_then(serde_json::Value::as_array).into_iter().flatten();
        all.filter_map(serde_json::Value::as_str).map(str::to_owned).collect()
    }

    /// The packet as an item: the keys of the payload of `open` are its fields, strings without their quotes.
    #[must_use]
    pub fn item(&self) -> LayerItem {
        let word = match self.packet_type {
            Some(_) if self.is_binary => "binary",
            Some(packet_type) => packet_type.name(),
            None => "unknown",
        };
        let fields = match self.packet_type {
            Some(EngineIoType::Open) => json::object(&self.data).unwrap_or_default(),
            _ => serde_json::Map::new(),
        };
        let fields = fields.into_iter().map(|(key, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (key.into(), text.into())
        });
        LayerItem {
            layer: Layer::EngineIo,
            word: Bytes::from_static(word.as_bytes()),
            fields: fields.collect(),
            body: self.data.clone(),
            connection: None,
        }
    }
}
