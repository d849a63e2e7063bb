//! The trials of a pass that have not begun, and which of them may begin beside those under way.

use std::{collections::VecDeque, sync::Arc};

use wsspec_catalogue::Trial;

/// How many bytes the scripts under way may send together. Each is held several times: as a payload, as frames, and as what
/// comes back. A script that sends more begins when no other sends anything.
const MOST_BYTES: usize = 20 << 20;

/// A trial and the number of bytes that its script sends.
type Weighed = (Arc<Trial>, usize);

/// Trials in the order in which they should begin.
#[derive(Debug)]
pub(super) struct Queue {
    waiting: VecDeque<Weighed>,
    /// How many bytes the trials under way send.
    under_way: usize,
}

impl Queue {
    pub(super) fn new(trials: Vec<Arc<Trial>>) -> Self {
        let weighed = trials.into_iter().map(|trial| {
            let (bytes, _) = trial.script.volume();
            (trial, bytes)
        });
        Self { waiting: weighed.collect(), under_way: 0 }
    }

    /// The first trial that may begin beside those under way, and the number to pass to [`Self::end`]. Where none is under
    /// way, that is the first.
    pub(super) fn begin(&mut self) -> Option<Weighed> {
        let fits =
            |(_, bytes): &Weighed| self.under_way == 0 || self.under_way.saturating_add(*bytes) <= MOST_BYTES;
        let at = self.waiting.iter().position(fits)?;
        let (trial, bytes) = self.waiting.remove(at)?;
        self.under_way = self.under_way.saturating_add(bytes);
        Some((trial, bytes))
    }

    /// A trial has ended that sent this many bytes.
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
    use wsspec_wire::Role;

    use super::*;

    #[test]
    fn what_sends_much_waits_for_room_and_holds_nothing_else_up() {
        let catalogue = Catalogue::embedded().unwrap_or_else(|errors| panic!("{errors:?}"));
        let all = Filter::new::<&str>(&[], &[]).unwrap();
        let any = Plan::new(&catalogue, &all, Role::Server, 0).trials.remove(0);
        let sending = |bytes: usize| {
            let script = format!("> binary \"*\"*{bytes}\n").parse().unwrap();
            Arc::new(Trial { script, ..Trial::clone(&any) })
        };
        let mut queue = Queue::new([1, MOST_BYTES, MOST_BYTES * 2, 0, 1].map(sending).to_vec());
        let begin = |queue: &mut Queue| queue.begin().map(|(_, bytes)| bytes);
        assert_eq!([(); 4].map(|()| begin(&mut queue)), [Some(1), Some(0), Some(1), None]);
        queue.end(1);
        assert_eq!(begin(&mut queue), None);
        queue.end(1);
        assert_eq!([(); 2].map(|()| begin(&mut queue)), [Some(MOST_BYTES), None]);
        queue.end(MOST_BYTES);
        assert_eq!([(); 2].map(|()| begin(&mut queue)), [Some(MOST_BYTES * 2), None]);
    }
}
