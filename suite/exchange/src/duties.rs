//! The rules that a peer breaks by what it does not do. The referee judges what it does.

use wsspec_wire::{RequirementId, Role};

/// An endpoint that fails an established connection first sends a close frame with an appropriate code (should).
pub(crate) const FAIL_WITH_CLOSE: RequirementId = RequirementId::from_static("rfc6455#7.1.7:5");
/// A server that fails the connection closes it.
const SERVER_FAIL_CLOSES: RequirementId = RequirementId::from_static("rfc6455#7.1.7:3");
/// A client that fails the connection closes it.
const CLIENT_FAIL_CLOSES: RequirementId = RequirementId::from_static("rfc6455#7.1.7:1");
/// A close frame is answered with a close frame.
pub(crate) const CLOSE_IS_ANSWERED: RequirementId = RequirementId::from_static("rfc6455#5.5.1:14");
/// The server closes the TCP connection first (should).
pub(crate) const SERVER_ENDS_FIRST: RequirementId = RequirementId::from_static("rfc6455#7.1.1:6");
/// A control frame is handled as its opcode requires.
pub(crate) const CLOSE_IS_HANDLED: RequirementId = RequirementId::from_static("rfc6455#6.2:2");
/// TCP is closed cleanly (should).
pub(crate) const CLOSES_CLEANLY: RequirementId = RequirementId::from_static("rfc6455#7.1.1:2");
/// An endpoint that closes discards what still arrives (should).
pub(crate) const TRAILING_IS_DISCARDED: RequirementId = RequirementId::from_static("rfc6455#7.1.1:4");
/// An endpoint that has failed the connection processes no close frame sent in answer.
pub(crate) const NO_MORE_IS_PROCESSED: RequirementId = RequirementId::from_static("rfc6455#7.1.7:8");
/// A server accepts no version but 13.
pub(crate) const VERSION_IS_13: RequirementId = RequirementId::from_static("rfc6455#4.2.1:25");
/// A server that refuses a version names those that it takes.
pub(crate) const VERSIONS_ARE_NAMED: RequirementId = RequirementId::from_static("rfc6455#4.4:3");
/// An opening handshake that does not match is answered with an HTTP error status.
pub(crate) const REFUSAL_IS_ANSWER: RequirementId = RequirementId::from_static("rfc6455#4.2.1:3");

/// Rules that oblige a server to answer a certain request, and so are broken by its silence.
pub(crate) const ANSWER_IS_DUE: [RequirementId; 2] =
    [RequirementId::from_static("rfc6455#4.2.2:14"), RequirementId::from_static("rfc9110#10.1.1:1")];
/// A tunnel leads to a service of the protocol that the request names.
pub(crate) const PROTOCOL_IS_KNOWN: RequirementId = RequirementId::from_static("rfc8441#4:5");
/// A server considers the connection open as soon as it has sent its part of the opening handshake.
pub(crate) const OPEN_AT_ONCE: RequirementId = RequirementId::from_static("rfc6455#4.2.2:40");
/// A client reads the frames that follow the response in its segment.
pub(crate) const READ_BEHIND_RESPONSE: RequirementId = RequirementId::from_static("rfc6455#4.2.2:43");
/// A ping is answered with a pong.
pub(crate) const PING_IS_ANSWERED: RequirementId = RequirementId::from_static("rfc6455#5.5.2:2");
/// A refusal is a well-formed HTTP response.
pub(crate) const REFUSAL_IS_HTTP: RequirementId = RequirementId::from_static("rfc6455#4.2.2:49");
/// Invalid data in the opening handshake is answered with an HTTP status, although TCP may be dropped (should).
pub(crate) const INVALID_IS_ANSWERED: RequirementId = RequirementId::from_static("rfc6455#10.7:5");
/// A server also notices errors in parts of the opening handshake that it does not need (should).
pub(crate) const FAULTS_ARE_FOUND: RequirementId = RequirementId::from_static("rfc6455#4.2.1:37");
/// A valid opening handshake is not refused for its form (should).
pub(crate) const VALID_IS_ACCEPTED: RequirementId = RequirementId::from_static("rfc6455#4.2.1:38");
/// A server goes on with HTTP as if no upgrade had been asked for (may).
pub(crate) const UPGRADE_IS_IGNORED: RequirementId = RequirementId::from_static("rfc9110#7.8:1");
/// A connection that was never open is failed without a frame (should).
pub(crate) const NO_FRAME_UNOPENED: RequirementId = RequirementId::from_static("rfc6455#7.1.7:10");
/// A client asks its proxy for a connection to the server (should).
pub(crate) const PROXY_IS_ASKED: RequirementId = RequirementId::from_static("rfc6455#4.1:13");
/// A client whose proxy cannot connect fails the connection.
pub(crate) const REFUSAL_OF_PROXY_FAILS: RequirementId = RequirementId::from_static("rfc6455#4.1:16");
/// A server passes over an extension that it does not know.
pub(crate) const UNKNOWN_IS_IGNORED: RequirementId = RequirementId::from_static("rfc6455#9.1:16");
/// The Accept field is computed from the key.
pub(crate) const ACCEPT_FITS_KEY: RequirementId = RequirementId::from_static("rfc6455#4.2.2:33");
/// A server names no extension that the client has not offered.
pub(crate) const ONLY_OFFERED: RequirementId = RequirementId::from_static("rfc6455#4.2.2:27");
/// A list of extensions has at least one.
pub(crate) const EXTENSIONS_ARE_NAMED: RequirementId = RequirementId::from_static("rfc6455#4.3:5");
/// An offer of permessage-deflate is declined by leaving it unanswered.
pub(crate) const OFFER_IS_DECLINED: RequirementId = RequirementId::from_static("rfc7692#3:4");

