//! A campaign against a server: which session is next, its result, and which results need a second look.
//!
//! Never opens a connection, never reads a clock. The driver plays the trials that it asks for and reports their
//! results. Sessions are numbered; a session depends on the seed and on the results of sessions at least [`BLOCK`]
//! before it. So the same seed gives the same sessions, however many run in parallel, against a server that behaves
//! the same.

mod autopsy;
mod campaign_record;
mod corpus;
mod folder;
mod investigation;
mod replays;
mod summary;
mod unjudged;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use wsspec_catalogue::{Location, Need, Requirements, Trial};
use wsspec_exchange::Outcome;
use wsspec_record::{TrialRecord, Verdict};
use wsspec_wire::Role;
use wsspec_wire::{Level, RequirementId};

pub use self::{
    campaign_record::{CampaignMemory, CampaignRecord, FORMAT, merge},
    corpus::Corpus,
    folder::{FolderError, Skipped, load, read_corpus, save},
    summary::Summary,
    unjudged::Unjudged,
};
use self::{
    investigation::{Investigation, InvestigationStep},
    replays::EdgeSearch,
};
use crate::{
    Job, Pacing, PlayedSession, Ticket, Turn, case_file,
    finding::{CampaignFinding, Reaction, Signature, response_features},
    model::{ANY_REQUIREMENT, Abilities, Prediction, Transition, predict},
    seeded,
    session::FuzzSession,
};

/// Sessions come in blocks of this many: a session depends on the results of all blocks but the one before its own,
/// so that two blocks can run at once.
pub const BLOCK: u64 = 1024;

/// The most findings that are investigated; a server with more has enough to fix.
const MOST_FINDINGS: usize = 200;

/// One part of the sessions when they are divided among machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    /// Number of the part, from 1.
    pub number: u64,
    /// Number of parts.
    pub of: u64,
}

impl Default for Shard {
    fn default() -> Self {
        Self { number: 1, of: 1 }
    }
}

/// The settings of a campaign.
#[derive(Clone, Debug)]
pub struct CampaignSettings {
    /// The seed of the sessions.
    pub seed: u64,
    /// Which part of the sessions it plays.
    pub shard: Shard,
    /// How many to play; `None`: unlimited.
    pub sessions: Option<u64>,
    /// What the peer supports.
    pub abilities: Abilities,
    /// The peer's address, for display.
    pub target: String,
    /// All requirements.
    pub requirements: Arc<Requirements>,
}

/// A running campaign.
#[derive(Debug)]
pub struct Campaign {
    settings: CampaignSettings,
    /// The first sessions: each transition of the model once.
    directed: Vec<FuzzSession>,
    /// The next session's number, and how many have been given out.
    given: u64,
    /// Sessions whose outcome is taken into account: all before this one.
    absorbed: u64,
    under_way: HashMap<u64, Arc<Prediction>>,
    /// Outcomes that wait for earlier ones.
    early: BTreeMap<u64, Observation>,
    corpus: Corpus,
    transitions: BTreeMap<Transition, u64>,
    requirements: BTreeSet<String>,
    /// Transitions after which the peer was silent or died, and since which session: most sessions avoid them.
    silent: BTreeMap<Transition, u64>,
    suspects: VecDeque<Suspect>,
    /// Signatures that were investigated, whatever the result, and how often each was seen.
    known: BTreeMap<Signature, u64>,
    look: Option<Investigation>,
    /// Signatures that turned out to have another cause, and how often.
    moved: BTreeMap<Signature, u8>,
    /// The latest sessions played: one of them may be the cause of a death.
    recent: VecDeque<(u64, Arc<Prediction>)>,
    /// How many deaths were investigated.
    autopsies: usize,
    findings: Vec<CampaignFinding>,
    /// How often the peer died.
    deaths: u64,
    counts: Counts,
    unjudged: Unjudged,
    edges: EdgeSearch,
    closed: bool,
}

/// How sessions ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// All of them.
    pub sessions: u64,
    /// Those in which the peer did not follow a recommendation.
    pub lenient: u64,
    /// Those in which it broke a rule.
    pub failed: u64,
    /// Those that could not be judged.
    pub inconclusive: u64,
    /// Those that failed but did not fail again when repeated.
    pub unconfirmed: u64,
}

/// What is learned from a session.
#[derive(Debug)]
struct Observation {
    prediction: Arc<Prediction>,
    features: Vec<u64>,
    signature: Option<Signature>,
}

