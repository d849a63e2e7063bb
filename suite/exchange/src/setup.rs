//! What a run's exchanges have in common: our role, the target's names, what the peer can do.

use serde::{Deserialize, Serialize};
use wsspec_catalogue::Limits;
use wsspec_wire::Role;

use crate::keys::KeyBook;

/// The common part of a run's exchanges.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The role we play; the peer has the other.
    pub role: Role,
    /// The Host field: host, and port unless it is the scheme's own. Where the peer is a client: what its URI has; empty
    /// where that is not known.
    pub authority: String,
    /// Path and query, at least `/`. Where the peer is a client: what its URI has, if the authority is known.
    pub target: String,
    /// Header fields of ours that every head has besides, in order.
    pub fields: Vec<(String, String)>,
    /// What `alive` is made of.
    pub fence: Fence,
    /// How long things may take.
    pub limits: Limits,
    /// Pauses between segments in one trial, at most; what follows is cut as the network will have it.
    pub gaps: usize,
    /// The keys that clients have sent in the run so far.
    pub keys: KeyBook,
}

/// Pauses enough for any head and the first frames behind it.
const GAPS: usize = 256;

/// The proof of life that a peer can give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fence {
    /// A ping, answered by a pong.
    #[default]
    Ping,
    /// A text message, echoed: for peers that answer no pings.
    Echo,
}

impl Setup {
    /// For a peer that is a server.
    pub fn client(authority: impl Into<String>, target: impl Into<String>) -> Self {
        Self {
            role: Role::Client,
            authority: authority.into(),
            target: target.into(),
            fields: Vec::new(),
            fence: Fence::Ping,
            limits: Limits::default(),
            gaps: GAPS,
            keys: KeyBook::default(),
        }
    }

    /// For a peer that is a client.
    pub fn server() -> Self {
        Self { role: Role::Server, ..Self::client("", "/") }
    }

    /// For a peer that is a client, and was given a URI with this authority and this path and query.
    pub fn server_at(authority: impl Into<String>, target: impl Into<String>) -> Self {
        Self { role: Role::Server, ..Self::client(authority, target) }
    }
}
