//! What is kept for each client, by the name that it gives itself. Bounded so that made-up names displace each other,
//! and not a client that is being tested.

use std::collections::{BTreeMap, BTreeSet};

use wsspec_exchange::Pace;
use wsspec_record::TrialRecord;
use wsspec_runner::Evidence;

use super::{agent_trial::TwoFailures, size};

/// Maximum number of agents. One more displaces the agent that has got least far.
pub(super) const AGENTS: usize = 64;

/// A case that an agent was given again.
#[derive(Clone, Debug)]
pub(super) struct RepeatedCase {
    pub(super) id: String,
    /// The number of the run: 2 confirms a failure, 3 decides between two.
    pub(super) number: u32,
}

#[derive(Debug, Default)]
pub(super) struct Agents {
    pub(super) trials: BTreeMap<String, BTreeMap<String, TrialRecord>>,
    pub(super) kept: usize,
    /// Why cases failed that were played once.
    pub(super) failures: BTreeMap<String, BTreeMap<String, Evidence>>,
    /// How long each agent has taken to respond so far.
    pub(super) paces: BTreeMap<String, Pace>,
    /// The number of cases given to each agent that asked for the next one.
    pub(super) given: BTreeMap<String, usize>,
    /// Cases that failed twice, for different reasons.
    pub(super) two_failures: BTreeMap<String, BTreeMap<String, TwoFailures>>,
    /// The failure that each agent was last given again.
    pub(super) again: BTreeMap<String, RepeatedCase>,
    /// The number of each agent's last visit.
    visits: BTreeMap<String, u64>,
    /// The number of visits.
    visit: u64,
    /// The number of agents that were dropped.
    pub(super) forgotten: usize,
}

impl Agents {
    /// Makes room for a new agent: drops the one with the fewest cases; among several, the one whose last visit is
    /// longest ago.
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
        let two_failures = self.two_failures.remove(agent).unwrap_or_default();
        self.kept -= trials.values().map(size).sum::<usize>();
        self.kept -= two_failures.values().map(TwoFailures::size).sum::<usize>();
        self.failures.remove(agent);
        self.paces.remove(agent);
        self.given.remove(agent);
        self.again.remove(agent);
        self.visits.remove(agent);
        self.forgotten += usize::from(!trials.is_empty());
    }
}
