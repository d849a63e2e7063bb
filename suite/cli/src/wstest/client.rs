//! `fuzzingclient`: tests servers one after the other, with many cases of a server at once.

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
    interrupt::interrupted,
};

/// Connections at once to one server.
const JOBS: u32 = 24;
/// How many of these connections a case that moves megabytes counts for.
const HEAVY: u32 = 8;
/// Connections at once when cases are played again.
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
        // Check for the end of the run first: a server that never pauses would starve the other branch.
        biased;
        () = interrupted(true) => {
            Err(CommandError::Unreachable("interrupted; the reports contain the cases that were finished".into()))
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
    /// Guards standard output, so that lines are written whole.
    output: Mutex<()>,
}

async fn test(
    server: &TestedServer,
    cases: &[CaseId],
    exclusions: &Arc<AgentExclusions>,
    results: &mut ResultWriter,
) -> Result<(), CommandError> {
    let mut target = Target::parse(&server.url).map_err(|error| CommandError::Usage(error.to_string()))?;
    // As users of `wstest` expect: certificates are not checked.
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
    // Play again, with fewer at once and with full time limits, the cases that timing may have decided or that could
    // not connect. So is each case in pieces: whether the peer handles one piece before the next arrives must not
    // depend on its other load.
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

/// Plays cases in parallel, and returns the result of each; the first failed connection ends it.
async fn play_all(
    run: &Arc<ServerRun>,
    cases: &[CaseId],
    pace: SessionPace,
    jobs: u32,
    mut ended: impl FnMut(CaseResult),
) -> Option<DialError> {
    let permits = Arc::new(Semaphore::new(jobs as usize));
    let mut tasks = JoinSet::new();
    // Cases with pauses first: the others run meanwhile.
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
        // A closed pipe is not a reason to stop: the reports matter.
        let _ = print(&text);
    }
}
