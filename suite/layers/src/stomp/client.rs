//! What a client under test has done in its session, and what it was sent.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use wsspec_wire::LayerItem;

/// The most messages that are remembered.
const MOST_MESSAGES: usize = 1 << 16;
/// The longest name, in octets, that is remembered of a session between two others.
pub(super) const LONGEST_NAME: usize = 1 << 10;
/// The most subscriptions, and the most transactions.
const MOST_OPEN: usize = 1 << 10;

/// The half of a session that a client under test has.
#[derive(Clone, Debug)]
pub struct ClientHalf {
    /// Whether it has sent CONNECT or STOMP.
    pub(super) connects: bool,
    /// Whether the server has sent CONNECTED.
    pub(super) is_connected: bool,
    pub(super) has_disconnected: bool,
    /// Whether its last frame was a SEND with a body and without content-length, which the first NUL ended.
    pub(super) sends_unmeasured: bool,
    /// In the order in which they were opened.
    subscriptions: Vec<ClientSubscription>,
    /// The transactions that are open.
    pub(super) transactions: BTreeSet<Bytes>,
    /// The messages that the server has sent: `ack` headers by subscription and message id.
    messages: BTreeMap<(Bytes, Bytes), Option<Bytes>>,
    /// How many of them are remembered.
    most: usize,
}

/// A subscription of a client under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSubscription {
    /// Its id; empty if it has none.
    pub id: Bytes,
    /// Where its messages come from.
    pub destination: Bytes,
    /// Whether its messages are acknowledged.
    pub acknowledges: bool,
}

impl Default for ClientHalf {
    fn default() -> Self {
        Self::remembering(MOST_MESSAGES)
    }
}

impl ClientHalf {
    /// One of which at most this many messages that it was sent are remembered.
    pub(super) fn remembering(most: usize) -> Self {
        Self {
            connects: false,
            is_connected: false,
            has_disconnected: false,
            sends_unmeasured: false,
            subscriptions: Vec::new(),
            transactions: BTreeSet::new(),
            messages: BTreeMap::new(),
            most: most.min(MOST_MESSAGES),
        }
    }

    /// Whether there are more subscriptions or transactions than can be remembered.
    pub(super) fn is_full(&self) -> bool {
        let is_long = |name: &Bytes| name.len() > LONGEST_NAME;
        self.subscriptions.len() >= MOST_OPEN
            || self.transactions.len() >= MOST_OPEN
            || self.subscriptions.last().is_some_and(|last| is_long(&last.id) || is_long(&last.destination))
            || self.transactions.iter().any(is_long)
    }

    /// Whether it is that of a session between two others.
    const fn is_bounded(&self) -> bool {
        self.most < MOST_MESSAGES
    }

    /// Whether it may have been sent messages that are not remembered.
    fn has_forgotten(&self) -> bool {
        self.messages.len() >= self.most
    }

    /// The subscriptions that are open, the oldest first.
    #[must_use]
    pub fn subscriptions(&self) -> &[ClientSubscription] {
        &self.subscriptions
    }

    /// Whether an open subscription has this id.
    pub(super) fn subscribes(&self, id: &[u8]) -> bool {
        self.subscriptions.iter().any(|subscription| subscription.id == id)
    }

    /// Whether a message had this `ack` header.
    pub(super) fn was_sent_ack(&self, ack: &[u8]) -> bool {
        self.has_forgotten() || self.messages.values().flatten().any(|sent| sent == ack)
    }

    /// Whether a message had this id, and came to this subscription if one is named.
    pub(super) fn was_sent(&self, id: &[u8], subscription: Option<&[u8]>) -> bool {
        if self.has_forgotten() {
            return true;
        }
        self.messages
            .keys()
            .any(|(to, sent)| sent == id && subscription.is_none_or(|subscription| to == subscription))
    }

    /// Notes what the server has sent.
    pub(super) fn sent_to(&mut self, item: &LayerItem) {
        match &item.word[..] {
            b"CONNECTED" => self.is_connected = true,
            b"MESSAGE" if self.messages.len() < self.most => {
                let value = |name: &[u8]| item.get(name).cloned();
                let key =
                    (value(b"subscription").unwrap_or_default(), value(b"message-id").unwrap_or_default());
                let ack = value(b"ack");
                let longest = key.0.len().max(key.1.len()).max(ack.as_ref().map_or(0, Bytes::len));
                if self.is_bounded() && longest > LONGEST_NAME {
                    // What is not remembered may be acknowledged.
                    self.most = 0;
                } else {
                    self.messages.insert(key, ack);
                }
            }
            _ => {}
        }
    }

    /// Notes what the client has sent.
    pub(super) fn take(&mut self, item: &LayerItem) {
        let value = |name: &[u8]| item.get(name).cloned().unwrap_or_default();
        self.sends_unmeasured =
            item.word == "SEND" && !item.body.is_empty() && item.get(b"content-length").is_none();
        match &item.word[..] {
            b"CONNECT" | b"STOMP" => self.connects = true,
            b"SUBSCRIBE" if self.subscriptions.len() < MOST_OPEN => {
                self.subscriptions.push(ClientSubscription {
                    id: value(b"id"),
                    destination: value(b"destination"),
                    acknowledges: item.get(b"ack").is_some_and(|mode| mode.trim_ascii() != b"auto"),
                })
            }
            b"UNSUBSCRIBE" => {
                let id = value(b"id");
                self.subscriptions.retain(|subscription| subscription.id != id);
            }
            b"BEGIN" if self.transactions.len() < MOST_OPEN => {
                self.transactions.insert(value(b"transaction"));
            }
            b"COMMIT" | b"ABORT" => {
                self.transactions.remove(&value(b"transaction"));
            }
            b"DISCONNECT" => self.has_disconnected = true,
            _ => {}
        }
    }
}
