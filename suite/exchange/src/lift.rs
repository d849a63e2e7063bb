//! Items of a layer in place of the messages of a WebSocket that they came in.

use std::{mem, ops::Range};

use bytes::Bytes;
use wsspec_referee::{Arrival, Broken, Received, Seen};
use wsspec_wire::{MessageKind, Violation};

/// Replaces each message by what `read` makes of it: arrivals, and the rules that they break. `read` also gets the place of
/// the message in the octets of its frame; `None` for one of several frames, or a compressed one.
pub(crate) fn lifted(
    mut seen: Seen,
    mut read: impl FnMut(MessageKind, &Bytes, Option<Range<usize>>) -> (Vec<Arrival>, Vec<Broken>),
) -> Seen {
    for arrival in mem::take(&mut seen.arrivals) {
        let Arrival::Message(kind, octets) = arrival else {
            seen.arrivals.push(arrival);
            continue;
        };
        let place = match &seen.what {
            Some(Received::Frame(frame)) if frame.payload == octets => {
                Some(frame.header.encoded_len()..frame.encoded_len())
            }
            _ => None,
        };
        let (arrivals, broken) = read(kind, &octets, place);
        seen.arrivals.extend(arrivals);
        seen.broken.extend(broken);
    }
    seen
}

/// Broken rules, each at that place of the frame.
pub(crate) fn at(
    place: Option<Range<usize>>,
    violations: impl IntoIterator<Item = Violation>,
) -> Vec<Broken> {
    let bytes = place.unwrap_or_default();
    violations.into_iter().map(|violation| Broken { violation, bytes: bytes.clone() }).collect()
}
