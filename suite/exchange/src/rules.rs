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

/// A client's request target is no fragment's (must).
pub(crate) const NO_FRAGMENT: &str = "rfc6455#3:9";
/// A client's request target is a resource name, or an absolute URI (must).
pub(crate) const TARGET: &str = "rfc6455#4.1:25";
/// A client asks for the path of its URI (must).
pub(crate) const PATH: &str = "rfc6455#3:7";
/// A client asks for the query of its URI (must).
pub(crate) const QUERY: &str = "rfc6455#3:8";
/// A client's Host names the host of its URI (must).
pub(crate) const HOST: &str = "rfc6455#4.1:27";
/// A client's Host names the port of its URI, unless it is the default (must).
pub(crate) const PORT: &str = "rfc6455#4.1:76";
/// A client sends Host first (should).
pub(crate) const HOST_FIRST: &str = "rfc6455#4.1:75";
/// A client's key is random (must).
pub(crate) const RANDOM_KEY: &str = "rfc6455#4.1:35";
/// A client's key is new (must).
pub(crate) const NEW_KEY: &str = "rfc6455#4.1:36";
/// A client sends nothing between its request and the response (must).
pub(crate) const PATIENCE: &str = "rfc6455#4.1:49";
/// A client's masking keys are random (must).
pub(crate) const RANDOM_MASKS: &str = "rfc6455#5.3:3";
/// A client masks each frame with a fresh key (must).
pub(crate) const FRESH_MASKS: &str = "rfc6455#5.3:4";
/// A client's masking keys give no clue to those that follow (must).
pub(crate) const NO_CLUE: &str = "rfc6455#5.3:6";

#[cfg(test)]
mod tests {
    use wsspec_catalogue::Catalogue;
    use wsspec_wire::RequirementId;

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
            NO_FRAGMENT,
            TARGET,
            PATH,
            QUERY,
            HOST,
            PORT,
            HOST_FIRST,
            RANDOM_KEY,
            NEW_KEY,
            PATIENCE,
            RANDOM_MASKS,
            FRESH_MASKS,
            NO_CLUE,
        ];
        for id in cited {
            assert!(catalogue.requirements.contains_key(&RequirementId::parse(id).unwrap()), "{id}");
        }
    }
}
