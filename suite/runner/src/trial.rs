//! Runs one trial on its own connection.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use wsspec_carriers::recorded_response;
use wsspec_catalogue::Trial;
use wsspec_exchange::{Event, Exchange, Outcome, Setup, TlsEnding};
use wsspec_record::{DeathRecord, Failure, Verdict};
use wsspec_referee::Received;
use wsspec_wire::Opcode;

use crate::{
    bundle::Bundle,
    dial::{DialError, Dialer},
    drive::{Driver, Measured},
    spawn::{MeasuredProcess, Watched},
    stream::Stream,
};

/// The result of a trial, and how long it took.
pub(crate) struct TrialRun {
    pub outcome: Outcome,
    pub duration: Duration,
    /// Why the connection could not be opened.
    pub dial_error: Option<DialError>,
    /// The number of the server's death during the trial.
    pub death: Option<usize>,
    /// It did not even begin: running it again would give the same result.
    pub not_run: bool,
    /// There was no peer: nothing listens, or the client's process ended before it connected.
    pub absent: bool,
    /// The server turned its request away at least once because there were too many.
    pub turned_away: bool,
    /// How the client's process, which belongs to this trial, crashed.
    pub crash: Option<Crash>,
    /// The death, if the trial killed the server alone.
    pub died_of_it: Option<DeathRecord>,
    /// The failure, if it was not confirmed.
    pub unconfirmed: Option<Failure>,
}

/// A process that a signal ended.
pub(crate) struct Crash {
    /// Which signal, in words.
    pub how: String,
    /// Its last output, escaped.
    pub output: Vec<String>,
}

impl TrialRun {
    /// A trial with this outcome, and nothing else to report.
    pub(crate) fn of(outcome: Outcome, duration: Duration) -> Self {
        Self {
            outcome,
            duration,
            dial_error: None,
            death: None,
            not_run: false,
            absent: false,
            turned_away: false,
            crash: None,
            died_of_it: None,
            unconfirmed: None,
        }
    }

    /// An inconclusive trial.
    pub(crate) fn inconclusive(why: impl Into<String>) -> Self {
        Self::of(Outcome::inconclusive(why), Duration::ZERO)
    }

    /// A trial that was not run.
    pub(crate) fn not_run(why: &str) -> Self {
        Self { not_run: true, ..Self::inconclusive(format!("not run: {why}")) }
    }

    /// Whether the peer did not even accept the connection, or did not answer the opening handshake of a script that
    /// leaves it to us.
    pub(crate) fn is_unanswered(&self) -> bool {
        let heard = |event: &Event| matches!(event, Event::Received(_) | Event::Eof | Event::Reset);
        matches!(self.dial_error, Some(DialError::Timeout { .. }))
            || matches!(self.outcome.verdict, Verdict::Inconclusive { .. })
                && !self.not_run
                && !self.outcome.transcript.entries.is_empty()
                && !self.outcome.transcript.entries.iter().any(|entry| heard(&entry.event))
    }

    /// The last event.
    pub(crate) fn last_event(&self) -> Option<&Event> {
        self.outcome.transcript.entries.last().map(|entry| &entry.event)
    }

    /// Whether it failed or is inconclusive because nothing arrived in time.
    pub(crate) fn is_overdue(&self) -> bool {
        let is_silence = self.last_event() == Some(&Event::Timeout);
        match self.outcome.verdict {
            Verdict::Fail { .. } => is_silence,
            Verdict::Inconclusive { .. } => {
                is_silence || matches!(self.dial_error, Some(DialError::Timeout { .. }))
            }
            _ => false,
        }
    }

    /// Whether some line got what it waited for.
    pub(crate) fn has_answer(&self) -> bool {
        let entries = &self.outcome.transcript.entries;
        entries.iter().any(|entry| matches!(entry.event, Event::Received(_)))
    }

    /// Whether it failed or is inconclusive because the peer ended the stream.
    pub(crate) fn fails_by_its_end(&self) -> bool {
        matches!(self.outcome.verdict, Verdict::Fail { .. } | Verdict::Inconclusive { .. })
            && matches!(self.last_event(), Some(Event::Eof | Event::Reset))
    }

