//! The ways in which what arrives at one end of an intermediary may differ from what left the other.

use wsspec_notation::Payload;
use wsspec_wire::{MessageKind, RequirementId, Violation};

use crate::{
    head_fault::HeadFault,
    lane::{LaneContent, LaneItem},
    proxy_end::ProxyEnd,
    tunnel_violation::TunnelViolation,
};

/// How many bytes of a payload are shown.
const SHOWN: usize = 24;

/// A difference between what left one end and what arrived at the other.
#[derive(Clone, Debug, PartialEq)]
pub enum RelationViolation {
    /// A message arrived with another payload: the one sent, then the other.
    MessageChanged(LaneDigest, LaneDigest),
    /// A message arrived as the other type.
    TypeChanged(LaneDigest, LaneDigest),
    /// A message was left out, and a later one arrived.
    MessageSkipped(LaneDigest, LaneDigest),
    /// Something valid did not arrive, though something later did, or the connection was closed in order.
    Lost(LaneDigest),
    /// Something arrived that nobody had sent.
    Invented(LaneDigest),
    /// Something that breaks a rule was turned into something valid.
    Repaired(LaneDigest, LaneDigest),
    /// Something that breaks a rule was turned into something that breaks another.
    FaultChanged(LaneDigest, LaneDigest),
    /// Something valid was turned into something that breaks a rule, or that came on top.
    Introduced(Box<Violation>),
    /// A close frame arrived with another code or reason.
    CloseChanged(LaneDigest, LaneDigest),
    /// The intermediary closed a connection on which everything was valid.
    ClosedUnasked(String, LaneDigest),
    /// So many octets of the client were passed on though the server had refused the upgrade.
    Tunnelled(usize),
    /// This many octets of a request after a refused one were passed on as they are.
    RequestTunnelled(usize),
    /// The client got a 101 though the server had sent none, and could send none any more.
    OpenedUnasked,
    /// The client of HTTP/2 got a 2xx though the server had not switched to WebSocket, and could not any more.
    StreamOpenedUnasked,
    /// The client of HTTP/1.1 got a 101 though the server had not answered an extended CONNECT with 2xx, and could not any
    /// more.
    UpgradedWithoutStream,
    /// The key of an upgrade that the intermediary has written has this many different octets.
    KeyNotRandom(usize),
    /// The client got a 101 though its request asked for no upgrade.
    UpgradedUnasked,
    /// The client got a 101 though it speaks HTTP/1.0.
    OldClientUpgraded,
    /// One connection is closed, and the other stays open.
    EndNotPassed,
    /// A head that breaks a rule was passed on as one that does not.
    HeadRepaired(ProxyEnd, Box<Violation>),
    /// A head has what an intermediary may not send, even if it got it so.
    HeadMalformed(HeadFault),
    /// A field with a CR that no LF follows arrived with this value.
    CarriageReturnDropped(String),
    /// After the response to a request with two kinds of length, there was another one.
    AnsweredAgain,
    /// Something arrived that was sent on another connection.
    ForeignMessage(LaneDigest),
    /// Credentials arrived that were sent on another connection.
    ForeignCredentials,
    /// A tunnel is not one, or was not opened as it has to be.
    Tunnel(TunnelViolation),
    /// A connection that a proxy has opened by SOCKS does not pass on what it has to.
    Socks(TunnelViolation),
}

/// An item of a connection in a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneDigest(pub(crate) String);

fn type_name(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Text => "text",
        MessageKind::Binary => "binary",
    }
}

impl LaneItem {
    /// What it is, in a few words.
    pub(crate) fn digest(&self) -> LaneDigest {
        LaneDigest(match &self.what {
            LaneContent::Message(kind, payload) => {
                let shown = Payload::of(&payload.slice(..payload.len().min(SHOWN)));
                let more = if payload.len() > SHOWN { ".." } else { "" };
                let bytes = if payload.len() == 1 { "byte" } else { "bytes" };
                format!("a {} message of {} {bytes}, {shown}{more}", type_name(*kind), payload.len())
            }
            LaneContent::Oversize(header) => format!("a frame of {} bytes", header.length.value),
            LaneContent::Close(body) => match body.code() {
                Some(code) => {
                    let body = body.to_bytes();
                    format!("a close frame with {} {}", code.0, Payload::of(&body.slice(body.len().min(2)..)))
                }
                None => format!("a close frame with a body of {} bytes", body.to_bytes().len()),
            },
            LaneContent::Faulty(found) => {
                let faults: Vec<_> = found.iter().map(ToString::to_string).collect();
                format!("something faulty ({})", faults.join("; "))
            }
        })
    }
}

