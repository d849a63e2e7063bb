//! One end of a connection from its opening handshake to its end: what server and client have in common.

use wsspec_wire::HeadReader;

use crate::{connection::PeerConnection, output::PeerOutput};

/// Maximum size of a head, in bytes.
const HEAD_LIMIT: usize = 256 << 10;

/// The state of one end, and what its driver must do.
#[derive(Debug)]
pub(crate) struct PeerStream {
    phase: StreamPhase,
    out: Vec<PeerOutput>,
}

#[derive(Debug)]
enum StreamPhase {
    /// The other endpoint's head is incomplete.
    Opening(HeadReader),
    /// The opening handshake is complete.
    Open(Box<PeerConnection>),
    /// Nothing more is read. Closing the stream may be left to the other endpoint.
    Over { hung_up: bool },
}

impl PeerStream {
    /// Waits for a head after `out` is done.
    pub(crate) fn new(out: Vec<PeerOutput>) -> Self {
        Self { phase: StreamPhase::Opening(HeadReader::with_limit(HEAD_LIMIT)), out }
    }

    /// Handles a segment. Returns whether it belongs to a head, which may now be complete.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> bool {
        match &mut self.phase {
            _ if bytes.is_empty() => false,
            StreamPhase::Opening(reader) => {
                reader.push(bytes);
                true
            }
            StreamPhase::Open(connection) => {
                connection.receive(bytes);
                self.out.append(&mut connection.writer.out);
                false
            }
            StreamPhase::Over { .. } => false,
        }
    }

    /// The memory that the connection uses beyond what it needs, in bytes.
    pub(crate) fn held(&self) -> u64 {
        match &self.phase {
            StreamPhase::Open(connection) => connection.held(),
            _ => 0,
        }
    }

    /// The head being received.
    pub(crate) fn head(&mut self) -> Option<&mut HeadReader> {
        match &mut self.phase {
            StreamPhase::Opening(reader) => Some(reader),
            _ => None,
        }
    }

    /// Whether the head is not complete yet.
    pub(crate) fn is_opening(&self) -> bool {
        matches!(self.phase, StreamPhase::Opening(_))
    }

    /// Waits for another head.
    pub(crate) fn expect_head(&mut self) {
        self.phase = StreamPhase::Opening(HeadReader::with_limit(HEAD_LIMIT));
    }

    /// The opening handshake is complete.
    pub(crate) fn open(&mut self, connection: PeerConnection) {
        self.phase = StreamPhase::Open(Box::new(connection));
    }

    /// Stops reading, and leaves closing the stream to the other endpoint.
    pub(crate) fn fall_silent(&mut self) {
        self.phase = StreamPhase::Over { hung_up: false };
    }

    /// Ends the stream.
    pub(crate) fn hang_up(&mut self) {
        self.out.push(PeerOutput::Close);
        self.phase = StreamPhase::Over { hung_up: true };
    }

    /// The other endpoint has closed its side.
    pub(crate) fn end(&mut self) {
        match &mut self.phase {
            StreamPhase::Opening(_) | StreamPhase::Over { hung_up: false } => self.hang_up(),
            StreamPhase::Open(connection) => {
                connection.end();
                self.out.append(&mut connection.writer.out);
            }
            StreamPhase::Over { hung_up: true } => {}
        }
    }

    /// Adds to what the driver must do.
    pub(crate) fn want(&mut self, outputs: impl IntoIterator<Item = PeerOutput>) {
        self.out.extend(outputs);
    }

    /// Discards the last of the queued bytes if there are more than `most`; only with a flaw.
    pub(crate) fn shed(&mut self, most: usize) {
        let mut waiting = 0;
        self.out.retain(|output| {
            if let PeerOutput::Write(bytes) = output {
                waiting += bytes.len();
            }
            waiting <= most
        });
    }

    /// What the driver must do now.
    pub(crate) fn take(&mut self) -> Vec<PeerOutput> {
        std::mem::take(&mut self.out)
    }
}
