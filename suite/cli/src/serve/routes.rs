//! Maps the paths and queries that clients ask for to cases and results.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use percent_encoding::percent_decode_str;
use serde_json::json;
use tokio::time::timeout;
use wsspec_catalogue::{Limits, Need, Plan, Trial};
use wsspec_exchange::{Carrier, Moment, Outcome, Setup};
use wsspec_notation::{escaped, suggestion};
use wsspec_record::{TrialRecord, Verdict};
use wsspec_reports::{Html, Json, Junit, Report};
use wsspec_runner::{ClientConnection, Evidence, IncomingError, OriginPolicy, PlayedTrial, patient, usual};
use wsspec_wire::Role;

use super::{AgentResults, results::AgentTrial};

/// The page for browsers.
const PAGE: &str = include_str!("page.html");
/// In a query: the case is to confirm a failure.
const CONFIRM: &str = "confirm=1";
/// Maximum length of an agent's name, in characters.
const NAME: usize = 64;
/// The name of clients that give none.
pub const NAMELESS: &str = "client";

/// Serves the trials of a plan.
#[derive(Debug)]
pub struct Host {
    trials: HashMap<String, Arc<Trial>>,
    order: Vec<String>,
    setup: Setup,
    origins: OriginPolicy,
    /// The results of clients.
    pub results: AgentResults,
}

/// A case to play.
struct NextCase {
    id: String,
    /// Whether it has failed before and is to be confirmed.
    confirm: bool,
}

/// An answer to a request that is not for a WebSocket.
struct HttpAnswer {
    status: &'static str,
    content_type: &'static str,
    body: Vec<u8>,
}

impl Host {
    /// Has not served anything yet.
    pub fn new(plan: &Plan, limits: Limits, origins: OriginPolicy, results: AgentResults) -> Self {
        Self {
            origins,
            order: plan.trials.iter().map(|trial| trial.id.clone()).collect(),
            trials: plan.trials.iter().map(|trial| (trial.id.clone(), trial.clone())).collect(),
            setup: Setup { limits, ..Setup::server() },
            results,
        }
    }

    /// Serves one client. A client whose request could not be read already has its answer.
    pub async fn handle(self: Arc<Self>, client: Result<ClientConnection, IncomingError>) {
        let Ok(connection) = client else { return };
        if let Err(foreign) = self.origins.check(connection.request()) {
            let answer = HttpAnswer::text(format!("{foreign}\n"));
            return connection.respond("403 Forbidden", answer.content_type, &answer.body).await;
        }
        let (path, query) = resource(&connection.request().target);
        let (path, agent) = match path.strip_prefix("/next/") {
            Some(name) => ("/next".to_owned(), named(name)),
            None => (path, agent(&query)),
        };
        let upgrade = connection.wants_upgrade();
        let wanted = match (&*path, path.strip_prefix("/case/")) {
            ("/next", _) if upgrade => self.next(&agent, connection.carrier()).await,
            (_, Some(id)) if upgrade => {
                Some(NextCase { id: id.to_owned(), confirm: query.split('&').any(|pair| pair == CONFIRM) })
            }
            _ => None,
        };
        let found = wanted.and_then(|wanted| Some((self.trials.get(&wanted.id)?, wanted.confirm)));
        if let Some((trial, _)) = found
            && let Some(reason) = lacking(trial, connection.carrier())
        {
            self.skip(trial, &agent, reason);
            let answer = HttpAnswer::text(format!("the case is skipped: {reason}\n"));
            return connection.respond("409 Conflict", answer.content_type, &answer.body).await;
        }
        match found {
            Some((trial, confirm)) => self.play(connection, trial, &agent, confirm).await,
            None => {
                let answer = self.answer(&path, &agent, upgrade);
                connection.respond(answer.status, answer.content_type, &answer.body).await;
            }
        }
    }

