//! The catalogue over HTTP/3: what a conforming server passes over HTTP/1.1 it passes there, and flaws are found as they are.

mod common;

use std::{collections::BTreeMap, sync::Arc};

use bytes::BytesMut;
use common::{Abilities, Cut, named, play, server_plan, verdict, verdict_over_http3};
use wsspec_carriers::{Http3, HttpEnd, QuicStep};
use wsspec_catalogue::{IdGlob, Need, Trial};
use wsspec_exchange::{Action, Carrier, Event, Exchange, Input, Moment, Setup, judge};
use wsspec_peer::{Flaw, HttpPeer};
use wsspec_record::Verdict;
use wsspec_wire::{ErrorCode, Level, Role};

/// The trials that HTTP/3 can carry, on one connection.
fn trials() -> Vec<Arc<Trial>> {
    let all = server_plan().trials.into_iter();
    let fits = |trial: &Arc<Trial>| !trial.is_about_http1() && !trial.needs.contains(&Need::Http2);
    all.filter(|trial| fits(trial) && trial.script.side_by_side() == 1).collect()
}

fn is_passed(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Pass | Verdict::Skip { .. })
}

fn setup() -> Arc<Setup> {
    Arc::new(Setup { carrier: Carrier::Http3, ..(*Abilities::of(None).setup()).clone() })
}

#[test]
fn a_conforming_peer_passes_every_case_over_http3() {
    let abilities = Abilities::of(None);
    let trials = trials();
    let wrong: Vec<_> = trials
        .iter()
        .map(|trial| (trial, verdict_over_http3(trial, None, &abilities)))
        .filter(|(_, verdict)| !is_passed(verdict))
        .map(|(trial, verdict)| format!("{}: {verdict:?}", trial.id))
        .collect();
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), trials.len(), wrong.join("\n"));
}

