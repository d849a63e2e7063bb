//! Intermediaries under test: each trial connects through one to a server of ours, and compares what leaves one end with
//! what arrives at the other.

mod backend;
mod lanes;
mod proxy_run;
mod several;
mod sides;
mod trial;
mod tunnel;
mod verdict;

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::Arc,
    time::{Instant, SystemTime},
};

use futures_util::{StreamExt, stream};
use wsspec_carriers::recorded_response;
use wsspec_catalogue::{IntermediaryKind, Limits, Plan, Trial};
use wsspec_exchange::{Carrier, Event, Moment, Pace, Probe, Setup, Side, compare};
use wsspec_record::{FORMAT, Fence, LimitsRecord, PeerProfile, Record, RunEvent, TrialRecord, Verdict};
use wsspec_referee::Received;
use wsspec_wire::Role;

use self::{
    backend::{Backend, TokenPlace},
    proxy_run::ProxyRun,
    trial::{ProxyRunner, probe_trial},
    tunnel::{ProxyTunnel, not_reached},
};
use crate::{
    confirmation::{Confirmation, UNCONFIRMED, doubted, has_timeout, left_unconfirmed, patient, weigh},
    dial::Dialer,
    extended_connect,
    schedule::RunOptions,
    serve::Listener,
    target::Target,
};

/// How many failures by silence are confirmed at once: waiting costs nothing.
const SILENT_AT_ONCE: usize = 32;
/// How many failures by what was seen are confirmed alone. An intermediary with more of them fails in any company.
const ALONE: usize = 20;
/// How many of them are confirmed at once where there are more.
const SEEN_AT_ONCE: usize = 8;

/// Runs a plan through the intermediary at `target`, which passes connections on to `listener`; one that opens tunnels is the
/// proxy of `target`, whose host and port are then those of `listener`. Calls `listen` for each event. Ends early when `stop`
/// resolves.
pub async fn run_through(
    plan: &Plan,
    (target, listener, kind): (&Arc<Target>, Listener, IntermediaryKind),
    options: &RunOptions,
    listen: &mut dyn FnMut(&RunEvent),
    stop: impl Future<Output = ()>,
) -> Arc<Record> {
    let (began, started) = (Instant::now(), humantime::format_rfc3339_millis(SystemTime::now()).to_string());
    let at = listener.address();
    let shown = format!("{} before {at}", target.shown);
    let trials = plan.trials.len();
    listen(&RunEvent::Started { trials, role: Role::Server, target: shown.clone() });
    let behind = if listener.takes_http2() { Carrier::Http2 } else { Carrier::Http1 };
    let (records, pending) = (HashMap::new(), HashMap::new());
    let peer = profile(options.jobs);
    let mut run = ThroughRun { plan, options, listen, behind, peer, records, pending, failures: 0 };
    let backend = Backend::default();
    let over = async {
        match options.max_time {
            Some(limit) => tokio::time::sleep(limit).await,
            None => std::future::pending().await,
        }
    };
    let left_out = "trials not finished by then are left out";
    let aborted = tokio::select! {
        biased;
        () = stop => Some(format!("interrupted; {left_out}")),
        () = over => Some(format!("the run reached its --max-time; {left_out}")),
        () = backend.serve(listener) => None,
        ended = run.all((target, at, kind), &backend) => ended.err(),
    };
    let unconfirmed = run.settle();
    let ThroughRun { mut records, listen, peer, .. } = run;
    let trials = plan.trials.iter().filter_map(|trial| records.remove(&trial.id));
    let trials: Vec<_> = trials.map(Arc::unwrap_or_clone).collect();
    let incidents = stray_incident(&backend).into_iter().chain(unconfirmed).collect();
    let record = Arc::new(Record {
        format: FORMAT,
        wsspec: env!("CARGO_PKG_VERSION").to_owned(),
        started,
        duration_us: Moment(began.elapsed()).micros(),
        role: Role::Server,
        target: shown,
        seed: options.seed,
        options: options.shown.clone(),
        declared: target.declared.clone(),
        peer,
        limits: limits(options),
        incidents,
        process: None,
        deaths: Vec::new(),
        aborted,
        guide: options.guide.of(&trials),
        trials,
    });
    listen(&RunEvent::Ended(record.clone()));
    record
}

