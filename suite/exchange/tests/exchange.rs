//! Runs scripts against peers, and checks the outcomes.

use std::{sync::Arc, time::Duration};

mod common;

use common::{Abilities, Canned, Cut, play, setup, trial};
use wsspec_exchange::{Action, Exchange, Input, Moment, Outcome, Setup, judge};
use wsspec_peer::{Flaw, Peer, PeerOutput};
use wsspec_record::{
    Declared, EntryRecord, EventKind, FORMAT, Guide, LimitsRecord, PeerProfile, Record, TrialRecord, Verdict,
};
use wsspec_wire::{Frame, Mask, Opcode, Role, Rsv};

fn against(script: &str, flaw: Option<Flaw>) -> Outcome {
    play(&trial(script), &setup(), &mut flaw.map_or_else(Peer::new, Peer::with), Cut::Whole)
}

/// A peer that upgrades and then sends these frames, whatever it receives.
fn against_frames(script: &str, frames: &[Frame], closes: bool) -> Outcome {
    let mut bytes = Vec::new();
    frames.iter().for_each(|frame| frame.encode(&mut bytes));
    play(&trial(script), &setup(), &mut Canned::new(bytes, closes), Cut::Whole)
}

fn failure(outcome: &Outcome) -> (usize, String, String) {
    match &outcome.verdict {
        Verdict::Fail { failure } => (failure.line, failure.headline(), failure.requirement.to_string()),
        other => panic!("not a failure: {other:?}"),
    }
}

fn close(code: u16) -> Frame {
    Frame::new(Opcode::CLOSE, code.to_be_bytes().to_vec())
}

#[test]
fn a_conforming_peer_passes_what_is_demanded_of_it() {
    let script = "alive\n> text \"frag\" -fin\n> ping \"p\"\n> cont \"ment\"\n< pong \"p\" & text \"fragment\"\nfinish\n";
    assert_eq!(against(script, None).verdict, Verdict::Pass);
}

#[test]
fn silence_fails_at_the_line_that_waits() {
    let outcome = against("> ping \"p\"\n< pong \"p\"\n", Some(Flaw::NeverAnswers));
    let (line, headline, requirement) = failure(&outcome);
    assert_eq!(line, 2);
    assert_eq!(headline, "expected a pong \"p\", got nothing more within 2s");
    assert_eq!(requirement, "rfc6455#5.5.2:2");
}

#[test]
fn either_order_of_a_conjunction_does() {
    let both = [Frame::new(Opcode::PONG, "p"), Frame::new(Opcode::TEXT, "t")];
    let reversed = [both[1].clone(), both[0].clone()];
    for frames in [&both, &reversed] {
        assert_eq!(against_frames("< pong \"p\" & text \"t\"\n", frames, false).verdict, Verdict::Pass);
    }
    let (_, headline, _) = failure(&against_frames("< pong \"p\" & text \"t\"\n", &both[..1], true));
    assert_eq!(headline, "expected a pong \"p\" and a text message \"t\", got the end of the stream");
}

#[test]
fn pings_are_answered_and_unsolicited_pongs_passed_over() {
    let frames =
        [Frame::new(Opcode::PING, "1"), Frame::new(Opcode::PONG, "?"), Frame::new(Opcode::TEXT, "t")];
    let outcome = against_frames("< text \"t\"\n", &frames, false);
    assert_eq!(outcome.verdict, Verdict::Pass);
}

#[test]
fn anything_else_that_was_not_expected_fails() {
    let outcome = against_frames("< text \"a\"\n", &[Frame::new(Opcode::BINARY, "a")], false);
    assert_eq!(failure(&outcome).1, "expected a text message \"a\", got a binary message \"a\"");
}

#[test]
fn a_recommended_line_that_is_missing_makes_the_verdict_lenient() {
    let outcome = against_frames("<? text \"a\"\n< text \"b\"\n", &[Frame::new(Opcode::TEXT, "b")], false);
    assert_eq!(outcome.verdict.word(), "lenient");
}

#[test]
fn an_allowed_line_that_is_missing_does_not_matter() {
    let outcome = against_frames("<~ text \"a\"\n< text \"b\"\n", &[Frame::new(Opcode::TEXT, "b")], false);
    assert_eq!(outcome.verdict, Verdict::Pass);
}

