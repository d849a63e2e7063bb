//! The ways in which a client breaks a rule of STOMP, besides those of the form of frames. Each owns its requirement in each
//! version that has the rule.

use std::fmt::{self, Display, Formatter};

use wsspec_wire::{Escaped, LayerViolation, Scope, Violation};

use super::{
    version::StompVersion,
    violation::{StompRule, all, both, last},
};

/// One broken rule. The level is MUST unless the variant says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StompClientViolation {
    /// The first frame is neither CONNECT nor STOMP (Connecting).
    NotConnected(Vec<u8>),
    /// A frame comes between CONNECT and CONNECTED. Level SHOULD (Connecting).
    BeforeConnected(Vec<u8>),
    /// CONNECT has no `accept-version`, and is not one of version 1.0 (CONNECT or STOMP Frame).
    AcceptVersionMissing,
    /// CONNECT has no `host` (CONNECT or STOMP Frame).
    HostMissing,
    /// `accept-version` is not a list of incrementing versions. Level SHOULD (Protocol Negotiation).
    VersionsNotIncrementing(Vec<u8>),
    /// SEND has no `destination` (SEND).
    SendWithoutDestination,
    /// The body of a SEND has NULs, and there is no `content-length` (Header content-length).
    LengthMissingForNuls,
    /// SUBSCRIBE has no `destination` (SUBSCRIBE).
    SubscribeWithoutDestination,
    /// SUBSCRIBE has no `id` (SUBSCRIBE id Header).
    SubscribeWithoutId,
    /// SUBSCRIBE has the `id` of another subscription (SUBSCRIBE id Header).
    SubscriptionRepeated(Vec<u8>),
    /// SUBSCRIBE has an `ack` mode that does not exist (SUBSCRIBE ack Header).
    AckModeUnknown(Vec<u8>),
    /// UNSUBSCRIBE has no `id` (UNSUBSCRIBE).
    UnsubscribeWithoutId,
    /// The `id` of UNSUBSCRIBE is that of no subscription (UNSUBSCRIBE).
    UnsubscribeUnknown(Vec<u8>),
    /// ACK or NACK does not have a header that says which message it is about (ACK, NACK).
    AckWithout(Vec<u8>, &'static str),
    /// ACK or NACK is about no message that was sent (ACK, NACK).
    AckUnknown(Vec<u8>, Vec<u8>),
    /// BEGIN, COMMIT or ABORT has no `transaction` (BEGIN, COMMIT, ABORT).
    TransactionMissing(Vec<u8>),
    /// BEGIN has the `transaction` of one that is open (BEGIN).
    TransactionRepeated(Vec<u8>),
    /// COMMIT or ABORT is about no transaction that is open (COMMIT, ABORT).
    TransactionUnknown(Vec<u8>, Vec<u8>),
    /// A frame follows DISCONNECT (DISCONNECT).
    AfterDisconnect(Vec<u8>),
}

impl StompClientViolation {
    /// The broken rule as a value for verdicts; `None` if the version does not have it.
    #[must_use]
    pub fn of(&self, version: StompVersion) -> Option<Violation> {
        let (name, ids) = self.rule();
        let requirement = ids[version as usize]?;
        let scope = match self {
            Self::BeforeConnected(_) | Self::VersionsNotIncrementing(_) => Scope::WhereCited,
            _ => Scope::Everywhere,
        };
        let what = self.to_string();
        Some(Violation::Layer(Box::new(LayerViolation { name, requirement, scope, what })))
    }