#[test]
fn a_verdict_does_not_depend_on_how_the_octets_of_http3_are_cut() {
    let setup = setup();
    let every = trials().into_iter().step_by(23);
    let wrong: Vec<_> = every
        .map(|trial| (play(&trial, &setup, &mut HttpPeer::over_http3(None), Cut::Every(1)).verdict, trial))
        .filter(|(verdict, _)| !is_passed(verdict))
        .map(|(verdict, trial)| format!("{}: {verdict:?}", trial.id))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_flaw_of_frames_is_found_over_http3_by_the_same_cases() {
    let trials = trials();
    let mut uncaught = Vec::new();
    let mut played = 0;
    // Over HTTP/3 a response of 200 opens the connection, whatever it is meant to do; and TLS is part of QUIC.
    let is_other = |flaw: &Flaw| ["refuses-origin-with200", "truncates-tls"].contains(&flaw.name());
    for flaw in Flaw::of_servers().filter(|flaw| !is_other(flaw)) {
        let abilities = Abilities::of(Some(flaw)).or_all();
        for pattern in flaw.caught_by() {
            let glob = IdGlob::parse(pattern).unwrap();
            for trial in trials.iter().filter(|trial| glob.fits(&trial.id)).step_by(3) {
                let over_http1 = verdict(trial, Some(flaw), &abilities);
                let over_http3 = verdict_over_http3(trial, Some(flaw), &abilities);
                played += 1;
                if !matches!(over_http1, Verdict::Skip { .. }) && over_http1.word() != over_http3.word() {
                    uncaught.push(format!("{}: {}: {over_http1:?}\n  {over_http3:?}", flaw.name(), trial.id));
                }
            }
        }
    }
    assert!(played > 100, "{played}");
    assert!(uncaught.is_empty(), "{} of {played}:\n{}", uncaught.len(), uncaught.join("\n"));
}

/// Rules that no verdict on a flaw names, and why.
const UNNAMED: &[(&str, &str)] = &[
    (
        "rfc9114#5.2:1",
        "a server that ends at GOAWAY answers no close frame, and that is named: rfc6455#5.5.1:14",
    ),
    ("rfc9220#3:11", "the end of the stream after the closing handshake is only recommended"),
];

#[test]
fn each_must_about_http3_is_named_by_the_verdict_on_a_flaw_that_breaks_it() {
    let trials = trials();
    let is_about_it = |trial: &&Arc<Trial>| trial.level == Level::Must && trial.needs.contains(&Need::Http3);
    let musts: BTreeMap<String, Vec<&Arc<Trial>>> =
        trials.iter().filter(is_about_it).fold(BTreeMap::new(), |mut musts, trial| {
            musts.entry(trial.requirement.to_string()).or_default().push(trial);
            musts
        });
    let mut wrong = Vec::new();
    for (id, trials) in &musts {
        let is_named = Flaw::breaking(id, Role::Server).any(|flaw| {
            let abilities = Abilities::of(Some(flaw)).or_all();
            trials.iter().any(|trial| named(&verdict_over_http3(trial, Some(flaw), &abilities)).contains(id))
        });
        match (is_named, UNNAMED.iter().any(|(unnamed, _)| unnamed == id)) {
            (false, false) => wrong.push(format!("{id}: no verdict on a flaw that breaks it names it")),
            (true, true) => wrong.push(format!("{id}: is named, and listed as unnamed")),
            _ => {}
        }
    }
    assert!(musts.len() > 12, "{musts:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_record_of_a_trial_over_http3_is_judged_as_it_was() {
    let setup = setup();
    let mut judged = 0;
    for trial in trials().into_iter().step_by(17) {
        let outcome = play(&trial, &setup, &mut HttpPeer::over_http3(None), Cut::Whole);
        let seen = outcome.verdict.clone();
        let record = outcome.into_record(&trial, Role::Server, 0, 1);
        match judge(&trial, &setup, &record.transcript, record.omitted) {
            Verdict::Inconclusive { .. } => {}
            again => {
                judged += 1;
                assert_eq!(again, seen, "{}: {:?}", trial.id, record.transcript);
            }
        }
    }
    assert!(judged > 50, "{judged}");
}

/// What becomes of a trial whose server does this right after its settings.
fn outcome(script: &str, steps: &[QuicStep]) -> wsspec_exchange::Outcome {
    let setup = Setup { carrier: Carrier::Http3, ..Setup::client("a", "/") };
    let mut exchange = Exchange::new(common::trial(script), Arc::new(setup));
    let mut server = Http3::playing(Role::Server);
    let now = Moment::START;
    let Action::Write(_) = exchange.next(now) else { panic!() };
    exchange.receive(Input::Bytes(&server.take().unwrap()), now);
    let Action::Write(_) = exchange.next(now) else { panic!() };
    let mut octets = BytesMut::new();
    steps.iter().for_each(|step| step.encode(&mut octets));
    exchange.receive(Input::Bytes(&octets), now);
    exchange.receive(Input::Eof, now);
    while !matches!(exchange.next(now), Action::Done) {}
    exchange.finish("cut short")
}

const REQUEST: &str = "> request\n< accepted\n";

#[test]
fn the_end_of_the_connection_in_the_middle_of_a_stream_is_a_reset() {
    let outcome = outcome(REQUEST, &[]);
    assert!(outcome.transcript.entries.iter().any(|entry| entry.event == Event::Reset), "{outcome:?}");
    assert!(matches!(outcome.verdict, Verdict::Fail { .. }), "{:?}", outcome.verdict);
}

#[test]
fn a_server_that_blames_us_is_not_failed() {
    let closed = |code: ErrorCode| outcome(REQUEST, &[QuicStep::Close { code: u64::from(code.0) }]).verdict;
    assert!(matches!(closed(ErrorCode::H3_EXCESSIVE_LOAD), Verdict::Skip { .. }));
    let Verdict::Inconclusive { why } = closed(ErrorCode::H3_FRAME_UNEXPECTED) else { panic!() };
    assert!(why.contains("with the code H3_FRAME_UNEXPECTED"), "{why}");
    assert!(matches!(closed(ErrorCode::H3_INTERNAL_ERROR), Verdict::Fail { .. }));
}

#[test]
fn a_connection_that_cannot_go_on_is_not_judged() {
    let data = |bytes: &'static [u8]| QuicStep::Data { stream: 0, bytes: bytes.into() };
    // DATA before HEADERS; a section that refers to the dynamic table; a stream that ends within a frame.
    let steps = [
        vec![data(b"\x00\x01a")],
        vec![data(b"\x01\x03\x01\x00\x80")],
        vec![data(b"\x01\x30"), QuicStep::End { stream: 0 }],
    ];
    for steps in steps {
        assert!(matches!(outcome(REQUEST, &steps).verdict, Verdict::Inconclusive { .. }), "{steps:?}");
    }
}
