//! Cited requirements that no flaw proves to be tested, and why.

use wsspec_wire::Role;

/// A requirement, the roles of peers for which it is not proven, and the reason.
type UnprovenRow = (&'static str, &'static [Role], &'static str);

const SERVER: &[Role] = &[Role::Server];
const CLIENT: &[Role] = &[Role::Client];

const OTHER_PORT: &str =
    "a client that connects to another port is not met, and may as well have refused the URI";

const OVER_HTTP1: &str = "clients are tested over HTTP/1.1 alone";

/// In the order of the text.
pub(super) const UNPROVEN: &[UnprovenRow] = &[
    ("rfc6455#3:3", CLIENT, OTHER_PORT),
    ("rfc6455#3:4", CLIENT, OTHER_PORT),
    ("rfc6455#7.2.2:1", SERVER, "aborting the handshake need not end TCP: keeping that is only lenient"),
    ("rfc7692#5.2:2", SERVER, "a refused offer breaks another rule, and that is named (3:4)"),
    ("rfc8441#3:1", CLIENT, OVER_HTTP1),
    ("rfc8441#3:3", CLIENT, OVER_HTTP1),
    ("rfc8441#5:6", CLIENT, OVER_HTTP1),
    ("rfc8441#5:7", CLIENT, OVER_HTTP1),
    ("rfc8441#5:8", CLIENT, OVER_HTTP1),
    ("rfc8441#5:9", CLIENT, OVER_HTTP1),
    (
        "rfc8441#5:10",
        SERVER,
        "the end of TCP after the closing handshake is only recommended, and so is that of the stream",
    ),
    ("rfc8441#5:10", CLIENT, OVER_HTTP1),
    ("rfc9113#5.5:1", CLIENT, OVER_HTTP1),
    ("rfc9113#6.1:1", CLIENT, OVER_HTTP1),
    ("rfc9113#6.9.1:1", CLIENT, OVER_HTTP1),
    ("rfc9113#8.2:1", CLIENT, OVER_HTTP1),
    ("rfc9113#8.2.1:1", CLIENT, OVER_HTTP1),
    ("rfc9113#8.2.2:1", CLIENT, OVER_HTTP1),
    ("rfc9113#8.3:1", CLIENT, OVER_HTTP1),
];
