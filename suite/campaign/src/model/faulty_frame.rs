//! What a peer has to refuse, and how.

use wsspec_notation::{Attributes, Expectation, FrameKind, FrameSpec, Payload, Sending, Step};
use wsspec_wire::{CloseBody, CodeClass, Header, MessageKind, Opcode, Role, Rsv, Utf8Validator};

use super::{
    answer::expect,
    message::{IncomingFrame, PartialMessage},
    state::Symbol,
};
use crate::session::begun_head;

/// Requirements other than that of a fault.
pub(super) const PING_IS_ANSWERED: &str = "rfc6455#5.5.2:2";
pub(super) const CONTROL_BETWEEN_FRAGMENTS: &str = "rfc6455#5.4:14";
pub(super) const CLOSE_IS_ANSWERED: &str = "rfc6455#5.5.1:14";
pub(super) const HANDSHAKE_IS_ACCEPTED: &str = "rfc6455#4.2.2:1";
pub(super) const PONG_IS_IGNORED: &str = "rfc6455#5.5.3:4";

/// What the exchange names where a request that offers permessage-deflate is refused, for whatever reason.
const OFFER_IS_DECLINED: &str = "rfc7692#3:4";

/// Those of them that ask for something to be accepted.
pub(super) const ACCEPTED: [&str; 6] = [
    PING_IS_ANSWERED,
    CONTROL_BETWEEN_FRAGMENTS,
    CLOSE_IS_ANSWERED,
    HANDSHAKE_IS_ACCEPTED,
    PONG_IS_IGNORED,
    OFFER_IS_DECLINED,
];

/// A reason to fail the connection.
#[derive(Clone, Debug)]
pub(super) struct FaultyFrame {
    pub symbol: Symbol,
    pub requirement: &'static str,
    /// Every acceptable answer.
    pub answers: Expectation,
    /// Nothing may follow: the peer need not fail the connection.
    pub is_final: bool,
    /// The type of the message that the peer may send back instead.
    pub echoes: Option<MessageKind>,
    /// The message has to end before the peer must notice.
    pub unfinished: bool,
}

impl FaultyFrame {
    fn new(symbol: Symbol, requirement: &'static str, answers: &'static str) -> Self {
        Self {
            symbol,
            requirement,
            answers: expect(answers),
            is_final: false,
            echoes: None,
            unfinished: false,
        }
    }

    fn last(self) -> Self {
        Self { is_final: true, ..self }
    }
}

/// The first fault of a frame; faults that must be refused come before those that need not be.
pub(super) fn find(
    incoming: &IncomingFrame,
    message: Option<&PartialMessage>,
    compresses: bool,
    role: Role,
) -> Option<FaultyFrame> {
    masking(incoming, role)
        .or_else(|| reserved(incoming, message, compresses))
        .or_else(|| control(incoming))
        .or_else(|| order(incoming, message))
        .or_else(|| content(incoming, message))
        .or_else(|| length(incoming, message))
}

/// A client masks its frames, a server does not (RFC 6455, 5.1).
fn masking(incoming: &IncomingFrame, role: Role) -> Option<FaultyFrame> {
    let (symbol, requirement) = match role {
        Role::Server => (Symbol::Unmasked, "rfc6455#5.1:3"),
        Role::Client => (Symbol::Masked, "rfc6455#5.1:6"),
    };
    incoming.mismasked.then(|| FaultyFrame::new(symbol, requirement, "< eof | fail"))
}

fn reserved(
    incoming: &IncomingFrame,
    message: Option<&PartialMessage>,
    compresses: bool,
) -> Option<FaultyFrame> {
    let bits = |requirement| Some(FaultyFrame::new(Symbol::ReservedBits, requirement, "< fail 1002"));
    let rsv = incoming.rsv;
    let continues = message.is_some() && incoming.opcode == Opcode::CONTINUATION;
    if rsv.contains(Rsv::RSV1) && compresses && (incoming.is_control || continues) {
        return bits(if incoming.is_control { "rfc7692#6.1:10" } else { "rfc7692#6.1:11" });
    }
    let of_bits = [(Rsv::RSV1, "rfc6455#5.2:6"), (Rsv::RSV2, "rfc6455#5.2:7"), (Rsv::RSV3, "rfc6455#5.2:8")];
    if let Some((_, requirement)) = of_bits.iter().find(|(bit, _)| rsv.contains(*bit)) {
        return bits(requirement);
    }
    let opcode = |requirement| FaultyFrame::new(Symbol::ReservedOpcode, requirement, "< fail 1002");
    let requirement = if incoming.is_control { "rfc6455#5.2:10" } else { "rfc6455#5.2:9" };
    incoming.opcode.is_reserved().then(|| opcode(requirement))
}

fn control(incoming: &IncomingFrame) -> Option<FaultyFrame> {
    if !incoming.is_control {
        return None;
    }
    if !incoming.fin {
        return Some(FaultyFrame::new(Symbol::FragmentedControl, "rfc6455#5.5:6", "< fail 1002"));
    }
    (incoming.size > 125)
        .then(|| FaultyFrame::new(Symbol::LongControl, "rfc6455#5.5:4", "< fail 1002 | fail 1009"))
}

