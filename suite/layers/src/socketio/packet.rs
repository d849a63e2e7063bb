//! One packet as it is on the wire, right or wrong (Socket.IO v5, Packet encoding).

use bytes::Bytes;
use serde_json::Value;
use wsspec_wire::{Layer, LayerItem};

use crate::json;

/// The name of the main namespace, which is left out on the wire.
pub(super) const MAIN: &[u8] = b"/";

/// The type of a packet (Exchange protocol).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SocketIoType {
    /// A connection to a namespace.
    Connect,
    /// Its end.
    Disconnect,
    /// Data.
    Event,
    /// The acknowledgement of an event.
    Ack,
    /// A connection to a namespace that is refused.
    ConnectError,
    /// Data with attachments.
    BinaryEvent,
    /// An acknowledgement with attachments.
    BinaryAck,
}

/// A packet: what its text has, and the attachments that followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketIoPacket {
    /// Its type; `None` if the text does not begin with one.
    pub packet_type: Option<SocketIoType>,
    /// How many attachments it announces, as written; only binary types announce any.
    pub announced: Option<Bytes>,
    /// Its namespace as it is written; `None` if it is left out.
    pub namespace: Option<Bytes>,
    /// The id of the event, as written.
    pub id: Option<Bytes>,
    /// Its payload, a JSON text; empty if it has none. All of the text, if that has no type.
    pub payload: Bytes,
    /// Its attachments.
    pub attachments: Vec<Bytes>,
}

impl SocketIoType {
    /// Every type, in the order of their ids.
    pub const ALL: [Self; 7] = [
        Self::Connect,
        Self::Disconnect,
        Self::Event,
        Self::Ack,
        Self::ConnectError,
        Self::BinaryEvent,
        Self::BinaryAck,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::Disconnect => "DISCONNECT",
            Self::Event => "EVENT",
            Self::Ack => "ACK",
            Self::ConnectError => "CONNECT_ERROR",
            Self::BinaryEvent => "BINARY_EVENT",
            Self::BinaryAck => "BINARY_ACK",
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

    /// Whether it announces attachments.
    #[must_use]
    pub const fn is_binary(self) -> bool {
        matches!(self, Self::BinaryEvent | Self::BinaryAck)
    }

    fn of(digit: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.digit() == digit)
    }
}

impl SocketIoPacket {
    /// A packet of the main namespace with a payload and nothing else.
    #[must_use]
    pub fn new(packet_type: SocketIoType, payload: impl Into<Bytes>) -> Self {
        Self {
            packet_type: Some(packet_type),
            announced: None,
            namespace: None,
            id: None,
            payload: payload.into(),
            attachments: Vec::new(),
        }
    }

    /// The packet in a text. Never refuses. Its attachments are still to come.
    #[must_use]
    pub fn decode(text: &Bytes) -> Self {
        let Some(packet_type) = text.first().and_then(|digit| SocketIoType::of(*digit)) else {
            return Self { packet_type: None, ..Self::new(SocketIoType::Event, text.clone()) };
        };
        let mut rest = text.slice(1..);
        let mut packet = Self::new(packet_type, Bytes::new());
        if packet_type.is_binary() {
            let digits = digits(&rest);
            if rest.get(digits) == Some(&b'-') {
                packet.announced = Some(rest.split_to(digits));
                rest = rest.slice(1..);
            }
        }
        if rest.first() == Some(&b'/') {
            let end = rest.iter().position(|byte| *byte == b',').unwrap_or(rest.len());
            packet.namespace = Some(rest.split_to(end));
            rest = rest.slice(rest.len().min(1)..);
        }
        let digits = digits(&rest);
        packet.id = (digits > 0).then(|| rest.split_to(digits));
        packet.payload = rest;
        packet
    }