#[test]
fn failing_the_connection_is_a_close_frame_with_its_code_and_the_end() {
    let fails = |frames: &[Frame], closes| against_frames("< fail 1002\n", frames, closes);
    assert_eq!(fails(&[close(1002)], true).verdict, Verdict::Pass);
    assert_eq!(fails(&[], true).verdict.word(), "lenient");
    assert_eq!(fails(&[close(1003)], true).verdict.word(), "lenient");
    assert_eq!(fails(&[Frame::new(Opcode::CLOSE, "")], true).verdict.word(), "lenient");
    assert_eq!(failure(&fails(&[close(1002)], false)).2, "rfc6455#7.1.7:3");
    let fails_in_time = against_frames("<? fail 1002\n> text \"rest\"\n< fail 1002\n", &[close(1002)], false);
    assert_eq!(failure(&fails_in_time).2, "rfc6455#7.1.7:3");
    assert_eq!(failure(&fails(&[Frame::new(Opcode::TEXT, "on I go")], false)).0, 1);
}

#[test]
fn a_code_that_nobody_may_send_fails_even_where_any_close_will_do() {
    let outcome = against_frames("< close\n", &[close(1005)], true);
    assert_eq!(failure(&outcome).2, "rfc6455#7.4.1:8");
}

#[test]
fn every_byte_is_judged_whatever_the_script_waits_for() {
    let masked = Frame::new(Opcode::TEXT, "t").with_mask(Mask([1, 2, 3, 4]));
    assert_eq!(failure(&against_frames("< text \"t\"\n", &[masked], false)).2, "rfc6455#5.1:5");
    let reserved = Frame::new(Opcode::TEXT, "t").with_rsv(Rsv::RSV2);
    assert_eq!(failure(&against_frames("< text \"t\"\n", &[reserved], false)).2, "rfc6455#5.2:4");
}

#[test]
fn a_wrong_accept_value_fails_any_case() {
    let outcome = against("alive\n", Some(Flaw::WrongAccept));
    assert_eq!(failure(&outcome).2, "rfc6455#4.2.2:33");
}

#[test]
fn lines_after_the_end_are_satisfied_by_it_or_skipped() {
    let script = "<? fail 1007\n> text \"more\"\n< fail 1007\n";
    let outcome = against_frames(script, &[close(1007)], true);
    assert_eq!(outcome.verdict, Verdict::Pass);
    assert!(
        outcome
            .transcript
            .entries
            .iter()
            .any(|entry| matches!(entry.event, wsspec_exchange::Event::Skipped(_)))
    );
}

#[test]
fn what_was_only_allowed_may_come_after_its_time() {
    // The peer answers only the ping: the optional echo times out, and is not missed.
    let outcome = against("> ping \"p\"\n<~ text \"late\"\n< pong \"p\"\n", None);
    assert_eq!(outcome.verdict, Verdict::Pass);
}

#[test]
fn a_refused_handshake_says_nothing_about_a_data_phase_case() {
    let flaw = Flaw::named("refuses-everything");
    if let Some(flaw) = flaw {
        assert_eq!(against("alive\n", Some(flaw)).verdict.word(), "inconclusive");
    }
}

#[test]
fn a_peer_that_sends_without_end_is_cut_off() {
    let frames: Vec<Frame> = (0..20_000).map(|_| Frame::new(Opcode::PING, "!")).collect();
    let outcome = against_frames("< text \"never\"\n", &frames, false);
    assert_eq!(failure(&outcome).0, 1);
    assert!(outcome.transcript.entries.len() <= 4096 && outcome.transcript.omitted > 0);
}

#[test]
fn a_flood_during_a_pause_is_bounded_and_ends_it() {
    let frames: Vec<Frame> = (0..4000).map(|_| Frame::new(Opcode::TEXT, "x".repeat(1000))).collect();
    let outcome = against_frames("wait 3s\nalive\n", &frames, false);
    assert_eq!(failure(&outcome).0, 2);
    let kept: usize = outcome
        .transcript
        .entries
        .iter()
        .map(|entry| match &entry.event {
            wsspec_exchange::Event::Received(received) => received.bytes().len(),
            _ => 0,
        })
        .sum();
    assert!(kept < 3 << 20, "{kept} bytes are kept");
}

