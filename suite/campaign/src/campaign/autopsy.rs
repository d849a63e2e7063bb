//! What a campaign does once the server has died: which sessions may be the cause, and in which order they are replayed.

use std::sync::Arc;

use super::{Campaign, Suspect};
use crate::{
    finding::{Reaction, Signature},
    model::Prediction,
};

/// How many earlier sessions may be the cause of a death, in addition to those that were running.
const RECENT: usize = 128;
/// How many deaths in a row are investigated without a result.
const MOST_AUTOPSIES: usize = 8;

impl Campaign {
    /// The server died: because of a session that was running, or of one that had just ended, for a process may outlive a
    /// connection by a moment. Each is replayed alone until one proves to be the cause. Returns their numbers, the most
    /// likely cause first.
    pub fn died(&mut self) -> Vec<u64> {
        self.deaths += 1;
        let suspects = self.possible_causes();
        let numbers = suspects.iter().map(|suspect| suspect.number).collect();
        let is_under_way = self.look.iter().map(|look| look.suspect()).chain(&self.suspects);
        let is_under_way =
            is_under_way.filter(|suspect| suspect.signature.kind == Reaction::Death).count() > 0;
        if !is_under_way && self.autopsies < MOST_AUTOPSIES {
            self.autopsies += 1;
            // The sessions that were running when a server died are the freshest trace there is.
            suspects.into_iter().rev().for_each(|suspect| self.suspects.push_front(suspect));
        }
        numbers
    }

    /// The process of a client, which is started for each session, died of it.
    pub(super) fn client_died(&mut self, number: u64, prediction: &Arc<Prediction>) {
        self.deaths += 1;
        let suspect = suspect(number, prediction);
        let seen = self.known.entry(suspect.signature.clone()).or_default();
        *seen += 1;
        if *seen == 1 {
            self.suspects.push_back(suspect);
        }
    }

    fn possible_causes(&self) -> Vec<Suspect> {
        let mut running: Vec<_> = self.under_way.iter().collect();
        running.sort_unstable_by_key(|(number, _)| std::cmp::Reverse(**number));
        let running = running.into_iter().map(|(number, prediction)| suspect(*number, prediction));
        let looked_at = self.look.iter().map(|look| look.suspect());
        let looked_at = looked_at.map(|looked_at| suspect(looked_at.number, &looked_at.prediction));
        let recent = self.recent.iter().rev().map(|(number, prediction)| suspect(*number, prediction));
        looked_at.chain(running).chain(recent).collect()
    }

    /// A session has ended: it may be the cause of the next death.
    pub(super) fn remember(&mut self, number: u64, prediction: Arc<Prediction>) {
        self.recent.push_back((number, prediction));
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }

    /// A session that may be the cause of a death: what it sends, in the notation.
    #[must_use]
    pub fn session_text(&self, number: u64) -> Option<String> {
        let recent = self.recent.iter().find(|(recent, _)| *recent == number);
        let found = self.under_way.get(&number).or(recent.map(|(_, prediction)| prediction));
        found.map(|prediction| prediction.session.to_string())
    }

    /// The cause of a death was found: nobody else is suspected of it. A server that dies of the same again and again is
    /// not worth ever more replays.
    pub(super) fn cause_found(&mut self, is_new: bool) {
        if is_new {
            self.autopsies = 0;
        }
        self.suspects.retain(|suspect| suspect.signature.kind != Reaction::Death);
    }
}

fn suspect(number: u64, prediction: &Arc<Prediction>) -> Suspect {
    Suspect { number, prediction: prediction.clone(), signature: Signature::death(prediction) }
}
