//! How much data was sent and received, before and after compression.

use serde::Serialize;

/// Octets, frames and messages of one direction.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flow {
    pub preopen: u64,
    pub wire: u64,
    pub websocket: u64,
    pub app: u64,
    pub frames: u64,
    pub messages: u64,
}

/// The form in reports.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TrafficStats {
    incoming_compression_ratio: Option<f64>,
    incoming_octets_app_level: u64,
    incoming_octets_web_socket_level: u64,
    incoming_octets_wire_level: u64,
    incoming_web_socket_frames: u64,
    incoming_web_socket_messages: u64,
    incoming_web_socket_overhead: Option<f64>,
    outgoing_compression_ratio: Option<f64>,
    outgoing_octets_app_level: u64,
    outgoing_octets_web_socket_level: u64,
    outgoing_octets_wire_level: u64,
    outgoing_web_socket_frames: u64,
    outgoing_web_socket_messages: u64,
    outgoing_web_socket_overhead: Option<f64>,
    preopen_incoming_octets_wire_level: u64,
    preopen_outgoing_octets_wire_level: u64,
}

impl TrafficStats {
    pub fn new(incoming: &Flow, outgoing: &Flow) -> Self {
        Self {
            incoming_compression_ratio: incoming.compression(),
            incoming_octets_app_level: incoming.app,
            incoming_octets_web_socket_level: incoming.websocket,
            incoming_octets_wire_level: incoming.wire,
            incoming_web_socket_frames: incoming.frames,
            incoming_web_socket_messages: incoming.messages,
            incoming_web_socket_overhead: incoming.overhead(),
            outgoing_compression_ratio: outgoing.compression(),
            outgoing_octets_app_level: outgoing.app,
            outgoing_octets_web_socket_level: outgoing.websocket,
            outgoing_octets_wire_level: outgoing.wire,
            outgoing_web_socket_frames: outgoing.frames,
            outgoing_web_socket_messages: outgoing.messages,
            outgoing_web_socket_overhead: outgoing.overhead(),
            preopen_incoming_octets_wire_level: incoming.preopen,
            preopen_outgoing_octets_wire_level: outgoing.preopen,
        }
    }

    /// For incoming and outgoing data.
    pub fn compression(&self) -> [Option<f64>; 2] {
        [self.incoming_compression_ratio, self.outgoing_compression_ratio]
    }
}

impl Flow {
    fn compression(&self) -> Option<f64> {
        (self.app > 0).then(|| self.websocket as f64 / self.app as f64)
    }

    fn overhead(&self) -> Option<f64> {
        (self.websocket > 0).then(|| (self.wire as f64 - self.websocket as f64) / self.websocket as f64)
    }
}
