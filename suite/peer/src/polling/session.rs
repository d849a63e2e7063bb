//! A session on whichever transport it has, and what waits for its client.

use wsspec_layers::engineio::EngineIoPacket;

use crate::engineio::EngineIoServer;

/// A session.
#[derive(Debug)]
pub(super) struct PolledSession {
    pub engine: EngineIoServer,
    /// The packets that no transport has taken.
    pub waiting: Vec<EngineIoPacket>,
    /// The connection whose GET waits for packets.
    pub get: Option<u32>,
    /// The WebSocket that carries the session.
    pub socket: Option<u32>,
    /// A WebSocket that the client tests.
    pub probed: Option<u32>,
    /// The GETs that were answered.
    pub answered: u32,
    /// The packet that it began with, for a flaw.
    pub opened: Option<EngineIoPacket>,
}

impl PolledSession {
    pub fn new(engine: EngineIoServer) -> Self {
        Self { engine, waiting: Vec::new(), get: None, socket: None, probed: None, answered: 0, opened: None }
    }
}
