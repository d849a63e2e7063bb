//! The rules that an exchange finds broken by what does not happen. What happens is for the referee.

use wsspec_wire::{RequirementId, Role};

/// An endpoint that fails an established connection first sends a close frame with an appropriate code (should).
pub(crate) const FAIL_WITH_CLOSE: RequirementId = RequirementId::from_static("rfc6455#7.1.7:5");
/// A server that fails the connection closes it.
const SERVER_FAIL_CLOSES: RequirementId = RequirementId::from_static("rfc6455#7.1.7:3");
/// A client that fails the connection closes it.
const CLIENT_FAIL_CLOSES: RequirementId = RequirementId::from_static("rfc6455#7.1.7:1");
/// A close frame is answered with a close frame.
pub(crate) const CLOSE_IS_ANSWERED: RequirementId = RequirementId::from_static("rfc6455#5.5.1:14");
/// The server ends the TCP connection first (should).
pub(crate) const SERVER_ENDS_FIRST: RequirementId = RequirementId::from_static("rfc6455#7.1.1:6");
/// An opening handshake is refused by an HTTP response, not by silence.
pub(crate) const REFUSAL_IS_ANSWER: RequirementId = RequirementId::from_static("rfc6455#4.2.1:3");

/// What the peer breaks when it does not end the stream after a close frame of its own that fails the connection.
pub(crate) fn fail_closes(peer: Role) -> RequirementId {
    match peer {
        Role::Server => SERVER_FAIL_CLOSES,
        Role::Client => CLIENT_FAIL_CLOSES,
    }
}

#[cfg(test)]
mod tests {
    use wsspec_catalogue::Catalogue;

    use super::*;

    #[test]
    fn every_requirement_cited_here_exists() {
        let catalogue = Catalogue::embedded().unwrap();
        for id in [
            FAIL_WITH_CLOSE,
            SERVER_FAIL_CLOSES,
            CLIENT_FAIL_CLOSES,
            CLOSE_IS_ANSWERED,
            SERVER_ENDS_FIRST,
            REFUSAL_IS_ANSWER,
        ] {
            assert!(catalogue.requirements.contains_key(&id), "{id}");
        }
    }
}