/// Streams that were open before GOAWAY go on after it.
pub(crate) const OPEN_STREAMS_GO_ON: RequirementId = RequirementId::from_static("rfc9113#6.8:1");
/// The same over HTTP/3.
pub(crate) const OPEN_REQUESTS_GO_ON: RequirementId = RequirementId::from_static("rfc9114#5.2:1");

/// Rules about what has to be ignored, over HTTP/2 and HTTP/3.
pub(crate) const IGNORED: [RequirementId; 4] = [
    RequirementId::from_static("rfc9113#5.5:1"),
    RequirementId::from_static("rfc9113#5.5:2"),
    RequirementId::from_static("rfc9114#7.2.4:1"),
    RequirementId::from_static("rfc9114#9:1"),
];

/// A stream that stands still does not keep others from going on (should).
const STREAMS_ARE_INDEPENDENT: RequirementId = RequirementId::from_static("rfc9113#2:1");
/// An endpoint ends a connection when it likes, also for an error of one stream (may).
const CONNECTION_MAY_END: RequirementId = RequirementId::from_static("rfc9113#5.4.1:1");
/// An error of one stream does not affect others.
const STREAM_ERROR_STAYS: RequirementId = RequirementId::from_static("rfc9113#5.4.2:1");
/// Rules about what may happen to one stream, and leaves the others open.
const LEAVES_OTHERS: [RequirementId; 4] = [
    STREAMS_ARE_INDEPENDENT,
    RequirementId::from_static("rfc9113#5:1"),
    RequirementId::from_static("rfc9113#6.4:1"),
    RequirementId::from_static("rfc8441#5:10"),
];

/// What a peer that ends the connection with all its streams does not follow, in a trial about this rule that plays on
/// several of them. It may end a connection at any time (RFC 9113, 5.4.1).
pub(crate) fn missed_by_ending(rule: &RequirementId) -> Option<RequirementId> {
    match rule {
        rule if *rule == STREAM_ERROR_STAYS => Some(CONNECTION_MAY_END),
        rule if LEAVES_OTHERS.contains(rule) => Some(STREAMS_ARE_INDEPENDENT),
        _ => None,
    }
}

/// A server keeps its window between messages, unless it has asked for messages that do not refer back.
pub(crate) const WINDOW_IS_KEPT: RequirementId = RequirementId::from_static("rfc7692#7.2.2:10");

/// Whether a rule is about closing. Breaking it does not prevent a peer from doing anything else.
pub(crate) fn is_of_closing(rule: &RequirementId) -> bool {
    let rules = [
        FAIL_WITH_CLOSE,
        SERVER_FAIL_CLOSES,
        CLIENT_FAIL_CLOSES,
        CLOSE_IS_ANSWERED,
        CLOSE_IS_HANDLED,
        SERVER_ENDS_FIRST,
        CLOSES_CLEANLY,
    ];
    rules.contains(rule)
}

/// The rule that the peer breaks if it fails the connection with a close frame and does not end the stream.
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
            OPEN_AT_ONCE,
            READ_BEHIND_RESPONSE,
            PING_IS_ANSWERED,
            FAIL_WITH_CLOSE,
            SERVER_FAIL_CLOSES,
            CLIENT_FAIL_CLOSES,
            CLOSE_IS_ANSWERED,
            CLOSE_IS_HANDLED,
            CLOSES_CLEANLY,
            TRAILING_IS_DISCARDED,
            SERVER_ENDS_FIRST,
            REFUSAL_IS_ANSWER,
            REFUSAL_IS_HTTP,
            INVALID_IS_ANSWERED,
            FAULTS_ARE_FOUND,
            VALID_IS_ACCEPTED,
            UPGRADE_IS_IGNORED,
            NO_FRAME_UNOPENED,
            UNKNOWN_IS_IGNORED,
            OFFER_IS_DECLINED,
            ACCEPT_FITS_KEY,
            ONLY_OFFERED,
            EXTENSIONS_ARE_NAMED,
            WINDOW_IS_KEPT,
            NO_MORE_IS_PROCESSED,
            VERSION_IS_13,
            VERSIONS_ARE_NAMED,
            PROTOCOL_IS_KNOWN,
            OPEN_STREAMS_GO_ON,
        ]
        .into_iter()
        .chain(IGNORED)
        {
            assert!(catalogue.requirements.contains_key(&id), "{id}");
        }
    }
}