/// A session that showed something new.
#[derive(Debug)]
pub(crate) struct Suspect {
    number: u64,
    prediction: Arc<Prediction>,
    signature: Signature,
}

impl Campaign {
    /// Starts a campaign.
    #[must_use]
    pub fn new(settings: CampaignSettings) -> Self {
        Self {
            directed: crate::directed::sessions(settings.abilities.role()),
            settings,
            given: 0,
            absorbed: 0,
            under_way: HashMap::new(),
            early: BTreeMap::new(),
            corpus: Corpus::default(),
            transitions: BTreeMap::new(),
            requirements: BTreeSet::new(),
            silent: BTreeMap::new(),
            suspects: VecDeque::new(),
            known: BTreeMap::new(),
            look: None,
            moved: BTreeMap::new(),
            recent: VecDeque::new(),
            autopsies: 0,
            findings: Vec::new(),
            deaths: 0,
            counts: Counts::default(),
            unjudged: Unjudged::default(),
            edges: EdgeSearch::default(),
            closed: false,
        }
    }

    /// Starts with interesting sessions from another campaign.
    #[must_use]
    pub fn with_corpus(mut self, sessions: impl IntoIterator<Item = FuzzSession>) -> Self {
        sessions.into_iter().for_each(|session| self.corpus.add(0, session));
        self
    }

    /// What to play next.
    pub fn turn(&mut self) -> Turn {
        if let Some(job) = self.second_look() {
            return Turn::Play(job);
        }
        let all = self.closed || self.settings.sessions.is_some_and(|sessions| self.given >= sessions);
        if all {
            let is_idle = self.under_way.is_empty() && self.look.is_none() && !self.edges.is_replaying();
            return if is_idle { Turn::Done } else { Turn::Wait };
        }
        if self.look.is_some() || Self::horizon(self.given) > self.absorbed {
            return Turn::Wait;
        }
        self.replay().unwrap_or_else(|| Turn::Play(self.session()))
    }

    /// Starts no more sessions: running ones and suspects are completed.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// Drops suspects that have not been investigated.
    pub fn hurry(&mut self) {
        self.closed = true;
        self.suspects.clear();
        self.look = None;
        self.edges.give_up();
        self.under_way.clear();
    }

    /// The result of a job.
    pub fn played(&mut self, job: &Job, played: &PlayedSession) {
        match job.ticket {
            Ticket::Session(number) => self.session_played(number, &job.trial, played),
            Ticket::Look => self.look_played(&job.trial, played),
            Ticket::Replay => self.replayed(played),
        }
    }

    /// The session with the next number, as a trial.
    fn session(&mut self) -> Job {
        let number = self.given;
        self.given += 1;
        let prediction = Arc::new(self.predicted(number));
        let trial = self.trial(&prediction, number, None);
        self.under_way.insert(number, prediction);
        Job { ticket: Ticket::Session(number), trial, pace: Pacing::Together, autopsy: false }
    }

    /// What is known before a session: the same for a whole block, whatever runs at the same time.
    fn horizon(number: u64) -> u64 {
        (number / BLOCK).saturating_sub(1) * BLOCK
    }

    fn predicted(&self, number: u64) -> Prediction {
        let Shard { number: shard, of } = self.settings.shard;
        let global = number * of + (shard - 1);
        let before = Self::horizon(number);
        if let Some(session) = usize::try_from(global).ok().and_then(|global| self.directed.get(global)) {
            return predict(session, self.settings.abilities);
        }
        let role = self.settings.abilities.role();
        let mut prediction = Prediction::default();
        for attempt in 0..ATTEMPTS {
            let seed = seeded::mixed(self.settings.seed, global, attempt);
            let session = match (seed % 4, self.corpus.for_edges_before(before)) {
                (0, parents @ [_, ..]) => seeded::explorer(seed, parents, role),
                (0 | 2, _) => seeded::descendant(seed, self.corpus.before(before), role),
                _ => seeded::descendant(seed, &[], role),
            };
            prediction = predict(&session, self.settings.abilities);
            let is_silent = |transition| self.silent.get(transition).is_some_and(|since| *since < before);
            let boring = prediction.session.steps.is_empty();
            // Now and then it is tried anyway.
            if !boring && (seed.is_multiple_of(16) || !prediction.path.iter().any(is_silent)) {
                break;
            }
        }
        prediction
    }

