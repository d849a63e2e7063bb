//! Names of sessions: a server keeps a session for a while after its trial, so no two trials may share one.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Gives out names that all begin alike.
#[derive(Clone, Debug, Default)]
pub struct SessionNames {
    run: Arc<str>,
    given: Arc<AtomicU64>,
}

impl SessionNames {
    /// Names for a run, which should have its own start.
    #[must_use]
    pub fn of_run(run: impl Into<Arc<str>>) -> Self {
        Self { run: run.into(), given: Arc::default() }
    }

    /// A name that was not given out before.
    pub(crate) fn next(&self) -> String {
        format!("{}{}", self.run, self.given.fetch_add(1, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_given_out_twice() {
        let names = SessionNames::of_run("a-");
        assert_eq!([names.next(), names.clone().next(), names.next()], ["a-0", "a-1", "a-2"]);
    }
}
