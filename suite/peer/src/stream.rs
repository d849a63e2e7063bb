//! One end of a connection from its opening handshake to its end: what server and client have in common.

use wsspec_wire::HeadReader;

use crate::{connection::PeerConnection, output::PeerOutput};

/// The longest head taken, in bytes.
const HEAD_LIMIT: usize = 256 << 10;

/// How far an end has come, and what it wants done.
#[derive(Debug)]
pub(crate) struct PeerStream {
    phase: StreamPhase,
    out: Vec<PeerOutput>,
}

#[derive(Debug)]
enum StreamPhase {
    /// The other side's head is incomplete.
    Opening(HeadReader),
    /// The opening handshake is done.
    Open(Box<PeerConnection>),
    /// Nothing more is read. The stream may be left to the other side to end.
    Over { hung_up: bool },
}

impl PeerStream {
    /// Waits for a head, after `out` was done.
    pub(crate) fn new(out: Vec<PeerOutput>) -> Self {
        Self { phase: StreamPhase::Opening(HeadReader::with_limit(HEAD_LIMIT)), out }
    }

    /// Takes in a segment. Whether it belongs to a head, which may be complete now.
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

    /// How much memory the connection takes up beyond what it needs, in bytes.
    pub(crate) fn held(&self) -> u64 {
        match &self.phase {
            StreamPhase::Open(connection) => connection.held(),
            _ => 0,
        }
    }

    /// The head that is waited for.
    pub(crate) fn head(&mut self) -> Option<&mut HeadReader> {
        match &mut self.phase {
            StreamPhase::Opening(reader) => Some(reader),
            _ => None,
        }
    }

    /// Whether the head has not come yet.
    pub(crate) fn is_opening(&self) -> bool {
        matches!(self.phase, StreamPhase::Opening(_))
    }

    /// Waits for another head.
    pub(crate) fn expect_head(&mut self) {
        self.phase = StreamPhase::Opening(HeadReader::with_limit(HEAD_LIMIT));
    }

    /// The opening handshake is done.
    pub(crate) fn open(&mut self, connection: PeerConnection) {
        self.phase = StreamPhase::Open(Box::new(connection));
    }

    /// Reads nothing more, and leaves the end to the other side.
    pub(crate) fn fall_silent(&mut self) {
        self.phase = StreamPhase::Over { hung_up: false };
    }

    /// Ends the stream.
    pub(crate) fn hang_up(&mut self) {
        self.out.push(PeerOutput::Close);
        self.phase = StreamPhase::Over { hung_up: true };
    }

    /// Takes note that the other side has ended its half.
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

    /// Wants these done, too.
    pub(crate) fn want(&mut self, outputs: impl IntoIterator<Item = PeerOutput>) {
        self.out.extend(outputs);
    }

    /// What is to be done by now, and was not taken before.
    pub(crate) fn take(&mut self) -> Vec<PeerOutput> {
        std::mem::take(&mut self.out)
    }
}