    fn rule(&self) -> StompRule {
        match self {
            Self::NotConnected(_) => ("stomp-not-connected", last("stomp#1.2.connecting:3")),
            Self::BeforeConnected(_) => ("stomp-client-before-connected", last("stomp#1.2.connecting:4")),
            Self::AcceptVersionMissing => ("stomp-accept-version-missing", last("stomp#1.2.connect:2")),
            Self::HostMissing => ("stomp-host-missing", both("stomp#1.1.connect:3", "stomp#1.2.connect:3")),
            Self::VersionsNotIncrementing(_) => {
                ("stomp-versions-not-incrementing", last("stomp#1.2.negotiation:5"))
            }
            Self::SendWithoutDestination => (
                "stomp-send-without-destination",
                all("stomp#1.0.commands:2", "stomp#1.1.send:2", "stomp#1.2.send:5"),
            ),
            Self::LengthMissingForNuls => ("stomp-length-missing-for-nuls", last("stomp#1.2.length:7")),
            Self::SubscribeWithoutDestination => (
                "stomp-subscribe-without-destination",
                all("stomp#1.0.commands:3", "stomp#1.1.subscribe:1", "stomp#1.2.subscribe:5"),
            ),
            Self::SubscribeWithoutId => {
                ("stomp-subscribe-without-id", both("stomp#1.1.subscribe:2", "stomp#1.2.subscribe:6"))
            }
            Self::SubscriptionRepeated(_) => {
                ("stomp-subscription-repeated", both("stomp#1.1.subscribe:2", "stomp#1.2.subscribe:7"))
            }
            Self::AckModeUnknown(_) => {
                ("stomp-ack-mode-unknown", both("stomp#1.1.subscribe:3", "stomp#1.2.subscribe:8"))
            }
            Self::UnsubscribeWithoutId => {
                ("stomp-unsubscribe-without-id", both("stomp#1.1.unsubscribe:1", "stomp#1.2.unsubscribe:3"))
            }
            Self::UnsubscribeUnknown(_) => {
                ("stomp-unsubscribe-unknown", both("stomp#1.1.unsubscribe:1", "stomp#1.2.unsubscribe:4"))
            }
            Self::AckWithout(word, _) => match &word[..] {
                b"NACK" => ("stomp-nack-without-id", both("stomp#1.1.nack:1", "stomp#1.2.nack:2")),
                _ => (
                    "stomp-ack-without-id",
                    all("stomp#1.0.commands:4", "stomp#1.1.ack:2", "stomp#1.2.ack:4"),
                ),
            },
            Self::AckUnknown(word, _) => match &word[..] {
                b"NACK" => ("stomp-nack-unknown", both("stomp#1.1.nack:1", "stomp#1.2.nack:3")),
                _ => ("stomp-ack-unknown", all("stomp#1.0.commands:4", "stomp#1.1.ack:2", "stomp#1.2.ack:5")),
            },
            Self::TransactionMissing(word) => match &word[..] {
                b"BEGIN" => {
                    ("stomp-begin-without-transaction", both("stomp#1.1.begin:1", "stomp#1.2.begin:3"))
                }
                b"COMMIT" => {
                    ("stomp-commit-without-transaction", both("stomp#1.1.commit:1", "stomp#1.2.commit:2"))
                }
                _ => ("stomp-abort-without-transaction", both("stomp#1.1.abort:1", "stomp#1.2.abort:2")),
            },
            Self::TransactionRepeated(_) => ("stomp-transaction-repeated", last("stomp#1.2.begin:4")),
            Self::TransactionUnknown(word, _) => match &word[..] {
                b"COMMIT" => ("stomp-commit-unknown", both("stomp#1.1.commit:1", "stomp#1.2.commit:2")),
                _ => ("stomp-abort-unknown", both("stomp#1.1.abort:1", "stomp#1.2.abort:2")),
            },
            Self::AfterDisconnect(_) => {
                ("stomp-after-disconnect", both("stomp#1.1.disconnect:1", "stomp#1.2.disconnect:2"))
            }
        }
    }
}

impl Display for StompClientViolation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConnected(word) => write!(f, "the first frame is {}, not CONNECT", Escaped(word)),
            Self::BeforeConnected(word) => write!(f, "{} comes before CONNECTED", Escaped(word)),
            Self::AcceptVersionMissing => f.write_str("the CONNECT has no accept-version"),
            Self::HostMissing => f.write_str("the CONNECT has no host"),
            Self::VersionsNotIncrementing(list) => {
                write!(f, "accept-version is {}, not a list of incrementing versions", Escaped(list))
            }
            Self::SendWithoutDestination => f.write_str("the SEND has no destination"),
            Self::LengthMissingForNuls => {
                f.write_str("the body of a SEND without content-length goes on after a NUL")
            }
            Self::SubscribeWithoutDestination => f.write_str("the SUBSCRIBE has no destination"),
            Self::SubscribeWithoutId => f.write_str("the SUBSCRIBE has no id"),
            Self::SubscriptionRepeated(id) => {
                write!(f, "the SUBSCRIBE has the id {} of an open subscription", Escaped(id))
            }
            Self::AckModeUnknown(mode) => write!(f, "the SUBSCRIBE has the ack mode {}", Escaped(mode)),
            Self::UnsubscribeWithoutId => f.write_str("the UNSUBSCRIBE has no id"),
            Self::UnsubscribeUnknown(id) => {
                write!(f, "the UNSUBSCRIBE has the id {}, which no open subscription has", Escaped(id))
            }
            Self::AckWithout(word, name) => write!(f, "the {} has no {name}", bare(word)),
            Self::AckUnknown(word, id) => {
                write!(f, "the {} names {}, which is no message that was sent", bare(word), Escaped(id))
            }
            Self::TransactionMissing(word) => write!(f, "the {} has no transaction", bare(word)),
            Self::TransactionRepeated(name) => {
                write!(f, "the BEGIN has the transaction {}, which is open", Escaped(name))
            }
            Self::TransactionUnknown(word, name) => {
                write!(f, "the {} has the transaction {}, which is not open", bare(word), Escaped(name))
            }
            Self::AfterDisconnect(word) => write!(f, "{} follows DISCONNECT", Escaped(word)),
        }
    }
}

/// A command that the rules know, which needs no quotes.
fn bare(word: &[u8]) -> &str {
    str::from_utf8(word).unwrap_or_default()
}