/// What is known of the server behind, because it is ours, as far as the intermediary lets it through.
fn profile(connections: u32) -> PeerProfile {
    PeerProfile {
        echo: true,
        pong: true,
        deflate: true,
        connections,
        fence: Fence::Ping,
        ..PeerProfile::default()
    }
}

fn limits(options: &RunOptions) -> LimitsRecord {
    let millis = |limit: std::time::Duration| u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
    let limits = options.limits;
    LimitsRecord {
        line_ms: millis(limits.line),
        trial_ms: millis(limits.trial),
        watch_ms: millis(limits.watch),
    }
}

fn stray_incident(backend: &Backend) -> Option<String> {
    let strays = backend.strays();
    let first = strays.first()?;
    Some(format!("the backend got requests that belong to no trial, and answered 404: first `{first}`"))
}

struct ThroughRun<'r> {
    plan: &'r Plan,
    options: &'r RunOptions,
    listen: &'r mut dyn FnMut(&RunEvent),
    /// What carries the connections behind the intermediary.
    behind: Carrier,
    /// What both ends can do through the intermediary.
    peer: PeerProfile,
    records: HashMap<String, Arc<TrialRecord>>,
    /// The outcomes that are to be confirmed, in case the run ends before.
    pending: HashMap<String, ProxyRun>,
    failures: usize,
}

impl ThroughRun<'_> {
    /// Plays all trials, at last those for which nobody may listen behind the intermediary.
    async fn all(
        &mut self,
        (target, at, kind): (&Arc<Target>, SocketAddr, IntermediaryKind),
        backend: &Backend,
    ) -> Result<(), String> {
        let runner = match kind {
            IntermediaryKind::Reverse => probe((target, at, self.behind), backend, self.options).await?,
            IntermediaryKind::Connect | IntermediaryKind::Socks5 => {
                probe_tunnel(target, backend, self.options).await?
            }
        };
        (self.peer.pong, self.peer.fence) = (runner.setup.answers_pings, runner.setup.fence);
        (self.listen)(&RunEvent::Probed(Box::new(self.peer.clone())));
        let (served, unserved): (Vec<_>, Vec<_>) =
            self.plan.trials.iter().cloned().partition(|trial| !trial.script.has_no_server());
        self.some(&runner, served).await?;
        if !unserved.is_empty() {
            backend.close().await;
            self.some(&runner, unserved).await?;
        }
        Ok(())
    }

    /// Plays trials in parallel, then those that failed again, each alone.
    async fn some(&mut self, runner: &ProxyRunner, trials: Vec<Arc<Trial>>) -> Result<(), String> {
        let jobs = usize::try_from(self.options.jobs).unwrap_or(1).max(1);
        let (mut doubtful, mut pace) = (Vec::new(), Pace::default());
        {
            let play = |trial: Arc<Trial>| async move { (runner.run(&trial, &runner.setup).await, trial) };
            let mut runs = stream::iter(trials.into_iter().map(play)).buffer_unordered(jobs);
            while let Some((run, trial)) = runs.next().await {
                pace = slower(pace, run.outcome.pace);
                if needs_confirming(&run) {
                    self.pending.insert(trial.id.clone(), run.clone());
                    doubtful.push((trial, run));
                } else {
                    self.finish(&trial, run, 1)?;
                }
            }
        }
        self.confirm(runner, doubtful, pace).await
    }

    /// Plays doubtful trials again: those that failed by what was seen alone unless there are many, the others several at
    /// once, each for its full time.
    async fn confirm(
        &mut self,
        runner: &ProxyRunner,
        doubtful: Vec<(Arc<Trial>, ProxyRun)>,
        pace: Pace,
    ) -> Result<(), String> {
        let setup = &confirming(&runner.setup, pace);
        let (seen, silent): (Vec<_>, Vec<_>) =
            doubtful.into_iter().partition(|(_, run)| run.evidence().by_bytes);
        let seen_at_once = if seen.len() > ALONE { SEEN_AT_ONCE } else { 1 };
        for (trials, at_once) in [(silent, SILENT_AT_ONCE), (seen, seen_at_once)] {
            for (trial, _) in &trials {
                (self.listen)(&RunEvent::Confirming(trial.id.clone()));
            }
            let again = |(trial, first): (Arc<Trial>, ProxyRun)| async move {
                let second = runner.run(&trial, setup).await;
                (confirmed(first, second), trial)
            };
            let mut runs = stream::iter(trials.into_iter().map(again)).buffer_unordered(at_once);
            while let Some((run, trial)) = runs.next().await {
                self.finish(&trial, run, 2)?;
            }
        }
        Ok(())
    }

    /// Settles the outcomes that were not confirmed: failures by what was seen stand, others do not. Returns what to say of
    /// the latter.
    fn settle(&mut self) -> Option<String> {
        let mut pending = std::mem::take(&mut self.pending);
        let plan = self.plan;
        let mut left = 0;
        for trial in &plan.trials {
            let Some(mut run) = pending.remove(&trial.id) else { continue };
            let by_bytes = run.evidence().by_bytes;
            if let Verdict::Fail { failure } = &run.outcome.verdict
                && !by_bytes
            {
                left += 1;
                run.outcome.verdict = doubted(failure, UNCONFIRMED);
            }
            // The run is over, so that there is nothing left to stop.
            let _ = self.finish(trial, run, 1);
        }
        left_unconfirmed(left)
    }

    fn finish(&mut self, trial: &Trial, run: ProxyRun, attempts: u32) -> Result<(), String> {
        self.pending.remove(&trial.id);
        let mut record = run.into_record(trial, attempts, self.options.keeps_payloads);
        compare(&mut record, &self.options.baseline);
        self.failures += usize::from(record.verdict.is_fail() && record.known().is_none());
        let record = Arc::new(record);
        (self.listen)(&RunEvent::Finished(record.clone()));
        self.records.insert(trial.id.clone(), record);
        match self.options.max_failures {
            Some(most) if self.failures >= most => {
                Err(format!("stopped after {most} failures; trials not finished by then are left out"))
            }
            _ => Ok(()),
        }
    }
}

