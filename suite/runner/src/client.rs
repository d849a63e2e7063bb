//! Clients under test: each trial starts the client's command, gives it an address, and watches it to its end.

mod beside;
mod direct;
mod exit_habits;
mod reconnecting;

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep, sleep_until},
};
use wsspec_catalogue::{Trial, UriForm};
use wsspec_exchange::{Carrier, ClientUri, DirectAttempt, Distrust, Outcome, Reconnections, Setup, Side};
use wsspec_record::{Note, Verdict};
use wsspec_referee::Uri;
use wsspec_wire::Layer;

use self::exit_habits::ExitHabits;
use crate::{
    drive::Measured,
    serve::{CertificateAuthority, ClientConnection, ListenError, Listener, ServerTls},
    spawn::{MeasuredProcess, OneShot, OneShotEnd, Variable, last_words},
    trial::{Crash, TrialRun},
};

/// Stands for the address in a command.
const URL: &str = "{url}";
/// Stands for the address of a second, parallel connection.
const SECOND_URL: &str = "{url2}";
/// And for that of a proxy that leads to the first.
const PROXY: &str = "{proxy}";
/// And for the file of an authority to trust.
const AUTHORITY: &str = "{ca}";
/// What a client has for its proxy, where a trial looks at that.
const PROXY_CREDENTIALS: &str = "wsspec:secret";
/// Interval between two checks of a client that has not connected yet.
const LOOK: Duration = Duration::from_millis(5);
/// How long to wait for a connection that a client opened just before it ended.
const LATE_CONNECTION_TIMEOUT: Duration = Duration::from_millis(50);
/// Maximum number of connections without a request that one client may open.
const MOST_CONNECTIONS: usize = 16;
/// Number of the client's output lines that are kept with a trial.
const LINES: usize = 5;

/// A client to test. It connects to the address that it is given, sends each message back until the connection closes,
/// and ends.
#[derive(Clone, Debug)]
pub struct ClientCommand {
    /// The command for `sh -c`. Each `{url}` is replaced by the address to connect to, and `{url2}` by the address of a
    /// second connection to open at the same time, or by nothing.
    pub command: String,
    /// The address of this machine that clients connect to.
    pub host: String,
    /// The TLS settings, if the connections use TLS.
    pub tls: Option<ServerTls>,
    /// Whether the connections are over HTTP/2.
    pub http2: bool,
    /// What it speaks on top of WebSocket and is tested on, in place of WebSocket itself: STOMP, Engine.IO or Socket.IO.
    pub layer: Option<Layer>,
    /// The authority that it trusts, if that is ours; its file stands for `{ca}` in the command.
    pub authority: Option<CertificateAuthority>,
    /// Time limit from the client's start until its request has arrived.
    pub connect_timeout: Duration,
    /// Variables in its environment.
    pub variables: Vec<Variable>,
}

/// Why a client sent no request.
struct Unmet {
    why: String,
    /// Whether it ended before it connected.
    gone: bool,
    /// It connected, and got no further than TLS.
    connected: bool,
}

/// Starts one client again and again.
#[derive(Debug)]
pub(crate) struct ClientRunner {
    client: ClientCommand,
    habits: Mutex<ExitHabits>,
    /// Locked by a trial that listens on the scheme's default port.
    default_port: tokio::sync::Mutex<()>,
}

impl ClientRunner {
    pub(crate) fn new(client: ClientCommand) -> Self {
        Self { client, habits: Mutex::default(), default_port: tokio::sync::Mutex::default() }
    }

    /// What it speaks on top of WebSocket and is tested on.
    pub(crate) fn layer(&self) -> Option<Layer> {
        self.client.layer
    }

    /// What carries its connections.
    pub(crate) fn carrier(&self) -> Carrier {
        if self.client.http2 { Carrier::Http2 } else { Carrier::Http1 }
    }

