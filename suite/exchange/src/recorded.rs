//! Entries of a transcript as a record has them: whole, or without what makes records large, the kilobytes of payload of
//! a trial that passed.

use bytes::Bytes;
use wsspec_notation::{FrameSpec, Payload, Sending, frame_text, octets_text, parse_sending};
use wsspec_record::{EntryRecord, EventKind};
use wsspec_referee::Received;
use wsspec_wire::{Frame, Role};

use crate::transcript::{Entry, Event};

/// Payloads longer than this, in bytes and in characters of the notation, are cut.
const LONG: usize = 512;
/// Octets that are not a frame (a head, say) are cut if there are more of them than this.
const LONG_HEAD: usize = 4096;
/// What is kept, in bytes or characters.
const KEPT: usize = 32;

/// The record of an entry, with all of its payload.
pub(crate) fn entry_record(entry: &Entry, peer: Role) -> EntryRecord {
    let (event, text) = written(entry, peer);
    record_of(entry, event, text)
}

/// The record of an entry, with only the start of a long payload. A frame that was received is then one of which not all
/// was kept, so that nobody takes it for whole.
pub(crate) fn short_entry(entry: &Entry, peer: Role) -> EntryRecord {
    let (event, text) = start(entry, peer).unwrap_or_else(|| written(entry, peer));
    record_of(entry, event, text)
}

fn record_of(entry: &Entry, event: EventKind, text: String) -> EntryRecord {
    EntryRecord {
        at_us: entry.at.micros(),
        line: entry.line,
        connection: entry.connection.clone(),
        event,
        text,
        meaning: entry.meaning.clone(),
    }
}

fn written(entry: &Entry, peer: Role) -> (EventKind, String) {
    match &entry.event {
        Event::Sent(text) => (EventKind::Sent, text.clone()),
        Event::Skipped(text) => (EventKind::Skipped, text.clone()),
        Event::Received(received @ Received::Oversize(_)) => {
            (EventKind::Oversize, received_text(received, peer))
        }
        Event::Received(received @ Received::Unfinished(_)) => {
            (EventKind::Unfinished, received_text(received, peer))
        }
        Event::Received(received) => (EventKind::Received, received_text(received, peer)),
        Event::Eof => (EventKind::Eof, String::new()),
        Event::Reset => (EventKind::Reset, String::new()),
        Event::Measured(usage) => (EventKind::Measured, usage.to_string()),
        Event::Timeout => (EventKind::Timeout, String::new()),
    }
}

/// The start of an entry; `None` if it is short.
fn start(entry: &Entry, peer: Role) -> Option<(EventKind, String)> {
    match &entry.event {
        Event::Sent(text) if text.len() > LONG => Some((EventKind::Sent, start_of(text))),
        Event::Skipped(text) if text.len() > LONG => Some((EventKind::Skipped, start_of(text))),
        Event::Received(received) => Some((EventKind::Oversize, start_of_received(received, peer)?)),
        _ => None,
    }
}

/// What `sender` sent, in the notation.
pub fn received_text(received: &Received, sender: Role) -> String {
    match received {
        Received::Head(bytes) | Received::Raw(bytes) | Received::Unfinished(bytes) => octets_text(bytes),
        Received::Frame(frame) => frame_text(frame, sender),
        Received::Http2(text) => text.clone(),
        Received::Oversize(header) => frame_text(&Frame { header: *header, payload: Bytes::new() }, sender),
    }
}

/// The start of what was received and the whole length; `None` if it is short.
fn start_of_received(received: &Received, peer: Role) -> Option<String> {
    match received {
        Received::Frame(frame) if frame.payload.len() > LONG && is_long_in_notation(frame, peer) => {
            Some(frame_text(&Frame { header: frame.header, payload: frame.payload.slice(..KEPT) }, peer))
        }
        Received::Head(bytes) | Received::Raw(bytes) | Received::Unfinished(bytes)
            if bytes.len() > LONG_HEAD =>
        {
            Some(start_of_octets(bytes))
        }
        _ => None,
    }
}

/// Whether a frame with a long payload is long in the notation, too. Only what repeats can be shorter there than it is; all
/// else is not written to find out, as it may be megabytes.
fn is_long_in_notation(frame: &Frame, peer: Role) -> bool {
    Payload::of(&frame.payload).times() == 1 || frame_text(frame, peer).len() > LONG
}

fn start_of_octets(bytes: &Bytes) -> String {
    format!("{}... ({} bytes)", octets_text(&bytes.slice(..KEPT)), bytes.len())
}

/// A frame that was sent, with the start of its payload and its whole length; of anything else the start.
fn start_of(text: &str) -> String {
    let cut = || {
        let start: String = text.chars().take(KEPT).collect();
        format!("{start}... ({} characters)", text.chars().count())
    };
    let Ok(Sending::Frame(frame)) = parse_sending(text) else { return cut() };
    let FrameSpec { kind, payload, mut attributes } = frame;
    let all = payload.bytes();
    if all.len() <= KEPT {
        return cut();
    }
    attributes.length.get_or_insert(all.len() as u64);
    let payload = Payload::of(&all.slice(..KEPT));
    Sending::Frame(FrameSpec { kind, payload, attributes }).to_string()
}
