//! The catalogue for clients over HTTP/2: what a conforming client passes over HTTP/1.1 it passes there, and flaws are found
//! as they are.

mod common;

use std::sync::Arc;

use bytes::Bytes;
use common::{
    Abilities, Cut, client_plan, client_verdict, client_verdict_over_http2, http2_client_for, named, play,
};
use wsspec_carriers::{ComposedOpening, Http2, HttpEvent, StartLine};
use wsspec_catalogue::{IdGlob, Trial};
use wsspec_exchange::{Action, Carrier, Exchange, Input, Moment, Reconnections, Setup, judge};
use wsspec_peer::Flaw;
use wsspec_record::Verdict;
use wsspec_wire::{ErrorCode, Role};

/// The trials that HTTP/2 can carry, on one connection.
fn trials() -> Vec<Arc<Trial>> {
    let all = client_plan().trials.into_iter();
    let is_carried = |trial: &Arc<Trial>| {
        !trial.is_about_http1()
            && trial.script.side_by_side() == 1
            && trial.certificate.is_none()
            && !Reconnections::are_watched_in(trial)
    };
    all.filter(is_carried).collect()
}

fn is_passed(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Pass | Verdict::Skip { .. })
}

#[test]
fn a_conforming_client_passes_every_case_over_http2() {
    let abilities = Abilities::of_client(None);
    let trials = trials();
    let wrong: Vec<_> = trials
        .iter()
        .map(|trial| (trial, client_verdict_over_http2(trial, None, &abilities)))
        .filter(|(_, verdict)| !is_passed(verdict))
        .map(|(trial, verdict)| format!("{}: {verdict:?}", trial.id))
        .collect();
    assert!(trials.len() > 500, "{}", trials.len());
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), trials.len(), wrong.join("\n"));
}

