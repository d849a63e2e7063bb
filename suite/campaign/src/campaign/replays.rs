//! Which sessions reach new edges of the peer's code.
//!
//! While sessions run in parallel, an edge that is counted for the first time may be due to any of them. The likely ones
//! are replayed alone later; those that then take the edge are worth varying.

use std::{collections::VecDeque, sync::Arc};

use super::{BLOCK, Campaign, Turn};
use crate::{
    Job, Pacing, PlayedSession, Ticket,
    edges::{CountedEdges, ReachedEdges},
    model::Prediction,
};

/// The first sessions reach most edges, and are not worth replays.
const FIRST: u64 = 2 * BLOCK;
/// Sessions that are replayed for one group of new edges at most.
const MOST_REPLAYS: usize = 8;
/// Groups of new edges that wait for replays at most.
const MOST_GROUPS: usize = 512;
/// Replays need the peer for themselves, so they come in batches, each after so many sessions.
const REPLAYED_EVERY: u64 = 256;
/// And at most one for so many sessions: a peer whose code takes other edges each time is not to be replayed all day.
const SESSIONS_PER_REPLAY: u64 = 32;

/// What is known about the edges of the peer's code.
#[derive(Debug, Default)]
pub(super) struct EdgeSearch {
    reached: ReachedEdges,
    /// How many edges the peer had when the campaign was saved.
    saved_of: Option<u32>,
    groups: VecDeque<NewEdges>,
    replaying: Option<Arc<Prediction>>,
    /// Sessions that were replayed.
    replays: u64,
}

/// Edges that were reached for the first time, and the sessions that may have reached them, the likeliest first.
#[derive(Debug)]
struct NewEdges {
    edges: Vec<u32>,
    candidates: VecDeque<Arc<Prediction>>,
}

impl EdgeSearch {
    /// Continues with the edges of a saved campaign, if the peer still has as many.
    pub(super) fn resumed(saved: &ReachedEdges) -> Self {
        Self { reached: saved.clone(), saved_of: Some(saved.of()), ..Self::default() }
    }

    pub(super) const fn reached(&self) -> &ReachedEdges {
        &self.reached
    }

    /// Takes what was counted into account; returns the edges that are new.
    fn fresh(&mut self, counted: &CountedEdges) -> Vec<u32> {
        if counted.of == 0 {
            return Vec::new();
        }
        // The numbers mean other edges in another program.
        if self.saved_of.take().is_some_and(|of| of != counted.of) {
            self.reached = ReachedEdges::default();
        }
        self.reached.add(counted)
    }

    fn wait_for_replays(&mut self, edges: Vec<u32>, candidates: VecDeque<Arc<Prediction>>) {
        if self.groups.len() < MOST_GROUPS && !candidates.is_empty() {
            self.groups.push_back(NewEdges { edges, candidates });
        }
    }

    /// The next session to replay.
    fn next(&mut self) -> Option<Arc<Prediction>> {
        while let Some(group) = self.groups.front_mut() {
            if let Some(candidate) = group.candidates.pop_front() {
                return Some(candidate);
            }
            self.groups.pop_front();
        }
        None
    }

    /// Whether a replayed session takes edges that no session is known for yet; it now is.
    fn explains(&mut self, counted: &CountedEdges) -> bool {
        let is_taken = |edge: &u32| counted.taken.binary_search(edge).is_ok();
        let before: usize = self.groups.iter().map(|group| group.edges.len()).sum();
        self.groups.iter_mut().for_each(|group| group.edges.retain(|edge| !is_taken(edge)));
        self.groups.retain(|group| !group.edges.is_empty());
        before > self.groups.iter().map(|group| group.edges.len()).sum()
    }

    pub(super) const fn is_replaying(&self) -> bool {
        self.replaying.is_some()
    }

    pub(super) fn give_up(&mut self) {
        self.groups.clear();
        self.replaying = None;
    }
}

impl Campaign {
    /// Edges were counted that no one session is known for: before the first session, or after the last one had ended.
    pub fn counted(&mut self, counted: &CountedEdges) {
        let fresh = self.edges.fresh(counted);
        if !fresh.is_empty() {
            let candidates = self.candidates(None);
            self.edges.wait_for_replays(fresh, candidates);
        }
    }

    /// Edges were counted until this session ended.
    pub(super) fn counted_with(&mut self, prediction: &Arc<Prediction>, counted: &CountedEdges) {
        let fresh = self.edges.fresh(counted);
        if fresh.is_empty() {
            return;
        }
        if counted.alone {
            self.keep_for_edges(prediction);
            return;
        }
        if self.given <= FIRST {
            // Probably it was this one; if not, little is lost.
            self.corpus.add_once(self.absorbed, &prediction.session);
            return;
        }
        let candidates = self.candidates(Some(prediction));
        self.edges.wait_for_replays(fresh, candidates);
    }

    /// The sessions that may have reached a new edge: the one that has just ended, those that run, the newest first, as
    /// most sessions are short; and those that ended before, whose end the peer may only now have noticed.
    fn candidates(&self, ended: Option<&Arc<Prediction>>) -> VecDeque<Arc<Prediction>> {
        let mut running: Vec<_> = self.under_way.iter().collect();
        running.sort_unstable_by_key(|(number, _)| std::cmp::Reverse(**number));
        let running = running.into_iter().map(|(_, prediction)| prediction);
        let recent = self.recent.iter().rev().map(|(_, prediction)| prediction);
        let (running, recent): (Vec<_>, Vec<_>) = (running.collect(), recent.take(2).collect());
        let many = MOST_REPLAYS - usize::from(ended.is_some()) - recent.len();
        ended.into_iter().chain(running.into_iter().take(many)).chain(recent).cloned().collect()
    }

    /// The next replay, if replays are due; all of a batch come one after another.
    pub(super) fn replay(&mut self) -> Option<Turn> {
        if self.edges.is_replaying() {
            return Some(Turn::Wait);
        }
        let has_time = self.edges.replays * SESSIONS_PER_REPLAY < self.given;
        if !has_time || !self.given.is_multiple_of(REPLAYED_EVERY) {
            return None;
        }
        let prediction = self.edges.next()?;
        let trial = self.trial(&prediction, self.given, None);
        self.edges.replaying = Some(prediction);
        self.edges.replays += 1;
        Some(Turn::Play(Job { ticket: Ticket::Replay, trial, pace: Pacing::Alone, autopsy: false }))
    }

    pub(super) fn replayed(&mut self, played: &PlayedSession) {
        let Some(prediction) = self.edges.replaying.take() else { return };
        let is_new = !self.edges.fresh(&played.edges).is_empty();
        if self.edges.explains(&played.edges) || is_new {
            self.keep_for_edges(&prediction);
        }
    }

    fn keep_for_edges(&mut self, prediction: &Arc<Prediction>) {
        self.corpus.add_for_edges(self.absorbed, &prediction.session);
    }
}