    /// Whether the peer ended the connection without a close frame, and without a response that refuses to open it.
    pub(crate) fn ends_without_a_word(&self) -> bool {
        let refuses = |event: &Event| match event {
            Event::Received(Received::Head(bytes)) => {
                let head = recorded_response(bytes);
                !head.accepts() && !head.is_interim()
            }
            _ => false,
        };
        self.was_cut() && !self.outcome.transcript.entries.iter().any(|entry| refuses(&entry.event))
    }

    /// Whether the peer ended the connection without a close frame.
    pub(crate) fn was_cut(&self) -> bool {
        let entries = &self.outcome.transcript.entries;
        let ended = entries.iter().any(|entry| matches!(entry.event, Event::Eof | Event::Reset));
        let closed = |event: &Event| match event {
            Event::Received(Received::Frame(frame)) => frame.header.opcode == Opcode::CLOSE,
            _ => false,
        };
        ended && !entries.iter().any(|entry| closed(&entry.event))
    }
}

/// Opens a connection and runs a trial on it, or on as many parallel connections as the script asks for.
pub(crate) async fn run(dialer: &Dialer, trial: &Arc<Trial>, setup: &Arc<Setup>) -> TrialRun {
    if trial.script.side_by_side() == 1 {
        return run_and_keep(dialer, trial, setup).await.0;
    }
    let each: Vec<_> = (0..trial.script.side_by_side()).map(|number| Arc::new(trial.on(number))).collect();
    let runs = join_all(each.iter().map(|trial| run_and_keep(dialer, trial, setup))).await;
    worst(runs.into_iter().map(|(run, _)| run))
}

/// Combines the parts of a trial that ran in parallel: the first of the most severe ones.
pub(crate) fn worst(runs: impl DoubleEndedIterator<Item = TrialRun>) -> TrialRun {
    let worst = runs.rev().max_by_key(|run| weight(&run.outcome.verdict));
    worst.unwrap_or_else(|| TrialRun::inconclusive("there was no connection"))
}

/// The severity of a verdict; the most severe part decides.
fn weight(verdict: &Verdict) -> usize {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Skip { .. } => 1,
        Verdict::Lenient { .. } => 2,
        Verdict::Inconclusive { .. } | Verdict::Flaky { .. } => 3,
        Verdict::Fail { .. } => 4,
    }
}

/// Like [`run`], but keeps the connection open.
pub(crate) async fn run_and_keep(
    dialer: &Dialer,
    trial: &Arc<Trial>,
    setup: &Arc<Setup>,
) -> (TrialRun, Option<Stream>) {
    // On the heap: whoever plays many trials would fill the stack with them.
    Box::pin(run_measured(dialer, trial, setup, None)).await
}

/// Like [`run`], with a server whose process can be measured, and on all connections that the script asks for.
pub(crate) async fn run_watched(
    dialer: &Dialer,
    trial: &Arc<Trial>,
    setup: &Arc<Setup>,
    watched: &Watched,
) -> TrialRun {
    if !trial.script.measures() && !trial.script.terminates() {
        return run(dialer, trial, setup).await;
    }
    let connections = trial.script.connections();
    let before = (connections > 1).then(|| watched.usage()).flatten();
    let other = Arc::new(Trial { script: trial.script.unmeasured().into(), ..Trial::clone(trial) });
    let mut others = join_all((1..connections).map(|_| run_and_keep(dialer, &other, setup))).await;
    if trial.script.ends_stream() {
        others.clear();
    }
    let process = Measured { process: MeasuredProcess::Server(watched), before };
    Box::pin(run_measured(dialer, trial, setup, Some(process))).await.0
}

