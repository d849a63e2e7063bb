//! The catalogue over HTTP/3: what a conforming server passes over HTTP/1.1 it passes there, and flaws are found as they are.

mod common;

use std::{collections::BTreeMap, sync::Arc};

use bytes::BytesMut;
use common::{
    Abilities, Cut, named,
    streams::{
        assert_flaws_are_found, assert_passed, assert_records_are_judged_alike, trials_over, verdict_over,
    },
};
use wsspec_carriers::{Http3, HttpEnd, QuicStep};
use wsspec_catalogue::{Need, Trial};
use wsspec_exchange::{Action, Carrier, Event, Exchange, Input, Moment, Setup};
use wsspec_peer::Flaw;
use wsspec_record::Verdict;
use wsspec_wire::{ErrorCode, Level, Role};

#[test]
fn a_conforming_peer_passes_every_case_over_http3() {
    assert_passed(Carrier::Http3, &trials_over(Carrier::Http3), Cut::Whole);
}

#[test]
fn a_verdict_does_not_depend_on_how_the_octets_of_http3_are_cut() {
    let every: Vec<_> = trials_over(Carrier::Http3).into_iter().step_by(23).collect();
    assert_passed(Carrier::Http3, &every, Cut::Every(1));
}

#[test]
fn a_flaw_of_frames_is_found_over_http3_by_the_same_cases() {
    let played = assert_flaws_are_found(Carrier::Http3, 3);
    assert!(played > 100, "{played}");
}

/// Rules that no verdict on a flaw names, and why.
const UNNAMED: &[(&str, &str)] = &[(
    "rfc9114#5.2:1",
    "a server that ends at GOAWAY answers no close frame, and that is named: rfc6455#5.5.1:14",
)];

#[test]
fn each_must_about_http3_is_named_by_the_verdict_on_a_flaw_that_breaks_it() {
    let trials = trials_over(Carrier::Http3);
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
            trials
                .iter()
                .any(|trial| named(&verdict_over(Carrier::Http3, trial, Some(flaw), &abilities)).contains(id))
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
    let judged = assert_records_are_judged_alike(Carrier::Http3);
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
