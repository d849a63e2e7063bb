//! What a decoder is judged by: what it supports, what it leaves to other code, and how strict it has to be.

/// The demands on a decoder. The default is a decoder of whole messages, without compression, that checks everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demands {
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
    /// It reports each data frame as a [`DecoderEvent::Frame`](crate::DecoderEvent::Frame), and leaves it to other
    /// code to join fragments, check their order, decompress and check text.
    pub frames: bool,
    /// It supports permessage-deflate (RFC 7692): some connections use it, with any parameters. Otherwise none do.
    pub deflate: bool,
    /// It has to reject everything that the RFC forbids a sender, even if no sentence binds the receiver: long forms
    /// of short lengths, close codes that must not be sent, close bodies of one byte, compressed data that does not
    /// decompress.
    pub strict: bool,
}

impl Demands {
    /// [`Demands::default`], for constants.
    pub const DEFAULT: Self = Self {
        limit: 8192,
        text_unchecked: false,
        pings_unreported: false,
        pongs_unreported: false,
        close_bodies_unreported: false,
        frames: false,
        deflate: false,
        strict: false,
    };
}

impl Default for Demands {
    fn default() -> Self {
        Self::DEFAULT
    }
}
