//! A saved campaign: its record, and how records are continued and merged.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use wsspec_record::Guide;

use super::{Campaign, CampaignSettings, Corpus, Counts, Shard, Suspect, Unjudged, replays::EdgeSearch};
use crate::{
    edges::ReachedEdges,
    finding::{CampaignFinding, Signature},
    model::{Abilities, ModelState, Symbol, Transition, predict},
    session::FuzzSession,
};

/// The version of the format of `campaign.json`.
pub const FORMAT: u32 = 1;

/// A saved campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignRecord {
    /// Version of this format.
    pub format: u32,
    /// Version of wsspec.
    pub wsspec: String,
    /// The peer's address.
    pub target: String,
    /// The seed of the sessions.
    pub seed: u64,
    /// Which part of them it played; `null` if several parts were merged.
    pub shard: Option<Shard>,
    /// What the peer supports.
    pub abilities: Abilities,
    /// How long it has lasted, in milliseconds.
    pub elapsed_ms: u64,
    /// How sessions ended.
    pub counts: Counts,
    /// Why some could not be judged.
    #[serde(default, skip_serializing_if = "Unjudged::is_empty")]
    pub unjudged: Unjudged,
    /// How often each transition of the model was taken: `open: text`.
    pub transitions: BTreeMap<String, u64>,
    /// Transitions that were not taken.
    pub untaken: Vec<String>,
    /// Requirements that lines were about.
    pub requirements: BTreeSet<String>,
    /// Edges of the peer's code that were reached, if it counts them.
    #[serde(default, skip_serializing_if = "ReachedEdges::is_empty")]
    pub edges: ReachedEdges,
    /// The findings.
    pub findings: Vec<CampaignFinding>,
    /// Why the rules exist that they break, and how to fix that.
    #[serde(default, skip_serializing_if = "Guide::is_empty")]
    pub guide: Guide,
    /// Incidents that concern the peer as a whole.
    pub incidents: Vec<String>,
    /// How often the peer died, not counting deaths while a finding was confirmed.
    #[serde(default)]
    pub deaths: u64,
    /// The state that the next sessions depend on.
    pub memory: CampaignMemory,
}

/// State that only the campaign itself needs to continue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignMemory {
    /// What was seen in responses.
    features: Vec<u64>,
    /// Pairs of consecutive transitions.
    pairs: Vec<[String; 2]>,
    /// Transitions answered with silence, and since which session.
    silent: Vec<(String, u64)>,
    /// Every signature, and how often it was seen.
    known: Vec<(Signature, u64)>,
    /// What is still to be investigated.
    suspects: Vec<SuspectRecord>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SuspectRecord {
    number: u64,
    session: String,
    signature: Signature,
}

impl Campaign {
    /// Its current state, after `elapsed_ms` milliseconds.
    #[must_use]
    pub fn record(&self, elapsed_ms: u64, incidents: &[String]) -> CampaignRecord {
        let taken = |transition: &Transition| self.transitions.contains_key(transition);
        let words = |(transition, count): (&Transition, &u64)| (transition.to_string(), *count);
        let suspect = |suspect: &Suspect| SuspectRecord {
            number: suspect.number,
            session: suspect.prediction.session.to_string(),
            signature: suspect.signature.clone(),
        };
        let waiting = self.look.iter().map(|look| look.suspect()).chain(&self.suspects);
        CampaignRecord {
            format: FORMAT,
            wsspec: env!("CARGO_PKG_VERSION").to_owned(),
            target: self.settings.target.clone(),
            seed: self.settings.seed,
            shard: Some(self.settings.shard),
            abilities: self.settings.abilities,
            elapsed_ms,
            counts: self.counts,
            unjudged: self.unjudged.clone(),
            transitions: self.transitions.iter().map(words).collect(),
            untaken: Transition::all(self.settings.abilities.role())
                .filter(|it| !taken(it))
                .map(|it| it.to_string())
                .collect(),
            requirements: self.requirements.clone(),
            edges: self.edges.reached().clone(),
            findings: self.findings(),
            guide: Guide::default(),
            incidents: incidents.to_vec(),
            deaths: self.deaths,
            memory: CampaignMemory {
                features: self.corpus.features(),
                pairs: self.corpus.pairs().map(|(a, b)| [a.to_string(), b.to_string()]).collect(),
                silent: self.silent.iter().map(words).collect(),
                known: self.known.iter().map(|(signature, count)| (signature.clone(), *count)).collect(),
                suspects: waiting.map(suspect).collect(),
            },
        }
    }

