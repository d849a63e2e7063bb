//! Detects our own pings that the peer sends back as pings.

use std::collections::HashSet;

use bytes::Bytes;
use wsspec_notation::{FrameKind, Sending};
use wsspec_referee::Arrival;

/// Maximum number of remembered payloads; more different pings than any script sends.
const MOST_PINGS: usize = 4096;

/// A peer that echoes every frame sends our ping back as its own ping. We answer it with a pong, as we must (RFC 6455,
/// 5.5.2), and the peer echoes that, too. That pong has the payload of our ping, yet the peer has not answered
/// anything.
#[derive(Debug, Default)]
pub(crate) struct Reflections {
    sent: HashSet<Bytes>,
    reflected: HashSet<Bytes>,
}

impl Reflections {
    /// Notes what we send.
    pub(crate) fn note_sent(&mut self, sending: &Sending) {
        if let Sending::Frame(frame) = sending
            && frame.kind == FrameKind::Ping
            && self.sent.len() < MOST_PINGS
        {
            let payload = frame.payload.bytes();
            // Any peer may send an empty ping of its own, at any time.
            if !payload.is_empty() {
                self.sent.insert(payload);
            }
        }
    }

    /// Whether an arrival is the pong for a ping of ours.
    pub(crate) fn is_answer(&self, arrival: &Arrival) -> bool {
        matches!(arrival, Arrival::Pong(payload) if self.sent.contains(payload))
    }

    /// Whether an arrival is the echo of one of our pongs.
    pub(crate) fn is_reflected(&mut self, arrival: &Arrival) -> bool {
        match arrival {
            Arrival::Ping(payload) if self.sent.contains(payload) => {
                self.reflected.insert(payload.clone());
                false
            }
            Arrival::Pong(payload) => self.reflected.contains(payload),
            _ => false,
        }
    }
}
