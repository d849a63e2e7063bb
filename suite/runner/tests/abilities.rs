//! What the probes find out about a peer decides which trials it gets; peers that do almost nothing pass nothing.

use std::time::Duration;

use futures_util::future::OptionFuture;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep_until},
};
use wsspec_catalogue::{Need, Plan, Trial};
use wsspec_notation::{Expected, Step, Strength};
use wsspec_peer::{Flaw, Habit, Peer, PeerOutput};
use wsspec_record::{EchoedKind, Fence, Record, Verdict};
use wsspec_runner::EmbeddedServer;

mod common;

use common::{Server, assert_all_pass, brief, not_passed, options, patient, plan, run, script, trial};

#[tokio::test]
async fn a_conforming_peer_passes_everything() {
    let server = Server::peer(None).await;
    let mut plan = plan(&[]);
    plan.trials.retain(|trial| !trial.needs.contains(&Need::Process));
    let record = run(&server.url(), &plan, &patient()).await;
    // These tests cannot know what only the command line declares, and the peer speaks one version.
    let is_not_its_own = |verdict: &Verdict| match verdict {
        Verdict::Skip { reason } => {
            reason.contains(": give --")
                || reason.contains("names no other version")
                || reason.contains("not over TLS")
        }
        _ => false,
    };
    let others = not_passed(&record);
    assert!(others.iter().all(|(_, verdict)| is_not_its_own(verdict)), "{others:?}");
    assert!(record.trials.len() == plan.trials.len() && others.len() < 150);
    let peer = &record.peer;
    assert_eq!((peer.echo, peer.pong, peer.deflate, peer.fence), (true, true, true, Fence::Ping));
    assert_eq!(peer.connections, 8);
}

#[tokio::test]
async fn without_pongs_a_fence_is_an_echo_and_the_missing_pong_fails_its_own_case() {
    let server = Server::peer(Some(Flaw::SendsNoPong)).await;
    let plan = plan(&["rfc6455/5.5.2/ping-with-text", "rfc6455/5.5.3/unsolicited-pong", "rfc6455/5.2/rsv1"]);
    let record = run(&server.url(), &plan, &brief()).await;
    let peer = &record.peer;
    assert_eq!((peer.echo, peer.pong, peer.fence), (true, false, Fence::Echo));
    let missing = trial(&record, "rfc6455/5.5.2/ping-with-text");
    let Verdict::Fail { failure } = &missing.verdict else { panic!("{missing:?}") };
    assert_eq!(failure.requirement.as_str(), "rfc6455#5.5.2:2");
    assert_eq!(failure.expected, "a pong \"Hello, world!\"");
    assert!(failure.actual.starts_with("nothing more within "), "{failure:?}");
    let others = not_passed(&record).into_iter().filter(|(id, _)| *id != missing.id);
    assert_eq!(others.collect::<Vec<_>>(), []);
}

/// Answers pings, and never echoes messages.
async fn server_without_echo() -> Server {
    Server::start(|mut stream, _| async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        use wsspec_wire::{Decoder, Frame, Opcode};
        let response = common::accepting(&mut stream, b"mute").await;
        let _ = stream.write_all(&response).await;
        let (mut decoder, mut buffer) = (Decoder::new(1 << 20), vec![0; 4096]);
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            decoder.push(&buffer[..count]);
            while let Some(wsspec_wire::Decoded::Frame(frame)) = decoder.next_frame() {
                let answer = match frame.header.opcode {
                    Opcode::PING => Opcode::PONG,
                    Opcode::CLOSE => Opcode::CLOSE,
                    _ => continue,
                };
                let mut bytes = Vec::new();
                Frame::new(answer, frame.payload).encode(&mut bytes);
                let _ = stream.write_all(&bytes).await;
                if answer == Opcode::CLOSE {
                    return;
                }
            }
        }
    })
    .await
}