#[test]
fn a_verdict_on_a_client_does_not_depend_on_how_the_octets_of_http2_are_cut() {
    let abilities = Abilities::of_client(None);
    let every = trials().into_iter().step_by(23);
    let wrong: Vec<_> = every
        .map(|trial| {
            let (mut client, setup) = http2_client_for(&trial, None, &abilities);
            (play(&trial, &setup, &mut client, Cut::Every(1)).verdict, trial)
        })
        .filter(|(verdict, _)| !is_passed(verdict))
        .map(|(verdict, trial)| format!("{}: {verdict:?}", trial.id))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_flaw_of_a_client_is_found_over_http2_by_the_same_cases() {
    let trials = trials();
    let (mut uncaught, mut played) = (Vec::new(), 0);
    // Field names are in lower case, and what follows the response is in frames of its own; there is one connection, and no
    // TLS.
    let others = [
        "wants-known-fields-only",
        "loses-frames-behind-response",
        "repeats-masks-on-connections",
        "masks-close-with-zero",
        "reads-scheme-by-case",
        "speaks-in-the-clear",
        "names-no-server",
    ];
    let is_same = |flaw: &Flaw| flaw.requirement().starts_with("rfc6455#") && !others.contains(&flaw.name());
    for flaw in Flaw::ALL.iter().copied().filter(is_same) {
        let abilities = Abilities::of_client(Some(flaw)).or_all();
        for pattern in flaw.caught_by() {
            let glob = IdGlob::parse(pattern).unwrap();
            for trial in trials.iter().filter(|trial| glob.fits(&trial.id)) {
                let over_http1 = client_verdict(trial, Some(flaw), &abilities);
                let over_http2 = client_verdict_over_http2(trial, Some(flaw), &abilities);
                played += 1;
                let is_skipped = matches!(over_http1, Verdict::Skip { .. });
                if !is_skipped && over_http1.word() != over_http2.word() {
                    uncaught.push(format!("{}: {}: {over_http1:?}\n  {over_http2:?}", flaw.name(), trial.id));
                }
            }
        }
    }
    assert!(played > 300, "{played}");
    assert!(uncaught.is_empty(), "{} of {played}:\n{}", uncaught.len(), uncaught.join("\n"));
}

#[test]
fn a_record_of_a_trial_of_a_client_over_http2_is_judged_as_it_was() {
    let abilities = Abilities::of_client(None);
    let mut judged = 0;
    for trial in trials().into_iter().step_by(17) {
        let (mut client, setup) = http2_client_for(&trial, None, &abilities);
        let outcome = play(&trial, &setup, &mut client, Cut::Whole);
        let seen = outcome.verdict.clone();
        let record = outcome.into_record(&trial, Role::Client, 0, 1);
        match judge(&trial, &setup, &record.transcript, record.omitted) {
            Verdict::Inconclusive { .. } => {}
            again => {
                judged += 1;
                assert_eq!(again, seen, "{}: {:?}", trial.id, record.transcript);
            }
        }
    }
    assert!(judged > 30, "{judged}");
}

/// A client that does what it is made to do, until the exchange is over.
fn outcome_of(script: &str, mut client: impl FnMut(&mut Http2, Vec<HttpEvent>)) -> Verdict {
    let setup = Setup { carrier: Carrier::Http2, ..Setup::server() };
    let mut exchange = Exchange::new(common::trial(script), Arc::new(setup));
    let (mut end, mut now) = (Http2::playing(Role::Client), Moment::START);
    for _ in 0..10_000 {
        match exchange.next(now) {
            Action::Write(bytes) => {
                let events = end.read(&bytes);
                client(&mut end, events);
            }
            Action::Wait(until) => match end.take() {
                Some(bytes) => exchange.receive(Input::Bytes(&bytes), now),
                None => now = until,
            },
            Action::Done => return exchange.finish("cut short").verdict,
            other => panic!("{other:?}"),
        }
    }
    panic!("it does not end");
}

/// A request with these fields.
fn request(fields: &[(&str, &str)]) -> ComposedOpening {
    let start = StartLine::Request { method: "".into(), target: "".into(), version: "".into() };
    let fields =
        fields.iter().map(|(name, value)| ((*name).to_owned(), Bytes::copy_from_slice(value.as_bytes())));
    ComposedOpening { start, fields: fields.collect(), verbatim: Vec::new() }
}

const CONNECT: [(&str, &str); 6] = [
    (":method", "CONNECT"),
    (":protocol", "websocket"),
    (":scheme", "http"),
    (":path", "/"),
    (":authority", "a"),
    ("sec-websocket-version", "13"),
];

fn opens(end: &mut Http2, events: &[HttpEvent]) {
    if events.iter().any(|event| matches!(event, HttpEvent::Settings(..))) {
        end.request(request(&CONNECT));
    }
}

#[test]
fn a_request_for_a_page_comes_before_the_one_that_counts() {
    let page = [(":method", "GET"), (":scheme", "http"), (":path", "/favicon.ico"), (":authority", "a")];
    let verdict = outcome_of("< request\n> accepted\n<~ eof\n", |end, events| {
        if events.iter().any(|event| matches!(event, HttpEvent::Settings(..))) {
            end.request(request(&page));
            end.request(request(&CONNECT));
        }
    });
    assert_eq!(verdict, Verdict::Pass);
}

#[test]
fn a_stream_that_goaway_ends_is_named_by_the_rule_about_it() {
    let script = "< request\n> accepted\n> text \"a\"\n< text \"a\"\nfinish\n";
    let gone = |code| {
        outcome_of(script, move |end, events| {
            opens(end, &events);
            for event in events {
                if let HttpEvent::Data { stream, .. } = event {
                    end.go_away(code);
                    end.finish(stream);
                }
            }
        })
    };
    assert_eq!(named(&gone(ErrorCode::NO_ERROR)), ["rfc9113#6.8:1"]);
    let Verdict::Inconclusive { why } = gone(ErrorCode::PROTOCOL_ERROR) else { panic!() };
    assert!(why.ends_with("the code PROTOCOL_ERROR"), "{why}");
}

#[test]
fn a_hostile_client_costs_no_more_than_its_limits() {
    // Streams without end, resets without end, settings and pings without end: the trial ends, and nothing panics.
    let verdict = outcome_of("< request\n> accepted\n< text \"a\"\n", |end, events| {
        opens(end, &events);
        if events.iter().any(|event| matches!(event, HttpEvent::Opening { .. })) {
            for _ in 0..2_000 {
                let stream = end.request(request(&CONNECT));
                end.reset(stream, ErrorCode::CANCEL);
                end.set(&[]);
                end.ping();
            }
        }
    });
    assert!(verdict.is_fail(), "{verdict:?}");
}
