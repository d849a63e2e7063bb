//! The bytes on the wire, from the notation of a record.

use wsspec_notation::{Octets, octets_of};
use wsspec_record::EventKind;
use wsspec_wire::Role;

/// Longer texts are not converted to bytes, in characters.
const MOST_TEXT: usize = 64 * 1024;

/// The bytes that `text` stands for; `None` if it stands for none or for several frames, or is too long.
pub(crate) fn octets(text: &str, sender: Role) -> Option<Octets> {
    if text.is_empty() || text.len() > MOST_TEXT {
        return None;
    }
    octets_of(text, sender)
}

/// Who sent an entry.
pub(crate) fn sender(event: EventKind, peer: Role) -> Role {
    match event {
        EventKind::Sent | EventKind::Skipped => peer.peer(),
        _ => peer,
    }
}
