//! Requirements that the exchange itself cites, beside those of cases and violations.

/// An endpoint that fails an established connection first sends a close frame with an appropriate code (should).
pub(crate) const FAIL_WITH_CLOSE: &str = "rfc6455#7.1.7:5";
/// A server that fails the connection closes it.
pub(crate) const SERVER_FAIL_CLOSES: &str = "rfc6455#7.1.7:3";
/// A client that fails the connection closes it.
pub(crate) const CLIENT_FAIL_CLOSES: &str = "rfc6455#7.1.7:1";
/// A close frame is answered with a close frame.
pub(crate) const CLOSE_IS_ANSWERED: &str = "rfc6455#5.5.1:14";
/// The server ends the TCP connection first (should).
pub(crate) const SERVER_ENDS_FIRST: &str = "rfc6455#7.1.1:6";
/// An opening handshake is refused by an HTTP response, not by silence.
pub(crate) const REFUSAL_IS_ANSWER: &str = "rfc6455#4.2.1:3";

#[cfg(test)]
mod tests {
    use wsspec_script::{Catalogue, RequirementId};

    use super::*;

    #[test]
    fn every_requirement_cited_here_exists() {
        let catalogue = Catalogue::embedded().unwrap();
        let cited = [
            FAIL_WITH_CLOSE,
            SERVER_FAIL_CLOSES,
            CLIENT_FAIL_CLOSES,
            CLOSE_IS_ANSWERED,
            SERVER_ENDS_FIRST,
            REFUSAL_IS_ANSWER,
        ];
        for id in cited {
            assert!(catalogue.requirements.contains_key(&RequirementId::parse(id).unwrap()), "{id}");
        }
    }
}