    /// The next case of an agent: first each case once, then each failure again, one at a time.
    /// What its connection cannot carry is skipped.
    async fn next(&self, agent: &str, carrier: Carrier) -> Option<NextCase> {
        let mut additions = self.results.additions();
        while let Some(id) = self.results.next(agent) {
            match self.trials.get(&id).and_then(|trial| Some((trial, lacking(trial, carrier)?))) {
                Some((trial, reason)) => self.skip(trial, agent, reason),
                None => return Some(NextCase { id, confirm: false }),
            }
        }
        // Failures are known once every case has a result.
        let settled = additions.wait_for(|_| self.results.is_settled(agent));
        let _ = timeout(self.setup.limits.trial, settled).await;
        Some(NextCase { id: self.results.next_failure(agent)?, confirm: true })
    }

    async fn play(&self, connection: ClientConnection, trial: &Arc<Trial>, agent: &str, confirm: bool) {
        let pace = self.results.pace(agent);
        let setup = if confirm { patient(&self.setup, pace) } else { usual(&self.setup, pace) };
        let PlayedTrial { outcome, duration } = connection.play(trial, &setup).await;
        let (evidence, pace) = (Evidence::of(&outcome), outcome.pace);
        let record = outcome.into_short_record(trial, Role::Client, Moment(duration).micros(), 1);
        self.results.add(agent, AgentTrial { record, evidence, pace }, confirm);
    }

    fn skip(&self, trial: &Arc<Trial>, agent: &str, reason: &str) {
        let outcome = Outcome::of(Verdict::Skip { reason: reason.to_owned() });
        let (evidence, pace) = (Evidence::of(&outcome), outcome.pace);
        let record = outcome.into_short_record(trial, Role::Client, 0, 1);
        self.results.add(agent, AgentTrial { record, evidence, pace }, false);
    }

    fn answer(&self, path: &str, agent: &str, upgrade: bool) -> HttpAnswer {
        match path {
            "/" | "/run" if !upgrade => HttpAnswer::ok("text/html; charset=utf-8", PAGE.into()),
            "/cases" if !upgrade => HttpAnswer::json(&self.cases()),
            "/agents" if !upgrade => HttpAnswer::json(&json!(self.results.progress())),
            "/report" if !upgrade => {
                self.of_record(agent, "text/html; charset=utf-8", |record| rendered(&Html, record))
            }
            "/verdicts" if !upgrade => self.of_record(agent, "application/json", |record| {
                let unconfirmed = self.results.unconfirmed(agent);
                serde_json::to_vec(&verdicts(&record.trials, &unconfirmed)).unwrap_or_default()
            }),
            "/record" if !upgrade => {
                self.of_record(agent, "application/json", |record| rendered(&Json, record))
            }
            "/junit" if !upgrade => self.of_record(agent, "text/xml", |record| rendered(&Junit, record)),
            _ => self.missing(path, upgrade),
        }
    }

    fn cases(&self) -> serde_json::Value {
        let titles = self.order.iter().filter_map(|id| self.trials.get(id));
        titles.map(|trial| json!({ "id": trial.id, "title": trial.title })).collect()
    }

    fn of_record(
        &self,
        agent: &str,
        content_type: &'static str,
        render: impl FnOnce(&wsspec_record::Record) -> Vec<u8>,
    ) -> HttpAnswer {
        match self.results.record(agent) {
            Some(record) => HttpAnswer::ok(content_type, render(&record)),
            None => HttpAnswer::missing(format!("no results of agent `{}`", escaped(agent.as_bytes()))),
        }
    }

    fn missing(&self, path: &str, upgrade: bool) -> HttpAnswer {
        let shown: String = path.chars().take(200).collect();
        let shown = escaped(shown.as_bytes());
        if path == "/next" && upgrade {
            let body = "every case was played\n".into();
            return HttpAnswer { status: "410 Gone", ..HttpAnswer::text(body) };
        }
        let Some(id) = path.strip_prefix("/case/") else {
            let hint = if upgrade {
                "a case is at `/case/ID?agent=NAME`, the next one at `/next/NAME`"
            } else {
                "begin at `/`"
            };
            return HttpAnswer::missing(format!(
                "there is nothing at `{shown}`; {hint}; `/cases` lists all cases"
            ));
        };
        if self.trials.contains_key(id) {
            let body = "a case is played to clients that ask for a WebSocket\n".into();
            return HttpAnswer { status: "426 Upgrade Required", ..HttpAnswer::text(body) };
        }
        let ids: Vec<&str> = self.order.iter().map(String::as_str).collect();
        let near = if id.len() <= 200 { suggestion(id, &ids) } else { "its name is too long".into() };
        let near: String = near.chars().take(300).collect();
        HttpAnswer::missing(format!("there is no case `{shown}`; {near}; `/cases` lists all"))
    }
}