#[test]
fn an_announced_giant_costs_no_memory_and_fails() {
    let giant = Frame::new(Opcode::BINARY, "x").with_length(wsspec_wire::Length::minimal(1 << 62));
    let outcome = against_frames("< binary \"x\"\n", &[giant], false);
    assert!(failure(&outcome).1.contains("larger than anything expected"), "{:?}", outcome.verdict);
}

#[test]
fn a_case_of_a_recommendation_is_at_most_lenient() {
    let mut should = (*trial("< text \"t\"\n")).clone();
    should.requirement = wsspec_wire::RequirementId::parse("rfc6455#5.2:23").unwrap();
    should.level = wsspec_wire::Level::Should;
    let outcome = play(&should.into(), &setup(), &mut Canned::new(Vec::new(), false), Cut::Whole);
    assert_eq!(outcome.verdict.word(), "lenient");
}

#[test]
fn fields_of_a_response_are_looked_at() {
    let script = "> request\n< response 101\n<   Upgrade: websocket\n<   -Sec-WebSocket-Protocol\n";
    assert_eq!(against(script, None).verdict, Verdict::Pass);
    let script = "> request\n< response 101\n<   Server: nothing-of-the-kind\n";
    assert!(failure(&against(script, None)).1.contains("field `Server: nothing-of-the-kind`"));
}

#[test]
fn a_transcript_judged_again_gives_the_same_verdict() {
    let script = "alive\n> text \"a\"\n< text \"a\"\n> text \"bad\" +rsv2\n< fail 1002\n";
    for flaw in [None, Some(Flaw::NeverAnswers), Some(Flaw::EchoesGarbage), Some(Flaw::ValidatesNothing)] {
        let (trial, setup) = (trial(script), setup());
        let outcome = against(script, flaw);
        let verdict = outcome.verdict.clone();
        let record = outcome.into_record(&trial, Role::Server, 0, 1);
        assert!(record.transcript.iter().any(|entry| entry.event == EventKind::Received));
        assert_eq!(judge(&trial, &setup, &record.transcript, record.omitted), verdict, "{flaw:?}");
    }
}

#[test]
fn a_record_judges_again_what_depends_on_what_its_user_says_of_the_server() {
    let flaw = Some(Flaw::AcceptsForeignOrigin);
    let trial =
        common::server_plan().trials.into_iter().find(|trial| trial.id == "rfc6455/10.2/foreign-origin");
    let (trial, abilities) = (trial.unwrap(), Abilities::of(flaw));
    let outcome = play(&trial, &abilities.setup(), &mut Peer::with(Flaw::AcceptsForeignOrigin), Cut::Whole);
    let verdict = outcome.verdict.clone();
    assert!(verdict.is_fail(), "{verdict:?}");
    let played = outcome.into_record(&trial, Role::Server, 0, 1);
    let again = |declared: Declared| {
        let record = Record { declared, ..record() };
        let setup = Arc::new(Setup::recorded(&record, "example.com", "/"));
        judge(&trial, &setup, &played.transcript, played.omitted)
    };
    assert_eq!(again(abilities.setup().declared.clone()), verdict);
    assert!(matches!(again(Declared::default()), Verdict::Skip { .. }));
}

/// A record without trials.
fn record() -> Record {
    let peer = PeerProfile { echo: true, pong: true, ..PeerProfile::default() };
    Record {
        format: FORMAT,
        wsspec: String::new(),
        started: String::new(),
        duration_us: 0,
        role: Role::Server,
        target: "ws://example.com/".into(),
        seed: 0,
        options: Vec::new(),
        declared: Declared::default(),
        guide: Guide::default(),
        peer,
        limits: LimitsRecord::default(),
        incidents: Vec::new(),
        process: None,
        deaths: Vec::new(),
        aborted: None,
        trials: Vec::new(),
    }
}

