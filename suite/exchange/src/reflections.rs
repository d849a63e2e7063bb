//! Pings of ours that come back as pings.

use std::collections::HashSet;

use bytes::Bytes;
use wsspec_notation::{FrameKind, Sending};
use wsspec_referee::Arrival;

/// Payloads that are remembered; no script sends as many different pings.
const MOST_PINGS: usize = 4096;

/// A peer that sends every frame back sends our ping as a ping of its own. We answer that with a pong, as we must
/// (RFC 6455, 5.5.2), and then our own pong comes back: it has the payload of our ping, yet the peer answered nothing.
#[derive(Debug, Default)]
pub(crate) struct Reflections {
    sent: HashSet<Bytes>,
    reflected: HashSet<Bytes>,
}

impl Reflections {
    /// Takes note of what we send.
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

    /// Whether an arrival is a pong of ours on its way back.
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