    /// A trial for a prediction: `about` something, if it is to become a case.
    fn trial(&self, prediction: &Prediction, number: u64, about: Option<&Signature>) -> Arc<Trial> {
        let requirement = about.map_or(ANY_REQUIREMENT, |about| &about.requirement);
        let requirement = RequirementId::parse(requirement).or_else(|| RequirementId::parse(ANY_REQUIREMENT));
        let requirement = requirement.unwrap_or_else(|| unreachable!("a well-formed id"));
        let id = about.map_or_else(|| format!("fuzz/session/{number}"), Signature::case);
        let compresses = prediction.session.compresses();
        Arc::new(Trial {
            title: about.map(Signature::title).unwrap_or_default(),
            needs: if compresses { vec![Need::PermessageDeflate] } else { Vec::new() },
            location: about.map_or_else(Location::default, |about| {
                case_file::location(about, self.settings.abilities.role(), &prediction.script.to_string())
            }),
            seed: seeded::mixed(self.settings.seed, number, u64::MAX),
            requirements: self.settings.requirements.clone(),
            ..Trial::new(id, requirement, prediction.script.clone())
        })
    }

    fn session_played(&mut self, number: u64, trial: &Trial, played: &PlayedSession) {
        let Some(prediction) = self.under_way.remove(&number) else { return };
        match &played.outcome.verdict {
            Verdict::Lenient { .. } => self.counts.lenient += 1,
            Verdict::Fail { .. } => self.counts.failed += 1,
            // What a dead server did not answer says nothing: its death is investigated.
            Verdict::Inconclusive { .. } if played.death.is_some() => {}
            Verdict::Inconclusive { why } => {
                self.counts.inconclusive += 1;
                self.unjudged.note(why);
            }
            _ => {}
        }
        if played.death.is_some() && self.settings.abilities.role() == Role::Client {
            self.client_died(number, &prediction);
        }
        self.counted_with(&prediction, &played.edges);
        self.remember(number, prediction.clone());
        let signature = self.signature(&prediction, trial, played);
        let features = if prediction.is_raced { Vec::new() } else { response_features(&played.outcome) };
        self.early.insert(number, Observation { prediction, features, signature });
        while let Some(observation) = self.early.remove(&self.absorbed) {
            self.absorb(observation);
        }
    }

    fn signature(&self, prediction: &Prediction, trial: &Trial, played: &PlayedSession) -> Option<Signature> {
        if played.death.is_some() {
            return Some(Signature::death(prediction));
        }
        let signature = Signature::of(&played.outcome, prediction, &trial.requirement)?;
        // A violated recommendation is not a finding.
        let id = RequirementId::parse(&signature.requirement)?;
        let level = self.settings.requirements.get(&id).map(|requirement| requirement.level);
        (level == Some(Level::Must)).then_some(signature)
    }

    /// Takes the next session's outcome into account, in numerical order.
    fn absorb(&mut self, observation: Observation) {
        let number = self.absorbed;
        self.absorbed += 1;
        self.counts.sessions += 1;
        let Observation { prediction, features, signature } = observation;
        let mut new = false;
        for transition in &prediction.path {
            let count = self.transitions.entry(*transition).or_default();
            new |= *count == 0;
            *count += 1;
        }
        for owed in &prediction.owed {
            if !self.requirements.contains(owed.requirement) {
                self.requirements.insert(owed.requirement.to_owned());
            }
        }
        if self.corpus.is_new(&features, &prediction.path) || new {
            self.corpus.add(number + 1, prediction.session.clone());
        }
        let Some(signature) = signature else { return };
        if matches!(signature.kind, Reaction::Silence | Reaction::Death)
            && let Some(last) = prediction.path.last()
        {
            self.silent.entry(*last).or_insert(number);
        }
        if signature.kind == Reaction::Death {
            return;
        }
        let seen = self.known.entry(signature.clone()).or_default();
        *seen += 1;
        if *seen == 1 && self.findings.len() + self.suspects.len() < MOST_FINDINGS {
            self.suspects.push_back(Suspect { number, prediction, signature });
        }
    }

