//! The ways in which a tunnel, or what a proxy says about one, may differ from what it has to be (RFC 9110, 9.3.6).

use bytes::Bytes;
use wsspec_notation::Payload;
use wsspec_wire::{RequirementId, ResponseHead};

/// What is wrong with a tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TunnelViolation {
    /// After this number of octets, others arrived than were sent: those, and these.
    Changed(u64, Bytes, Bytes),
    /// After this number of octets, these arrived, though nobody had sent more.
    Invented(u64, Bytes),
    /// The request for the tunnel arrived in it; `true`: with credentials.
    RequestPassed(bool),
    /// This number of octets did not arrive before the proxy ended a connection that neither end had closed.
    Lost(usize),
    /// This number of octets of an end did not arrive, although it closed its connection only after it had sent them.
    LostAtEnd(usize),
    /// One connection is closed, and the other stays open.
    EndNotPassed,
    /// This number of octets arrived, although the proxy had refused the tunnel.
    OpenedByRefusal(u64),
    /// The proxy answered with 2xx, and ended the connection though it had none to the server.
    OpenedUnconnected,
    /// The answer of the proxy has, or lacks, a field.
    Answer(TunnelAnswerFault),
}

/// What is wrong with an answer to a request for a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TunnelAnswerFault {
    /// A 2xx with Transfer-Encoding.
    TransferEncoding,
    /// A 2xx with Content-Length.
    ContentLength,
    /// A 407 without Proxy-Authenticate.
    NoChallenge,
}

impl TunnelAnswerFault {
    /// What is wrong with a final response.
    pub(crate) fn of(head: &ResponseHead) -> Option<Self> {
        let has = |name| head.fields.get(name).is_some();
        match head.status? {
            200..=299 if has("Transfer-Encoding") => Some(Self::TransferEncoding),
            200..=299 if has("Content-Length") => Some(Self::ContentLength),
            407 if !has("Proxy-Authenticate") => Some(Self::NoChallenge),
            _ => None,
        }
    }
}

impl TunnelViolation {
    /// The requirement that is broken.
    pub fn requirement(&self) -> RequirementId {
        RequirementId::from_static(match self {
            Self::RequestPassed(true) => "http-connect#9110.11.7.2:1",
            Self::Changed(..) | Self::Invented(..) | Self::RequestPassed(_) | Self::Lost(_) => {
                "http-connect#9110.9.3.6:1"
            }
            Self::LostAtEnd(_) => "http-connect#9110.9.3.6:2",
            Self::EndNotPassed => "http-connect#9110.9.3.6:3",
            Self::OpenedByRefusal(_) => "http-connect#9110.9.3.6:8",
            Self::OpenedUnconnected => "http-connect#9110.9.3.6:5",
            Self::Answer(TunnelAnswerFault::TransferEncoding) => "http-connect#9110.9.3.6:6",
            Self::Answer(TunnelAnswerFault::ContentLength) => "http-connect#9110.9.3.6:7",
            Self::Answer(TunnelAnswerFault::NoChallenge) => "http-connect#9110.11.7.1:1",
        })
    }

    /// The requirement that is broken by a proxy for SOCKS 5.
    pub fn requirement_of_socks(&self) -> RequirementId {
        RequirementId::from_static(match self {
            Self::LostAtEnd(_) => "socks5#1928.6:2",
            Self::EndNotPassed => "socks5#1928.6:3",
            _ => "socks5#1928.6:1",
        })
    }

    /// What should have arrived.
    pub(crate) fn expected(&self) -> String {
        match self {
            Self::Changed(at, sent, _) => format!("{}, as it was sent after {at} octets", shown(sent)),
            Self::Invented(..) | Self::RequestPassed(_) => "only what was sent after the answer".into(),
            Self::Lost(count) => format!("{count} more octets, as they were sent"),
            Self::LostAtEnd(count) => format!("{count} more octets, which were sent before the end"),
            Self::EndNotPassed => "the end of the connection, as the other has ended".into(),
            Self::OpenedByRefusal(_) => "nothing after a request that was refused".into(),
            Self::OpenedUnconnected => {
                "a 2xx once there is a connection to the server, or another status".into()
            }
            Self::Answer(TunnelAnswerFault::TransferEncoding) => "a 2xx without Transfer-Encoding".into(),
            Self::Answer(TunnelAnswerFault::ContentLength) => "a 2xx without Content-Length".into(),
            Self::Answer(TunnelAnswerFault::NoChallenge) => "a 407 with Proxy-Authenticate".into(),
        }
    }

    /// What arrived.
    pub(crate) fn actual(&self) -> String {
        match self {
            Self::Changed(_, _, arrived) => shown(arrived),
            Self::Invented(at, arrived) => format!("{} after all {at} octets", shown(arrived)),
            Self::RequestPassed(_) => "the request for the tunnel itself".into(),
            Self::Lost(_) | Self::LostAtEnd(_) => "the end of the connection".into(),
            Self::EndNotPassed => "nothing".into(),
            Self::OpenedByRefusal(count) => format!("{count} octets of the client, as in a tunnel"),
            Self::OpenedUnconnected => "a 2xx, and the end without a connection to the server".into(),
            Self::Answer(TunnelAnswerFault::TransferEncoding) => "a 2xx with Transfer-Encoding".into(),
            Self::Answer(TunnelAnswerFault::ContentLength) => "a 2xx with Content-Length".into(),
            Self::Answer(TunnelAnswerFault::NoChallenge) => "a 407 without it".into(),
        }
    }
}

fn shown(bytes: &Bytes) -> String {
    Payload::of(bytes).to_string()
}
