//! What a peer supports beyond what every peer must.

use serde::{Deserialize, Serialize};
use wsspec_wire::Role;

/// What a peer supports beyond what every peer must: found out before a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Abilities {
    /// It is a client.
    #[serde(default)]
    pub client: bool,
    /// It sends messages back.
    pub echo: bool,
    /// It sends text messages back.
    #[serde(default = "yes")]
    pub text: bool,
    /// It accepts binary messages; a peer need not (RFC 6455, 7.4.1 on 1003).
    pub binary: bool,
    /// It answers pings, so that `alive` also works inside a message.
    pub pong: bool,
    /// It agrees to permessage-deflate.
    pub deflate: bool,
}

const fn yes() -> bool {
    true
}

impl Abilities {
    /// All of a server's.
    pub const ALL: Self =
        Self { client: false, echo: true, text: true, binary: true, pong: true, deflate: true };
    /// All of a client's.
    pub const ALL_OF_CLIENT: Self = Self { client: true, ..Self::ALL };

    /// The peer's role.
    #[must_use]
    pub const fn role(self) -> Role {
        if self.client { Role::Client } else { Role::Server }
    }
}