    /// What the current suspect needs next.
    fn second_look(&mut self) -> Option<Job> {
        loop {
            if self.look.is_none() {
                let suspect = self.suspects.pop_front()?;
                self.look = Some(Investigation::new(suspect, self.settings.abilities.role()));
            }
            let look = self.look.as_mut()?;
            match look.next(self.settings.abilities) {
                InvestigationStep::Play(prediction, pace) => {
                    let (number, about) = (look.number(), look.about().cloned());
                    let autopsy = look.suspect().signature.kind == Reaction::Death;
                    let trial = self.trial(&prediction, number, about.as_ref());
                    return Some(Job { ticket: Ticket::Look, trial, pace, autopsy });
                }
                InvestigationStep::Wait => return None,
                InvestigationStep::Unconfirmed => {
                    // Most suspects of a death are innocent.
                    self.counts.unconfirmed += u64::from(look.began_with().kind != Reaction::Death);
                    self.look = None;
                }
                InvestigationStep::Found(finding) => {
                    let began_with = look.began_with().clone();
                    self.look = None;
                    self.reconsider(began_with, &finding.signature);
                    self.found(*finding);
                }
            }
        }
    }

    /// Shrinking found another cause than it was to look for: the signature it began with may have a cause of its own,
    /// and is looked into again when it is next seen, a few times.
    fn reconsider(&mut self, began_with: Signature, cause: &Signature) {
        if began_with.requirement == cause.requirement || cause.kind == Reaction::Death {
            return;
        }
        let times = self.moved.entry(began_with.clone()).or_default();
        *times += 1;
        if *times < MOST_RECONSIDERED {
            self.known.remove(&began_with);
        }
    }

    fn look_played(&mut self, trial: &Trial, played: &PlayedSession) {
        let Some(mut look) = self.look.take() else { return };
        if let Some(prediction) = look.playing() {
            self.counted_with(&prediction, &played.edges);
        }
        let signature = look.playing().and_then(|prediction| self.signature(&prediction, trial, played));
        look.played(signature, trial, played);
        self.look = Some(look);
    }

    /// Adds a finding, unless it equals an existing one.
    fn found(&mut self, finding: CampaignFinding) {
        if finding.signature.kind == Reaction::Death {
            self.cause_found(!self.findings.iter().any(|known| known.signature == finding.signature));
        }
        self.known.entry(finding.signature.clone()).or_insert(1);
        match self.findings.iter_mut().find(|known| known.signature == finding.signature) {
            Some(known) if known.session.len() > finding.session.len() => *known = finding,
            Some(_) => {}
            None => self.findings.push(finding),
        }
    }

    /// The findings, with how often each has been seen so far.
    #[must_use]
    pub fn findings(&self) -> Vec<CampaignFinding> {
        let count = |finding: &CampaignFinding| {
            self.known.get(&finding.signature).copied().unwrap_or(1).max(finding.count)
        };
        self.findings
            .iter()
            .map(|finding| CampaignFinding { count: count(finding), ..finding.clone() })
            .collect()
    }

    /// The state of the campaign.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary {
            counts: self.counts,
            transitions: self
                .transitions
                .keys()
                .filter(|transition| transition.is_possible(self.settings.abilities.role()))
                .count(),
            transitions_possible: Transition::all(self.settings.abilities.role()).count(),
            requirements: self.requirements.len(),
            corpus: self.corpus.len(),
            findings: self.findings.len(),
            edges: self.edges.reached().count(),
            edges_possible: self.edges.reached().of(),
            deaths: self.deaths,
            suspects: self.suspects.len() + usize::from(self.look.is_some()),
        }
    }

    /// Its settings.
    #[must_use]
    pub const fn settings(&self) -> &CampaignSettings {
        &self.settings
    }

    /// A trial for a prediction, to find out what a peer supports.
    #[must_use]
    pub fn probe(&self, prediction: &Prediction) -> Arc<Trial> {
        self.trial(prediction, 0, None)
    }

    /// All sessions together, as a trial that passed: for reports that list the findings.
    #[must_use]
    pub fn passed(&self) -> TrialRecord {
        let trial = Trial {
            id: "fuzz/campaign/sessions".to_owned(),
            title: format!(
                "{} sessions against a model of the {}",
                self.counts.sessions,
                self.settings.abilities.role().word()
            ),
            ..(*self.trial(&Prediction::default(), 0, None)).clone()
        };
        Outcome::of(Verdict::Pass).into_record(&trial, self.settings.abilities.role(), 0, 1)
    }

    /// Sessions worth varying.
    #[must_use]
    pub const fn corpus(&self) -> &Corpus {
        &self.corpus
    }

    /// How often each transition was taken.
    #[must_use]
    pub const fn transitions(&self) -> &BTreeMap<Transition, u64> {
        &self.transitions
    }
}

/// How often a signature is looked into that turns out to have another cause.
const MOST_RECONSIDERED: u8 = 3;
/// How many times a session is regenerated if it leads to where the peer is known to be silent.
const ATTEMPTS: u64 = 4;
