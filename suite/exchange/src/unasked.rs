//! Tells messages that a peer sends unprompted from its answers.

use wsspec_catalogue::Trial;
use wsspec_notation::{Expectation, Expected};
use wsspec_referee::Arrival;
use wsspec_wire::MessageKind;

use crate::{
    sent::{payloads, payloads_before},
    setup::Setup,
    waiting::{Wait, Waiting},
};

/// The longest text that is taken for an explanation, in bytes.
const LONG: usize = 1024;

/// Fewer bytes than this have something in common with what was sent only if they are the whole payload of a frame.
const FEW: usize = 4;

/// As many bytes are the same by chance hardly ever.
const RUN: usize = 5;

/// How much of what the script sends is compared, in bytes: a peer may send any number of messages.
const COMPARED: usize = 64 << 10;

/// Whether an arrival is a message that means nothing to the waiting line: RFC 6455 lets either end send data at any time
/// (1.2, 6.1).
///
/// Where a line waits for the end of the connection, a peer may explain first why it ends: its text has nothing in common with
/// what the script sends. Sent back, a bad frame shows that it was taken; also by a peer that sends messages unprompted.
pub(crate) fn is_unasked(waiting: &Waiting, arrival: &Arrival, trial: &Trial, setup: &Setup) -> bool {
    let Arrival::Message(kind, payload) = arrival else { return false };
    if !waits_for_failure(&waiting.wait) {
        return setup.speaks_unasked;
    }
    if setup.speaks_unasked {
        return !setup.echoes || !is_part_of_last(trial, waiting.line, payload);
    }
    *kind == MessageKind::Text && explains(trial, payload)
}

/// Whether a text is one that a peer wrote, and not what the script sent, whole or repaired.
fn explains(trial: &Trial, payload: &[u8]) -> bool {
    let is_words = str::from_utf8(payload).is_ok_and(|text| {
        let mut words = text.split(|char: char| !char.is_ascii_alphabetic());
        !text.contains(char::REPLACEMENT_CHARACTER) && words.any(|word| word.len() >= FEW)
    });
    is_words && payload.len() <= LONG && !has_part_of_ours(trial, payload) && !repeats_ours(trial, payload)
}

/// Whether only the end of the connection satisfies it.
fn waits_for_failure(wait: &Wait) -> bool {
    let Wait::Expect(Expectation { alternatives, .. }, _) = wait else { return false };
    let ends =
        |expected: &Expected| matches!(expected, Expected::Fail(_) | Expected::Close(_) | Expected::Eof);
    let mut usual = alternatives.iter().filter(|alternative| !alternative.lenient);
    usual.all(|alternative| alternative.all.iter().all(ends))
}

/// Whether a payload is empty, or a part of the last one that a script sends before a line, for which the connection is to be
/// failed. Those before it are sent back rightly.
fn is_part_of_last(trial: &Trial, line: usize, payload: &[u8]) -> bool {
    let sent: Vec<_> = payloads_before(trial, line).collect();
    let Some((last, others)) = sent.split_last() else { return false };
    let is_part = match payload.len() {
        0 => true,
        // A few bytes may be the same by chance.
        1..FEW => last == payload,
        length => contains(&last[..last.len().min(COMPARED)], &payload[..length.min(LONG)]),
    };
    is_part && !others.iter().any(|other| other == payload)
}

/// Whether a payload and what the script sends have a run of bytes in common.
fn has_part_of_ours(trial: &Trial, payload: &[u8]) -> bool {
    let mut ours = payloads(trial).collect::<Vec<_>>().concat();
    ours.truncate(COMPARED);
    payload.windows(RUN).any(|run| contains(&ours, run))
}

/// Whether a payload consists mostly of what the script sends in one frame.
fn repeats_ours(trial: &Trial, payload: &[u8]) -> bool {
    payloads(trial)
        .any(|ours| !ours.is_empty() && ours.len() * 2 >= payload.len() && contains(payload, &ours))
}

/// Whether `part`, which is not empty, occurs in `whole`.
fn contains(whole: &[u8], part: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}
