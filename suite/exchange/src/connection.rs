//! The connection of an exchange: a carrier that reads both directions, and the referee that watches them.

use wsspec_carriers::{Http1, Incoming};
use wsspec_referee::{Conversation, ConversationInput, Received, Seen};
use wsspec_wire::{Opening, RequestHead, Role};

use crate::setup::Setup;

/// Tells the referee what either end sends.
#[derive(Debug)]
pub(crate) struct Connection {
    ours: Role,
    carrier: Http1,
    conversation: Conversation,
}

impl Connection {
    /// One whose peer is judged; frames and messages above `limit` bytes of payload are not kept.
    pub(crate) fn new(setup: &Setup, limit: usize) -> Self {
        let ours = setup.role();
        let conversation = Conversation::judging(ours.peer(), limit)
            .at(setup.side.uri().cloned())
            .over(setup.tls.clone())
            .beside(setup.is_beside)
            .with_keys(setup.keys.clone());
        Self { ours, carrier: Http1::playing(ours), conversation }
    }

    /// What the referee knows.
    pub(crate) fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    /// We have sent these bytes. What they amount to says what we have agreed to, and judges us.
    pub(crate) fn wrote(&mut self, bytes: &[u8]) -> Vec<Seen> {
        self.pass(self.ours, bytes)
    }

    /// The peer has sent these bytes.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Vec<Seen> {
        self.pass(self.ours.peer(), bytes)
    }

    /// What the peer began and did not end.
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

    /// A server may answer a request of which it has seen enough: what there is of it is what it answers.
    fn read_half_a_request(&mut self) {
        let unfinished = self.carrier.unfinished(Role::Client);
        if self.conversation.offer().is_none() && !unfinished.is_empty() {
            let head = Opening::Request(RequestHead::parse(unfinished));
            self.conversation.saw(Role::Client, ConversationInput::Opening(&head));
        }
    }
}
