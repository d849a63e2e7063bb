//! Why each kind of disagreement matters, and where to look for its cause.

use super::DisagreementKind;

impl DisagreementKind {
    /// Why it matters.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::Accepted => {
                "Two receivers that read the same bytes differently can be played off against each other, and this \
                 one passes on what the sender had no right to send."
            }
            Self::Refused => "A conforming peer may send these bytes, and loses its connection when it does.",
            Self::Missing => {
                "The decoder's user waits for something that has already arrived: a message is lost, or a ping is not \
                 answered."
            }
            Self::Changed => "The decoder's user gets a payload, a type or a code that nobody sent.",
            Self::Invented => {
                "The decoder's user acts on something that nobody has sent, or of which a part is still missing."
            }
            Self::Code => {
                "The code tells the other end what it did wrong; a code that does not fit misleads its developers."
            }
            Self::AfterClose => {
                "A close frame is the last frame that an endpoint sends; bytes after it do not belong to the \
                 connection (RFC 6455, 5.5.1)."
            }
            Self::Cuts => {
                "TCP may split the bytes anywhere, so the same peer works on one network and fails on another."
            }
            Self::Crashed => "Anybody who can open a connection can stop the program with these bytes.",
            Self::Slow => {
                "The cost grows faster than what the peer sends, so a few connections use up a processor (RFC 6455, \
                 10.4)."
            }
            Self::Greedy => {
                "A few bytes make the decoder reserve memory that the peer never fills, so some hundred connections \
                 use up all of it (RFC 6455, 10.4)."
            }
        }
    }

    /// What typically causes it, and what to change.
    #[must_use]
    pub const fn fix(self) -> &'static str {
        match self {
            Self::Accepted => {
                "Check it as soon as the header or the payload is read, before anything is reported, and fail the \
                 connection."
            }
            Self::Refused => {
                "Find the check that returns this error: it runs too early, reads the wrong field, or is stricter \
                 than the RFC."
            }
            Self::Missing => {
                "Report each message and control frame once its last byte is there, and go on until the buffer has no \
                 complete frame left."
            }
            Self::Changed => {
                "Compare what was expected with what was reported: the first byte that differs leads to unmasking, to \
                 joining fragments, or to a position in a buffer."
            }
            Self::Invented => {
                "Report a frame only once its last byte has arrived, and a message only with its last fragment; \
                 remove from the buffer what was reported."
            }
            Self::Code => {
                "Give each error its code of section 7.4.1: 1002 for a protocol error, 1007 for text that is not \
                 UTF-8, 1009 for data that is too large."
            }
            Self::AfterClose => {
                "Stop reading once a close frame was reported, and discard the rest of the buffer."
            }
            Self::Cuts => {
                "Keep incomplete input and the state of the frame and message in progress from one call to the next, \
                 and check a frame in parts as strictly as a whole one."
            }
            Self::Crashed => {
                "Replay the input with a stack trace, and return an error in place of the unchecked index, the \
                 overflow or the assertion."
            }
            Self::Slow => {
                "Look for a buffer that is copied, searched or checked from its start each time that bytes arrive, and \
                 remember how far that was done."
            }
            Self::Greedy => {
                "Let the buffer grow with the bytes that arrive, not with the length in the header, and limit it."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_advice_of_its_own() {
        use DisagreementKind::{
            Accepted, AfterClose, Changed, Code, Crashed, Cuts, Greedy, Invented, Missing, Refused, Slow,
        };
        let all =
            [Accepted, Refused, Missing, Changed, Invented, Code, AfterClose, Cuts, Crashed, Slow, Greedy];
        let texts: std::collections::BTreeSet<&str> =
            all.iter().flat_map(|kind| [kind.why(), kind.fix()]).collect();
        assert_eq!(texts.len(), 2 * all.len());
        assert!(texts.iter().all(|text| text.ends_with('.') && !text.contains("  ")), "{texts:?}");
    }
}
