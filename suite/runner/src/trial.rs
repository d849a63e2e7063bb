//! One trial over a connection of its own.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use tokio::time::Instant;
use wsspec_catalogue::Trial;
use wsspec_exchange::{Event, Exchange, Outcome, Setup, Transcript, Verdict};

use crate::{
    dial::{DialError, Dialer, Stream},
    drive::{Measured, drive},
    spawn::Watched,
};

/// What became of a trial, and how long it took.
pub(crate) struct Ran {
    pub outcome: Outcome,
    pub duration: Duration,
    /// The connection could not be opened.
    pub dial_error: Option<DialError>,
    /// The server died meanwhile: the number of that death.
    pub death: Option<usize>,
}

/// Opens a connection and runs a trial on it.
pub(crate) async fn run(dialer: &Dialer, trial: &Arc<Trial>, setup: &Arc<Setup>) -> Ran {
    run_and_keep(dialer, trial, setup).await.0
}

/// As [`run`], and keeps the connection open.
pub(crate) async fn run_and_keep(
    dialer: &Dialer,
    trial: &Arc<Trial>,
    setup: &Arc<Setup>,
) -> (Ran, Option<Stream>) {
    run_measured(dialer, trial, setup, None).await
}

/// As [`run`], on a server whose process can be measured, and on all the connections that the script asks for.
pub(crate) async fn run_watched(
    dialer: &Dialer,
    trial: &Arc<Trial>,
    setup: &Arc<Setup>,
    watched: &Watched,
) -> Ran {
    let connections = trial.script.connections();
    let before = (connections > 1).then(|| watched.usage()).flatten();
    let other = Arc::new(Trial { script: trial.script.unmeasured(), ..Trial::clone(trial) });
    let mut others = join_all((1..connections).map(|_| run_and_keep(dialer, &other, setup))).await;
    if trial.script.ends_stream() {
        others.clear();
    }
    run_measured(dialer, trial, setup, Some(Measured { watched, before })).await.0
}

async fn run_measured(
    dialer: &Dialer,
    trial: &Arc<Trial>,
    setup: &Arc<Setup>,
    process: Option<Measured<'_>>,
) -> (Ran, Option<Stream>) {
    let mut stream = match dialer.dial().await {
        Ok(stream) => stream,
        Err(error) => {
            let verdict = Verdict::Inconclusive { why: error.to_string() };
            let outcome = Outcome {
                verdict,
                transcript: Transcript::default(),
                remarks: Vec::new(),
                slowest: Duration::ZERO,
            };
            return (Ran { outcome, duration: Duration::ZERO, dial_error: Some(error), death: None }, None);
        }
    };
    let start = Instant::now();
    let limits = setup.limits.for_script(&trial.script);
    let setup = Arc::new(Setup { limits, ..(**setup).clone() });
    let mut exchange = Exchange::new(trial.clone(), setup);
    let error = drive(&mut exchange, &mut stream, start, limits, process).await;
    let mut outcome = exchange.finish("the run was cut short");
    let heard = outcome.transcript.entries.iter().any(|entry| matches!(entry.event, Event::Received(_)));
    let dial_error = error.filter(|_| !heard).and_then(|error| dialer.late_refusal(&error));
    if let Some(error) = &dial_error {
        outcome.verdict = Verdict::Inconclusive { why: error.to_string() };
    }
    (Ran { outcome, duration: start.elapsed(), dial_error, death: None }, Some(stream))
}