    /// Continues a saved campaign.
    #[must_use]
    pub fn resume(settings: CampaignSettings, record: &CampaignRecord, corpus: Corpus) -> Self {
        let mut campaign = Self::new(settings);
        let memory = &record.memory;
        campaign.given = record.counts.sessions;
        campaign.absorbed = record.counts.sessions;
        campaign.counts = record.counts;
        campaign.deaths = record.deaths;
        campaign.unjudged.clone_from(&record.unjudged);
        let read = |(text, count): (&String, &u64)| Some((Transition::parse(text)?, *count));
        campaign.transitions = record.transitions.iter().filter_map(read).collect();
        campaign.requirements.clone_from(&record.requirements);
        campaign.silent = memory
            .silent
            .iter()
            .filter_map(|(text, since)| Some((Transition::parse(text)?, *since)))
            .collect();
        campaign.known = memory.known.iter().cloned().collect();
        campaign.findings.clone_from(&record.findings);
        if !record.edges.is_empty() {
            campaign.edges = EdgeSearch::resumed(&record.edges);
        }
        campaign.corpus = corpus;
        campaign.corpus.remember(
            &memory.features,
            memory.pairs.iter().filter_map(|[a, b]| Some((Transition::parse(a)?, Transition::parse(b)?))),
        );
        let abilities = campaign.settings.abilities;
        campaign.suspects = memory
            .suspects
            .iter()
            .filter_map(|suspect| {
                let session = FuzzSession::parse(&suspect.session).ok()?;
                let prediction = predict(&session, abilities).into();
                Some(Suspect { number: suspect.number, prediction, signature: suspect.signature.clone() })
            })
            .collect();
        campaign
    }
}

impl Transition {
    /// From its words: `open: text`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (from, symbol) = text.split_once(": ")?;
        Some(Self { from: ModelState::from_word(from)?, symbol: Symbol::from_word(symbol)? })
    }
}

/// Merges campaigns: a finding of several is kept once, in its shortest form.
#[must_use]
pub fn merge(parts: Vec<(CampaignRecord, Corpus)>) -> Option<(CampaignRecord, Corpus)> {
    let mut parts = parts.into_iter();
    let (mut all, first) = parts.next()?;
    let mut sessions: BTreeMap<String, FuzzSession> = BTreeMap::new();
    let mut keep = |corpus: &Corpus| {
        sessions.extend(corpus.iter().map(|(_, session)| (session.to_string(), session.clone())));
    };
    keep(&first);
    for (part, corpus) in parts {
        keep(&corpus);
        all.unite(part);
    }
    all.shard = None;
    all.memory = CampaignMemory::default();
    let untaken = Transition::all(all.abilities.role()).map(|it| it.to_string());
    all.untaken = untaken.filter(|it| !all.transitions.contains_key(it)).collect();
    all.findings.sort_by(|a, b| a.signature.cmp(&b.signature));
    let mut corpus = Corpus::default();
    sessions.into_values().for_each(|session| corpus.add(0, session));
    Some((all, corpus))
}

impl CampaignRecord {
    /// As text.
    #[must_use]
    pub fn json(&self) -> String {
        // Only maps with other keys than strings cannot be written.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    fn unite(&mut self, part: Self) {
        if self.target != part.target {
            self.target = format!("{}, {}", self.target, part.target);
        }
        self.elapsed_ms += part.elapsed_ms;
        self.counts += part.counts;
        self.deaths += part.deaths;
        self.unjudged.unite(part.unjudged);
        for (transition, count) in part.transitions {
            *self.transitions.entry(transition).or_default() += count;
        }
        self.requirements.extend(part.requirements);
        self.edges.unite(part.edges);
        self.incidents.extend(part.incidents);
        self.guide.sections.extend(part.guide.sections);
        for rule in part.guide.rules {
            if self.guide.rule(&rule.requirement.id).is_none() {
                self.guide.rules.push(rule);
            }
        }
        self.guide.rules.sort_by(|a, b| a.requirement.id.cmp(&b.requirement.id));
        for finding in part.findings {
            match self.findings.iter_mut().find(|known| known.signature == finding.signature) {
                None => self.findings.push(finding),
                Some(known) => {
                    let count = known.count + finding.count;
                    if finding.session.len() < known.session.len() {
                        *known = finding;
                    }
                    known.count = count;
                }
            }
        }
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.sessions += other.sessions;
        self.lenient += other.lenient;
        self.failed += other.failed;
        self.inconclusive += other.inconclusive;
        self.unconfirmed += other.unconfirmed;
    }
}