#[tokio::test]
async fn without_echoes_what_needs_them_is_skipped_and_pings_are_still_asked_for() {
    let server = server_without_echo().await;
    let plan = plan(&["rfc6455/5.5.2/ping", "rfc6455/5.5.2/longest-ping", "rfc6455/5.4/two-fragments"]);
    let record = run(&server.url(), &plan, &brief()).await;
    assert_eq!((record.peer.echo, record.peer.pong, record.peer.fence), (false, true, Fence::Ping));
    assert_eq!(record.peer.server.as_deref(), Some("mute"));
    for trial in &record.trials {
        let expected = match trial.family() {
            "rfc6455/5.4/two-fragments" => Verdict::Skip { reason: Need::Echo.lacking().to_owned() },
            _ => Verdict::Pass,
        };
        assert_eq!(trial.verdict, expected, "{}", trial.id);
    }
    assert_eq!(record.trials.len(), plan.trials.len());
}

/// What probes find out about a peer with a habit: whether it echoes, what it echoes, whether it speaks unprompted.
fn found(record: &Record) -> (bool, Option<EchoedKind>, bool) {
    let peer = &record.peer;
    (peer.echo, peer.echoes_only, peer.speaks_unasked)
}

#[tokio::test]
async fn a_habit_that_breaks_no_rule_is_found_out_and_fails_nothing() {
    for habit in Habit::ALL {
        let server = Server::with_habit(habit).await;
        let mut plan = plan(&[]);
        plan.trials.retain(|trial| !trial.needs.contains(&Need::Process));
        plan.trials.dedup_by_key(|trial| trial.id.split('[').next().unwrap_or_default().to_owned());
        let record = run(&server.url(), &plan, &patient()).await;
        let (text, binary) = (Some(EchoedKind::Text), Some(EchoedKind::Binary));
        let expected = match habit {
            Habit::Greets | Habit::SendsEvents | Habit::Acknowledges => (true, None, true),
            Habit::ExplainsFailures
            | Habit::ChecksTextByFrame
            | Habit::ChecksTextAtTheEnd
            | Habit::KeepsRefusedConnection
            | Habit::Continues
            | Habit::ClosesWithOwnCode
            | Habit::KeepsEmptyMessages
            | Habit::EchoesOnce
            | Habit::EchoesFirst
            | Habit::LimitsMessages
            | Habit::ClosesOnBigMessages
            | Habit::RefusesLongMessages
            | Habit::TakesNoContextOver
            | Habit::BacksOff => (true, None, false),
            Habit::KeepsMessages => (false, None, false),
            Habit::GreetsAndKeepsMessages | Habit::AnswersWithPrefix => (false, None, true),
            Habit::GreetsAndEchoesAsBinary => (true, binary, true),
            Habit::EchoesTextOnly | Habit::EchoesAsText => (true, text, false),
            Habit::EchoesBinaryOnly | Habit::EchoesAsBinary => (true, binary, false),
        };
        assert_eq!(found(&record), expected, "{habit:?}");
        assert!(record.peer.pong, "{habit:?}");
        assert_eq!(record.peer.drops_empty, habit == Habit::KeepsEmptyMessages, "{habit:?}");
        assert_eq!(record.peer.answers_once, habit == Habit::EchoesOnce, "{habit:?}");
        assert_eq!(record.peer.drops_second, habit == Habit::EchoesFirst, "{habit:?}");
        assert!(!record.peer.drops_fragmented, "{habit:?}");
        let others = not_passed(&record);
        let is_bad = |verdict: &Verdict| match verdict {
            Verdict::Skip { .. } => false,
            // A close frame with a code would say why; a reset may destroy one.
            Verdict::Lenient { notes } => {
                let rules: &[&str] = match habit {
                    Habit::ClosesOnBigMessages => &["rfc6455#7.1.7:5"],
                    // The bad frame comes after its limit.
                    Habit::LimitsMessages => &["rfc6455#7.1.7:5", "rfc6455#5.2:9"],
                    Habit::RefusesLongMessages => &["rfc6455#7.1.7:5", "rfc6455#7.1.1:2"],
                    _ => &[],
                };
                notes.iter().any(|note| !rules.contains(&note.requirement.as_str()))
            }
            _ => true,
        };
        let bad: Vec<_> = others.iter().filter(|(_, verdict)| is_bad(verdict)).collect();
        assert!(bad.is_empty(), "{habit:?}: {bad:?}");
        // Trials that need no echo run for every peer.
        assert!(record.trials.len() - others.len() > plan.trials.len() / 3, "{habit:?}: {}", others.len());
    }
}

