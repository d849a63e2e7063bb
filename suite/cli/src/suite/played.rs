//! The one run whose record all tests of a suite read.

use std::{
    future,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use libtest_mimic::Failed;
use tokio::runtime::Builder;
use wsspec_catalogue::Plan;
use wsspec_record::{Record, RunEvent};
use wsspec_runner::{RunOptions, Target, run_plan};

use super::ServerUnderTest;

/// A run that starts when its result is first needed.
#[derive(Debug)]
pub(super) struct Played {
    server: Mutex<Option<ServerUnderTest>>,
    plan: Plan,
    options: RunOptions,
    record: OnceLock<Result<Arc<Record>, String>>,
}

impl Played {
    pub(super) fn new(server: ServerUnderTest, plan: Plan, options: RunOptions) -> Self {
        Self { server: Mutex::new(Some(server)), plan, options, record: OnceLock::new() }
    }

    /// The result. Parallel tests wait for the first one.
    pub(super) fn record(&self) -> Result<Arc<Record>, Failed> {
        self.record.get_or_init(|| self.play()).clone().map_err(Failed::from)
    }

    fn play(&self) -> Result<Arc<Record>, String> {
        let server = self.server.lock().unwrap_or_else(PoisonError::into_inner).take();
        let address = match server {
            Some(ServerUnderTest::Address(address)) => address,
            Some(ServerUnderTest::Start(start)) => start(),
            None => return Err("the server has already failed to start".into()),
        };
        let target = Target::parse(&address).map_err(|error| error.to_string())?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| format!("cannot start a runtime: {error}"))?;
        let target = Arc::new(target);
        let mut deaf = |_: &RunEvent| {};
        let run = run_plan(&self.plan, &target, &self.options, &mut deaf, future::pending());
        Ok(runtime.block_on(run))
    }
}
