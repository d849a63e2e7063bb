//! How a client's processes end: on their own or not, and what they leave behind.

use std::time::Duration;

use crate::spawn::OneShotEnd;

/// How long a client may take to end after its connection has closed.
const GRACE: Duration = Duration::from_secs(2);
/// The same limit for a client that has never ended on its own, and after how many trials it applies.
const NO_GRACE: (usize, Duration) = (3, Duration::from_millis(50));

/// How a client's processes ended.
#[derive(Debug, Default)]
pub(super) struct ExitHabits {
    /// Number of trials after which it ended on its own.
    ended: usize,
    /// Ids of trials after which it had to be stopped.
    stopped: Vec<String>,
    /// Ids of trials after which processes were left behind.
    orphans: Vec<String>,
}

impl ExitHabits {
    pub(super) fn add(&mut self, id: &str, ended: &OneShotEnd) {
        match ended.how {
            Some(_) => self.ended += 1,
            None => self.stopped.push(id.to_owned()),
        }
        if ended.orphans {
            self.orphans.push(id.to_owned());
        }
    }

    /// How long it may take to end.
    pub(super) fn grace(&self) -> Duration {
        let (trials, grace) = NO_GRACE;
        if self.ended == 0 && self.stopped.len() >= trials { grace } else { GRACE }
    }

    pub(super) fn told(&self) -> Vec<String> {
        let told = |ids: &[String], what: &str| {
            let first = ids.first()?;
            let times = if ids.len() == 1 { "once".into() } else { format!("{} times", ids.len()) };
            Some(format!("{times} {what}, first after {first}"))
        };
        let stopped =
            told(&self.stopped, "the client did not end on its own after its connection, and was stopped");
        let orphans =
            told(&self.orphans, "the client left processes behind when it ended, which were stopped");
        stopped.into_iter().chain(orphans).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(how: Option<&str>, orphans: bool) -> OneShotEnd {
        OneShotEnd { how: how.map(str::to_owned), crashed: false, orphans, output: Vec::new() }
    }

    #[test]
    fn a_client_that_never_ends_by_itself_is_given_less_time() {
        let mut habits = ExitHabits::default();
        (0..3).for_each(|_| habits.add("a", &ended(None, false)));
        assert_eq!(habits.grace(), NO_GRACE.1);
        habits.add("b", &ended(Some("exit status 0"), true));
        assert_eq!(habits.grace(), GRACE);
        let told = habits.told();
        assert_eq!(
            told[0],
            "3 times the client did not end on its own after its connection, and was stopped, first after a"
        );
        assert!(told[1].starts_with("once the client left processes behind"), "{told:?}");
    }
}
