//! What may or must make a decoder reject the bytes, between which points, and with which codes.

use std::fmt;

use wsspec_wire::{CloseCode, CodeClass, Opcode, Rsv, Violation};

use crate::Demands;

/// A reason to reject.
#[derive(Clone, Debug)]
pub(crate) struct RejectionReason {
    pub(crate) why: Why,
    /// Offset of the frame's first byte.
    pub(crate) at: usize,
    /// The number of bytes after which it shows.
    pub(crate) known: usize,
    /// The end of the faulty part, if it has one: a decoder that has to reject must have done so by then.
    pub(crate) end: Option<usize>,
    /// What a decoder breaks if it does not reject; `None`: it need not.
    pub(crate) duty: Option<&'static str>,
    pub(crate) codes: Codes,
}

/// What is wrong.
#[derive(Clone, Debug)]
pub(crate) enum Why {
    /// The sender has broken a rule.
    Violation(Violation),
    /// It is larger than a decoder has to accept.
    Size(u64),
    /// A close code that is newer than the RFC.
    LaterCode(u16),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Violation(violation) => violation.fmt(f),
            Self::Size(size) => write!(f, "{size} bytes are more than a decoder has to accept"),
            Self::LaterCode(code) => {
                write!(f, "a close frame has the code {code}, which the RFC does not define")
            }
        }
    }
}

/// What a decoder with these demands breaks if it carries on after the violation; `None` if it may.
///
/// A strict one breaks the sender's rule, as no sentence binds the receiver.
pub(crate) fn duty(violation: &Violation, demands: &Demands) -> Option<&'static str> {
    use Violation::{
        CloseBodyOneByte, CloseCodeNotSendable, CloseReasonInvalidUtf8, CompressedContinuation,
        DeflateCorrupt, InterruptedMessage, InvalidUtf8, LengthNotMinimal, LengthTopBit, OrphanContinuation,
    };
    match violation {
        InvalidUtf8 { .. } | CloseReasonInvalidUtf8 if demands.text_unchecked => None,
        InvalidUtf8 { .. } | OrphanContinuation | InterruptedMessage { .. } | CompressedContinuation
            if demands.frames =>
        {
            None
        }
        LengthNotMinimal(_)
        | LengthTopBit(_)
        | CloseBodyOneByte
        | CloseCodeNotSendable(_)
        | DeflateCorrupt { .. }
            if demands.strict =>
        {
            Some(violation.id())
        }
        _ => must(violation),
    }
}

/// What a receiver breaks if it carries on after the violation; `None` if the RFC leaves it a choice.
///
/// The lengths of 5.2 and the close bodies and codes of 5.5.1 and 7.4 bind the sender, and no sentence explicitly
/// says that a receiver must refuse them. Nor does one say what a receiver does with data that does not decompress.
fn must(violation: &Violation) -> Option<&'static str> {
    Some(match violation {
        Violation::UnmaskedFrame => "rfc6455#5.1:3",
        Violation::MaskedFrame => "rfc6455#5.1:6",
        Violation::ReservedBits { rsv, .. } if rsv.contains(Rsv::RSV1) => "rfc6455#5.2:6",
        Violation::ReservedBits { rsv, .. } if rsv.contains(Rsv::RSV2) => "rfc6455#5.2:7",
        Violation::ReservedBits { .. } => "rfc6455#5.2:8",
        Violation::ReservedOpcode(opcode) if opcode.is_control() => "rfc6455#5.2:10",
        Violation::ReservedOpcode(_) => "rfc6455#5.2:9",
        Violation::FragmentedControl(_) => "rfc6455#5.5:6",
        Violation::LongControl { .. } => "rfc6455#5.5:4",
        Violation::OrphanContinuation => "rfc6455#5.4:7",
        Violation::InterruptedMessage { .. } => "rfc6455#5.4:13",
        Violation::InvalidUtf8 { .. } => "rfc6455#5.6:5",
        Violation::CloseReasonInvalidUtf8 => "rfc6455#5.5.1:9",
        Violation::CompressedControl(_) => "rfc7692#6.1:10",
        Violation::CompressedContinuation => "rfc7692#6.1:11",
        _ => return None,
    })
}

/// The codes that fit a fault (RFC 6455, 7.4.1), in addition to the general ones: 1002, 1003, 1008, 1011, and the
/// codes of libraries and applications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Codes {
    /// 1007: it is about a data message.
    pub(crate) data: bool,
    /// 1009: it is about a size.
    pub(crate) size: bool,
}

impl Codes {
    /// The reasons in a frame's header.
    pub(crate) fn of(opcode: Opcode, violations: &[Violation]) -> Self {
        let sized = |violation: &Violation| {
            use Violation::{LengthNotMinimal, LengthTopBit, LongControl};
            matches!(violation, LengthNotMinimal(_) | LengthTopBit(_) | LongControl { .. })
        };
        Self { data: opcode.is_data(), size: violations.iter().any(sized) }
    }

    /// What a decoder breaks if it rejects with this code; `None`: nothing.
    pub(crate) fn broken_by(self, code: u16) -> Option<&'static str> {
        match code {
            1002 | 1003 | 1008 | 1011 => None,
            1007 if self.data => None,
            1009 if self.size => None,
            1000 => Some("rfc6455#7.4.1:2"),
            1001 => Some("rfc6455#7.4.1:3"),
            1004 => Some("rfc6455#7.4.1:7"),
            1005 => Some("rfc6455#7.4.1:8"),
            1006 => Some("rfc6455#7.4.1:11"),
            1007 => Some("rfc6455#7.4.1:14"),
            1009 => Some("rfc6455#7.4.1:17"),
            1010 => Some("rfc6455#7.4.1:18"),
            1015 => Some("rfc6455#7.4.1:22"),
            _ => match CloseCode(code).class() {
                CodeClass::Unused => Some("rfc6455#7.4.2:1"),
                CodeClass::Reserved => Some("rfc6455#7.4.2:3"),
                CodeClass::OutOfRange => Some("rfc6455#11.7:1"),
                _ => None,
            },
        }
    }
}
