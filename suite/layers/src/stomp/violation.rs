//! The ways in which a server breaks a rule of STOMP, and in which the form of any frame does. Each owns its requirement in each version that has the rule.

use std::fmt::{self, Display, Formatter};

use wsspec_wire::{Escaped, LayerViolation, Scope, Violation};

use super::StompVersion;

/// One broken rule. The level is MUST unless the variant says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StompViolation {
    /// A frame that began with these octets does not end (STOMP Frames).
    Unfinished(Vec<u8>),
    /// The command is not one of a server (Server Frames).
    CommandUnknown(Vec<u8>),
    /// A NUL comes before the blank line that ends the headers (STOMP Frames).
    NulInHead,
    /// A header line has no colon (Augmented BNF).
    HeaderWithoutColon(Vec<u8>),
    /// A header has no name (Augmented BNF).
    HeaderWithoutName(Vec<u8>),
    /// A command or a header is not UTF-8 (Value Encoding).
    NotUtf8(Vec<u8>),
    /// A header has an escape sequence that the version does not define (Value Encoding).
    EscapeUndefined(Vec<u8>),
    /// A colon in the value of a header is not escaped (Value Encoding).
    ColonUnescaped(Vec<u8>),
    /// A carriage return in a header is not escaped (Value Encoding).
    ReturnUnescaped(Vec<u8>),
    /// A frame that may not have a body has one (Body).
    BodyNotAllowed(Vec<u8>),
    /// `content-length` is not a number of octets (Header content-length).
    LengthMalformed(Vec<u8>),
    /// No NUL follows as many octets as `content-length` announces (Header content-length).
    LengthWrong(usize),
    /// A MESSAGE or ERROR has a body and no `content-length`. Level SHOULD (Header content-length).
    LengthMissing(Vec<u8>),
    /// A MESSAGE or ERROR has a body and no `content-type`. Level SHOULD (Header content-type).
    TypeMissing(Vec<u8>),
    /// The `content-type` of an ERROR is not a MIME type (Header content-type).
    TypeMalformed(Vec<u8>),
    /// CONNECTED has no `version` (CONNECTED Frame).
    VersionMissing,
    /// CONNECTED has a version that CONNECT does not list (Protocol Negotiation).
    VersionNotOffered(Vec<u8>),
    /// The `server` header does not begin with a name (CONNECTED Frame).
    ServerNameMissing(Vec<u8>),
    /// `heart-beat` is not two numbers with a comma between (Heart-beating).
    HeartBeatMalformed(Vec<u8>),
    /// Something other than ERROR comes before CONNECTED (Connecting).
    BeforeConnected(Vec<u8>),
    /// A second CONNECTED (Connecting).
    ConnectedAgain,
    /// MESSAGE has no `destination` (MESSAGE).
    DestinationMissing,
    /// MESSAGE has no `message-id` (MESSAGE).
    MessageIdMissing,
    /// Two messages to one subscription have the same `message-id` (MESSAGE).
    MessageIdRepeated(Vec<u8>),
    /// MESSAGE has no `subscription` (MESSAGE).
    SubscriptionMissing,
    /// The `subscription` of a MESSAGE is the id of no subscription (MESSAGE).
    SubscriptionUnknown(Vec<u8>),
    /// MESSAGE to a subscription with acknowledgements has no `ack` (MESSAGE).
    AckMissing,
    /// RECEIPT has no `receipt-id` (RECEIPT).
    ReceiptIdMissing,
    /// The `receipt-id` of a RECEIPT is the value of no `receipt` that waits for one (RECEIPT).
    ReceiptUnasked(Vec<u8>),
    /// A frame follows an ERROR (ERROR).
    AfterError(Vec<u8>),
    /// ERROR has no `message`. Level SHOULD (ERROR).
    ErrorWithoutMessage,
}