impl HttpAnswer {
    fn ok(content_type: &'static str, body: Vec<u8>) -> Self {
        Self { status: "200 OK", content_type, body }
    }

    fn json(value: &serde_json::Value) -> Self {
        Self::ok("application/json", value.to_string().into())
    }

    fn text(text: String) -> Self {
        Self::ok("text/plain; charset=utf-8", text.into())
    }

    fn missing(text: String) -> Self {
        Self { status: "404 Not Found", ..Self::text(text + "\n") }
    }
}

/// Why a connection cannot carry a trial, if it cannot.
fn lacking(trial: &Trial, carrier: Carrier) -> Option<&'static str> {
    const SHARED: &str = "the case sends frames of HTTP/2 that concern other streams of the client; `wsspec test-client` plays it";
    match carrier {
        _ if trial.needs.contains(&Need::Http3) => Some(Need::Http3.lacking()),
        Carrier::Http1 | Carrier::Tcp => trial.needs.contains(&Need::Http2).then_some(Need::Http2.lacking()),
        Carrier::Http2 | Carrier::Http3 if trial.is_about_http1() => Some(Need::Http1.lacking()),
        Carrier::Http2 | Carrier::Http3 => trial.script.concerns_all_streams().then_some(SHARED),
    }
}

fn rendered(report: &dyn Report, record: &wsspec_record::Record) -> Vec<u8> {
    let mut body = Vec::new();
    // Writing to memory cannot fail.
    let _ = report.render(record, &mut body);
    body
}

fn verdicts(trials: &[TrialRecord], unconfirmed: &BTreeSet<String>) -> serde_json::Value {
    let verdict = |trial: &TrialRecord| {
        json!({
            "id": trial.id, "verdict": trial.verdict.word(), "title": trial.title,
            "requirement": trial.named().citation, "text": trial.named().text, "known": trial.known(),
            "unconfirmed": unconfirmed.contains(&trial.id),
        })
    };
    trials.iter().map(verdict).collect()
}

/// Path and query of a request target, decoded; the origin of an absolute form is dropped (RFC 9112, 3.2).
fn resource(target: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(target);
    let text = match text.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => &text,
    };
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    (decoded(path), query.to_owned())
}

/// The name that a client gives itself, truncated and without control characters.
fn agent(query: &str) -> String {
    let name = query.split('&').find_map(|pair| pair.strip_prefix("agent="));
    named(&decoded(&name.unwrap_or_default().replace('+', " ")))
}

fn named(name: &str) -> String {
    let name: String = escaped(name.as_bytes()).chars().take(NAME).collect();
    if name.is_empty() { NAMELESS.to_owned() } else { name }
}

/// Decodes percent-encoding (RFC 3986, 2.1); anything malformed is left as it is.
fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_taken_apart_and_decoded() {
        let parts = |path: &str, query: &str| (path.to_owned(), query.to_owned());
        assert_eq!(resource(b"/case/a%5Bx=1%5D?agent=b"), parts("/case/a[x=1]", "agent=b"));
        assert_eq!(resource(b"http://h:1/cases"), parts("/cases", ""));
        assert_eq!(resource(b"ws://h"), parts("/", ""));
        assert_eq!(resource(b"/%zz%4"), parts("/%zz%4", ""));
    }

    #[test]
    fn a_name_is_cut_and_escaped() {
        assert_eq!(agent("x=1&agent=my+client"), "my client");
        assert_eq!(agent(""), NAMELESS);
        assert!(!agent("agent=%1b]0;%07").contains(char::is_control));
        assert_eq!(agent(&format!("agent={}", "a".repeat(1000))).len(), NAME);
    }
}
