//! `fuzzingserver`: tests clients, which ask for a case by its URL.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};
use wsspec_autobahn::{
    AgentExclusions, ApiRequest, Asked, AutobahnCase, CaseId, CaseSession, DirectCommand, ProtocolOptions,
    Reports, ServerSpec, upgrade_response,
};
use wsspec_reports::clean_line;
use wsspec_runner::{
    ClientConnection, Driver, IncomingError, MessageAnswer, MessagePeer, OriginPolicy, ServerTls, Target,
};
use wsspec_wire::{MessageKind, Role};

use super::{
    echo, listen,
    player::{LIMITS, SessionPlayer},
    timestamp, write,
};
use crate::{
    failure::{CommandError, print},
    interrupt::interrupted,
};

/// Time limit for a client's request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long reports wait for running cases.
const REPORT_TIMEOUT: Duration = Duration::from_secs(1);

/// What every connection needs.
struct Shared {
    origins: OriginPolicy,
    outdir: PathBuf,
    protocols: Vec<String>,
    options: ProtocolOptions,
    cases: Vec<CaseId>,
    exclusions: AgentExclusions,
    reports: Mutex<Reports>,
    /// Changes with each result.
    results: watch::Sender<usize>,
    /// The number of running cases.
    running: watch::Sender<usize>,
    stop: Notify,
}

/// Serves until it is asked to stop.
pub async fn run(
    spec: ServerSpec,
    address: Option<IpAddr>,
    origins: OriginPolicy,
) -> Result<(), CommandError> {
    let usage = |error: String| CommandError::Usage(error);
    let target = Target::parse(&spec.url).map_err(|error| usage(error.to_string()))?;
    let tls = match (&spec.key, &spec.cert) {
        _ if !target.secure => None,
        (Some(key), Some(cert)) => {
            Some(ServerTls::from_files(cert, key).map_err(|error| usage(error.to_string()))?)
        }
        _ => return Err(usage("wss:// needs a key and a certificate: --key FILE --cert FILE".into())),
    };
    let listener = listen::listen(&target, address, tls).await.map_err(|error| usage(error.to_string()))?;
    let ids: Vec<String> = spec.cases.iter().map(|id| format!("'{id}'")).collect();
    let kind = if target.secure { " TLS" } else { "" };
    print(&format!(
        "wsspec {} Fuzzing Server (Port {}{kind})\nOk, will run {} test cases for any clients connecting\nCases = [{}]\n",
        env!("CARGO_PKG_VERSION"),
        listener.address().port(),
        ids.len(),
        ids.join(", ")
    ))?;
    let ServerSpec { outdir, protocols, options, cases, exclusions, .. } = spec;
    let (reports, results) = (Mutex::new(Reports::default()), watch::Sender::new(0));
    let running = watch::Sender::new(0);
    let stop = Notify::new();
    let shared = Arc::new(Shared {
        origins,
        outdir,
        protocols,
        options,
        cases,
        exclusions,
        reports,
        results,
        running,
        stop,
    });
    let serving = shared.clone();
    let handle = move |connection: Result<ClientConnection, IncomingError>| {
        let shared = serving.clone();
        async move {
            if let Ok(connection) = connection {
                shared.serve(connection).await;
            }
        }
    };
    let was_interrupted = AtomicBool::new(false);
    let stop = async {
        tokio::select! {
            () = shared.stop.notified() => {}
            () = interrupted(false) => was_interrupted.store(true, Ordering::Relaxed),
        }
    };
    wsspec_runner::serve(&listener, REQUEST_TIMEOUT, handle, stop).await;
    if was_interrupted.load(Ordering::Relaxed) && !shared.reports().is_empty() {
        write(&shared.outdir, shared.reports().files())?;
    }
    Ok(())
}

const ERROR: &str = "500 Internal Server Error";
const TEXT: &str = "text/plain; charset=utf-8";

impl Shared {
    async fn serve(&self, connection: ClientConnection) {
        if let Err(foreign) = self.origins.check(connection.request()) {
            return connection.respond("403 Forbidden", TEXT, format!("{foreign}\n").as_bytes()).await;
        }
        let target = String::from_utf8_lossy(&connection.request().target).into_owned();
        let asked = match ApiRequest::parse(&target).asked(&self.cases) {
            Ok(asked) => asked,
            Err(error) => return connection.respond(ERROR, TEXT, format!("{error}\n").as_bytes()).await,
        };
        let response = match upgrade_response(connection.request(), &self.protocols) {
            Ok(response) => response,
            Err(error) => {
                return connection.respond("400 Bad Request", TEXT, format!("{error}\n").as_bytes()).await;
            }
        };
        let peer = peer(connection.address());
        if let Asked::RunCase { case, number, agent } = asked {
            let full = self.reports().is_full();
            if full {
                return connection.respond(ERROR, TEXT, b"there is no room for more results\n").await;
            }
            self.running.send_modify(|count| *count += 1);
            self.play(connection, &case, number, &agent, &peer).await;
            self.running.send_modify(|count| *count -= 1);
            return;
        }
        if let Some((stream, rest)) = connection.upgrade(&response).await {
            self.answer(Driver::new(stream, echo::LIMITS), &rest, asked, &peer).await;
        }
    }