/// Plays a conforming peer that sends a text message 20 ms after it has opened the connection.
async fn greet_late(mut stream: TcpStream) {
    let (mut peer, mut buffer) = (Peer::new(), vec![0; 16 << 10]);
    let mut greets_at = None;
    loop {
        for output in peer.take() {
            let PeerOutput::Write(bytes) = output else { return drop(stream.shutdown().await) };
            if bytes.starts_with(b"HTTP/1.1 101 ") {
                greets_at = Some(Instant::now() + Duration::from_millis(20));
            }
            // Nothing may follow a close frame.
            greets_at = greets_at.filter(|_| bytes.first() != Some(&0x88));
            if stream.write_all(&bytes).await.is_err() {
                return;
            }
        }
        let greeting = OptionFuture::from(greets_at.map(sleep_until));
        tokio::select! {
            Some(()) = greeting => {
                greets_at = None;
                if stream.write_all(b"\x81\x07welcome").await.is_err() {
                    return;
                }
            }
            read = stream.read(&mut buffer) => match read {
                Ok(0) | Err(_) => return,
                Ok(count) => peer.receive(&buffer[..count]),
            },
        }
    }
}

#[tokio::test]
async fn a_greeting_that_comes_late_fails_nothing() {
    let server = Server::start(|stream, _| greet_late(stream)).await;
    // The greeting comes while the message is under way.
    let plan = script("chop 1\npause 20ms\n> text \"ab\"\n< text \"ab\"\n", &[]);
    let record = run(&server.url(), &plan, &patient()).await;
    assert_all_pass(&record, 1);
    assert!(record.peer.speaks_unasked);
}

#[tokio::test]
async fn a_peer_that_takes_no_fragments_fails_for_that_alone() {
    let server = Server::peer(Some(Flaw::RefusesFragments)).await;
    let record = run(&server.url(), &plan(&["rfc6455/5.4", "rfc6455/5.6"]), &patient()).await;
    assert!(record.peer.echo && record.peer.drops_fragmented);
    let failed = record.trials.iter().filter_map(|trial| match &trial.verdict {
        Verdict::Fail { failure } => Some((trial.family(), failure.requirement.as_str())),
        _ => None,
    });
    let mut failed: Vec<_> = failed.collect();
    failed.dedup();
    let rule = "rfc6455#5.4:17";
    assert_eq!(failed, [("rfc6455/5.4/two-fragments", rule), ("rfc6455/5.4/auto-fragmented", rule)]);
    let lacking = Verdict::Skip { reason: Need::EchoFragmented.lacking().to_owned() };
    let skipped = record.trials.iter().filter(|trial| trial.verdict == lacking).count();
    assert!(skipped > 30, "{skipped}");
}

#[tokio::test]
async fn a_frame_that_is_sent_back_answers_no_ping() {
    let server = Server::peer(Some(Flaw::ReflectsControlFrames)).await;
    let record = run(&server.url(), &plan(&["rfc6455/5.5.2/ping-with-text"]), &brief()).await;
    assert!(!record.peer.pong);
    assert!(record.trials.iter().all(|trial| trial.verdict.is_fail()), "{:?}", not_passed(&record));
}

