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
    let (mut message, mut longest_message) = (0_usize, 0);
    for line in trial.script.walk() {
        let Step::Send(Sending::Frame(frame)) = &line.step else { continue };
        if frame.kind.opcode().is_data() {
            message = message.saturating_add(frame.payload.len());
            longest_message = longest_message.max(message);
            if frame.attributes.fin {
                message = 0;
            }
        }
    }
    longest_message
}

/// The size of the longest message in a record that the peer has sent, in bytes on the wire.
pub(crate) fn longest_received(transcript: &Transcript) -> usize {
    let (mut message, mut longest_message) = (0_usize, 0);
    for entry in &transcript.entries {
        let Event::Received(Received::Frame(frame)) = &entry.event else { continue };
        if frame.header.opcode.is_data() {
            message = message.saturating_add(frame.payload.len());
            if frame.header.fin {
                longest_message = longest_message.max(message);
                message = 0;
            }
        }
    }
    longest_message
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
