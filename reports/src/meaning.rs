//! The meaning of a transcript's entry, as a sentence.

use std::time::Duration;

use wsspec_notation::is_octets;
use wsspec_record::{EntryRecord, EventKind, Meaning, Usage};
use wsspec_wire::Role;

use crate::octets::octets;

/// Bytes shown of a frame that breaks a rule: a whole header and the start of its payload.
const SHOWN_BYTES: usize = 16;

/// What an entry meant, in the transcript of a peer in this role; empty if there is nothing to say.
pub(crate) fn sentence(entry: &EntryRecord, peer: Role) -> String {
    match (&entry.meaning, entry.event) {
        (Some(meaning), _) => of(meaning, entry, peer),
        (None, EventKind::Skipped) => "not sent: the peer had ended the connection".into(),
        (None, EventKind::Oversize) => "too large to keep".into(),
        (None, EventKind::Unfinished) => "unfinished".into(),
        (None, EventKind::Timeout) => "time is up".into(),
        (None, EventKind::Measured) => {
            entry.text.parse::<Usage>().map(|usage| usage.in_words()).unwrap_or_default()
        }
        (None, _) => String::new(),
    }
}

fn of(meaning: &Meaning, entry: &EntryRecord, peer: Role) -> String {
    match meaning {
        Meaning::Matched => "matched".into(),
        Meaning::MatchedLate => "matched, late".into(),
        Meaning::Unexpected { .. } => "not expected here".into(),
        Meaning::Broke { requirement, what, .. } => {
            format!("breaks {requirement}: {what}{}", first_bytes(entry, peer))
        }
        Meaning::EchoesOurCode { what, .. } => format!("sends our own code back: {what}"),
        Meaning::HandshakeFailed => "the opening handshake did not come about".into(),
        Meaning::TimedOut { limit_us } => {
            format!("nothing more within {:?}", Duration::from_micros(*limit_us))
        }
    }
}

/// The first bytes of a frame; empty for a head, which is text.
fn first_bytes(entry: &EntryRecord, peer: Role) -> String {
    let Some(octets) = octets(&entry.text, peer).filter(|_| !is_octets(&entry.text)) else {
        return String::new();
    };
    let shown: Vec<String> =
        octets.bytes.iter().take(SHOWN_BYTES).map(|byte| format!("{byte:02x}")).collect();
    let more = if octets.bytes.len() > SHOWN_BYTES { " ..." } else { "" };
    format!(" [{}{more}]", shown.join(" "))
}