    /// Starts the client, plays a trial to it, and waits for it to end.
    pub(crate) async fn run(&self, trial: &Arc<Trial>, setup: &Arc<Setup>) -> TrialRun {
        let has_default_port = needs_default_port(trial);
        let _turn = if has_default_port { Some(self.default_port.lock().await) } else { None };
        let skipped = |reason: &str| {
            TrialRun::of(Outcome::of(Verdict::Skip { reason: reason.to_owned() }), Duration::ZERO)
        };
        let is_beside = trial.script.side_by_side() > 1;
        if is_beside && self.client.http2 {
            return skipped("over HTTP/2, connections to one server may be streams of one connection");
        }
        if is_beside && !self.client.command.contains(SECOND_URL) {
            return skipped("the client opens one connection: its command has no `{url2}`");
        }
        if trial.certificate.is_some() && self.client.authority.is_none() {
            return skipped("no authority is known that the client trusts: its command has no `{ca}`");
        }
        let is_proxied = trial.script.expects_tunnel();
        if is_proxied && !self.client.command.contains(PROXY) {
            return skipped("the client goes through no proxy: its command has no `{proxy}`");
        }
        if is_proxied && self.client.tls.is_some() {
            return skipped("the run is over TLS: in a tunnel, wsspec only plays a server without it");
        }
        let listener = match self.listen(trial).await {
            Ok(listener) => listener,
            Err(verdict) => return TrialRun::of(Outcome::of(verdict), Duration::ZERO),
        };
        let (secure, port) = (self.client.tls.is_some(), listener.address().port());
        let first = match self.client.layer {
            Some(Layer::EngineIo | Layer::SocketIo) => ClientUri::of_engineio(secure, &self.host(), port),
            _ => ClientUri::of(trial, secure, &self.host(), port),
        };
        let second = is_beside.then(|| ClientUri::second_of(trial, secure, &self.host(), port));
        let second_text = second.as_ref().map_or("", |uri| &uri.text);
        let proxy = if is_proxied { self.proxy(trial, port) } else { String::new() };
        let command = self.client.command.replace(URL, &first.text).replace(SECOND_URL, second_text);
        let ca = self.client.authority.as_ref().map(|authority| authority.path().display().to_string());
        let command = command.replace(PROXY, &proxy).replace(AUTHORITY, &ca.unwrap_or_default());
        let mut process = match OneShot::start(&command, &self.client.variables) {
            Ok(process) => process,
            Err(error) => return TrialRun { absent: true, ..TrialRun::inconclusive(error.to_string()) },
        };
        let (ran, process) = match second {
            _ if trial.certificate.is_some() => {
                let ran = self.run_distrusted(&listener, &mut process, trial).await;
                (ran, process)
            }
            Some(second) => {
                let played = self.run_beside(&listener, &mut process, (trial, setup), [first, second]);
                let ran = Box::pin(played).await;
                (ran, process)
            }
            None => Box::pin(self.run_one(&listener, process, (trial, setup), first.uri)).await,
        };
        drop(listener);
        let grace = self.habits_so_far().grace();
        match spawn_blocking(move || process.finish(grace)).await {
            Ok(ended) => self.ended(trial, ran, ended),
            Err(_) => ran,
        }
    }

