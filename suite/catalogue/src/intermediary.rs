//! Which trials test an intermediary, such as a reverse proxy or one that opens tunnels, with one end of ours on either side.

use std::{fmt, str::FromStr, sync::Arc};

use wsspec_wire::Role;

use crate::{
    case::Need,
    catalogue::Catalogue,
    extra::Extra,
    filter::Filter,
    plan::{Plan, Trial},
};

/// What is between a client and a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IntermediaryKind {
    /// A gateway that passes on requests of HTTP to a server of its own choice (RFC 9110, 3.7).
    #[default]
    Reverse,
    /// A proxy that opens tunnels by CONNECT (RFC 9110, 9.3.6).
    Connect,
}

impl IntermediaryKind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Reverse, Self::Connect];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reverse => "reverse",
            Self::Connect => "connect",
        }
    }
}

impl fmt::Display for IntermediaryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for IntermediaryKind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == name);
        known.ok_or_else(|| format!("one of {}", Self::ALL.map(|kind| format!("`{kind}`")).join(", ")))
    }
}

impl Plan {
    /// The trials for an intermediary in front of a server, of those that `filter` selects: the ones about intermediaries of
    /// this kind, and the ones about servers that say something about both connections once they are open. These use one
    /// connection, and need no look at the server's process.
    pub fn through_intermediary(
        catalogue: &Catalogue,
        filter: &Filter,
        seed: u64,
        kind: IntermediaryKind,
    ) -> Self {
        let requirements = Arc::new(catalogue.requirements.clone());
        let trials = catalogue
            .members()
            .filter(|(case, member)| case.roles.contains(&Role::Server) && filter.selects(case, member))
            .map(|(case, member)| {
                (member.intermediary(), Arc::new(Trial::of(case, member, seed, &requirements)))
            })
            .filter(|(about, trial)| match about {
                Some(about) => *about == kind,
                None => trial.is_about_open_connection(),
            })
            .map(|(_, trial)| trial)
            .collect();
        Self { trials }
    }
}

impl Trial {
    fn is_about_open_connection(&self) -> bool {
        let script = &self.script;
        script.layer().is_none()
            && !script.does_handshake()
            && !script.measures()
            && !script.terminates()
            && script.connections() == 1
            && self.uri.is_none()
            && self.certificate.is_none()
            && !matches!(self.extra, Some(Extra::Resources | Extra::Throughput))
            && !self.needs.iter().any(|need| matches!(need, Need::Http2 | Need::Http3))
    }
}