    /// Its text, without the attachments that follow it.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out: Vec<u8> = self.packet_type.map(SocketIoType::digit).into_iter().collect();
        if let Some(count) = &self.announced {
            out.extend_from_slice(count);
            out.push(b'-');
        }
        if let Some(namespace) = &self.namespace {
            out.extend_from_slice(namespace);
            out.push(b',');
        }
        out.extend(self.id.iter().flatten());
        out.extend_from_slice(&self.payload);
        out
    }

    /// The namespace that it is about.
    #[must_use]
    pub fn about(&self) -> &[u8] {
        self.namespace.as_deref().unwrap_or(MAIN)
    }

    /// The same without a query, which may select something in the namespace and is not part of its name.
    #[must_use]
    pub fn namespace_key(&self) -> Vec<u8> {
        self.about().split(|byte| *byte == b'?').next().unwrap_or_default().to_vec()
    }

    /// How many attachments it announces; `None` if that is not a number of a reasonable size.
    #[must_use]
    pub fn count(&self) -> Option<usize> {
        str::from_utf8(self.announced.as_deref()?).ok()?.parse().ok()
    }

    /// The same packet with its attachments in the order of their places in the payload, and numbered so: which number one
    /// has is the sender's choice.
    fn in_order(&self) -> Option<Self> {
        let mut payload =
            serde_json::from_slice(&self.payload).ok().filter(|_| self.attachments.len() > 1)?;
        let mut attachments = Vec::new();
        renumber(&mut payload, &self.attachments, &mut attachments)?;
        let sorted = |octets: &[Bytes]| {
            let mut octets = octets.to_vec();
            octets.sort();
            octets
        };
        // Each has one place.
        (sorted(&attachments) == sorted(&self.attachments)).then(|| Self {
            payload: payload.to_string().into(),
            attachments,
            ..self.clone()
        })
    }

    /// The packet as an item, its attachments in the order of their places. What of its payload is a name or an id is a
    /// field, too.
    #[must_use]
    pub fn item(&self) -> LayerItem {
        self.in_order().as_ref().unwrap_or(self).as_item()
    }

    fn as_item(&self) -> LayerItem {
        let word = self.packet_type.map_or("unknown", SocketIoType::name);
        let mut fields = vec![(Bytes::from_static(b"namespace"), Bytes::copy_from_slice(self.about()))];
        let given = [(&b"attachments"[..], &self.announced), (b"id", &self.id)];
        fields.extend(given.into_iter().filter_map(|(name, value)| Some((name.into(), value.clone()?))));
        fields.extend(self.named().map(|(name, value)| (Bytes::from_static(name.as_bytes()), value)));
        let attachments = self.attachments.iter().enumerate();
        fields.extend(attachments.map(|(at, octets)| (format!("attachment-{at}").into(), octets.clone())));
        LayerItem {
            layer: Layer::SocketIo,
            word: Bytes::from_static(word.as_bytes()),
            fields,
            body: self.payload.clone(),
            connection: None,
        }
    }

    /// The id of a connection, the message of a refusal, or the name of an event.
    fn named(&self) -> Option<(&'static str, Bytes)> {
        let of_object = |key: &'static str| match json::object(&self.payload)?.remove(key)? {
            Value::String(text) => Some((key, text.into())),
            _ => None,
        };
        match self.packet_type? {
            SocketIoType::Connect => of_object("sid"),
            SocketIoType::ConnectError => of_object("message"),
            SocketIoType::Event | SocketIoType::BinaryEvent => {
                match serde_json::from_slice::<Vec<Value>>(&self.payload).ok()?.into_iter().next()? {
                    Value::String(name) => Some(("event", name.into())),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Numbers placeholders as they come, and collects their attachments; nesting is bounded by the parser.
fn renumber(value: &mut Value, given: &[Bytes], found: &mut Vec<Bytes>) -> Option<()> {
    match value {
        Value::Array(all) => all.iter_mut().try_for_each(|one| renumber(one, given, found)),
        Value::Object(keys) if keys.get("_placeholder") == Some(&Value::Bool(true)) => {
            let number = usize::try_from(keys.get("num")?.as_u64()?).ok()?;
            keys.insert("num".to_owned(), found.len().into());
            found.push(given.get(number)?.clone());
            Some(())
        }
        Value::Object(keys) => keys.values_mut().try_for_each(|one| renumber(one, given, found)),
        _ => Some(()),
    }
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}
