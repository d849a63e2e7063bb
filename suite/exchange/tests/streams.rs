//! Trials on several streams of one connection: the order of their lines, what belongs to which stream, and what a peer may do
//! to all of them at once.

mod common;

use std::sync::Arc;

use common::{Abilities, Cut, play, server_plan};
use wsspec_carriers::{ComposedOpening, Http2, HttpEvent, StartLine};
use wsspec_catalogue::Trial;
use wsspec_exchange::{Action, Carrier, Event, Exchange, Input, Moment, Outcome, Setup, judge};
use wsspec_peer::{Flaw, HttpPeer};
use wsspec_record::Verdict;
use wsspec_wire::{ErrorCode, Http2Setting, Opening, RequirementId, Role};

const TAKES_CONNECT: Http2Setting = Http2Setting::new(Http2Setting::ENABLE_CONNECT_PROTOCOL, 1);

fn setup() -> Arc<Setup> {
    Arc::new(Setup { carrier: Carrier::Http2, ..(*Abilities::of(None).setup()).clone() })
}

/// A trial of a script about this requirement.
fn about(requirement: &'static str, script: &str) -> Arc<Trial> {
    let mut trial = Trial::clone(&common::trial(script));
    trial.requirement = RequirementId::from_static(requirement);
    Arc::new(trial)
}

/// A server whose settings these are, which accepts every request, and then does `act` with each event.
fn beside(
    trial: Arc<Trial>,
    settings: &[Http2Setting],
    mut act: impl FnMut(&mut Http2, HttpEvent) -> bool,
) -> Outcome {
    let mut exchange = Exchange::new(trial, setup());
    let mut server = Http2::with_settings(Role::Server, settings);
    let (mut now, mut is_over) = (Moment::START, false);
    loop {
        match exchange.next(now) {
            Action::Write(bytes) => {
                for event in server.read(&bytes) {
                    if let HttpEvent::Opening { stream, opening: Opening::Request(_) } = &event {
                        server.respond(*stream, &accepted());
                    }
                    is_over |= act(&mut server, event);
                }
            }
            Action::Wait(until) => match server.take() {
                Some(bytes) => exchange.receive(Input::Bytes(&bytes), now),
                None if is_over => exchange.receive(Input::Eof, now),
                None => now = until,
            },
            Action::Done => return exchange.finish("cut short"),
            other => panic!("{other:?}"),
        }
    }
}

fn accepted() -> ComposedOpening {
    let start = StartLine::Response { status: 200, reason: bytes::Bytes::new() };
    ComposedOpening { start, fields: vec![(":status".into(), "200".into())], verbatim: Vec::new() }
}

/// The transcript as `connection event` words.
fn story(outcome: &Outcome) -> Vec<String> {
    let entries = outcome.transcript.entries.iter();
    let word = |event: &Event| match event {
        Event::Sent(text) => format!("> {text}"),
        Event::Received(_) => "<".into(),
        other => format!("{other:?}"),
    };
    entries.map(|entry| format!("{} {}", entry.connection.as_ref().unwrap(), word(&entry.event))).collect()
}

#[test]
fn lines_run_in_the_order_of_the_script_and_entries_name_their_stream() {
    let script = "streams a b\na > request\na < accepted\nb > request\nb < accepted\nb > text \"x\"\n\
        a > text \"y\"\nrepeat 2\nb > ping \"p\"\nend\n";
    let outcome = beside(about("rfc9113#5:1", script), &[TAKES_CONNECT], |_, _| false);
    assert_eq!(outcome.verdict, Verdict::Pass);
    assert_eq!(
        story(&outcome),
        [
            "a > request",
            "a <",
            "b > request",
            "b <",
            "b > text \"x\"",
            "a > text \"y\"",
            "b > ping \"p\"",
            "b > ping \"p\""
        ]
    );
}

#[test]
fn a_line_without_a_name_begins_on_every_stream_before_it_is_over_on_any() {
    let outcome = beside(about("rfc9113#5:1", "streams a b c\nwait 10ms\n"), &[TAKES_CONNECT], |_, _| false);
    assert_eq!(outcome.verdict, Verdict::Pass);
    assert_eq!(story(&outcome)[..3], ["a > request", "b > request", "c > request"]);
}

#[test]
fn a_server_that_takes_fewer_streams_is_not_tested_with_more() {
    let script =
        "streams a b c\na > request\na < accepted\nb > request\nb < accepted\nc > request\nc < accepted\n";
    for (most, is_skipped) in [(2, true), (3, false)] {
        let settings = [TAKES_CONNECT, Http2Setting::new(Http2Setting::MAX_CONCURRENT_STREAMS, most)];
        let mut opened = 0;
        let outcome = beside(about("rfc9113#5:1", script), &settings, |_, event| {
            opened += u32::from(matches!(event, HttpEvent::Opening { .. }));
            false
        });
        assert_eq!(matches!(outcome.verdict, Verdict::Skip { .. }), is_skipped, "{:?}", outcome.verdict);
        assert_eq!(opened, most);
    }
}

