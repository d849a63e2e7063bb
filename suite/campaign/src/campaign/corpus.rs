//! Sessions that showed something new, in numerical order.

use std::collections::HashSet;

use crate::{model::Transition, session::FuzzSession};

/// The most sessions that are kept.
const MOST: usize = 4096;
/// The most features of responses that are distinguished.
const MOST_SEEN: usize = 1 << 16;

/// Sessions worth varying.
#[derive(Debug, Default)]
pub struct Corpus {
    sessions: Vec<FuzzSession>,
    /// For each session, the number from which on it is known.
    since: Vec<u64>,
    /// Those that reach edges of the peer's code that others do not, likewise.
    for_edges: (Vec<FuzzSession>, Vec<u64>),
    features: HashSet<u64>,
    pairs: HashSet<(Transition, Transition)>,
}

impl Corpus {
    /// Whether a feature of the response is new, or two transitions never followed each other before.
    pub fn is_new(&mut self, features: &[u64], path: &[Transition]) -> bool {
        let before = self.features.len() + self.pairs.len();
        let room = MOST_SEEN.saturating_sub(self.features.len());
        self.features.extend(features.iter().take(room));
        self.pairs.extend(path.windows(2).map(|pair| (pair[0], pair[1])));
        self.features.len() + self.pairs.len() > before
    }

    /// Keeps a session, known from number `since` on; numbers never fall.
    pub fn add(&mut self, since: u64, session: FuzzSession) {
        if self.sessions.len() < MOST && !session.steps.is_empty() {
            self.sessions.push(session);
            self.since.push(since);
        }
    }

    /// Keeps a session unless it is kept already.
    pub fn add_once(&mut self, since: u64, session: &FuzzSession) {
        if !self.sessions.contains(session) {
            self.add(since, session.clone());
        }
    }

    /// Keeps a session that reaches new edges of the peer's code.
    pub fn add_for_edges(&mut self, since: u64, session: &FuzzSession) {
        self.add_once(since, session);
        let (sessions, known) = &mut self.for_edges;
        if sessions.len() < MOST && !session.steps.is_empty() {
            sessions.push(session.clone());
            known.push(since);
        }
    }

    /// Those that reach new edges, and are known before a number.
    #[must_use]
    pub fn for_edges_before(&self, number: u64) -> &[FuzzSession] {
        let (sessions, known) = &self.for_edges;
        &sessions[..known.partition_point(|since| *since <= number)]
    }

    /// Those that are known before a number.
    #[must_use]
    pub fn before(&self, number: u64) -> &[FuzzSession] {
        &self.sessions[..self.since.partition_point(|since| *since <= number)]
    }

    /// All of them, each with the number from which on it is known.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &FuzzSession)> {
        self.since.iter().copied().zip(&self.sessions)
    }

    /// What was seen in responses, in order.
    pub(super) fn features(&self) -> Vec<u64> {
        let mut features: Vec<u64> = self.features.iter().copied().collect();
        features.sort_unstable();
        features
    }

    /// Pairs of consecutive transitions, in order.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (Transition, Transition)> {
        let mut pairs: Vec<_> = self.pairs.iter().copied().collect();
        pairs.sort_unstable();
        pairs.into_iter()
    }

    /// What has been seen before.
    pub(super) fn remember(
        &mut self,
        features: &[u64],
        pairs: impl Iterator<Item = (Transition, Transition)>,
    ) {
        self.features.extend(features);
        self.pairs.extend(pairs);
    }

    /// Their number.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }
}