#[test]
fn a_short_record_has_the_start_of_long_payloads_if_the_trial_passed() {
    let script =
        "> binary random(1,1000)\n< binary random(1,1000)\n> text \"a\"*1000\n< text \"a\"*1000\nfinish\n";
    let trial = trial(script);
    let played =
        |flaw: Option<Flaw>| play(&trial, &setup(), &mut flaw.map_or_else(Peer::new, Peer::with), Cut::Whole);
    let long = |record: &TrialRecord| -> Vec<_> {
        let is_data = |entry: &&EntryRecord| entry.text.contains("binary") || entry.text.contains("text");
        let entries = record.transcript.iter().filter(is_data);
        entries
            .map(|entry| (entry.event, entry.text.len() > 100, entry.text.ends_with(" len:1000")))
            .collect()
    };
    let outcome = played(None);
    assert_eq!(outcome.verdict, Verdict::Pass);
    let record = outcome.clone().into_short_record(&trial, Role::Server, 0, 1);
    let text = [(EventKind::Sent, false, false), (EventKind::Received, false, false)];
    let cut = [(EventKind::Sent, false, false), (EventKind::Oversize, true, true)];
    assert_eq!(long(&record), [cut, text].concat(), "{:?}", record.transcript);
    let record = outcome.into_record(&trial, Role::Server, 0, 1);
    let whole = [(EventKind::Sent, false, false), (EventKind::Received, true, false)];
    assert_eq!(long(&record), [whole, text].concat(), "{:?}", record.transcript);

    let failed = played(Some(Flaw::EchoesGarbage));
    assert!(failed.verdict.is_fail());
    let record = failed.into_short_record(&trial, Role::Server, 0, 1);
    assert!(
        record.transcript.iter().all(|entry| entry.event != EventKind::Oversize),
        "{:?}",
        record.transcript
    );
}

#[test]
fn a_record_without_a_payload_is_not_judged_for_want_of_it() {
    let trial = trial("> text \"echo\"\n< text \"echo\"\nfinish\n");
    let outcome = play(&trial, &setup(), &mut Peer::new(), Cut::Whole);
    assert_eq!(outcome.verdict, Verdict::Pass);
    let mut record = outcome.into_record(&trial, Role::Server, 0, 1);
    let echo = record
        .transcript
        .iter_mut()
        .find(|entry| entry.text == "text \"echo\"" && entry.event == EventKind::Received);
    let echo = echo.unwrap();
    (echo.event, echo.text) = (EventKind::Oversize, "text \"\" len:4".into());
    let why = "cannot be judged again: the payload of a frame was not kept".to_owned();
    assert_eq!(judge(&trial, &setup(), &record.transcript, record.omitted), Verdict::Inconclusive { why });
}

#[test]
fn a_trial_ends_where_a_declined_offer_leaves_nothing_to_compress() {
    let script = "> request\n>   Sec-WebSocket-Extensions: permessage-deflate\n< response 101\n\
                  > text \"a\" deflate\n< text \"a\"\nfinish\n";
    let reason = "the peer declined the offer of permessage-deflate".to_owned();
    assert_eq!(against(script, Some(Flaw::DeclinesOffers)).verdict, Verdict::Skip { reason });
    assert_eq!(against(script, None).verdict, Verdict::Pass);
    let better = script.replace("< response 101\n", "< response 101\n<? ping\n");
    assert!(matches!(against(&better, Some(Flaw::DeclinesOffers)).verdict, Verdict::Lenient { .. }));
}

#[test]
fn a_flood_of_pings_ends_with_the_trial() {
    let mut exchange = Exchange::new(trial("> text \"a\"\n< text \"a\"\n"), setup());
    let mut flood = Vec::new();
    (0..64).for_each(|_| Frame::new(Opcode::PING, "p").encode(&mut flood));
    let (mut now, mut written) = (Moment::START, 0);
    let mut peer = Peer::new();
    loop {
        match exchange.next(now) {
            Action::Done => break,
            Action::Write(bytes) if written == 0 => {
                peer.receive(&bytes);
                for output in peer.take() {
                    if let PeerOutput::Write(response) = output {
                        exchange.receive(Input::Bytes(&response), now);
                    }
                }
            }
            _ => {}
        }
        written += 1;
        // The next pings arrive before the pongs to the last ones are sent.
        exchange.receive(Input::Bytes(&flood), now);
        now = now + Duration::from_millis(10);
        assert!(written < 10_000, "the flood never ends");
    }
    let Verdict::Inconclusive { why } = exchange.finish("").verdict else {
        panic!("a flood decides nothing")
    };
    assert!(why.starts_with("the trial took longer than"), "{why}");
}
