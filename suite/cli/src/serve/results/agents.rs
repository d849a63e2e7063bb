//! What is kept of each client by the name that it gives itself, so that made-up names push out each other and not a client
//! that is being tested.

use std::collections::{BTreeMap, BTreeSet};

use wsspec_exchange::Pace;
use wsspec_record::TrialRecord;
use wsspec_runner::Evidence;

use super::size;

/// Agents that are kept apart. For one more, the one that came least far is forgotten.
pub(super) const AGENTS: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Agents {
    pub(super) trials: BTreeMap<String, BTreeMap<String, TrialRecord>>,
    pub(super) kept: usize,
    /// What cases failed by that were played once.
    pub(super) failures: BTreeMap<String, BTreeMap<String, Evidence>>,
    /// How long each agent took so far.
    pub(super) paces: BTreeMap<String, Pace>,
    /// How many cases were given to each agent that asked for the next one.
    pub(super) given: BTreeMap<String, usize>,
    /// The failure that each of them was given again last.
    pub(super) again: BTreeMap<String, String>,
    /// When each agent was last here, counted.
    visits: BTreeMap<String, u64>,
    /// How many visits there were.
    visit: u64,
    /// How many agents were forgotten.
    pub(super) forgotten: usize,
}

impl Agents {
    /// Makes room for an agent that was not here before: forgets the one with the fewest cases, and of several such the one
    /// that was not here for longest.
    pub(super) fn make_room(&mut self, agent: &str) {
        self.visit += 1;
        self.visits.insert(agent.to_owned(), self.visit);
        let others: BTreeSet<&String> = self.visits.keys().filter(|name| *name != agent).collect();
        if others.len() < AGENTS {
            return;
        }
        let progress = |name: &&String| (self.trials.get(*name).map_or(0, BTreeMap::len), self.visits[*name]);
        if let Some(least) = others.into_iter().min_by_key(progress).cloned() {
            self.forget(&least);
        }
    }

    fn forget(&mut self, agent: &str) {
        let trials = self.trials.remove(agent).unwrap_or_default();
        self.kept -= trials.values().map(size).sum::<usize>();
        self.failures.remove(agent);
        self.paces.remove(agent);
        self.given.remove(agent);
        self.again.remove(agent);
        self.visits.remove(agent);
        self.forgotten += usize::from(!trials.is_empty());
    }
}