/// The verdict about a server that does `act` when one stream has been reset.
fn once_reset(requirement: &'static str, act: impl Fn(&mut Http2, u32) -> bool) -> Outcome {
    let script = "streams lost kept\nlost > request\nlost < accepted\nkept > request\nkept < accepted\n\
        lost > rst CANCEL\nkept < text \"kept\"\n";
    let mut last = 0;
    beside(about(requirement, script), &[TAKES_CONNECT], |server, event| match event {
        HttpEvent::Opening { stream, .. } => {
            last = stream;
            false
        }
        HttpEvent::Reset { .. } => act(server, last),
        _ => false,
    })
}

#[test]
fn a_server_that_resets_the_other_stream_fails() {
    let reset = |server: &mut Http2, other| {
        server.reset(other, ErrorCode::CANCEL);
        false
    };
    for requirement in ["rfc9113#6.4:1", "rfc9113#5.4.2:1", "rfc8441#5:10", "rfc9113#5:1"] {
        let Verdict::Fail { failure } = once_reset(requirement, reset).verdict else {
            panic!("{requirement}")
        };
        assert_eq!(failure.requirement.as_str(), requirement);
    }
}

#[test]
fn a_server_may_end_the_connection_with_all_its_streams() {
    let end = |_: &mut Http2, _| true;
    let go_away = |server: &mut Http2, _| {
        server.go_away(ErrorCode::PROTOCOL_ERROR);
        true
    };
    for outcome in [
        once_reset("rfc9113#5:1", end),
        once_reset("rfc9113#6.4:1", end),
        once_reset("rfc9113#6.4:1", go_away),
        once_reset("rfc8441#5:10", end),
    ] {
        let Verdict::Lenient { notes } = outcome.verdict else { panic!("{:?}", outcome.verdict) };
        assert_eq!(notes[0].requirement.as_str(), "rfc9113#2:1");
    }
    let outcome = once_reset("rfc9113#5.4.2:1", end);
    assert_eq!(outcome.verdict, Verdict::Pass);
    assert_eq!(outcome.remarks[0].requirement.as_str(), "rfc9113#5.4.1:1");
}

#[test]
fn a_server_that_takes_our_goaway_for_a_fault_fails_whichever_stream_it_shows_on() {
    let script = "streams a b\na > request\na < accepted\nb > request\nb < accepted\na > goaway\n\
        b < text \"x\"\n";
    let outcome = beside(about("rfc9113#6.8:1", script), &[TAKES_CONNECT], |server, event| {
        let is_gone = matches!(event, HttpEvent::GoAway { .. });
        if is_gone {
            server.go_away(ErrorCode::PROTOCOL_ERROR);
        }
        is_gone
    });
    let Verdict::Fail { failure } = outcome.verdict else { panic!("{:?}", outcome.verdict) };
    assert_eq!(failure.requirement.as_str(), "rfc9113#6.8:1");
}

#[test]
fn the_response_to_an_ordinary_request_opens_nothing() {
    let script = "streams socket page\nsocket > request\nsocket < accepted\npage > request GET\n>   -:protocol\n\
        page < response 200\nsocket > text \"x\"\n";
    let outcome = beside(about("rfc9113#5:1", script), &[TAKES_CONNECT], |server, event| {
        if let HttpEvent::Opening { stream, opening: Opening::Request(head) } = event
            && head.method == "GET"
        {
            // Read as frames, this would break several rules.
            server.send(stream, bytes::Bytes::from_static(b"<!doctype html>"));
        }
        false
    });
    assert_eq!(outcome.verdict, Verdict::Pass);
}

#[test]
fn a_stream_that_sends_without_end_while_another_has_its_turn_ends_the_trial() {
    let script =
        "streams a b\na > request\na < accepted\nb > request\nb < accepted\na > text \"x\"\nb < text \"y\"\n";
    let mut first = None;
    let outcome = beside(about("rfc9113#5:1", script), &[TAKES_CONNECT], |server, event| {
        match event {
            HttpEvent::Opening { stream, .. } => drop(first.get_or_insert(stream)),
            HttpEvent::Data { stream, .. } => {
                let pongs = b"\x8a\x00".repeat(2000);
                server.send(stream, pongs.into());
            }
            _ => {}
        }
        false
    });
    let Verdict::Inconclusive { why } = outcome.verdict else { panic!("{:?}", outcome.verdict) };
    assert_eq!(why, "the peer sends without end");
}

#[test]
fn a_record_of_several_streams_is_judged_as_the_trial_was() {
    let flaws = [None, Some("mixes-streams"), Some("stalls-together"), Some("ends-streams-together")];
    let mut judged = 0;
    for trial in server_plan().trials.iter().filter(|trial| !trial.script.streams().is_empty()) {
        for flaw in flaws {
            let flaw = flaw.map(|name| Flaw::of_servers().find(|flaw| flaw.name() == name).unwrap());
            let setup = setup();
            let outcome = play(trial, &setup, &mut HttpPeer::over_http2(flaw), Cut::Whole);
            let seen = outcome.verdict.clone();
            let record = outcome.into_record(trial, Role::Server, 0, 1);
            match judge(trial, &setup, &record.transcript, record.omitted) {
                // An entry for a frame of HTTP/2 itself cannot be replayed.
                Verdict::Inconclusive { .. } => {}
                again => {
                    judged += 1;
                    assert_eq!(again, seen, "{}: {:?}", trial.id, record.transcript);
                }
            }
        }
    }
    assert!(judged > 30, "{judged}");
}
