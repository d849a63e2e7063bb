//! What an item of a layer becomes.

use bytes::Bytes;
use wsspec_wire::MessageKind;

/// Messages to send, and whether they may be shown.
pub(crate) struct Composed {
    pub messages: Vec<(MessageKind, Bytes)>,
    pub is_secret: bool,
}

/// Octets are sent as text if they can be.
pub(crate) fn kind(octets: &[u8]) -> MessageKind {
    if str::from_utf8(octets).is_ok() { MessageKind::Text } else { MessageKind::Binary }
}
