//! The connection of an exchange: a carrier that parses both directions, and the referee that watches them.

use wsspec_carriers::{Http1, Incoming};
use wsspec_referee::{Conversation, ConversationInput, Received, Seen};
use wsspec_wire::{Opening, RequestHead, Role};

use crate::setup::Setup;

/// Passes to the referee what either endpoint sends.
#[derive(Debug)]
pub(crate) struct Connection {
    ours: Role,
    carrier: Http1,
    conversation: Conversation,
}

impl Connection {
    /// A connection whose peer is judged. Payloads of frames and messages above `limit` bytes are not kept.
    pub(crate) fn new(setup: &Setup, limit: usize) -> Self {
        let ours = setup.role();
        let conversation = Conversation::judging(ours.peer(), limit)
            .at(setup.side.uri().cloned())
            .over(setup.tls.clone())
            .beside(setup.is_beside)
            .with_keys(setup.keys.clone());
        Self { ours, carrier: Http1::playing(ours), conversation }
    }

    /// The referee's view of the connection.
    pub(crate) fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    /// Handles bytes that we have sent: they determine what we have agreed to, and are judged, too.
    pub(crate) fn wrote(&mut self, bytes: &[u8]) -> Vec<Seen> {
        self.pass(self.ours, bytes)
    }

    /// Handles bytes that the peer has sent.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Vec<Seen> {
        self.pass(self.ours.peer(), bytes)
    }

    /// A frame or head that the peer has begun and not finished.
    pub(crate) fn unfinished(&self) -> Option<Seen> {
        let peer = self.ours.peer();
        let head = self.carrier.unfinished(peer);
        match head.is_empty() {
            true => self.conversation.unfinished(peer),
            false => Some(Seen {
                what: Some(Received::Unfinished(head.to_vec().into())),
                arrivals: Vec::new(),
                broken: Vec::new(),
            }),
        }
    }

    fn pass(&mut self, from: Role, bytes: &[u8]) -> Vec<Seen> {
        let mut out = Vec::new();
        for incoming in self.carrier.read(from, bytes) {
            if let Incoming::Opening(Opening::Response(_)) = incoming {
                self.read_half_a_request();
            }
            let input = match &incoming {
                Incoming::Opening(opening) => ConversationInput::Opening(opening),
                Incoming::Data(bytes) => ConversationInput::Data(bytes),
                Incoming::Beyond(bytes) => ConversationInput::Beyond(bytes),
                Incoming::EndlessHead { bytes, .. } => ConversationInput::EndlessHead(bytes),
            };
            out.extend(self.conversation.saw(from, input));
        }
        out
    }

    /// A server may answer before the request is complete; then the part that was sent counts as the request.
    fn read_half_a_request(&mut self) {
        let unfinished = self.carrier.unfinished(Role::Client);
        if self.conversation.offer().is_none() && !unfinished.is_empty() {
            let head = Opening::Request(RequestHead::parse(unfinished));
            self.conversation.saw(Role::Client, ConversationInput::Opening(&head));
        }
    }
}
