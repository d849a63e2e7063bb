//! What is never counted against a decoder, or not if it says so.

/// What a decoder leaves to other code, or does not accept. By default only large payloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leniency {
    /// It may refuse frames and messages of more bytes than this: a receiver has limits (RFC 6455, 10.4).
    pub limit: u64,
    /// It passes on text without checking that it is UTF-8, as documented: then its user has to check it (RFC 6455,
    /// 8.1).
    pub text_unchecked: bool,
    /// It answers pings itself and does not report them.
    pub pings_unreported: bool,
    /// It does not report pongs: they need no answer (RFC 6455, 5.5.3).
    pub pongs_unreported: bool,
    /// It reports that a close frame arrived, but not its body.
    pub close_bodies_unreported: bool,
}

impl Leniency {
    /// [`Leniency::default`], for constants.
    pub const DEFAULT: Self = Self {
        limit: 8192,
        text_unchecked: false,
        pings_unreported: false,
        pongs_unreported: false,
        close_bodies_unreported: false,
    };
}

impl Default for Leniency {
    fn default() -> Self {
        Self::DEFAULT
    }
}
