//! Cited requirements that no flaw proves to be tested, and why.

use wsspec_wire::Role;

/// A requirement, the roles of peers for which it is not proven, and the reason.
type UnprovenRow = (&'static str, &'static [Role], &'static str);

const SERVER: &[Role] = &[Role::Server];
const CLIENT: &[Role] = &[Role::Client];

const OTHER_PORT: &str =
    "a client that connects to another port is not met, and may as well have refused the URI";

/// In the order of the text.
pub(super) const UNPROVEN: &[UnprovenRow] = &[
    ("rfc6455#3:3", CLIENT, OTHER_PORT),
    ("rfc6455#3:4", CLIENT, OTHER_PORT),
    ("rfc6455#7.2.2:1", SERVER, "aborting the handshake need not end TCP: keeping that is only lenient"),
    ("rfc7692#5.2:2", SERVER, "a refused offer breaks another rule, and that is named (3:4)"),
];
