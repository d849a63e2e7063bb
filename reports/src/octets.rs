//! The bytes of what went over the wire, from the notation of a record.

use wsspec_notation::{Octets, octets_of};
use wsspec_record::EventKind;
use wsspec_wire::Role;

/// Texts longer than this are not turned into bytes again.
const MOST_TEXT: usize = 64 * 1024;

/// The bytes that `text` stands for; `None` for what has none of its own, is several frames, or is too long.
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
