//! Why a connection cannot go on.

use wsspec_wire::ErrorCode;

/// What the other end did so that the connection cannot go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HttpError {
    /// The code that it receives.
    pub code: ErrorCode,
    /// What it did, as a sentence without its subject.
    pub what: &'static str,
}

impl HttpError {
    pub(crate) const fn with(code: ErrorCode, what: &'static str) -> Self {
        Self { code, what }
    }

    /// It does not speak HTTP/2.
    pub const NO_SETTINGS: Self = Self::protocol("does not begin with SETTINGS, as HTTP/2 does");

    /// It sends more than its window has room for (RFC 9113, 6.9.1).
    pub const WINDOW_EXCEEDED: Self = Self::flow("sent more than its window has room for");

    pub(crate) const fn protocol(what: &'static str) -> Self {
        Self { code: ErrorCode::PROTOCOL_ERROR, what }
    }

    pub(crate) const fn size(what: &'static str) -> Self {
        Self { code: ErrorCode::FRAME_SIZE_ERROR, what }
    }

    pub(crate) const fn flow(what: &'static str) -> Self {
        Self { code: ErrorCode::FLOW_CONTROL_ERROR, what }
    }

    pub(crate) const fn flood(what: &'static str) -> Self {
        Self { code: ErrorCode::ENHANCE_YOUR_CALM, what }
    }
}