/// Whether a run among others says too little: it fails, the intermediary did not get as far as the server, or something
/// recommended did not happen in time.
fn needs_confirming(run: &ProxyRun) -> bool {
    match run.outcome.verdict {
        Verdict::Fail { .. } | Verdict::Inconclusive { .. } => true,
        Verdict::Lenient { .. } => has_timeout(&run.outcome.transcript),
        _ => false,
    }
}

/// The setup for playing a trial again: an intermediary may be slow with what is only recommended, too.
fn confirming(setup: &Setup, pace: Pace) -> Setup {
    let setup = patient(setup, pace);
    let watch = setup.limits.watch.max(setup.limits.line);
    Setup { limits: Limits { watch, ..setup.limits }, ..setup }
}

/// The longer times of both.
fn slower(a: Pace, b: Pace) -> Pace {
    Pace { slowest: a.slowest.max(b.slowest), mebibyte: a.mebibyte.max(b.mebibyte) }
}

/// The run that counts of two.
fn confirmed(first: ProxyRun, mut second: ProxyRun) -> ProxyRun {
    let evidence = first.evidence();
    let by_silence = evidence.by_silence;
    let verdicts = (&first.outcome.verdict, evidence);
    // A silence among other trials says nothing once there is an answer: the intermediary may have been busy.
    match weigh(verdicts, &second.outcome.verdict, true) {
        Confirmation::First => first,
        Confirmation::Second => second,
        confirmation => {
            if let Verdict::Fail { failure } = first.outcome.verdict {
                second.outcome.verdict = match confirmation {
                    // A silence that turns into something else was none.
                    Confirmation::Flaky if !by_silence => Verdict::Flaky { failure },
                    _ => doubted(&failure, UNCONFIRMED),
                };
            }
            second
        }
    }
}

