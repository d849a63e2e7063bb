//! Clients under test: started for each trial by their command, given an address, watched to their end.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep, sleep_until},
};
use wsspec_catalogue::Trial;
use wsspec_exchange::{Setup, Side, resource_name};
use wsspec_record::{Note, Verdict};
use wsspec_referee::Uri;

use crate::{
    drive::Measured,
    serve::{ClientConnection, Listener, ServerTls},
    spawn::{MeasuredProcess, OneShot, OneShotEnd, last_words},
    trial::{Crash, TrialRun},
};

/// What stands for the address in a command.
const URL: &str = "{url}";
/// Between two looks at a client that has not connected.
const LOOK: Duration = Duration::from_millis(5);
/// What a client that has ended sent before is waited for so long.
const LATE_CONNECTION_TIMEOUT: Duration = Duration::from_millis(50);
/// Connections without a request that one client may open.
const MOST_CONNECTIONS: usize = 16;
/// How long a client may take to end after its connection has.
const GRACE: Duration = Duration::from_secs(2);
/// And one that has never ended by itself, after so many trials.
const NO_GRACE: (usize, Duration) = (3, Duration::from_millis(50));
/// Lines of a client's that are kept with a trial.
const LINES: usize = 5;

/// A client to test: it connects to the address it is given, sends each message back until the connection closes, and
/// ends.
#[derive(Clone, Debug)]
pub struct ClientCommand {
    /// For `sh -c`; each `{url}` is replaced by the address to connect to.
    pub command: String,
    /// The address of this machine that clients connect to.
    pub host: String,
    /// Over TLS.
    pub tls: Option<ServerTls>,
    /// How long it may take, once started, until its request has arrived.
    pub connect_timeout: Duration,
}

/// Why a client was not met.
struct Unmet {
    why: String,
    /// It ended before it connected.
    gone: bool,
}

/// Starts one client, again and again.
#[derive(Debug)]
pub(crate) struct ClientRunner {
    client: ClientCommand,
    habits: Mutex<ExitHabits>,
}

/// How the processes of a client ended.
#[derive(Debug, Default)]
struct ExitHabits {
    /// Trials after which it ended by itself.
    ended: usize,
    /// Ids of trials after which it had to be stopped.
    stopped: Vec<String>,
    /// Ids of trials after which processes were left behind.
    orphans: Vec<String>,
}

impl ClientRunner {
    pub(crate) fn new(client: ClientCommand) -> Self {
        Self { client, habits: Mutex::default() }
    }

    /// Starts the client, plays a trial to it, and waits for its end.
    pub(crate) async fn run(&self, trial: &Arc<Trial>, setup: &Arc<Setup>) -> TrialRun {
        let host = &self.client.host;
        let given = if host.contains(':') { format!("[{host}]:0") } else { format!("{host}:0") };
        let listener = match Listener::bind(&given, self.client.tls.clone()).await {
            Ok(listener) => listener,
            Err(error) => return TrialRun::inconclusive(error.to_string()),
        };
        let target = resource_name(trial);
        let url = listener.url(&target);
        let mut process = match OneShot::start(&self.client.command.replace(URL, &url)) {
            Ok(process) => process,
            Err(error) => return TrialRun { absent: true, ..TrialRun::inconclusive(error.to_string()) },
        };
        let met = self.meet(&listener, &mut process).await;
        let process = Mutex::new(process);
        let ran = match met {
            Ok(connection) => {
                let uri = Uri { authority: listener.address().to_string(), target };
                let side = Side::Server(Some(uri));
                let measured = Measured { process: MeasuredProcess::Client(&process), before: None };
                let setup = Setup { side, ..(**setup).clone() };
                let played = connection.play_measured(trial, &setup, Some(measured)).await;
                TrialRun::of(played.outcome, played.duration)
            }
            Err(Unmet { why, gone }) => TrialRun { absent: gone, ..TrialRun::inconclusive(why) },
        };
        drop(listener);
        let grace = self.habits_so_far().grace();
        let process = process.into_inner().unwrap_or_else(PoisonError::into_inner);
        match spawn_blocking(move || process.finish(grace)).await {
            Ok(ended) => self.ended(trial, ran, ended),
            Err(_) => ran,
        }
    }

    /// What is to be told of all its ends.
    pub(crate) fn habits(&self) -> Vec<String> {
        self.habits_so_far().told()
    }

    fn habits_so_far(&self) -> MutexGuard<'_, ExitHabits> {
        self.habits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the client's request. It may open connections and say nothing on them; the first request counts.
    async fn meet(&self, listener: &Listener, process: &mut OneShot) -> Result<ClientConnection, Unmet> {
        let patience = self.client.connect_timeout;
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
                    requests.push(incoming.request(until.saturating_duration_since(Instant::now())));
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
        Err(Unmet { why, gone })
    }

    /// Keeps what is worth knowing of a client's end.
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

impl ExitHabits {
    fn add(&mut self, id: &str, ended: &OneShotEnd) {
        match ended.how {
            Some(_) => self.ended += 1,
            None => self.stopped.push(id.to_owned()),
        }
        if ended.orphans {
            self.orphans.push(id.to_owned());
        }
    }

    /// How long it may take to end.
    fn grace(&self) -> Duration {
        let (trials, grace) = NO_GRACE;
        if self.ended == 0 && self.stopped.len() >= trials { grace } else { GRACE }
    }

    fn told(&self) -> Vec<String> {
        let told = |ids: &[String], what: &str| {
            let first = ids.first()?;
            let times = if ids.len() == 1 { "once".into() } else { format!("{} times", ids.len()) };
            Some(format!("{times} {what}, first after {first}"))
        };
        let stopped =
            told(&self.stopped, "the client did not end by itself after its connection, and was stopped");
        let orphans =
            told(&self.orphans, "the client left processes behind when it ended, which were stopped");
        stopped.into_iter().chain(orphans).collect()
    }
}

/// What it wrote last, to follow a sentence.
fn said(ended: &OneShotEnd) -> String {
    last_words(&ended.output[ended.output.len().saturating_sub(LINES)..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(how: Option<&str>, orphans: bool) -> OneShotEnd {
        OneShotEnd {
            how: how.map(str::to_owned),
            crashed: false,
            orphans,
            output: vec!["a".into(), "b".into()],
        }
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
            "3 times the client did not end by itself after its connection, and was stopped, first after a"
        );
        assert!(told[1].starts_with("once the client left processes behind"), "{told:?}");
    }

    #[test]
    fn what_a_client_wrote_follows_the_reason() {
        assert_eq!(said(&ended(None, false)), "; it wrote last: a | b");
    }
}
