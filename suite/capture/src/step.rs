//! What is not known of a half of which octets are missing, and what must not be said of it for that reason.

use wsspec_referee::Received;
use wsspec_wire::{Header, Opcode, Role, Rsv, Violation};

/// How much is known of one half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HalfStep {
    /// Everything.
    Exact,
    /// Everything of this half; something of the connection is missing.
    Doubtful,
    /// Where its next frame begins is unknown.
    Lost,
    /// It is read again, but not from its start on.
    Joined {
        /// The next fragment may belong to a message that began before.
        is_within_message: bool,
    },
}

impl HalfStep {
    /// Something of the connection is missing.
    pub(crate) fn doubt(&mut self) {
        if *self == Self::Exact {
            *self = Self::Doubtful;
        }
    }

    /// A frame has been read.
    pub(crate) fn follow(&mut self, what: Option<&Received>) {
        let (Self::Joined { is_within_message }, Some(header)) = (self, what.and_then(header)) else {
            return;
        };
        let is_start = [Opcode::TEXT, Opcode::BINARY].contains(&header.opcode);
        *is_within_message &= !(is_start || header.opcode == Opcode::CONTINUATION && header.fin);
    }

    /// Whether what is missing may explain that a rule seems broken. `knows_offer`: the opening handshake was seen.
    pub(crate) fn explains(self, violation: &Violation, knows_offer: bool) -> bool {
        match (self, violation) {
            (Self::Exact, _) => false,
            // What they answer may have been in the gap.
            (_, Violation::PongForPong | Violation::PongAfterFailure | Violation::ControlAfterClose(_)) => {
                true
            }
            (Self::Doubtful, _) => false,
            (Self::Joined { is_within_message: true }, Violation::OrphanContinuation) => true,
            // An extension may define the bits.
            (_, Violation::ReservedBits { .. } | Violation::ReservedOpcode(_)) => !knows_offer,
            // The window before this point is unknown.
            (
                _,
                Violation::DeflateCorrupt { .. }
                | Violation::DeflateWindow { .. }
                | Violation::DeflateContext { .. }
                | Violation::InvalidUtf8 { .. },
            ) => knows_offer,
            _ => false,
        }
    }
}

fn header(what: &Received) -> Option<&Header> {
    match what {
        Received::Frame(frame) => Some(&frame.header),
        Received::Oversize(header) => Some(header),
        _ => None,
    }
}

/// How many frames in a row leave no doubt.
const ENOUGH: usize = 3;

/// Whether these octets of `sender` are frames beyond doubt: valid ones that end where the octets end, or several.
pub(crate) fn begins_with_frames(sender: Role, mut bytes: &[u8]) -> bool {
    let mut whole = 0;
    while !bytes.is_empty() {
        let Some((header, len)) = Header::parse(bytes) else { return whole >= ENOUGH };
        if !is_usual(sender, &header) {
            return false;
        }
        let end = usize::try_from(header.length.value).ok().and_then(|payload| len.checked_add(payload));
        match end.and_then(|end| bytes.get(end..)) {
            Some(rest) => bytes = rest,
            None => return whole >= ENOUGH,
        }
        whole += 1;
    }
    whole > 0
}

/// Whether a conforming sender may begin a frame with this header, with an extension that compresses or without.
fn is_usual(sender: Role, header: &Header) -> bool {
    let Header { fin, rsv, opcode, mask, length } = *header;
    let is_whole_control = fin && length.value <= 125 && rsv == Rsv::NONE;
    mask.is_some() == (sender == Role::Client)
        && !opcode.is_reserved()
        && rsv.without(Rsv::RSV1) == Rsv::NONE
        && length.is_minimal()
        && (is_whole_control || opcode.is_data())
}

#[cfg(test)]
mod tests {
    use wsspec_wire::{Frame, Mask};

    use super::*;

    fn frame(opcode: Opcode, payload: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        Frame::new(opcode, payload.to_owned()).encode(&mut bytes);
        bytes
    }

    #[test]
    fn frames_are_distinguished_from_payload() {
        let text = frame(Opcode::TEXT, "hello");
        assert!(begins_with_frames(Role::Server, &text));
        assert!(!begins_with_frames(Role::Client, &text), "it is not masked");
        assert!(!begins_with_frames(Role::Server, &text[1..]));
        assert!(!begins_with_frames(Role::Server, &text[..5]), "one frame that goes on is not enough");
        assert!(begins_with_frames(Role::Server, &[&text[..], &text, &text, &text[..4]].concat()));
        assert!(!begins_with_frames(Role::Server, b"{\"some\": \"json\"}"));
        let mut masked = Vec::new();
        Frame::new(Opcode::PING, "p").with_mask(Mask([1, 2, 3, 4])).encode(&mut masked);
        assert!(begins_with_frames(Role::Client, &masked));
    }

    #[test]
    fn what_is_missing_explains_some_faults_and_no_others() {
        let joined = HalfStep::Joined { is_within_message: true };
        assert!(joined.explains(&Violation::OrphanContinuation, true));
        assert!(joined.explains(&Violation::ReservedOpcode(Opcode::from_low_bits(3)), false));
        assert!(!joined.explains(&Violation::ReservedOpcode(Opcode::from_low_bits(3)), true));
        assert!(!joined.explains(&Violation::MaskedFrame, false));
        assert!(!HalfStep::Exact.explains(&Violation::PongForPong, true));
        assert!(HalfStep::Doubtful.explains(&Violation::PongForPong, true));
        let mut step = joined;
        step.follow(Some(&Received::Frame(Frame::new(Opcode::CONTINUATION, "x"))));
        assert_eq!(step, HalfStep::Joined { is_within_message: false });
        assert!(!step.explains(&Violation::OrphanContinuation, true));
    }
}
