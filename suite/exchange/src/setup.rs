//! What a run's exchanges have in common: our role, the target's names, what the peer can do.

use serde::{Deserialize, Serialize};
use wsspec_script::Limits;
use wsspec_wire::Role;

/// The common part of a run's exchanges.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The role we play; the peer has the other.
    pub role: Role,
    /// The Host field: host, and port unless it is the scheme's own.
    pub authority: String,
    /// Path and query, at least `/`.
    pub target: String,
    /// Header fields of ours that every head has besides, in order.
    pub fields: Vec<(String, String)>,
    /// What `alive` is made of.
    pub fence: Fence,
    /// How long things may take.
    pub limits: Limits,
    /// Pauses between segments in one trial, at most; what follows is cut as the network will have it.
    pub gaps: usize,
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
        }
    }

    /// For a peer that is a client.
    pub fn server() -> Self {
        Self { role: Role::Server, ..Self::client("", "/") }
    }
}
