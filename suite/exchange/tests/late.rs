//! Lines whose time limit has run out, and answers that arrive after it; and endless pings.

use std::{sync::Arc, time::Duration};

mod common;

use common::{setup, trial};
use wsspec_catalogue::Trial;
use wsspec_exchange::{Action, Exchange, Input, Moment, Setup, Waiver};
use wsspec_peer::{Peer, PeerOutput};
use wsspec_record::Verdict;
use wsspec_wire::{Decoded, Decoder, Frame, Opcode, RequirementId};

const START: Moment = Moment::START;

/// An exchange that waits after its opening handshake, with this grace period.
fn opened(script: &str, grace: Duration) -> Exchange {
    opened_with(trial(script), Setup { grace, ..Setup::clone(&setup()) })
}

/// An exchange that waits after its opening handshake.
fn opened_with(trial: Arc<Trial>, setup: Setup) -> Exchange {
    let mut exchange = Exchange::new(trial, Arc::new(setup));
    let mut peer = Peer::new();
    peer.receive(&written(&mut exchange, START));
    for output in peer.take() {
        let PeerOutput::Write(bytes) = output else { panic!("{output:?}") };
        exchange.receive(Input::Bytes(&bytes), START);
    }
    written(&mut exchange, START);
    exchange
}

/// What is written until there is something to wait for.
fn written(exchange: &mut Exchange, now: Moment) -> Vec<u8> {
    let mut all = Vec::new();
    while let Action::Write(bytes) = exchange.next(now) {
        all.extend_from_slice(&bytes);
    }
    all
}

fn frames(bytes: &[u8]) -> Vec<Frame> {
    let mut decoder = Decoder::new(1 << 20);
    decoder.push(bytes);
    let mut frames = Vec::new();
    while let Some(Decoded::Frame(frame)) = decoder.next_frame() {
        frames.push(frame);
    }
    frames
}

fn bytes(opcode: Opcode, payload: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    Frame::new(opcode, payload.to_owned()).encode(&mut bytes);
    bytes
}

fn after(millis: u64) -> Moment {
    START + Duration::from_millis(millis)
}

const SCRIPT: &str = "> text \"a\"\n< text \"a\"\n";
const GRACE: Duration = Duration::from_secs(2);

#[test]
fn a_late_answer_passes_and_is_remarked() {
    let mut exchange = opened(SCRIPT, GRACE);
    written(&mut exchange, after(2000));
    assert!(!exchange.is_done());
    exchange.receive(Input::Bytes(&bytes(Opcode::TEXT, "a")), after(3100));
    assert_eq!(exchange.next(after(3100)), Action::Done);
    let outcome = exchange.finish("not done");
    assert_eq!(outcome.verdict, Verdict::Pass);
    assert_eq!(outcome.remarks[0].text, "this came late, after 3.1 s");
    assert_eq!((outcome.remarks[0].line, outcome.pace.slowest), (2, Duration::from_millis(3100)));
}

#[test]
fn an_answer_to_a_close_frame_that_never_comes_is_not_waited_for() {
    let waiver = Waiver::of([RequirementId::from_static("rfc6455#5.5.1:14")]);
    let setup = Setup { grace: GRACE, waiver, ..Setup::clone(&setup()) };
    let until = START + setup.limits.watch;
    let mut exchange = opened_with(trial("finish\n"), setup);
    assert_eq!(exchange.next(START), Action::Wait(until));
    assert_eq!(exchange.next(until), Action::Done);
    let outcome = exchange.finish("not done");
    assert_eq!(outcome.verdict, Verdict::Pass);
    assert_eq!(outcome.remarks.len(), 1, "{:?}", outcome.remarks);
}

