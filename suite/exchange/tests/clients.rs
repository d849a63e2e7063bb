//! Tests the suite with faulty clients: a conforming client passes, and every flaw is caught by a case for clients.

mod common;

use std::{collections::BTreeSet, sync::Arc};

use common::{Abilities, Cut, Other, client_plan, client_verdict, named, play, server_plan, trial};
use wsspec_catalogue::{IdGlob, Plan, Trial, family};
use wsspec_exchange::{ClientUri, Setup, Side};
use wsspec_peer::{Flaw, PeerOutput};
use wsspec_record::Verdict;
use wsspec_wire::Level;
use wsspec_wire::{Frame, Mask, Opcode};

#[test]
fn a_conforming_client_passes_every_case() {
    let abilities = Abilities::of_client(None);
    assert!(abilities.echo && abilities.pong && abilities.deflate);
    let mut wrong = Vec::new();
    for trial in &client_plan().trials {
        match client_verdict(trial, None, &abilities) {
            Verdict::Pass | Verdict::Skip { .. } => {}
            other => wrong.push(format!("{}: {other:?}", trial.id)),
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Flaws that show only in masked frames; the cases are for both roles, but a server does not mask.
const NEEDS_MASKS: [Flaw; 2] = [Flaw::KeepsKeyPosition, Flaw::MiscountsKeyInCompressed];

/// Every flaw, with the cases for clients that it names.
fn flaws_of_clients(plan: &Plan) -> Vec<(Flaw, Vec<&Arc<Trial>>)> {
    let named = |flaw: &Flaw| {
        let globs: Vec<_> = flaw.caught_by().iter().map(|pattern| IdGlob::parse(pattern).unwrap()).collect();
        plan.trials.iter().filter(|trial| globs.iter().any(|glob| glob.fits(&trial.id))).collect::<Vec<_>>()
    };
    Flaw::ALL.iter().map(|flaw| (*flaw, named(flaw))).collect()
}

#[test]
fn at_least_150_flaws_of_clients_are_caught_by_the_cases_they_name() {
    let plan = client_plan();
    let (mut killed, mut uncaught) = (0, Vec::new());
    for (flaw, trials) in flaws_of_clients(&plan) {
        let abilities = Abilities::of_client(Some(flaw)).or_all();
        let verdicts = trials.iter().map(|trial| (trial, verdict_or_forced(trial, flaw, &abilities)));
        let verdicts: Vec<_> = verdicts.collect();
        let caught =
            verdicts.iter().any(|(_, seen)| matches!(seen, Verdict::Fail { .. } | Verdict::Lenient { .. }));
        killed += usize::from(caught);
        let shows = flaw.is_client_only() || !trials.is_empty() && !NEEDS_MASKS.contains(&flaw);
        if !caught && shows {
            uncaught.push(format!(
                "{flaw}: {:?}",
                verdicts.iter().map(|(trial, seen)| (&trial.id, seen)).collect::<Vec<_>>()
            ));
        }
    }
    assert!(uncaught.is_empty(), "{killed} killed, {} not:\n{}", uncaught.len(), uncaught.join("\n"));
    assert!(killed >= 150, "{killed}");
}

/// The verdict; for a peer that already fails the probe, the verdict without probing.
fn verdict_or_forced(trial: &Arc<Trial>, flaw: Flaw, abilities: &Abilities) -> Verdict {
    match client_verdict(trial, Some(flaw), abilities) {
        Verdict::Skip { .. } => client_verdict(trial, Some(flaw), &Abilities::ALL),
        seen => seen,
    }
}

#[test]
fn a_flaw_of_clients_is_caught_by_a_verdict_that_names_the_requirement_it_breaks() {
    let plan = client_plan();
    let mut wrong = Vec::new();
    for (flaw, trials) in flaws_of_clients(&plan).into_iter().filter(|(flaw, _)| flaw.is_client_only()) {
        let abilities = Abilities::of_client(Some(flaw)).or_all();
        let named = trials.iter().flat_map(|trial| named(&verdict_or_forced(trial, flaw, &abilities)));
        let named: BTreeSet<_> = named.collect();
        if !named.contains(flaw.requirement()) {
            wrong.push(format!("{flaw} breaks {}: named are {named:?}", flaw.requirement()));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_must_that_a_case_for_clients_alone_names_first_is_broken_by_some_flaw() {
    let of_servers: BTreeSet<_> = server_plan().trials.iter().map(|trial| trial.id.clone()).collect();
    let broken: BTreeSet<_> = Flaw::ALL.iter().flat_map(|flaw| flaw.breaks()).collect();
    let plan = client_plan();
    let own =
        plan.trials.iter().filter(|trial| !of_servers.contains(&trial.id) && trial.level == Level::Must);
    let mut wrong = BTreeSet::new();
    for trial in own {
        let id = trial.requirement.to_string();
        if !broken.contains(id.as_str()) {
            wrong.insert(format!("{id}, tested by {}: no flaw breaks it", family(&trial.id)));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

/// A client that fails the connection on the first frame, and leaves closing TCP to the server (RFC 6455, 7.1.1).
#[derive(Default)]
struct Patient {
    ended: bool,
    out: Vec<PeerOutput>,
}

impl Patient {
    fn new() -> Self {
        let request = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
        Self { out: vec![PeerOutput::Write(request.to_vec().into())], ..Self::default() }
    }
}

impl Other for Patient {
    fn receive(&mut self, bytes: &[u8]) {
        if bytes.ends_with(b"a") {
            let mut close = Vec::new();
            Frame::new(Opcode::CLOSE, &b"\x03\xea"[..]).with_mask(Mask([1, 2, 3, 4])).encode(&mut close);
            self.out.push(PeerOutput::Write(close.into()));
        }
    }

    fn end(&mut self) {
        self.ended = true;
        self.out.push(PeerOutput::Close);
    }

    fn take(&mut self) -> Vec<PeerOutput> {
        std::mem::take(&mut self.out)
    }
}

#[test]
fn a_client_that_fails_the_connection_may_wait_for_the_server_to_end_tcp() {
    let mut client = Patient::new();
    let trial = trial("< request\n> response 101\n> text \"a\" +rsv1\n< fail 1002\n");
    let outcome = play(&trial, &Arc::new(Setup::server()), &mut client, Cut::Whole);
    assert!(client.ended);
    assert_eq!(outcome.verdict, Verdict::Pass, "{:?}", outcome.transcript);
}

/// Trials that need a URI to be judged, and that the client's request for `/` at host `a` would break.
#[test]
fn what_depends_on_the_uri_is_skipped_where_the_uri_is_not_known() {
    let about = ["rfc6455#3:7", "rfc6455#3:8", "rfc6455#3:9", "rfc6455#4.1:27", "rfc6455#4.1:76"];
    let plan = client_plan();
    let trials: Vec<_> =
        plan.trials.iter().filter(|t| t.uri.is_none() && about.contains(&t.requirement.as_str())).collect();
    assert_eq!(trials.len(), about.len());
    for trial in trials {
        let played = |setup| play(trial, &Arc::new(setup), &mut Patient::new(), Cut::Whole).verdict;
        let unknown = played(Setup::server());
        assert!(matches!(unknown, Verdict::Skip { .. }), "{}: {unknown:?}", trial.id);
        let side = Side::Server(Some(ClientUri::of(trial, false, "b", 1).uri));
        let known = played(Setup { side, ..Setup::server() });
        assert!(matches!(known, Verdict::Fail { .. }), "{}: {known:?}", trial.id);
    }
}