/// Trials about frames, not about the opening handshake alone.
fn data_phase() -> Plan {
    let mut plan = plan(&["level:must"]);
    plan.trials.retain(|trial| !trial.script.does_handshake());
    // One member of each family is enough over TCP; the exchange's own tests play all of them.
    plan.trials.dedup_by_key(|trial| trial.id.split('[').next().unwrap_or_default().to_owned());
    plan
}

async fn passed(flaw: Flaw, plan: &Plan) -> Vec<String> {
    let server = Server::peer(Some(flaw)).await;
    let limits = wsspec_runner::RunOptions { jobs: 64, ..options(Duration::from_millis(100)) };
    let record: &Record = &*run(&server.url(), plan, &limits).await;
    assert_eq!((record.aborted.as_deref(), record.trials.len()), (None, plan.trials.len()));
    let passed = record.trials.iter().filter(|trial| trial.verdict == Verdict::Pass);
    passed.map(|trial| trial.id.clone()).collect()
}

#[tokio::test]
async fn a_peer_that_drops_after_the_handshake_passes_nothing() {
    assert_eq!(passed(Flaw::DropsAfterHandshake, &data_phase()).await, [""; 0]);
}

#[tokio::test]
async fn a_peer_that_never_answers_passes_nothing() {
    assert_eq!(passed(Flaw::NeverAnswers, &data_phase()).await, [""; 0]);
}

#[tokio::test]
async fn a_peer_that_echoes_garbage_passes_nothing() {
    assert_eq!(passed(Flaw::EchoesGarbage, &data_phase()).await, [""; 0]);
}

#[tokio::test]
async fn a_peer_that_validates_nothing_passes_nothing_that_it_must_fail() {
    let mut plan = data_phase();
    plan.trials.retain(|trial| wants_failure(trial));
    assert!(plan.trials.len() > 20);
    assert_eq!(passed(Flaw::ValidatesNothing, &plan).await, [""; 0]);
}

/// Whether a script accepts only that the peer fails the connection.
fn wants_failure(trial: &Trial) -> bool {
    trial.script.walk().any(|line| match &line.step {
        Step::Expect(e) => {
            e.strength == Strength::Must && e.expected().all(|expected| matches!(expected, Expected::Fail(_)))
        }
        _ => false,
    })
}

#[tokio::test]
async fn a_large_message_is_echoed_while_it_is_still_written() {
    for size in [256 << 10, 8 << 20] {
        // More messages than the buffers between the two hold: if nobody read the echoes, both sides would block.
        let echoed = script(
            &format!(
                "> binary random(1,{size})\n> binary random(2,{size})\n< binary random(1,{size})\n\
                 < binary random(2,{size})\nfinish\n"
            ),
            &[Need::Echo],
        );
        let server = Server::peer(None).await;
        assert_all_pass(&*run(&server.url(), &echoed, &options(Duration::from_secs(10))).await, 1);
        let embedded = EmbeddedServer::start().unwrap();
        assert_all_pass(&*run(&embedded.url(), &echoed, &options(Duration::from_secs(10))).await, 1);
    }
}

#[tokio::test]
async fn a_server_that_loses_what_comes_first_is_tested_on_all_else() {
    let server = Server::peer(Some(Flaw::LosesFirstSegment)).await;
    let plan =
        plan(&["rfc6455/4.2.2/valid-handshake", "rfc6455/5.5.2/ping-length", "rfc6455/5.2/text-length"]);
    let record = run(&server.url(), &plan, &options(Duration::from_millis(500))).await;
    assert!(record.peer.loses_first && record.peer.pong && record.peer.echo, "{:?}", record.peer);
    let failed: Vec<_> = not_passed(&record).into_iter().map(|(id, verdict)| (id, verdict.word())).collect();
    assert_eq!(failed, [("rfc6455/4.2.2/valid-handshake", "fail")]);
}
