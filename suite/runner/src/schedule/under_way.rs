//! Which trials are running, and which have just ended: the possible causes of a death.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;
use wsspec_catalogue::Trial;

/// How long after its end a trial may still cause a death.
const AFTERMATH: Duration = Duration::from_secs(1);
/// Number of ended trials that are remembered.
const MOST_ENDED: usize = 64;

/// The running trials by id, and those that ended last.
#[derive(Debug, Default)]
pub(super) struct UnderWay {
    now: BTreeMap<String, Arc<Trial>>,
    ended: VecDeque<(Instant, Arc<Trial>)>,
}

impl UnderWay {
    pub(super) fn begin(&mut self, trial: &Arc<Trial>) {
        self.now.insert(trial.id.clone(), trial.clone());
    }

    pub(super) fn end(&mut self, trial: &Arc<Trial>) {
        self.now.remove(&trial.id);
        if self.ended.len() == MOST_ENDED {
            self.ended.pop_front();
        }
        self.ended.push_back((Instant::now(), trial.clone()));
    }

    /// The trials that have just ended, the last one first; at least that one.
    pub(super) fn just_ended(&self) -> Vec<Arc<Trial>> {
        let recent = self.ended.iter().rev().enumerate();
        let recent = recent.take_while(|(at, (ended, _))| *at == 0 || ended.elapsed() <= AFTERMATH);
        recent
            .map(|(_, (_, trial))| trial.clone())
            .filter(|trial| !self.now.contains_key(&trial.id))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use wsspec_wire::RequirementId;

    use super::*;

    fn trial(id: &str) -> Arc<Trial> {
        let requirement = RequirementId::from_static("rfc6455#5.5.2:2");
        Arc::new(Trial::new(id, requirement, "alive\n".parse().unwrap()))
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_that_ended_is_remembered_and_others_for_a_moment() {
        let mut under_way = UnderWay::default();
        let ids = |all: Vec<Arc<Trial>>| all.iter().map(|trial| trial.id.clone()).collect::<Vec<_>>();
        for id in ["a", "b", "c"] {
            under_way.begin(&trial(id));
        }
        under_way.end(&trial("a"));
        tokio::time::advance(AFTERMATH).await;
        under_way.end(&trial("b"));
        assert_eq!(ids(under_way.just_ended()), ["b", "a"]);
        tokio::time::advance(AFTERMATH * 2).await;
        assert_eq!(ids(under_way.just_ended()), ["b"]);
        under_way.begin(&trial("b"));
        assert_eq!(ids(under_way.just_ended()), [""; 0]);
    }
}
