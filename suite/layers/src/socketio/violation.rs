//! The ways in which a server or a client breaks a rule of Socket.IO. Each owns its requirement.

use std::fmt::{self, Display, Formatter};

use wsspec_wire::{Escaped, LayerViolation, Violation};

/// One broken rule, of level MUST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketIoViolation {
    /// The text does not begin with the id of a type (Exchange protocol).
    TypeUnknown(Vec<u8>),
    /// The payload is not JSON (Packet encoding).
    PayloadNotJson(Vec<u8>),
    /// The main namespace is written out (Packet encoding).
    NamespaceWritten(Vec<u8>),
    /// The payload of an event is not an array with something in it (Sending and receiving data).
    EventPayload(Vec<u8>),
    /// The payload of an acknowledgement is not an array (Acknowledgement).
    AckPayload(Vec<u8>),
    /// A CONNECT has no id of the session (Connection to a namespace).
    SidMissing(Vec<u8>),
    /// The id is that of the session of Engine.IO (Difference between v5 and v4).
    SidShared,
    /// The payload of a CONNECT_ERROR is not an object (Difference between v5 and v4).
    ErrorPayload(Vec<u8>),
    /// A CONNECT or CONNECT_ERROR that answers none (Connection to a namespace).
    ConnectUnasked(Vec<u8>),
    /// The first packet of a client is not CONNECT (Connection to a namespace).
    FirstNotConnect(Vec<u8>),
    /// An event in a namespace that is not connected (Sending and receiving data).
    EventUnconnected(Vec<u8>),
    /// An acknowledgement of an event that asks for none, or has had one (Acknowledgement).
    AckUnasked(Vec<u8>),
    /// A binary type without a number of attachments (Packet encoding).
    CountMissing(Vec<u8>),
    /// Another packet comes before all of the attachments (Packet encoding).
    AttachmentsMissing(Vec<u8>),
    /// Binary data of so many octets, which no packet announces (Packet encoding).
    AttachmentUnannounced(usize),
    /// A placeholder is that of no attachment (Packet encoding).
    PlaceholderWrong(Vec<u8>),
}

impl SocketIoViolation {
    /// The broken rule as a value for verdicts.
    #[must_use]
    pub fn violation(&self) -> Violation {
        LayerViolation::everywhere(self.rule(), self)
    }

    /// The name of its kind, stable.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.rule().0
    }

    fn rule(&self) -> (&'static str, &'static str) {
        match self {
            Self::TypeUnknown(_) => ("socketio-type-unknown", "socketio#5.exchange:1"),
            Self::PayloadNotJson(_) => ("socketio-payload-not-json", "socketio#5.encoding:2"),
            Self::NamespaceWritten(_) => ("socketio-namespace-written", "socketio#5.encoding:3"),
            Self::EventPayload(_) => ("socketio-event-payload", "socketio#5.data:2"),
            Self::AckPayload(_) => ("socketio-ack-payload", "socketio#5.ack:3"),
            Self::SidMissing(_) => ("socketio-sid-missing", "socketio#5.connection:2"),
            Self::SidShared => ("socketio-sid-shared", "socketio#5.history:1"),
            Self::ErrorPayload(_) => ("socketio-error-payload", "socketio#5.history:2"),
            Self::ConnectUnasked(_) => ("socketio-connect-unasked", "socketio#5.connection:4"),
            Self::FirstNotConnect(_) => ("socketio-first-not-connect", "socketio#5.connection:1"),
            Self::EventUnconnected(_) => ("socketio-event-unconnected", "socketio#5.data:4"),
            Self::AckUnasked(_) => ("socketio-ack-unasked", "socketio#5.ack:4"),
            Self::CountMissing(_) => ("socketio-count-missing", "socketio#5.encoding:4"),
            Self::AttachmentsMissing(_) => ("socketio-attachments-missing", "socketio#5.encoding:5"),
            Self::AttachmentUnannounced(_) => ("socketio-attachment-unannounced", "socketio#5.encoding:5"),
            Self::PlaceholderWrong(_) => ("socketio-placeholder-wrong", "socketio#5.encoding:6"),
        }
    }
}

impl Display for SocketIoViolation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::TypeUnknown(text) => {
                write!(f, "the packet {} does not begin with a type from 0 to 6", Escaped(text))
            }
            Self::PayloadNotJson(payload) => write!(f, "the payload {} is not JSON", Escaped(payload)),
            Self::NamespaceWritten(text) => {
                write!(f, "the packet {} writes out the main namespace", Escaped(text))
            }
            Self::EventPayload(payload) => {
                write!(
                    f,
                    "the payload of an event, {}, is not an array with something in it",
                    Escaped(payload)
                )
            }
            Self::AckPayload(payload) => {
                write!(f, "the payload of an acknowledgement, {}, is not an array", Escaped(payload))
            }
            Self::SidMissing(payload) => {
                write!(f, "the payload of a CONNECT, {}, has no session id", Escaped(payload))
            }
            Self::SidShared => f.write_str("the session id is that of the Engine.IO session"),
            Self::ErrorPayload(payload) => {
                write!(f, "the payload of a CONNECT_ERROR, {}, is not an object", Escaped(payload))
            }
            Self::ConnectUnasked(namespace) => {
                write!(f, "an answer for the namespace {} answers no CONNECT", Escaped(namespace))
            }
            Self::FirstNotConnect(text) => {
                write!(f, "the client's first packet, {}, is not CONNECT", Escaped(text))
            }
            Self::EventUnconnected(namespace) => {
                write!(f, "an event is in the namespace {}, which is not connected", Escaped(namespace))
            }
            Self::AckUnasked(id) => {
                write!(f, "an acknowledgement has the id {}, which no event waits for", Escaped(id))
            }
            Self::CountMissing(text) => {
                write!(f, "the packet {} does not say how many attachments follow", Escaped(text))
            }
            Self::AttachmentsMissing(text) => {
                write!(f, "another packet comes before all attachments of {}", Escaped(text))
            }
            Self::AttachmentUnannounced(size) => {
                write!(f, "binary data of {size} octets belongs to no packet")
            }
            Self::PlaceholderWrong(payload) => {
                write!(f, "a placeholder in {} is that of no attachment", Escaped(payload))
            }
        }
    }
}