#[test]
fn a_pong_that_never_comes_is_not_waited_for() {
    let setup = Setup { grace: GRACE, answers_pings: false, ..Setup::clone(&setup()) };
    let until = START + setup.limits.watch;
    let about_masks = Trial {
        requirement: RequirementId::from_static("rfc6455#5.2:27"),
        ..Trial::clone(&trial("> ping \"a\"\n< pong \"a\"\n"))
    };
    let mut exchange = opened_with(Arc::new(about_masks), setup);
    assert_eq!(exchange.next(START), Action::Wait(until));
    assert_eq!(exchange.next(until), Action::Done);
    let Verdict::Skip { reason } = exchange.finish("not done").verdict else { panic!() };
    assert_eq!(reason, "the peer does not answer pings");
}

/// The time limit of a line that waits for a pong, in a trial about pings, of a peer whose pongs are known to be missing.
fn limit_of_a_missing_pong(grace: Duration) -> Duration {
    let setup = Setup { grace, answers_pings: false, ..Setup::clone(&setup()) };
    let about_pings = Trial {
        requirement: RequirementId::from_static("rfc6455#5.5.2:2"),
        ..Trial::clone(&trial("> ping \"a\"\n< pong \"a\"\n"))
    };
    match opened_with(Arc::new(about_pings), setup).next(START) {
        Action::Wait(until) => until.0.saturating_sub(START.0),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_missing_pong_has_its_whole_time_only_where_its_silence_counts() {
    let limits = setup().limits;
    assert_eq!(limit_of_a_missing_pong(Duration::ZERO), limits.watch);
    assert_eq!(limit_of_a_missing_pong(GRACE), limits.line);
}

#[test]
fn a_late_and_wrong_answer_fails() {
    let mut exchange = opened(SCRIPT, GRACE);
    written(&mut exchange, after(2000));
    exchange.receive(Input::Bytes(&bytes(Opcode::TEXT, "b")), after(3100));
    assert_eq!(exchange.next(after(3100)), Action::Done);
    assert!(exchange.finish("not done").verdict.is_fail());
}

/// The failure's text for a silence of a peer that answers the late ping, or does not.
fn silence(answers: bool) -> String {
    let mut exchange = opened(SCRIPT, GRACE);
    let asked = frames(&written(&mut exchange, after(2000)));
    let [ping] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(ping.header.opcode, Opcode::PING);
    if answers {
        let mut pong = Vec::new();
        Frame::new(Opcode::PONG, ping.payload.clone()).encode(&mut pong);
        exchange.receive(Input::Bytes(&pong), after(2001));
    }
    assert_eq!(exchange.next(after(3999)), Action::Wait(after(4000)));
    assert_eq!(exchange.next(after(4000)), Action::Done);
    let Verdict::Fail { failure } = exchange.finish("not done").verdict else { panic!("no failure") };
    failure.headline()
}

#[test]
fn a_silence_fails_once_its_grace_is_over_and_says_whether_the_peer_is_alive() {
    let silent = "expected a text message \"a\", got nothing more within 4s";
    assert_eq!(silence(false), silent);
    assert_eq!(silence(true), format!("{silent}; the peer is alive, for it answered a ping after that"));
}

#[test]
fn nothing_is_asked_behind_a_frame_that_is_to_end_all() {
    let mut exchange = opened("> text \"a\" -mask\n< fail 1002\n", GRACE);
    assert!(matches!(exchange.next(after(0)), Action::Wait(_)));
    assert_eq!(frames(&written(&mut exchange, after(2000))), []);
}

#[test]
fn nothing_is_asked_where_a_frame_of_ours_is_not_whole_or_a_close_frame_has_gone_out() {
    for script in ["> text \"a\" -fin\n> raw x\"81\"\n< close\n", "> close 1000\n< close 1000\n"] {
        let mut exchange = opened(script, GRACE);
        assert_eq!(written(&mut exchange, after(2000)), b"", "{script}");
        assert!(!exchange.is_done());
    }
}

#[test]
fn of_pings_without_end_the_last_is_answered_and_not_all_others() {
    let mut exchange = opened("< text \"a\"\n", Duration::ZERO);
    let pings: Vec<u8> = (0..60_000).flat_map(|n| bytes(Opcode::PING, &format!("{n}"))).collect();
    exchange.receive(Input::Bytes(&pings), after(1));
    let pongs = frames(&written(&mut exchange, after(1)));
    assert!(pongs.len() < 17_000, "{}", pongs.len());
    assert!(pongs.iter().all(|frame| frame.header.opcode == Opcode::PONG));
    let payload = |at: Option<&Frame>| at.map(|frame| frame.payload.clone());
    assert_eq!(payload(pongs.first()).as_deref(), Some(&b"0"[..]));
    assert_eq!(payload(pongs.last()).as_deref(), Some(&b"59999"[..]));
}

#[test]
fn a_peer_that_fails_the_connection_for_a_bad_close_frame_may_wait_for_a_good_one() {
    let mut exchange = opened("> close 1000 -mask\n< eof | fail\n", GRACE);
    exchange.receive(Input::Bytes(&bytes(Opcode::CLOSE, "\u{c}A")), after(1));
    assert!(written(&mut exchange, after(1)).is_empty());
    let [close] = &frames(&written(&mut exchange, after(2001)))[..] else { panic!("no close frame") };
    assert_eq!((close.header.opcode, &close.payload[..]), (Opcode::CLOSE, &b"\x0cA"[..]));
    exchange.receive(Input::Eof, after(2100));
    assert_eq!(exchange.next(after(2100)), Action::Done);
    assert_eq!(exchange.finish("not done").verdict, Verdict::Pass);
}

#[test]
fn a_server_that_gives_a_closing_handshake_five_seconds_closes_the_connection() {
    let mut exchange = opened("> op:11 \"\"\n< fail 1002\n", GRACE);
    exchange.receive(Input::Bytes(&bytes(Opcode::CLOSE, "\u{c}A")), after(1));
    written(&mut exchange, after(2001));
    assert!(matches!(exchange.next(after(5000)), Action::Wait(_)));
    exchange.receive(Input::Eof, after(5001));
    assert_eq!(exchange.next(after(5001)), Action::Done);
    assert_eq!(exchange.finish("not done").verdict.word(), "lenient");
}

#[test]
fn each_pong_gives_the_next_one_its_whole_time() {
    let mut exchange =
        opened("> ping \"a\"\n> ping \"b\"\n> ping \"c\"\n<~ pong \"a\"\n< pong \"c\"\n", GRACE);
    for (payload, at) in [("a", 1900), ("b", 3800), ("c", 5700)] {
        assert!(matches!(exchange.next(after(at)), Action::Wait(until) if until > after(at)), "{payload}");
        exchange.receive(Input::Bytes(&bytes(Opcode::PONG, payload)), after(at));
    }
    assert_eq!(exchange.next(after(5700)), Action::Done);
    assert_eq!(exchange.finish("not done").verdict, Verdict::Pass);
}

#[test]
fn pongs_that_answer_nothing_give_no_time() {
    let mut exchange = opened("> ping \"a\"\n< pong \"a\"\n", Duration::ZERO);
    exchange.receive(Input::Bytes(&bytes(Opcode::PONG, "x")), after(1900));
    assert_eq!(exchange.next(after(1900)), Action::Wait(after(2000)));
}

#[test]
fn a_server_that_drops_what_is_idle_after_five_seconds_has_failed_the_connection() {
    let mut exchange = opened("> op:11 \"\"\n< fail 1002\n", GRACE);
    written(&mut exchange, after(2000));
    assert!(matches!(exchange.next(after(7000)), Action::Wait(_)));
    exchange.receive(Input::Eof, after(7001));
    assert_eq!(exchange.next(after(7001)), Action::Done);
    assert_eq!(exchange.finish("not done").verdict.word(), "lenient");
}

#[test]
fn a_server_that_never_ends_a_failed_connection_fails() {
    let mut exchange = opened("> op:11 \"\"\n< fail 1002\n", GRACE);
    written(&mut exchange, after(2000));
    assert_eq!(exchange.next(after(7999)), Action::Wait(after(8000)));
    assert_eq!(exchange.next(after(8000)), Action::Done);
    assert!(exchange.finish("not done").verdict.is_fail());
}
