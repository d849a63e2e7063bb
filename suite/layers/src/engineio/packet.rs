//! One packet as it is in a WebSocket message, right or wrong (Engine.IO v4, Packet encoding, WebSocket).

use bytes::Bytes;
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
    /// Whether its payload is binary: the message then has no type in front, and is one of type message.
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