    /// Plays a trial on the only connection that the client opens.
    async fn run_one(
        &self,
        listener: &Listener,
        mut process: OneShot,
        (trial, setup): (&Arc<Trial>, &Arc<Setup>),
        uri: Uri,
    ) -> (TrialRun, OneShot) {
        let met = self.meet(listener, &mut process, self.client.connect_timeout).await;
        let process = Mutex::new(process);
        let ran = match met {
            Ok(connection) => {
                let measured = Measured { process: MeasuredProcess::Client(&process), before: None };
                // Path and query are the client's own choice there.
                let adds_path = matches!(self.client.layer, Some(Layer::EngineIo | Layer::SocketIo));
                let side = Side::Server(Some(uri).filter(|_| !adds_path));
                let setup = Setup { side, ..(**setup).clone() };
                let played = connection.play_measured(trial, &setup, Some(measured)).await;
                TrialRun::of(played.outcome, played.duration)
            }
            Err(unmet) => unmet.run_of(trial),
        };
        let mut process = process.into_inner().unwrap_or_else(PoisonError::into_inner);
        if DirectAttempt::is_watched_for_in(trial) && ran.outcome.verdict == Verdict::Pass {
            let seen = direct::watch(listener, &mut process).await;
            return (TrialRun { outcome: seen.judge(ran.outcome), ..ran }, process);
        }
        if !Reconnections::are_watched_in(trial) || ran.outcome.verdict != Verdict::Pass {
            return (ran, process);
        }
        let seen = reconnecting::watch(listener, &mut process).await;
        (TrialRun { outcome: seen.judge(ran.outcome), ..ran }, process)
    }

    /// Whether the client goes on over a certificate that it has to refuse.
    async fn run_distrusted(&self, listener: &Listener, process: &mut OneShot, trial: &Trial) -> TrialRun {
        let Some(fault) = trial.certificate else { return TrialRun::inconclusive("no certificate") };
        let started = Instant::now();
        let distrust = match self.meet(listener, process, self.client.connect_timeout).await {
            Ok(_) => Distrust::Missing,
            Err(unmet) if unmet.connected => Distrust::Shown,
            Err(unmet) => return unmet.run_of(trial),
        };
        TrialRun::of(distrust.judge(trial, fault), started.elapsed())
    }

    /// The TLS of a trial.
    fn tls_for(&self, trial: &Trial) -> Result<Option<ServerTls>, ListenError> {
        match (&self.client.authority, trial.certificate) {
            (Some(authority), Some(fault)) => authority.faulty(fault).map(Some),
            _ => Ok(self.client.tls.clone()),
        }
    }

    /// The host that clients are given; an IPv6 address is in brackets.
    fn host(&self) -> String {
        let host = &self.client.host;
        if host.contains(':') { format!("[{host}]") } else { host.clone() }
    }

    /// The address of the proxy, which is the listener that also plays the server.
    fn proxy(&self, trial: &Trial, port: u16) -> String {
        let user = if trial.script.expects_proxy_credentials() { PROXY_CREDENTIALS } else { "" };
        let at = if user.is_empty() { "" } else { "@" };
        format!("http://{user}{at}{}:{port}", self.host())
    }

    /// Listens at the trial's URI, or returns the trial's verdict if that is impossible.
    async fn listen(&self, trial: &Trial) -> Result<Listener, Verdict> {
        let form = trial.uri.as_ref();
        let is_loopback = self.client.host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        // Where a URI leads is then for the proxy to say, and the proxy is us.
        let is_named = form.is_some_and(UriForm::names_this_machine) && !trial.script.expects_tunnel();
        if is_named && !is_loopback {
            let reason = "the URI would lead the client to its own machine".into();
            return Err(Verdict::Skip { reason });
        }
        let has_default_port = needs_default_port(trial);
        let port = match (has_default_port, self.client.tls.is_some()) {
            (false, _) => 0,
            (true, false) => 80,
            (true, true) => 443,
        };
        let tls = self.tls_for(trial).map_err(|error| Verdict::Inconclusive { why: error.to_string() })?;
        let bound = Listener::bind(&format!("{}:{port}", self.host()), tls).await;
        match bound.map(|listener| if self.client.http2 { listener.with_http2() } else { listener }) {
            Ok(listener) if is_named => Ok(listener.with_ipv6_loopback()),
            Ok(listener) => Ok(listener),
            Err(error) if has_default_port => {
                Err(Verdict::Skip { reason: format!("cannot listen on the scheme's default port: {error}") })
            }
            Err(error) => Err(Verdict::Inconclusive { why: error.to_string() }),
        }
    }