    async fn play(
        &self,
        connection: ClientConnection,
        case: &Arc<AutobahnCase>,
        number: usize,
        agent: &str,
        peer: &str,
    ) {
        let excluded = self.exclusions.excludes(agent, &case.id);
        let (stream, bytes) = connection.into_parts();
        let mut text =
            format!("Running test case ID {} for agent {} from peer {peer}\n", case.id, clean_line(agent));
        if excluded {
            text += &format!(
                "Skipping test case {} for agent {} by test configuration!\n",
                case.id,
                clean_line(agent)
            );
        }
        say(&text);
        let (started, mut driver) = (timestamp(), Driver::new(stream, LIMITS));
        // The response was accepted before, so this cannot fail.
        let Ok(mut session) = CaseSession::server(case, self.options, &self.protocols, &bytes.head, excluded)
        else {
            return;
        };
        if !bytes.rest.is_empty() {
            session.receive(&bytes.rest, driver.now());
        }
        driver.drive(&mut SessionPlayer::new(&mut session, |_| {})).await;
        drop(driver);
        if !excluded {
            self.reports().add(session.finish(agent, number, started));
            self.results.send_modify(|count| *count += 1);
        }
    }

    async fn answer(&self, mut driver: Driver<'_>, rest: &[u8], asked: Asked, peer: &str) {
        let mut silent = MessagePeer::new(Role::Server, |_, _: &[u8]| Ok(Vec::new())).listening().after(rest);
        let text = match asked {
            Asked::CaseCount => Some(json!(self.cases.len()).to_string()),
            Asked::CaseInfo(case) => {
                let description = case.plain_description();
                Some(format!("{{\"id\": \"{}\", \"description\": {}}}", case.id, json!(description)))
            }
            Asked::CaseStatus { id, agent } => {
                tokio::select! {
                    text = self.status(&agent, &id) => Some(text),
                    () = driver.drive(&mut silent) => return,
                }
            }
            Asked::UpdateReports { shutdown } => {
                // A client that asks has finished its last case, but its end may not have been noticed here yet.
                let mut running = self.running.subscribe();
                let _ = timeout(REPORT_TIMEOUT, running.wait_for(|count| *count == 0)).await;
                say(&format!("Updating reports, requested by peer {peer}\n"));
                let written = write(&self.outdir, self.reports().files());
                if let Err(failure) = written {
                    let _ = failure.report();
                }
                silent.say_and_close(None);
                driver.drive(&mut silent).await;
                if shutdown {
                    self.stop.notify_one();
                }
                return;
            }
            Asked::StopServer => {
                say("Shutting down server.\n");
                self.stop.notify_one();
                None
            }
            Asked::Direct | Asked::RunCase { .. } => {
                say(&format!("Entering direct command mode for peer {peer}\n"));
                return driver.drive(&mut MessagePeer::new(Role::Server, commanded).after(rest)).await;
            }
        };
        silent.say_and_close(text);
        driver.drive(&mut silent).await;
    }

    /// The verdict of a case, as soon as it is known.
    async fn status(&self, agent: &str, id: &CaseId) -> String {
        let mut results = self.results.subscribe();
        loop {
            let behavior = self.reports().get(agent, id).map(|result| result.behavior.as_str());
            if let Some(behavior) = behavior {
                return format!("{{\"behavior\": \"{behavior}\"}}");
            }
            // The sender lives as long as this.
            let _ = results.changed().await;
        }
    }

    fn reports(&self) -> MutexGuard<'_, Reports> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The frames that a command asks for.
fn commanded(kind: MessageKind, payload: &[u8]) -> MessageAnswer {
    let text = std::str::from_utf8(payload).map_err(|error| error.to_string())?;
    if kind == MessageKind::Binary {
        return Err("a command is text".into());
    }
    DirectCommand::parse(text).map(|command| command.frames)
}

fn peer(address: SocketAddr) -> String {
    let family = if address.is_ipv4() { "tcp4" } else { "tcp6" };
    format!("{family}:{}:{}", address.ip(), address.port())
}

/// Prints; a closed pipe is not a reason to stop.
fn say(text: &str) {
    let _ = print(text);
}
