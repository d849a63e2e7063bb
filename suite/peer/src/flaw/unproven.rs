//! What is cited, and yet no flaw proves that it is tested, and why.

use wsspec_wire::Role;

/// A requirement, the peers of which it is not proven, and the reason.
type UnprovenRow = (&'static str, &'static [Role], &'static str);

const SERVER: &[Role] = &[Role::Server];
const CLIENT: &[Role] = &[Role::Client];
const BOTH: &[Role] = &[Role::Server, Role::Client];

const NO_TLS: &str = "flaws are played in memory, where there is no TLS";
const OTHER_CODE: &str = "another code than the fitting one is only lenient (7.1.7)";
const OTHER_NAME: &str =
    "an offer by another name is one of another extension: nothing tells that compression was meant";

/// In the order of the text.
pub(super) const UNPROVEN: &[UnprovenRow] = &[
    ("rfc6455#3:5", CLIENT, NO_TLS),
    ("rfc6455#4.1:17", CLIENT, NO_TLS),
    ("rfc6455#4.1:19", CLIENT, NO_TLS),
    ("rfc6455#7.2.2:1", SERVER, "aborting the handshake need not end TCP: keeping that is only lenient"),
    ("rfc6455#7.4.1:2", BOTH, OTHER_CODE),
    ("rfc6455#7.4.1:15", BOTH, OTHER_CODE),
    ("rfc6455#7.4.1:17", BOTH, OTHER_CODE),
    ("rfc6455#4.1:78", CLIENT, "flaws are played in memory, where nothing is slow"),
    ("rfc6455#7.1.7:10", CLIENT, "no flaw sends a frame where it refuses a response"),
    ("rfc6455#11.1.2:1", CLIENT, NO_TLS),
    ("rfc7692#5.2:2", SERVER, "a refused offer breaks another rule, and that is named (3:4)"),
    ("rfc7692#5:1", CLIENT, OTHER_NAME),
    ("rfc7692#7:1", CLIENT, OTHER_NAME),
];
