//! The catalogue over HTTP/2: what a conforming server passes over HTTP/1.1 it passes there, and flaws are found as they are.

mod common;

use std::sync::Arc;

use common::{
    Cut,
    streams::{assert_flaws_are_found, assert_passed, assert_records_are_judged_alike, trials_over},
};
use wsspec_carriers::Http2;
use wsspec_catalogue::Trial;
use wsspec_exchange::{Action, Carrier, Event, Exchange, Input, Moment, Setup};
use wsspec_record::Verdict;
use wsspec_wire::{ErrorCode, Http2Setting, RequirementId, Role};

#[test]
fn a_conforming_peer_passes_every_case_over_http2() {
    assert_passed(Carrier::Http2, &trials_over(Carrier::Http2), Cut::Whole);
}

#[test]
fn a_verdict_does_not_depend_on_how_the_octets_of_http2_are_cut() {
    let every: Vec<_> = trials_over(Carrier::Http2).into_iter().step_by(23).collect();
    assert_passed(Carrier::Http2, &every, Cut::Every(1));
}

#[test]
fn a_flaw_of_frames_is_found_over_http2_by_the_same_cases() {
    let played = assert_flaws_are_found(Carrier::Http2, 1);
    assert!(played > 300, "{played}");
}

/// A trial of a script over HTTP/2 with a peer that does nothing but what it is made to do.
fn begun(script: &str) -> Exchange {
    let trial = common::trial(script);
    let setup = Setup { carrier: Carrier::Http2, ..Setup::client("a", "/") };
    Exchange::new(trial, Arc::new(setup))
}

/// The verdict about a server that sends these settings, and nothing after them.
fn beside_silence(mut exchange: Exchange, settings: &[Http2Setting]) -> Verdict {
    let mut server = Http2::with_settings(Role::Server, settings);
    let mut now = Moment::START;
    loop {
        match exchange.next(now) {
            Action::Write(bytes) => drop(server.read(&bytes)),
            Action::Wait(until) => match server.take() {
                Some(bytes) => exchange.receive(Input::Bytes(&bytes), now),
                None => now = until,
            },
            Action::Done => return exchange.finish("cut short").verdict,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_server_that_never_takes_extended_connect_is_no_failure() {
    let exchange = begun("> text \"a\"\n< text \"a\"\n");
    let Verdict::Inconclusive { why } = beside_silence(exchange, &[]) else { panic!() };
    assert!(why.contains("SETTINGS_ENABLE_CONNECT_PROTOCOL is not 1"), "{why}");
}

#[test]
fn silence_to_a_request_for_an_unknown_protocol_breaks_nothing() {
    let is_meant = |trial: &Arc<Trial>| trial.id.starts_with("rfc8441/4/unknown-protocol");
    let meant: Vec<_> = trials_over(Carrier::Http2).into_iter().filter(is_meant).collect();
    assert_eq!(meant.len(), 3);
    for trial in meant {
        let setup = Setup { carrier: Carrier::Http2, ..Setup::client("a", "/") };
        let exchange = Exchange::new(trial, Arc::new(setup));
        let takes = Http2Setting::new(Http2Setting::ENABLE_CONNECT_PROTOCOL, 1);
        let Verdict::Inconclusive { why } = beside_silence(exchange, &[takes]) else { panic!() };
        assert!(why.contains("no rule demands one"), "{why}");
    }
}

#[test]
fn the_end_of_the_connection_in_the_middle_of_a_stream_is_a_reset() {
    let mut exchange = begun("> request\n< response\n");
    let ending = Moment::START;
    assert!(matches!(exchange.next(ending), Action::Write(_)));
    exchange.receive(Input::Eof, ending);
    assert_eq!(exchange.next(ending), Action::Done);
    let outcome = exchange.finish("cut short");
    assert!(outcome.transcript.entries.iter().any(|entry| entry.event == Event::Reset), "{outcome:?}");
}

#[test]
fn a_record_of_a_trial_over_http2_is_judged_as_it_was() {
    let judged = assert_records_are_judged_alike(Carrier::Http2);
    assert!(judged > 50, "{judged}");
}

#[test]
fn a_peer_that_takes_a_trial_for_an_attack_is_not_failed() {
    for code in [ErrorCode::ENHANCE_YOUR_CALM, ErrorCode::PROTOCOL_ERROR] {
        let mut exchange = begun("> request\n< accepted\n");
        let mut server = Http2::playing(Role::Server);
        server.go_away(code);
        let now = Moment::START;
        let Action::Write(_) = exchange.next(now) else { panic!() };
        exchange.receive(Input::Bytes(&server.take().unwrap()), now);
        exchange.receive(Input::Eof, now);
        while !matches!(exchange.next(now), Action::Done) {}
        let is_skipped = matches!(exchange.finish("cut short").verdict, Verdict::Skip { .. });
        assert_eq!(is_skipped, code == ErrorCode::ENHANCE_YOUR_CALM);
    }
}

/// The verdict about a server that ends the connection with PROTOCOL_ERROR once it has read this script's first lines.
fn beside_a_server_that_ends(script: &str) -> Verdict {
    let mut trial = Trial::clone(&common::trial(script));
    trial.requirement = RequirementId::from_static("rfc9113#6.8:1");
    let setup = Setup { carrier: Carrier::Http2, ..Setup::client("a", "/") };
    let mut exchange = Exchange::new(Arc::new(trial), Arc::new(setup));
    let (mut server, now) = (Http2::playing(Role::Server), Moment::START);
    loop {
        match exchange.next(now) {
            Action::Write(bytes) => drop(server.read(&bytes)),
            Action::Wait(_) => match server.take() {
                Some(bytes) => exchange.receive(Input::Bytes(&bytes), now),
                None => {
                    server.go_away(ErrorCode::PROTOCOL_ERROR);
                    exchange.receive(Input::Bytes(&server.take().unwrap()), now);
                    exchange.receive(Input::Eof, now);
                }
            },
            Action::Done => return exchange.finish("cut short").verdict,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_server_that_takes_our_goaway_for_a_fault_fails_by_the_rule_about_it() {
    let Verdict::Fail { failure } = beside_a_server_that_ends("> request\n> goaway\n< accepted\n") else {
        panic!("no failure")
    };
    assert_eq!(failure.requirement.as_str(), "rfc9113#6.8:1");
    let before = beside_a_server_that_ends("> request\n< accepted\n> goaway\n");
    assert!(matches!(before, Verdict::Inconclusive { .. }), "{before:?}");
}
