//! `fuzzingclient`: servers are tested, one after the other, many cases of one at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{sync::Semaphore, task::JoinSet};
use wsspec_autobahn::{
    AgentExclusions, AutobahnCase, CaseId, CaseResult, CaseSession, ClientHandshake, ClientSpec, SessionPace,
    TestedServer, find,
};
use wsspec_reports::clean_line;
use wsspec_runner::{DialError, Dialer, Driver, Target};

use super::{
    player::{LIMITS, SessionPlayer},
    results::ResultWriter,
    timestamp,
};
use crate::{
    failure::{CommandError, print},
    spawn::interrupted,
};

/// Connections at once to one server.
const JOBS: u32 = 24;
/// Of them, what a case takes that moves megabytes.
const HEAVY: u32 = 8;
/// Connections at once where cases are played again.
const AGAIN: u32 = 8;

/// Tests every server of the spec, and writes the reports.
pub async fn run(spec: ClientSpec) -> Result<(), CommandError> {
    let ids: Vec<String> = spec.cases.iter().map(|id| format!("'{id}'")).collect();
    let urls: Vec<String> =
        spec.servers.iter().map(|server| format!("'{}'", clean_line(&server.url))).collect();
    print(&format!(
        "Ok, will run {} test cases against {} servers\nCases = [{}]\nServers = [{}]\n",
        ids.len(),
        urls.len(),
        ids.join(", "),
        urls.join(", ")
    ))?;
    let mut results = ResultWriter::new(spec.outdir)?;
    let exclusions = Arc::new(spec.exclusions);
    let all = async {
        for server in &spec.servers {
            test(server, &spec.cases, &exclusions, &mut results).await?;
        }
        Ok(())
    };
    let ended = tokio::select! {
        // What ends the run comes first: a server that never pauses leaves the rest no moment.
        biased;
        () = interrupted(true) => {
            Err(CommandError::Unreachable("interrupted; the reports hold the cases that were done".into()))
        }
        ended = all => ended,
    };
    results.finish().await?;
    ended
}

/// What every case of a server needs.
struct ServerRun {
    dialer: Dialer,
    client: ClientHandshake,
    agent: Option<String>,
    exclusions: Arc<AgentExclusions>,
    /// What is written to standard output, whole lines at a time.
    output: Mutex<()>,
}

async fn test(
    server: &TestedServer,
    cases: &[CaseId],
    exclusions: &Arc<AgentExclusions>,
    results: &mut ResultWriter,
) -> Result<(), CommandError> {
    let mut target = Target::parse(&server.url).map_err(|error| CommandError::Usage(error.to_string()))?;
    // As those who test with it are used to: certificates are not checked.
    target.tls.insecure = true;
    target.tls.server_name.clone_from(&server.hostname);
    let client = ClientHandshake {
        authority: format!(
            "{}:{}",
            target.authority.trim_end_matches(&format!(":{}", target.port)),
            target.port
        ),
        resource: target.resource.clone(),
        origin: server.origin.clone(),
        protocols: server.protocols.clone(),
        options: server.options,
    };
    let dialer = match Dialer::new(Arc::new(target)).await {
        Ok(dialer) => dialer,
        Err(error) => return unreachable(&server.url, &error),
    };
    let run = ServerRun {
        dialer,
        client,
        agent: server.agent.clone(),
        exclusions: exclusions.clone(),
        output: Mutex::new(()),
    };
    let run = Arc::new(run);
    let mut again: BTreeSet<CaseId> = cases.iter().cloned().collect();
    let mut unsettled = BTreeMap::new();
    let _ = play_all(&run, cases, SessionPace::Quick, JOBS, |result| {
        if result.is_settled() {
            again.remove(&result.id);
            results.add(result);
        } else {
            unsettled.insert(result.id.clone(), result);
        }
    })
    .await;
    // What time may have decided, and who could not be reached among many: once more among few, with all the time there is.
    // Whether a peer is done with one piece when the next one arrives is for it to say, not for its other work.
    let in_pieces = |id: &CaseId| find(id).is_some_and(|(_, case)| case.is_in_pieces());
    let (pieces, others): (Vec<CaseId>, Vec<CaseId>) = again.into_iter().partition(in_pieces);
    let mut failed = None;
    for (cases, jobs) in [(pieces, 1), (others, AGAIN)] {
        let error = play_all(&run, &cases, SessionPace::Patient, jobs, |result| {
            unsettled.remove(&result.id);
            results.add(result);
        })
        .await;
        failed = failed.or(error);
    }
    unsettled.into_values().for_each(|result| results.add(result));
    failed.map_or(Ok(()), |error| unreachable(&server.url, &error))
}

