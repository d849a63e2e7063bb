//! Which trials test an intermediary, such as a reverse proxy or one that opens tunnels, with one end of ours on either side.

use std::sync::Arc;

use wsspec_wire::Role;

use crate::{
    case::Need,
    catalogue::Catalogue,
    extra::Extra,
    filter::Filter,
    intermediary_kind::IntermediaryKind,
    plan::{Plan, Trial},
};

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