/// Plays a trial that has connections for HTTP, perhaps next to a WebSocket.
async fn run_bundled(dialer: &Dialer, trial: &Arc<Trial>, setup: &Arc<Setup>) -> TrialRun {
    let limits = setup.limits.for_script(&trial.script);
    let mut exchange = Exchange::new(trial.clone(), Arc::new(Setup { limits, ..(**setup).clone() }));
    let bundle = Bundle::new(dialer);
    let (near, far) = Bundle::stream();
    let mut driver = Driver::new(near, limits);
    tokio::select! {
        () = driver.drive(&mut exchange) => {}
        () = bundle.serve(far) => {}
    }
    let duration = driver.now();
    let outcome = exchange.finish("the run was cut short");
    // A verdict that was reached before stands.
    let is_open = matches!(outcome.verdict, Verdict::Inconclusive { .. });
    let dial_error = bundle.take_failure().filter(|_| is_open);
    let absent = dial_error.as_ref().is_some_and(DialError::is_absence);
    TrialRun { dial_error, absent, ..TrialRun::of(outcome, duration) }
}

async fn run_measured(
    dialer: &Dialer,
    trial: &Arc<Trial>,
    setup: &Arc<Setup>,
    process: Option<Measured<'_>>,
) -> (TrialRun, Option<Stream>) {
    if trial.script.uses_http() {
        return (run_bundled(dialer, trial, setup).await, None);
    }
    let stream = match dialer.dial().await {
        Ok(stream) => stream,
        Err(error) => {
            let failed = TrialRun::inconclusive(error.to_string());
            let absent = error.is_absence();
            return (TrialRun { absent, dial_error: Some(error), ..failed }, None);
        }
    };
    let limits = setup.limits.for_script(&trial.script);
    let setup = Arc::new(Setup { limits, ..(**setup).clone() });
    let mut exchange = Exchange::new(trial.clone(), setup);
    let mut driver = Driver::new(stream, limits).with_process(process);
    driver.drive(&mut exchange).await;
    let ending = match (dialer.is_secure(), driver.is_truncated()) {
        (false, _) => TlsEnding::Clear,
        (true, false) => TlsEnding::Clean,
        (true, true) => TlsEnding::Truncated,
    };
    let mut outcome = ending.judge(trial, exchange.finish("the run was cut short"));
    let heard = outcome.transcript.entries.iter().any(|entry| matches!(entry.event, Event::Received(_)));
    let dial_error = driver.take_error().filter(|_| !heard).and_then(|error| dialer.late_refusal(&error));
    if let Some(error) = &dial_error {
        outcome.verdict = Verdict::Inconclusive { why: error.to_string() };
    }
    let duration = driver.now();
    (TrialRun { dial_error, ..TrialRun::of(outcome, duration) }, Some(driver.into_stream()))
}

#[cfg(test)]
pub(crate) mod tests {
    use wsspec_exchange::{Input, Moment};
    use wsspec_wire::RequirementId;

    use super::*;

    /// A trial of one ping to a server that takes `took` for its pong; `None` if it never answers.
    fn ping(took: Option<Duration>) -> TrialRun {
        let requirement = RequirementId::from_static("rfc6455#5.5.2:2");
        let script = "> ping \"p\"\n< pong \"p\"\n".parse().unwrap();
        let setup = Arc::new(Setup::client("a", "/"));
        let mut exchange = Exchange::new(Arc::new(Trial::new("a", requirement, script)), setup);
        let start = Moment::START;
        while matches!(exchange.next(start), wsspec_exchange::Action::Write(_)) {}
        exchange.receive(Input::Bytes(b"HTTP/1.1 101 S\r\nUpgrade: websocket\r\n\r\n"), start);
        while matches!(exchange.next(start), wsspec_exchange::Action::Write(_)) {}
        if let Some(took) = took {
            exchange.receive(Input::Bytes(b"\x8a\x01p"), start + took);
        }
        exchange.next(start + took.unwrap_or(Duration::from_secs(5)));
        TrialRun::of(exchange.finish("not done"), Duration::ZERO)
    }

    /// A trial that was answered after `took`.
    pub(crate) fn answered(took: Duration) -> TrialRun {
        ping(Some(took))
    }

    /// A trial that was not answered.
    pub(crate) fn overdue() -> TrialRun {
        ping(None)
    }

    #[test]
    fn what_is_overdue_is_told_from_what_was_answered() {
        let ran = answered(Duration::from_millis(1500));
        assert!(!ran.is_overdue() && ran.has_answer());
        assert_eq!(ran.outcome.pace.slowest, Duration::from_millis(1500));
        assert!(overdue().is_overdue());
    }
}