fn unreachable(url: &str, error: &DialError) -> Result<(), CommandError> {
    print(&format!("Connection to {} failed ({error})\n", clean_line(url)))
}

/// Plays cases side by side, and gives each one's result; the first connection that failed ends it.
async fn play_all(
    run: &Arc<ServerRun>,
    cases: &[CaseId],
    pace: SessionPace,
    jobs: u32,
    mut ended: impl FnMut(CaseResult),
) -> Option<DialError> {
    let permits = Arc::new(Semaphore::new(jobs as usize));
    let mut tasks = JoinSet::new();
    // Those with pauses first: the others run meanwhile.
    let mut order: Vec<(usize, &Arc<AutobahnCase>)> = cases.iter().filter_map(find).collect();
    order.sort_by_key(|(_, case)| !case.has_pauses());
    for (place, case) in order {
        let weight = if case.is_heavy() { HEAVY.min(jobs) } else { 1 };
        let (run, permits) = (run.clone(), permits.clone());
        tasks.spawn(async move {
            // The semaphore is never closed.
            let _permit = permits.acquire_many(weight).await;
            play(&run, case, place, pace).await
        });
    }
    let mut failed = None;
    while let Some(played) = tasks.join_next().await {
        match played {
            Ok(Ok(result)) => result.into_iter().for_each(&mut ended),
            Ok(Err(error)) if failed.is_none() => {
                failed = Some(error);
                tasks.abort_all();
            }
            _ => {}
        }
    }
    failed
}

async fn play(
    run: &ServerRun,
    case: &Arc<AutobahnCase>,
    place: usize,
    pace: SessionPace,
) -> Result<Option<CaseResult>, DialError> {
    let stream = run.dialer.dial().await?;
    let (started, mut driver) = (timestamp(), Driver::new(stream, LIMITS));
    let mut session = CaseSession::client(case, &run.client, pace);
    let mut excluded = false;
    let mut player = SessionPlayer::new(&mut session, |session| {
        let agent = run.agent(session);
        excluded = run.exclusions.excludes(&agent, &case.id);
        if excluded {
            session.exclude();
        }
        if pace == SessionPace::Quick {
            run.announce(case, &agent, excluded);
        }
    });
    driver.drive(&mut player).await;
    drop(driver);
    let agent = run.agent(&session);
    Ok((!excluded).then(|| session.finish(&agent, place, started)))
}

impl ServerRun {
    fn agent(&self, session: &CaseSession) -> String {
        let said = session.agent().map(str::to_owned);
        self.agent.clone().or(said).unwrap_or_else(|| "UnknownServer".into())
    }

    fn announce(&self, case: &AutobahnCase, agent: &str, excluded: bool) {
        let (id, agent, peer) = (&case.id, clean_line(agent), self.dialer.peer());
        let mut text = format!("Running test case ID {id} for agent {agent} from peer {peer}\n");
        if excluded {
            text += &format!("Skipping test case {id} for agent {agent} by test configuration!\n");
        }
        let _whole = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        // A pipe that nobody reads any more is no reason to stop: the reports are what counts.
        let _ = print(&text);
    }
}
