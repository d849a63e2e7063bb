//! How large the messages of a script are.

use wsspec_catalogue::Trial;
use wsspec_notation::{Expectation, Expected, Http2Spec, Payload, Sending, Step};
use wsspec_referee::Received;

use crate::transcript::{Event, Transcript};

/// The largest message that a script suggests, in bytes: everything that it sends or expects at once.
pub(crate) fn largest(trial: &Trial) -> usize {
    let sizes = trial.script.walk().map(|line| match &line.step {
        Step::Send(Sending::Frame(frame)) => frame.payload.len(),
        Step::Send(Sending::Raw(payload)) => payload.len(),
        Step::Send(Sending::Http2(Http2Spec::Data { payload, .. })) => payload.len(),
        Step::Send(Sending::Item(item)) => item.size(),
        Step::Expect(expectation) => longest(expectation),
        _ => 0,
    });
    sizes.fold(0, usize::saturating_add)
}

/// The size of the longest message that a script sends frame by frame, in bytes, before compression.
pub(crate) fn longest_sent(trial: &Trial) -> usize {
    let frames = trial.script.walk().filter_map(|line| match &line.step {
        Step::Send(Sending::Frame(frame)) => Some(frame),
        _ => None,
    });
    let data = frames.filter(|frame| frame.kind.opcode().is_data());
    let sizes = message_sizes(data.map(|frame| (frame.payload.len(), frame.attributes.fin)));
    sizes.map(|(size, _)| size).max().unwrap_or(0)
}

/// The size of the longest message in a record that the peer has sent to its end, in bytes on the wire.
pub(crate) fn longest_received(transcript: &Transcript) -> usize {
    let frames = transcript.entries.iter().filter_map(|entry| match &entry.event {
        Event::Received(Received::Frame(frame)) => Some(frame),
        _ => None,
    });
    let data = frames.filter(|frame| frame.header.opcode.is_data());
    let sizes = message_sizes(data.map(|frame| (frame.payload.len(), frame.header.fin)));
    sizes.filter(|(_, is_whole)| *is_whole).map(|(size, _)| size).max().unwrap_or(0)
}

/// The size of a message after each of its frames, and whether it is complete by then; from the payload lengths and the FIN
/// bits of data frames.
fn message_sizes(frames: impl Iterator<Item = (usize, bool)>) -> impl Iterator<Item = (usize, bool)> {
    let mut before = 0_usize;
    frames.map(move |(length, fin)| {
        let size = before.saturating_add(length);
        before = if fin { 0 } else { size };
        (size, fin)
    })
}

/// The size of the longest message that a line expects, in bytes.
pub(crate) fn longest(expectation: &Expectation) -> usize {
    let lengths = expectation.expected().map(|expected| match expected {
        Expected::Message(_, Some(payload)) => payload.len(),
        _ => 0,
    });
    let body = expectation.body.as_ref().map_or(0, Payload::len);
    lengths.max().unwrap_or(0).max(body)
}