fn order(incoming: &IncomingFrame, message: Option<&PartialMessage>) -> Option<FaultyFrame> {
    if incoming.is_control {
        return None;
    }
    match (message, incoming.opcode == Opcode::CONTINUATION) {
        (None, true) => Some(FaultyFrame::new(Symbol::Orphan, "rfc6455#5.4:7", "< fail 1002 | fail 1007")),
        (Some(_), false) => {
            Some(FaultyFrame::new(Symbol::Interrupts, "rfc6455#5.4:13", "< fail 1002 | fail 1007"))
        }
        _ => None,
    }
}

fn content(incoming: &IncomingFrame, message: Option<&PartialMessage>) -> Option<FaultyFrame> {
    if incoming.opcode == Opcode::CLOSE {
        return close(incoming);
    }
    if incoming.is_control {
        return None;
    }
    if incoming.corrupt {
        return Some(FaultyFrame::new(Symbol::Corrupt, "rfc7692#7.2.2:6", "< fail"));
    }
    let begun = message.cloned().unwrap_or_else(|| PartialMessage::new(incoming));
    if begun.stays_text(&incoming.content, incoming.fin) {
        return None;
    }
    let requirement = match (incoming.compressed, message) {
        (true, _) => "rfc7692#6.1:14",
        (false, None) => "rfc6455#8.1:2",
        (false, Some(_)) => "rfc6455#5.6:5",
    };
    let fault = FaultyFrame::new(Symbol::BadText, requirement, "< fail 1007");
    Some(FaultyFrame { unfinished: !incoming.fin, ..fault })
}

fn close(incoming: &IncomingFrame) -> Option<FaultyFrame> {
    let bad = |requirement, answers| Some(FaultyFrame::new(Symbol::BadClose, requirement, answers).last());
    match CloseBody::parse(incoming.content.clone()) {
        CloseBody::Empty => None,
        CloseBody::OneByte(_) => bad("rfc6455#5.5.1:6", "< fail 1002 |? close \"\""),
        CloseBody::Full { code, reason } => match code.class() {
            _ if !is_text(&reason) => bad("rfc6455#5.5.1:9", "< fail 1007 | fail 1002"),
            CodeClass::Unused => bad("rfc6455#7.4.2:2", "< fail 1002 |? close"),
            CodeClass::OutOfRange => bad("rfc6455#11.7:2", "< fail 1002 |? close"),
            CodeClass::NotOnTheWire => bad("rfc6455#7.4.1:9", "< fail 1002 |? close"),
            _ => None,
        },
    }
}

fn is_text(bytes: &[u8]) -> bool {
    let mut utf8 = Utf8Validator::new();
    utf8.push(bytes).is_ok() && utf8.finish().is_ok()
}

/// A length in a longer form than needed is the sender's fault; a receiver should refuse it, but need not.
fn length(incoming: &IncomingFrame, message: Option<&PartialMessage>) -> Option<FaultyFrame> {
    let answers = match incoming.opcode {
        _ if !incoming.padded => return None,
        Opcode::PING => "< fail 1002 |? pong",
        Opcode::CLOSE => "< fail 1002 |? close",
        Opcode::TEXT if message.is_none() => "< fail 1002 |? text",
        Opcode::BINARY if message.is_none() => "< fail 1002 |? binary",
        _ => return None,
    };
    let fault = FaultyFrame::new(Symbol::PaddedLength, "rfc6455#5.2:23", answers).last();
    let echoes = (!incoming.is_control).then(|| incoming.kind());
    Some(FaultyFrame { echoes, ..fault })
}

/// Whether a frame may be sent to a peer that has to fail the connection: one that conforms on its own.
pub(super) fn means_nothing_later(spec: &FrameSpec) -> bool {
    let plain = spec.attributes == Attributes::default();
    plain && !matches!(spec.kind, FrameKind::Close(_) | FrameKind::Opcode(_)) && spec.payload.len() <= 1024
}

/// Whether bytes are the beginning of an opening handshake to a peer of that role, and not the whole of one.
pub(super) fn is_begun_head(bytes: &[u8], role: Role) -> bool {
    let whole = begun_head(role);
    !bytes.is_empty() && whole.as_bytes().starts_with(bytes)
}

/// Whether bytes are the beginning of an unfinished frame with a legal opcode and no reserved bits, masked if its receiver
/// is a server.
pub(super) fn is_begun_frame(bytes: &[u8], role: Role) -> bool {
    let Some(first) = bytes.first() else { return false };
    let legal = first & 0x70 == 0 && !Opcode::from_low_bits(*first).is_reserved();
    let masked = bytes.get(1).is_none_or(|second| (second & 0x80 != 0) == (role == Role::Server));
    let ends =
        Header::parse(bytes).is_some_and(|(header, at)| header.length.value <= (bytes.len() - at) as u64);
    legal && masked && !ends
}

/// The end of a message in progress.
pub(super) fn last_fragment() -> Step {
    let attributes = Attributes::default();
    Step::Send(Sending::Frame(FrameSpec {
        kind: FrameKind::Continuation,
        payload: Payload::empty(),
        attributes,
    }))
}
