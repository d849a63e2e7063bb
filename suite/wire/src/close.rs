//! What a close frame may carry: a status code and a reason (RFC 6455, 5.5.1 and 7.4).

use std::fmt;

use bytes::Bytes;

/// A close frame's status code, total over sixteen bits (RFC 6455, 7.4).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct CloseCode(pub u16);

/// What the RFC says about a range of close codes (RFC 6455, 7.4.1 and 7.4.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum CodeClass {
    /// 0 to 999: not used.
    Unused,
    /// 1000 to 1003 and 1007 to 1011: defined by the RFC for close frames.
    Defined,
    /// 1005, 1006 and 1015: defined, and never to be sent.
    NotOnTheWire,
    /// 1012 to 1014: registered with IANA after the RFC.
    Registered,
    /// 1004 and 1016 to 2999: reserved for the protocol and its extensions.
    Reserved,
    /// 3000 to 3999: for libraries and frameworks, by registration.
    Library,
    /// 4000 to 4999: for private use.
    Private,
    /// 5000 and above: outside every range of the RFC.
    OutOfRange,
}

impl CloseCode {
    /// The range the code is in.
    #[must_use]
    pub const fn class(self) -> CodeClass {
        match self.0 {
            0..=999 => CodeClass::Unused,
            1000..=1003 | 1007..=1011 => CodeClass::Defined,
            1005 | 1006 | 1015 => CodeClass::NotOnTheWire,
            1012..=1014 => CodeClass::Registered,
            1004 | 1016..=2999 => CodeClass::Reserved,
            3000..=3999 => CodeClass::Library,
            4000..=4999 => CodeClass::Private,
            5000.. => CodeClass::OutOfRange,
        }
    }

    /// For a connection that has served its purpose (RFC 6455, 7.4.1).
    pub const NORMAL: Self = Self(1000);

    /// Whether it says that the sender ends the connection by a choice of its own: it goes away, has a policy, restarts, has
    /// too much to do, or follows an agreement of applications (RFC 6455, 7.4.1 and 7.4.2, and IANA's registry). An endpoint
    /// may do so at any time.
    #[must_use]
    pub const fn is_own_choice(self) -> bool {
        matches!(self.0, 1001 | 1008 | 1012..=1014 | 3000..=4999)
    }

    /// Whether an endpoint may put the code in a close frame.
    #[must_use]
    pub const fn is_sendable(self) -> bool {
        matches!(
            self.class(),
            CodeClass::Defined | CodeClass::Registered | CodeClass::Library | CodeClass::Private
        )
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A close frame's payload, total over bytes (RFC 6455, 5.5.1).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum CloseBody {
    /// No payload.
    Empty,
    /// One byte, which is neither empty nor a code: always a violation.
    OneByte(u8),
    /// A code, and a reason that may be empty and need not be valid UTF-8.
    Full {
        /// The status code.
        code: CloseCode,
        /// The bytes after the code.
        reason: Bytes,
    },
}

impl CloseBody {
    /// Reads an unmasked payload of any length.
    #[must_use]
    pub fn parse(payload: Bytes) -> Self {
        match *payload {
            [] => Self::Empty,
            [byte] => Self::OneByte(byte),
            [high, low, ..] => {
                Self::Full { code: CloseCode(u16::from_be_bytes([high, low])), reason: payload.slice(2..) }
            }
        }
    }

    /// The status code, if there is one.
    #[must_use]
    pub fn code(&self) -> Option<CloseCode> {
        match self {
            Self::Full { code, .. } => Some(*code),
            Self::Empty | Self::OneByte(_) => None,
        }
    }

    /// The payload again: the inverse of [`parse`](Self::parse).
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Self::Empty => Bytes::new(),
            Self::OneByte(byte) => Bytes::copy_from_slice(&[*byte]),
            Self::Full { code, reason } => [&code.0.to_be_bytes()[..], reason].concat().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_the_class_the_rfc_gives_it() {
        let classes = [
            (CodeClass::Unused, vec![0, 999]),
            (CodeClass::Defined, vec![1000, 1003, 1007, 1011]),
            (CodeClass::NotOnTheWire, vec![1005, 1006, 1015]),
            (CodeClass::Registered, vec![1012, 1014]),
            (CodeClass::Reserved, vec![1004, 1016, 2999]),
            (CodeClass::Library, vec![3000, 3999]),
            (CodeClass::Private, vec![4000, 4999]),
            (CodeClass::OutOfRange, vec![5000, 65535]),
        ];
        for (class, codes) in classes {
            assert!(codes.iter().all(|&code| CloseCode(code).class() == class), "{class:?}");
        }
    }

    #[test]
    fn an_endpoint_may_send_2012_codes() {
        assert_eq!((0..=u16::MAX).filter(|&code| CloseCode(code).is_sendable()).count(), 9 + 3 + 2000);
    }

    #[test]
    fn parsing_a_close_body_loses_nothing() {
        for payload in [&b""[..], b"\x03", b"\x03\xe8", b"\x03\xe8bye", b"\x00\x00\xff"] {
            assert_eq!(CloseBody::parse(Bytes::from_static(payload)).to_bytes(), payload);
        }
    }
}
