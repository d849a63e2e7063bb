//! The trials to run, and those left out with the reason.

use std::{collections::BTreeMap, sync::Arc};

use wsspec_wire::Role;

use wsspec_notation::Script;
use wsspec_wire::{ConnectionName, Layer, Level, RequirementId};

use crate::{
    case::{Case, Location, Member, Need},
    catalogue::Catalogue,
    certificate_fault::CertificateFault,
    extra::Extra,
    filter::Filter,
    requirement::Requirement,
    uri_form::UriForm,
};

/// Trials in order.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// One for each selected member that tests a peer of the role.
    pub trials: Vec<Arc<Trial>>,
}

/// One concrete run of a case.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The member's id.
    pub id: String,
    /// The case's title.
    pub title: String,
    /// The requirement that is broken if the trial's own expectations fail: the first one cited.
    pub requirement: RequirementId,
    /// Further cited requirements.
    pub also: Vec<RequirementId>,
    /// The level of its requirement.
    pub level: Level,
    /// The script to run, shared with the catalogue.
    pub script: Arc<Script>,
    /// The form of the URI that a client gets, if the trial is about that.
    pub uri: Option<UriForm>,
    /// What is wrong with the certificate that a client meets, where the trial is about that.
    pub certificate: Option<CertificateFault>,
    /// What the peer must be able to do.
    pub needs: Vec<Need>,
    /// Ids of Autobahn cases with the same stimulus.
    pub autobahn: Vec<String>,
    /// Its group, if it runs only on request.
    pub extra: Option<Extra>,
    /// Words for selection and reports.
    pub tags: Vec<String>,
    /// Where the case is defined.
    pub location: Location,
    /// The seed of its random choices.
    pub seed: u64,
    /// All requirements, to look up other ones that a peer breaks.
    pub requirements: Arc<Requirements>,
}

impl Trial {
    /// The part that runs on one of the parallel connections that its script asks for.
    #[must_use]
    pub fn on(&self, connection: u32) -> Self {
        let seed = self.seed.wrapping_add(u64::from(connection));
        Self { script: self.script.on(connection).into(), seed, ..self.clone() }
    }

    /// The part that runs on one of the streams that its script names.
    #[must_use]
    pub fn on_stream(&self, number: usize, name: &ConnectionName) -> Self {
        let seed = self.seed.wrapping_add(number as u64);
        Self { script: self.script.on_stream(name).into(), seed, ..self.clone() }
    }

    /// A trial of a script that is in no case: a MUST, without title, group or needs. Override fields with `Trial { ..,
    /// ..Trial::new(..) }`.
    #[must_use]
    pub fn new(id: impl Into<String>, requirement: RequirementId, script: Script) -> Self {
        Self {
            id: id.into(),
            title: String::new(),
            requirement,
            also: Vec::new(),
            level: Level::Must,
            script: script.into(),
            uri: None,
            certificate: None,
            needs: Vec::new(),
            autobahn: Vec::new(),
            extra: None,
            tags: Vec::new(),
            location: Location::default(),
            seed: 0,
            requirements: Arc::new(Requirements::new()),
        }
    }

    /// The trial of a member of a case.
    pub(crate) fn of(case: &Case, member: &Member, seed: u64, requirements: &Arc<Requirements>) -> Self {
        Self {
            title: case.title.clone(),
            also: member.cites[1..].to_vec(),
            level: member.level,
            script: member.script.clone(),
            uri: member.uri.clone(),
            certificate: member.certificate,
            needs: member.needs.clone(),
            autobahn: member.autobahn.clone(),
            extra: case.extra,
            tags: case.tags.clone(),
            location: case.location.clone(),
            seed: seed_for(seed, &member.id),
            requirements: requirements.clone(),
            ..Self::new(&member.id, member.cites[0].clone(), Script::default())
        }
    }

    /// The layer that it is about: that of its script, or of its requirement where the script has items of HTTP alone or none.
    #[must_use]
    pub fn layer(&self) -> Option<Layer> {
        layer_of(&self.script, &self.requirement)
    }

    /// The requirements that it cites; a failure names the first.
    pub fn cited(&self) -> impl Iterator<Item = &RequirementId> {
        std::iter::once(&self.requirement).chain(&self.also)
    }

    /// Whether it cites this requirement, first or later.
    #[must_use]
    pub fn cites(&self, requirement: &RequirementId) -> bool {
        self.cited().any(|cited| cited == requirement)
    }
}

/// The layer that a script is about, whose failure names this requirement.
fn layer_of(script: &Script, requirement: &RequirementId) -> Option<Layer> {
    match script.layer() {
        None | Some(Layer::Http) => {
            Layer::PROTOCOLS.into_iter().find(|layer| layer.name() == requirement.spec()).or(script.layer())
        }
        layer => layer,
    }
}

/// Requirements by id.
pub type Requirements = BTreeMap<RequirementId, Requirement>;

impl Plan {
    /// The trials about WebSocket itself for the members of `catalogue` that `filter` selects and that test a peer in role
    /// `peer`.
    pub fn new(catalogue: &Catalogue, filter: &Filter, peer: Role, seed: u64) -> Self {
        Self::about(None, catalogue, filter, peer, seed)
    }

    /// Like [`Plan::new`], about a layer.
    pub fn about(
        layer: Option<Layer>,
        catalogue: &Catalogue,
        filter: &Filter,
        peer: Role,
        seed: u64,
    ) -> Self {
        let requirements = Arc::new(catalogue.requirements.clone());
        let trials = catalogue
            .members()
            .filter(|(_, member)| layer_of(&member.script, &member.cites[0]) == layer)
            .filter(|(_, member)| member.intermediary().is_none())
            .filter(|(case, member)| case.roles.contains(&peer) && filter.selects(case, member))
            .map(|(case, member)| Arc::new(Trial::of(case, member, seed, &requirements)))
            .collect();
        Self { trials }
    }

    /// Without what is about later versions, for a run over HTTP/1.1.
    #[must_use]
    pub fn over_http1(self) -> Self {
        self.without(Need::Http2).without(Need::Http3)
    }

    /// Without what is about HTTP/3, for a run over HTTP/2.
    #[must_use]
    pub fn over_http2(self) -> Self {
        self.without(Need::Http3)
    }

    /// Without what is about HTTP/2, for a run over HTTP/3.
    #[must_use]
    pub fn over_http3(self) -> Self {
        self.without(Need::Http2)
    }

    /// Without what is about HTTP/2 behind an intermediary, for a run with a server of HTTP/1.1 there.
    #[must_use]
    pub fn over_http1_behind(self) -> Self {
        self.without(Need::Http2Behind)
    }

    fn without(mut self, need: Need) -> Self {
        self.trials.retain(|trial| !trial.needs.contains(&need));
        self
    }
}

/// A separate seed for each trial, so that a trial run alone has the same bytes as in a whole run (FNV-1a).
fn seed_for(seed: u64, id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325 ^ seed, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
