//! How expectations and arrivals are worded in a failure: in the notation, shortened.

use bytes::Bytes;
use wsspec_notation::{Alternative, Expectation, Expected, Payload, escaped};
use wsspec_referee::Arrival;
use wsspec_wire::{CloseBody, MessageKind};

/// The longest payload that is shown, in bytes.
const SHOWN: usize = 64;

/// Payloads of an expectation above this length, in bytes, are shortened.
const WHOLE: usize = 256;

/// A payload for a sentence: short ones whole, long ones as their start and length.
pub(crate) fn brief(bytes: &Bytes) -> String {
    let payload = Payload::of(bytes).to_string();
    if payload.len() <= 2 * SHOWN {
        return payload;
    }
    format!("{}... ({} bytes)", Payload::text(bytes.slice(..SHOWN.min(bytes.len()))), bytes.len())
}

/// An arrival in the notation, shortened.
pub(crate) fn arrival(arrival: &Arrival) -> String {
    match arrival {
        Arrival::Request(_) => "a request".into(),
        Arrival::Connect(head) => format!("connect {}", brief(&head.target)),
        Arrival::Response(head) => match head.status {
            Some(status) => format!("response {status} \"{}\"", escaped(&head.reason)),
            None => "a response without a valid status line".into(),
        },
        Arrival::Message(kind, payload) => format!("{} {}", word(*kind), brief(payload)),
        Arrival::Ping(payload) => format!("ping {}", brief(payload)),
        Arrival::Pong(payload) => format!("pong {}", brief(payload)),
        Arrival::Close(body) => close(body),
        Arrival::Oversize(header) => {
            format!("a frame of {} bytes, larger than anything expected", header.length.value)
        }
        Arrival::Lost => "a message that does not decompress or is too large".into(),
        Arrival::EndlessHead(limit) => format!("a head that does not end within {limit} bytes"),
        Arrival::Eof => "the end of the stream".into(),
        Arrival::Reset => "a connection reset".into(),
    }
}

fn word(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Text => "text",
        MessageKind::Binary => "binary",
    }
}

fn close(body: &CloseBody) -> String {
    match body {
        CloseBody::Empty => "close without a code".into(),
        CloseBody::OneByte(byte) => format!("close x\"{byte:02x}\""),
        CloseBody::Full { code, reason } if reason.is_empty() => format!("close {}", code.0),
        CloseBody::Full { code, reason } => format!("close {} {}", code.0, brief(reason)),
    }
}

/// An expectation's alternatives, as written.
pub(crate) fn expectation(expectation: &Expectation) -> String {
    let alternatives = expectation.alternatives.iter().enumerate().map(|(index, alternative)| match index {
        0 => shortened(alternative),
        _ if alternative.lenient => format!(" |? {}", shortened(alternative)),
        _ => format!(" | {}", shortened(alternative)),
    });
    alternatives.collect()
}

fn shortened(alternative: &Alternative) -> String {
    let items = alternative.all.iter().map(|expected| match expected {
        Expected::Message(kind, Some(payload)) if payload.len() > WHOLE => {
            format!("{} {}", word(*kind), brief(&payload.bytes()))
        }
        other => other.to_string(),
    });
    items.collect::<Vec<_>>().join(" & ")
}

/// A rule as what is expected: `that a server masks none of its frames`.
pub(crate) fn that(rule: &str) -> String {
    let mut letters = rule.chars();
    match letters.next() {
        // `RSV1 is zero` keeps its capitals.
        Some(_) if letters.clone().next().is_some_and(|second| second.is_uppercase()) => {
            format!("that {rule}")
        }
        Some(first) => format!("that {}{}", first.to_lowercase(), letters.as_str()),
        None => String::new(),
    }
}