/// What one kind of violation is: its name, and the requirement in versions 1.0, 1.1 and 1.2.
pub(super) type StompRule = (&'static str, StompRequirements);
pub(super) type StompRequirements = [Option<&'static str>; 3];

pub(super) const fn all(v10: &'static str, v11: &'static str, v12: &'static str) -> StompRequirements {
    [Some(v10), Some(v11), Some(v12)]
}

pub(super) const fn both(v11: &'static str, v12: &'static str) -> StompRequirements {
    [None, Some(v11), Some(v12)]
}

pub(super) const fn last(v12: &'static str) -> StompRequirements {
    [None, None, Some(v12)]
}

impl StompViolation {
    /// The broken rule as a value for verdicts; `None` if the version does not have it.
    #[must_use]
    pub fn of(&self, version: StompVersion) -> Option<Violation> {
        let (name, ids) = self.rule();
        let requirement = ids[version as usize]?;
        let scope = match self {
            // A broker that goes on after an ERROR does so on each connection.
            Self::AfterError(_)
            | Self::LengthMissing(_)
            | Self::TypeMissing(_)
            | Self::ErrorWithoutMessage => Scope::WhereCited,
            _ => Scope::Everywhere,
        };
        let what = self.to_string();
        Some(Violation::Layer(Box::new(LayerViolation { name, requirement, scope, what })))
    }

    /// The name of its kind, stable.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.rule().0
    }

    fn rule(&self) -> StompRule {
        match self {
            Self::CommandUnknown(_) => {
                ("stomp-command-unknown", both("stomp#1.1.server:1", "stomp#1.2.server:1"))
            }
            Self::Unfinished(_) => ("stomp-unfinished", both("stomp#1.1.frames:1", "stomp#1.2.frames:1")),
            Self::NulInHead => ("stomp-nul-in-head", both("stomp#1.1.frames:1", "stomp#1.2.frames:1")),
            Self::HeaderWithoutColon(_) => {
                ("stomp-header-without-colon", both("stomp#1.1.frames:1", "stomp#1.2.frames:1"))
            }
            Self::HeaderWithoutName(_) => {
                ("stomp-header-without-name", both("stomp#1.1.bnf:1", "stomp#1.2.bnf:1"))
            }
            Self::NotUtf8(_) => ("stomp-not-utf8", both("stomp#1.1.encoding:1", "stomp#1.2.encoding:1")),
            Self::EscapeUndefined(_) => {
                ("stomp-escape-undefined", both("stomp#1.1.encoding:4", "stomp#1.2.encoding:4"))
            }
            Self::ColonUnescaped(_) => {
                ("stomp-colon-unescaped", both("stomp#1.1.encoding:4", "stomp#1.2.encoding:4"))
            }
            Self::ReturnUnescaped(_) => ("stomp-return-unescaped", last("stomp#1.2.encoding:4")),
            Self::BodyNotAllowed(_) => {
                ("stomp-body-not-allowed", both("stomp#1.1.encoding:5", "stomp#1.2.body:1"))
            }
            Self::LengthMalformed(_) => {
                ("stomp-length-malformed", both("stomp#1.1.length:1", "stomp#1.2.length:2"))
            }
            Self::LengthWrong(_) => ("stomp-length-wrong", both("stomp#1.1.length:2", "stomp#1.2.length:3")),
            Self::LengthMissing(_) => ("stomp-length-missing", last("stomp#1.2.length:4")),
            Self::TypeMissing(_) => ("stomp-type-missing", last("stomp#1.2.type:1")),
            Self::TypeMalformed(_) => ("stomp-type-malformed", last("stomp#1.2.type:2")),
            Self::VersionMissing => {
                ("stomp-version-missing", both("stomp#1.1.connected:1", "stomp#1.2.connected:1"))
            }
            Self::VersionNotOffered(_) => {
                ("stomp-version-not-offered", both("stomp#1.1.negotiation:1", "stomp#1.2.negotiation:1"))
            }
            Self::ServerNameMissing(_) => {
                ("stomp-server-name-missing", both("stomp#1.1.connected:2", "stomp#1.2.connected:2"))
            }
            Self::HeartBeatMalformed(_) => {
                ("stomp-heart-beat-malformed", both("stomp#1.1.heartbeat:1", "stomp#1.2.heartbeat:1"))
            }
            Self::BeforeConnected(_) => {
                ("stomp-before-connected", both("stomp#1.1.connecting:1", "stomp#1.2.connecting:1"))
            }
            Self::ConnectedAgain => {
                ("stomp-connected-again", both("stomp#1.1.connecting:1", "stomp#1.2.connecting:1"))
            }
            Self::DestinationMissing => (
                "stomp-destination-missing",
                all("stomp#1.0.message:1", "stomp#1.1.message:1", "stomp#1.2.message:1"),
            ),
            Self::MessageIdMissing => (
                "stomp-message-id-missing",
                all("stomp#1.0.message:2", "stomp#1.1.message:2", "stomp#1.2.message:3"),
            ),
            Self::MessageIdRepeated(_) => (
                "stomp-message-id-repeated",
                all("stomp#1.0.message:3", "stomp#1.1.message:3", "stomp#1.2.message:4"),
            ),
            Self::SubscriptionMissing => {
                ("stomp-subscription-missing", both("stomp#1.1.message:4", "stomp#1.2.message:5"))
            }
            Self::SubscriptionUnknown(_) => {
                ("stomp-subscription-unknown", both("stomp#1.1.message:4", "stomp#1.2.message:6"))
            }
            Self::AckMissing => ("stomp-ack-missing", last("stomp#1.2.message:7")),
            Self::ReceiptIdMissing => (
                "stomp-receipt-id-missing",
                all("stomp#1.0.receiptframe:1", "stomp#1.1.receiptframe:1", "stomp#1.2.receiptframe:1"),
            ),
            Self::ReceiptUnasked(_) => (
                "stomp-receipt-unasked",
                all("stomp#1.0.receiptframe:1", "stomp#1.1.receiptframe:1", "stomp#1.2.receiptframe:2"),
            ),
            Self::AfterError(_) => ("stomp-after-error", last("stomp#1.2.error:1")),
            Self::ErrorWithoutMessage => {
                ("stomp-error-without-message", both("stomp#1.1.error:1", "stomp#1.2.error:2"))
            }
        }
    }
}

impl Display for StompViolation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandUnknown(command) => {
                write!(f, "the command {} is not one of a server", Escaped(command))
            }
            Self::Unfinished(octets) => write!(f, "the frame that begins {} has no end", Escaped(octets)),
            Self::NulInHead => f.write_str("a NUL comes before the blank line that ends the headers"),
            Self::HeaderWithoutColon(line) => write!(f, "the header line {} has no colon", Escaped(line)),
            Self::HeaderWithoutName(line) => write!(f, "the header line {} has no name", Escaped(line)),
            Self::NotUtf8(line) => write!(f, "{} is not UTF-8", Escaped(line)),
            Self::EscapeUndefined(sequence) => {
                write!(f, "a header has the escape {}, which the version does not define", Escaped(sequence))
            }
            Self::ColonUnescaped(line) => {
                write!(f, "a colon in the value of {} is not escaped", Escaped(line))
            }
            Self::ReturnUnescaped(line) => {
                write!(f, "a carriage return in {} is not escaped", Escaped(line))
            }
            Self::BodyNotAllowed(command) => write!(f, "the frame {} has a body", Escaped(command)),
            Self::LengthMalformed(value) => {
                write!(f, "content-length is {}, not a number of octets", Escaped(value))
            }
            Self::LengthWrong(length) => {
                write!(f, "no NUL follows the {length} octets that content-length announces")
            }
            Self::LengthMissing(command) => {
                write!(f, "the frame {} has a body and no content-length", Escaped(command))
            }
            Self::TypeMissing(command) => {
                write!(f, "the frame {} has a body and no content-type", Escaped(command))
            }
            Self::TypeMalformed(value) => write!(f, "content-type is {}, not a MIME type", Escaped(value)),
            Self::VersionMissing => f.write_str("the CONNECTED has no version"),
            Self::VersionNotOffered(version) => {
                write!(f, "the CONNECTED has version {}, which CONNECT does not list", Escaped(version))
            }
            Self::ServerNameMissing(value) => {
                write!(f, "the server header {} does not begin with a name", Escaped(value))
            }
            Self::HeartBeatMalformed(value) => {
                write!(f, "heart-beat is {}, not two numbers with a comma between them", Escaped(value))
            }
            Self::BeforeConnected(command) => write!(f, "{} comes before CONNECTED", Escaped(command)),
            Self::ConnectedAgain => f.write_str("there is a second CONNECTED"),
            Self::DestinationMissing => f.write_str("the MESSAGE has no destination"),
            Self::MessageIdMissing => f.write_str("the MESSAGE has no message-id"),
            Self::MessageIdRepeated(id) => write!(f, "two messages have the message-id {}", Escaped(id)),
            Self::SubscriptionMissing => f.write_str("the MESSAGE has no subscription"),
            Self::SubscriptionUnknown(id) => {
                write!(
                    f,
                    "the MESSAGE has the subscription {}, which no SUBSCRIBE had as its id",
                    Escaped(id)
                )
            }
            Self::AckMissing => f.write_str(
                "the MESSAGE has no ack header, though its subscription asks for acknowledgements",
            ),
            Self::ReceiptIdMissing => f.write_str("the RECEIPT has no receipt-id"),
            Self::ReceiptUnasked(id) => {
                write!(f, "the RECEIPT has the receipt-id {}, which no frame waits for", Escaped(id))
            }
            Self::AfterError(command) => write!(f, "{} follows an ERROR", Escaped(command)),
            Self::ErrorWithoutMessage => f.write_str("the ERROR has no message header"),
        }
    }
}
