//! What is held against no decoder, or not against one that says so.

/// What a decoder leaves to others, or does not take. By default nothing but large payloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leniency {
    /// A frame or message of more bytes than these may be refused: a receiver has limits (RFC 6455, 10.4).
    pub limit: u64,
    /// It hands text on without looking whether that is UTF-8, as documented: then its user has to look (RFC 6455, 8.1).
    pub text_unchecked: bool,
    /// It answers pings by itself and reports none.
    pub pings_unreported: bool,
    /// It reports no pongs: they need no answer (RFC 6455, 5.5.3).
    pub pongs_unreported: bool,
    /// It reports that a close frame came, and not what is in it.
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
