//! The rules that were broken in all traffic so far: each once for each end, however often it is broken.

use std::{collections::HashMap, fmt, ops::Range, time::Duration};

use wsspec_record::{EntryRecord, Guide, RequirementRecord};
use wsspec_wire::{Level, RequirementId, Role};

use crate::{
    observer::{ObservedFault, Observer, TrafficCount, index},
    recent::RecentTraffic,
    replay::SavedCase,
};

/// What the requirements say that traffic may break.
#[derive(Clone, Debug, Default)]
pub struct RuleBook(HashMap<RequirementId, RequirementRecord>);

impl RuleBook {
    /// The rules of a catalogue's guide.
    pub fn of(guide: &Guide) -> Self {
        let rules = guide.rules.iter().map(|rule| &rule.requirement);
        Self(rules.map(|rule| (rule.id.clone(), rule.clone())).collect())
    }

    /// A rule; what is not in the book counts as a MUST without words.
    pub(crate) fn rule(&self, id: &RequirementId) -> RequirementRecord {
        let unknown = || RequirementRecord {
            id: id.clone(),
            level: Level::Must,
            citation: id.citation(),
            text: id.to_string(),
        };
        self.0.get(id).cloned().unwrap_or_else(unknown)
    }
}

/// A rule that one end breaks, and the first time that it did.
#[derive(Clone, Debug)]
pub struct BrokenRule {
    /// Which end.
    pub from: Role,
    /// How it is broken, in one word: the name of the violation.
    pub name: &'static str,
    /// The rule.
    pub rule: RequirementRecord,
    /// What the end did, in a sentence without a full stop.
    pub what: String,
    /// Where it did that.
    pub place: TrafficPlace,
    /// What it sent, in the notation; empty if only the order of events breaks the rule.
    pub sent: String,
    /// The faulty bytes of that.
    pub bytes: Range<usize>,
    /// These bytes, at most [`BrokenRule::SHOWN`] of them.
    pub octets: Vec<u8>,
    /// What came before it, and the fault itself.
    pub transcript: Vec<EntryRecord>,
    /// How much of what came before it is not kept.
    pub omitted: u64,
    /// The case that shows it again, if one can be made.
    pub case: Option<SavedCase>,
    /// How often it was broken.
    pub times: u64,
    /// On how many connections.
    pub connections: u64,
    /// The last of them.
    last: u64,
}

impl BrokenRule {
    /// How many faulty bytes are kept.
    pub const SHOWN: usize = 16;
}

/// Where something was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficPlace {
    /// The number of the connection, from 1.
    pub connection: u64,
    /// Since the connection opened.
    pub at: Duration,
    /// The file of a capture; empty for live traffic.
    pub file: String,
    /// The number of the packet or message in that file, from 1; 0 without one.
    pub packet: u64,
}

/// What was seen on all connections, and the rules that were broken there.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    rules: RuleBook,
    broken: Vec<BrokenRule>,
    /// Connections, of whatever they carried.
    pub connections: u64,
    /// Connections with a request for a WebSocket connection.
    pub asked: u64,
    /// WebSocket connections that were opened.
    pub opened: u64,
    /// Octets, frames, and frames too long to be judged.
    pub count: TrafficCount,
}

impl Ledger {
    /// Nothing has been seen.
    pub fn new(rules: RuleBook) -> Self {
        Self { rules, ..Self::default() }
    }

    /// What the rules say.
    pub(crate) fn rules(&self) -> &RuleBook {
        &self.rules
    }

    /// The rules broken so far, in the order in which they were first broken.
    pub fn broken(&self) -> &[BrokenRule] {
        &self.broken
    }

    /// Enters a fault. Returns the rule if it is the first time that this end breaks it in this way.
    pub fn note(
        &mut self,
        fault: &ObservedFault,
        place: TrafficPlace,
        recent: &RecentTraffic,
    ) -> Option<&BrokenRule> {
        let (name, requirement) = (fault.violation.name(), fault.violation.requirement());
        let is_it = |broken: &&mut BrokenRule| {
            broken.from == fault.from && broken.name == name && broken.rule.id == requirement
        };
        if let Some(known) = self.broken.iter_mut().find(is_it) {
            known.times += 1;
            known.connections += u64::from(known.last != place.connection);
            known.last = place.connection;
            return None;
        }
        let rule = self.rules.rule(&requirement);
        self.broken.push(BrokenRule::first(fault, rule, place, recent));
        self.broken.last()
    }

    /// Enters the numbers of a connection, since the last time.
    pub fn count(&mut self, observer: &mut Observer) {
        let count = observer.take_count();
        for end in [Role::Client, Role::Server].map(index) {
            self.count.octets[end] += count.octets[end];
            self.count.frames[end] += count.frames[end];
            self.count.oversize[end] += count.oversize[end];
        }
    }
}

impl BrokenRule {
    fn first(
        fault: &ObservedFault,
        rule: RequirementRecord,
        place: TrafficPlace,
        recent: &RecentTraffic,
    ) -> Self {
        let octets = fault.sent.as_ref().map(|sent| sent.bytes()).unwrap_or_default();
        let octets = octets.get(fault.bytes.clone()).unwrap_or_default();
        let sent = fault.sent.as_ref().map(|sent| wsspec_exchange::received_text(sent, fault.from));
        Self {
            from: fault.from,
            name: fault.violation.name(),
            what: fault.violation.to_string(),
            case: SavedCase::of(fault, &rule, recent),
            rule,
            sent: sent.unwrap_or_default(),
            bytes: fault.bytes.clone(),
            octets: octets[..octets.len().min(Self::SHOWN)].to_vec(),
            transcript: recent.transcript(fault.from),
            omitted: recent.omitted(),
            times: 1,
            connections: 1,
            last: place.connection,
            place,
        }
    }
}

/// `connection 3`, `packet 17`.
impl fmt::Display for TrafficPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.packet {
            0 => write!(f, "connection {}", self.connection),
            packet => write!(f, "packet {packet}, connection {}", self.connection),
        }
    }
}