impl RelationViolation {
    /// The requirement that is broken.
    pub fn requirement(&self) -> RequirementId {
        RequirementId::from_static(match self {
            Self::MessageChanged(..) | Self::Invented(_) => "intermediaries#6455.5.4:1",
            Self::TypeChanged(..) => "intermediaries#6455.5.4:2",
            Self::MessageSkipped(..) => "intermediaries#6455.5.4:3",
            Self::Lost(_) | Self::ClosedUnasked(..) => "intermediaries#6455.5.4:4",
            Self::Repaired(..) | Self::FaultChanged(..) => "intermediaries#6455.7.1.7:1",
            Self::CloseChanged(..) => "intermediaries#6455.7.1.5:1",
            Self::Tunnelled(_) | Self::RequestTunnelled(_) | Self::OpenedUnasked => {
                "intermediaries#9110.7.8:1"
            }
            Self::StreamOpenedUnasked => "intermediaries#8441.5:1",
            Self::UpgradedWithoutStream => "intermediaries#8441.5:5",
            Self::KeyNotRandom(_) => "intermediaries#8441.5:3",
            Self::HeadRepaired(ProxyEnd::Front, _) => "intermediaries#6455.4.1:1",
            Self::HeadRepaired(ProxyEnd::Back, _) => "intermediaries#6455.4.2.1:1",
            Self::HeadMalformed(fault) => fault.requirement(),
            Self::CarriageReturnDropped(_) => "intermediaries#9112.2.2:1",
            Self::UpgradedUnasked => "intermediaries#9110.7.8:2",
            Self::OldClientUpgraded => "intermediaries#9110.15.2:2",
            Self::AnsweredAgain => "intermediaries#9112.6.1:1",
            Self::ForeignMessage(_) => "intermediaries#9110.3.7:1",
            Self::ForeignCredentials => "intermediaries#9110.3.3:1",
            Self::EndNotPassed => "intermediaries#9110.9.3.6:1",
            Self::Introduced(violation) => return violation.requirement(),
            Self::Tunnel(violation) => return violation.requirement(),
            Self::Socks(violation) => return violation.requirement_of_socks(),
        })
    }

    /// Whether it counts only in trials about it: an intermediary that breaks the rule does so on every connection.
    pub fn is_of_its_trial(&self) -> bool {
        match self {
            Self::KeyNotRandom(_) => true,
            Self::HeadMalformed(fault) => fault.is_everywhere(),
            _ => false,
        }
    }

    /// Whether it shows only by something that does not happen, so that a slow intermediary may look like it.
    pub fn is_silence(&self) -> bool {
        matches!(
            self,
            Self::EndNotPassed
                | Self::Tunnel(TunnelViolation::EndNotPassed)
                | Self::Socks(TunnelViolation::EndNotPassed)
        )
    }

    /// What should have arrived.
    pub fn expected(&self) -> String {
        match self {
            Self::MessageChanged(was, _)
            | Self::TypeChanged(was, _)
            | Self::MessageSkipped(was, _)
            | Self::CloseChanged(was, _)
            | Self::Lost(was) => format!("{}, as it was sent", was.0),
            Self::Repaired(was, _) | Self::FaultChanged(was, _) => {
                format!("{}, as it was sent, or a close frame and the end", was.0)
            }
            Self::Invented(_) => "only what was sent".into(),
            Self::ForeignMessage(_) | Self::ForeignCredentials => "only what was sent on this one".into(),
            Self::HeadRepaired(_, violation) => {
                format!("a refusal, or the head as it was sent ({violation})")
            }
            Self::HeadMalformed(_) => "a refusal, or a head without that".into(),
            Self::CarriageReturnDropped(_) => {
                "a refusal, or the field with a space in place of the CR".into()
            }
            Self::AnsweredAgain => "one response, and the end".into(),
            Self::OpenedUnasked
            | Self::UpgradedWithoutStream
            | Self::UpgradedUnasked
            | Self::OldClientUpgraded => "a response other than 101, or the end".into(),
            Self::KeyNotRandom(_) => "a key of 16 random octets".into(),
            Self::StreamOpenedUnasked => "a response other than 2xx, or the end of the stream".into(),
            Self::RequestTunnelled(_) => {
                "nothing after a request that was refused, or another request".into()
            }
            Self::ClosedUnasked(was, _) => format!("what was sent, last of it {was}"),
            Self::Introduced(_) => "what was sent, which breaks no such rule".into(),
            Self::Tunnelled(_) => "nothing after a request that was refused".into(),
            Self::EndNotPassed => "the end of the connection, as the other has ended".into(),
            Self::Tunnel(violation) | Self::Socks(violation) => violation.expected(),
        }
    }

    /// What arrived.
    pub fn actual(&self) -> String {
        match self {
            Self::MessageChanged(_, is)
            | Self::TypeChanged(_, is)
            | Self::MessageSkipped(_, is)
            | Self::Repaired(_, is)
            | Self::FaultChanged(_, is)
            | Self::CloseChanged(_, is)
            | Self::ClosedUnasked(_, is)
            | Self::ForeignMessage(is)
            | Self::Invented(is) => is.0.clone(),
            Self::ForeignCredentials => "the credentials of another connection".into(),
            Self::HeadRepaired(..) => "a head that does not break that rule".into(),
            Self::HeadMalformed(fault) => fault.words().into(),
            Self::CarriageReturnDropped(value) => format!("the field with the value `{value}`"),
            Self::AnsweredAgain => "another response".into(),
            Self::UpgradedUnasked => "101, for which the client has not asked".into(),
            Self::OldClientUpgraded => "101, which HTTP/1.0 does not have".into(),
            Self::OpenedUnasked => "101, which no server has sent".into(),
            Self::UpgradedWithoutStream => "101, though the server of HTTP/2 has opened no stream".into(),
            Self::KeyNotRandom(1) => "a key of 16 equal octets".into(),
            Self::KeyNotRandom(values) => format!("a key with {values} different octets"),
            Self::StreamOpenedUnasked => {
                "2xx, which opens a connection, though the server has opened none".into()
            }
            Self::RequestTunnelled(octets) => {
                format!("{octets} octets of the client as they are, as in a tunnel")
            }
            Self::Introduced(violation) => violation.to_string(),
            Self::Tunnelled(octets) => format!("{octets} octets of the client outside any request"),
            Self::Lost(_) | Self::EndNotPassed => "nothing".into(),
            Self::Tunnel(violation) | Self::Socks(violation) => violation.actual(),
        }
    }
}
