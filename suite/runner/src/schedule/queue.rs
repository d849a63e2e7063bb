//! The trials of a pass that have not begun, and which of them may begin beside those under way.

use std::{collections::VecDeque, sync::Arc};

use wsspec_catalogue::{Need, Trial};

/// How many bytes the trials under way may hold together. One that holds more begins when no other is under way.
const MOST_BYTES: usize = 12 << 20;
/// What a trial holds at least, in bytes: a connection's buffers.
const CONNECTION: usize = 128 << 10;
/// What a trial holds that compresses, in bytes: the windows of both ends, and where each sequence in them was last.
const COMPRESSION: usize = 512 << 10;

/// A trial and the number of bytes that it holds.
type Weighed = (Arc<Trial>, usize);

/// Roughly how many bytes a trial holds while it is under way. What it sends counts once, though it is there several times: as
/// a payload, as frames, and as what comes back.
fn weight(trial: &Trial) -> usize {
    let (sent, _) = trial.script.volume();
    sent.max(if trial.needs.contains(&Need::PermessageDeflate) { COMPRESSION } else { CONNECTION })
}

/// Trials in the order in which they should begin.
#[derive(Debug)]
pub(super) struct Queue {
    waiting: VecDeque<Weighed>,
    /// How many bytes the trials under way hold.
    under_way: usize,
    /// How many bytes they may hold.
    most: usize,
}

impl Queue {
    /// Room for `jobs` trials at once that send little.
    pub(super) fn new(trials: Vec<Arc<Trial>>, jobs: usize) -> Self {
        let weighed = trials.into_iter().map(|trial| {
            let bytes = weight(&trial);
            (trial, bytes)
        });
        let most = MOST_BYTES.max(jobs.saturating_mul(CONNECTION));
        Self { waiting: weighed.collect(), under_way: 0, most }
    }

    /// The first trial that may begin beside those under way, and the number to pass to [`Self::end`]. Where none is under
    /// way, that is the first.
    pub(super) fn begin(&mut self) -> Option<Weighed> {
        let fits =
            |(_, bytes): &Weighed| self.under_way == 0 || self.under_way.saturating_add(*bytes) <= self.most;
        let at = self.waiting.iter().position(fits)?;
        let (trial, bytes) = self.waiting.remove(at)?;
        self.under_way = self.under_way.saturating_add(bytes);
        Some((trial, bytes))
    }

    /// A trial has ended that held this many bytes.
    pub(super) fn end(&mut self, bytes: usize) {
        self.under_way = self.under_way.saturating_sub(bytes);
    }

    /// A trial has to run again, after all others.
    pub(super) fn put_back(&mut self, trial: Arc<Trial>, bytes: usize) {
        self.waiting.push_back((trial, bytes));
    }
}

#[cfg(test)]
mod tests {
    use wsspec_catalogue::{Catalogue, Filter, Plan};
    use wsspec_notation::Script;
    use wsspec_wire::{RequirementId, Role};

    use super::*;

    #[test]
    fn what_sends_much_waits_for_room_and_holds_nothing_else_up() {
        let catalogue = Catalogue::embedded().unwrap_or_else(|errors| panic!("{errors:?}"));
        let all = Filter::new::<&str>(&[], &[]).unwrap();
        let any = Plan::new(&catalogue, &all, Role::Server, 0).trials.remove(0);
        let sending = |bytes: usize| {
            let script = format!("> binary \"*\"*{bytes}\n").parse::<Script>().unwrap().into();
            Arc::new(Trial { script, ..Trial::clone(&any) })
        };
        let sizes = [1, MOST_BYTES, MOST_BYTES * 2, 0, 1];
        let mut queue = Queue::new(sizes.map(sending).to_vec(), 1);
        let begin = |queue: &mut Queue| queue.begin().map(|(_, bytes)| bytes);
        let small = Some(CONNECTION);
        assert_eq!([(); 4].map(|()| begin(&mut queue)), [small, small, small, None]);
        for _ in 0..2 {
            queue.end(CONNECTION);
            assert_eq!(begin(&mut queue), None);
        }
        queue.end(CONNECTION);
        assert_eq!([(); 2].map(|()| begin(&mut queue)), [Some(MOST_BYTES), None]);
        queue.end(MOST_BYTES);
        assert_eq!([(); 2].map(|()| begin(&mut queue)), [Some(MOST_BYTES * 2), None]);
    }

    #[test]
    fn there_is_room_for_as_many_jobs_as_were_asked_for() {
        let jobs = MOST_BYTES / CONNECTION * 2;
        let requirement = RequirementId::from_static("rfc6455#5.5.2:2");
        let small = Arc::new(Trial::new("a", requirement, "alive\n".parse().unwrap()));
        let mut queue = Queue::new(vec![small; jobs + 1], jobs);
        assert_eq!(std::iter::from_fn(|| queue.begin()).count(), jobs);
    }
}