    /// Remarks on how the client's processes ended.
    pub(crate) fn habits(&self) -> Vec<String> {
        self.habits_so_far().told()
    }

    fn habits_so_far(&self) -> MutexGuard<'_, ExitHabits> {
        self.habits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the client's request. The client may open connections without a request; the first request counts.
    async fn meet(
        &self,
        listener: &Listener,
        process: &mut OneShot,
        patience: Duration,
    ) -> Result<ClientConnection, Unmet> {
        let mut until = Instant::now() + patience;
        let (mut requests, mut connections) = (FuturesUnordered::new(), 0);
        let (mut ended, mut last) = (None, None);
        loop {
            tokio::select! {
                biased;
                Some(request) = requests.next() => match request {
                    Ok(connection) => return Ok(connection),
                    Err(unserved) => last = Some(unserved),
                },
                incoming = listener.accept(), if connections < MOST_CONNECTIONS => {
                    connections += 1;
                    requests.push(incoming.request_even_in_the_clear(until.saturating_duration_since(Instant::now())));
                }
                () = sleep_until(until) => break,
                () = sleep(LOOK), if ended.is_none() => {
                    ended = process.ended();
                    if ended.is_some() {
                        until = until.min(Instant::now() + LATE_CONNECTION_TIMEOUT);
                    }
                }
            }
        }
        let gone = ended.is_some() && connections == 0;
        let why = match (last, ended) {
            (Some(unserved), _) => unserved.to_string(),
            (None, Some(how)) => format!("the client ended before it connected: {how}"),
            (None, None) if connections > 0 => "the client connected, and sent no request in time".into(),
            (None, None) => format!("the client did not connect within {patience:?}"),
        };
        Err(Unmet { why, gone, connected: connections > 0 })
    }

    /// Records how a client ended.
    fn ended(&self, trial: &Trial, mut ran: TrialRun, ended: OneShotEnd) -> TrialRun {
        self.habits_so_far().add(&trial.id, &ended);
        let said = said(&ended);
        ran.crash = ended.how.clone().filter(|_| ended.crashed).map(|how| {
            let output = ended.output[ended.output.len().saturating_sub(LINES)..].to_vec();
            Crash { how, output }
        });
        match &mut ran.outcome.verdict {
            Verdict::Inconclusive { why } if ran.outcome.transcript.entries.is_empty() => why.push_str(&said),
            Verdict::Pass | Verdict::Skip { .. } => {}
            _ if ended.output.is_empty() => {}
            _ => {
                let how = ended.how.unwrap_or_else(|| "being stopped".into());
                let text = format!("the client's end: {how}{said}");
                let (requirement, level) = (trial.requirement.clone(), trial.level);
                ran.outcome.remarks.push(Note { line: 0, text, requirement, level });
            }
        }
        ran
    }
}

/// Whether the client itself connects to the port of the scheme.
fn needs_default_port(trial: &Trial) -> bool {
    trial.uri.as_ref().is_some_and(UriForm::has_default_port) && !trial.script.expects_tunnel()
}

impl Unmet {
    /// The result of the trial. The RFC does not require a client to accept each form of a URI.
    fn run_of(self, trial: &Trial) -> TrialRun {
        match &trial.uri {
            Some(form) => {
                let reason = format!("the client did not connect to a URI of the form `{form}`");
                TrialRun::of(Outcome::of(Verdict::Skip { reason }), Duration::ZERO)
            }
            None => TrialRun { absent: self.gone, ..TrialRun::inconclusive(self.why) },
        }
    }
}

/// The client's last output, as the end of a sentence.
fn said(ended: &OneShotEnd) -> String {
    last_words(&ended.output[ended.output.len().saturating_sub(LINES)..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_wrote_follows_the_reason() {
        let output = vec!["a".into(), "b".into()];
        let ended = OneShotEnd { how: None, crashed: false, orphans: false, output };
        assert_eq!(said(&ended), "; it wrote last: a | b");
    }
}