/// Finds out where in a request a token gets through.
async fn probe(
    (target, at, behind): (&Arc<Target>, SocketAddr, Carrier),
    backend: &Backend,
    options: &RunOptions,
) -> Result<ProxyRunner, String> {
    let dialer = Dialer::new(target.clone()).await.map_err(|error| error.to_string())?;
    if target.carrier().is_stream() {
        let checked = extended_connect::check(&dialer, target.carrier(), &options.limits).await;
        checked.map_err(|error| error.to_string())?;
    }
    let trial = probe_trial()?;
    let mut runner = ProxyRunner { behind, ..runner(target, dialer, backend, options) };
    let mut last = None;
    for place in TokenPlace::ALL {
        runner.place = place;
        let run = runner.run(&trial, &runner.setup).await;
        if run.reached && behind == Carrier::Http2 && !run.is_http2_behind {
            return Err(format!(
                "the proxy connects to the backend at {at} over HTTP/1.1; let it speak HTTP/2 to its server, without TLS, \
                 or leave out --backend-http2"
            ));
        }
        if run.reached && run.opened {
            runner.is_below_http = run.is_below_http;
            let pings = runner.run(&Probe::Pings.trial(), &confirming(&runner.setup, run.outcome.pace)).await;
            if !Probe::Pings.succeeded(&pings.outcome) {
                // One fault, for the cases about pings and pongs; the others are fenced with messages.
                (runner.setup.answers_pings, runner.setup.fence) = (false, Fence::Echo);
            }
            return Ok(runner);
        }
        last = Some(run);
    }
    Err(last.map_or_else(String::new, |run| unfit(&run, at, backend)))
}

/// Finds out whether a proxy opens tunnels to our server.
async fn probe_tunnel(
    target: &Arc<Target>,
    backend: &Backend,
    options: &RunOptions,
) -> Result<ProxyRunner, String> {
    let trial = probe_trial()?;
    let dialer = Dialer::new(target.clone()).await.map_err(|error| not_reached(&error))?;
    // What the proxy answers in place of a tunnel says more than a trial without one.
    drop(dialer.dial().await.map_err(|error| not_reached(&error))?);
    let tunnel = ProxyTunnel::of(target).await?;
    let runner = ProxyRunner { tunnel: Some(tunnel), ..runner(target, dialer, backend, options) };
    let run = runner.run(&trial, &runner.setup).await;
    // What does not come through a tunnel as it was sent is for the trials to judge.
    if run.reached {
        return Ok(runner);
    }
    Err(runner.tunnel.as_ref().map_or_else(String::new, |tunnel| tunnel.unfit()))
}

/// What all trials have in common, as long as nothing else is known.
fn runner(target: &Target, dialer: Dialer, backend: &Backend, options: &RunOptions) -> ProxyRunner {
    let mut setup = Setup::client(&target.authority, &target.resource);
    setup.fields.clone_from(&target.fields);
    setup.limits = options.limits;
    setup.carrier = target.carrier();
    if let Side::Client(uri) = &mut setup.side {
        // Over HTTP/2 the scheme is in the request.
        uri.secure = target.secure && setup.carrier.is_stream();
    }
    let resource = target.resource.clone();
    let place = TokenPlace::Field;
    let backend = backend.clone();
    ProxyRunner {
        dialer,
        backend,
        setup,
        resource,
        place,
        behind: Carrier::Http1,
        is_below_http: false,
        tunnel: None,
    }
}

/// Why nothing can be said about an intermediary.
fn unfit(run: &ProxyRun, at: SocketAddr, backend: &Backend) -> String {
    if run.outcome.transcript.entries.is_empty() {
        let Verdict::Inconclusive { why } = &run.outcome.verdict else { return "nothing was sent".into() };
        return why.clone();
    }
    let status = answer(run);
    let answered = status.map_or_else(|| "did not answer".to_owned(), |status| format!("answered {status}"));
    let has_other = if status == Some(101) { ": it has another backend, or is not a proxy" } else { "" };
    match (run.reached, backend.strays().first()) {
        (true, _) => format!("the proxy connected to the backend at {at}, but {answered}"),
        (false, Some(stray)) if stray.starts_with("PRI * HTTP/2") => format!(
            "the proxy connected to the backend at {at} over HTTP/2, and {answered}; give --backend-http2, or let it speak \
             HTTP/1.1 to its server"
        ),
        (false, Some(stray)) => format!(
            "the proxy passed on neither a header field, nor the query, nor the path of a request: the backend got \
             `{stray}`, and the proxy {answered}"
        ),
        (false, None) => {
            format!("the proxy {answered}, and did not connect to the backend at {at}{has_other}")
        }
    }
}

/// The status that the front connection got.
fn answer(run: &ProxyRun) -> Option<u16> {
    let entries = &run.outcome.transcript.entries;
    entries.iter().find_map(|entry| match &entry.event {
        Event::Received(Received::Head(head)) => recorded_response(head).status,
        _ => None,
    })
}
