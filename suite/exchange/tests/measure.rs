//! `measure` lines: what an exchange asks for, how samples affect the verdict, and that a record replays.

use std::{sync::Arc, time::Duration};

use wsspec_catalogue::Trial;
use wsspec_exchange::{Action, Exchange, Input, Moment, Outcome, judge};
use wsspec_peer::{Peer, PeerOutput};
use wsspec_record::{EventKind, Usage, Verdict};
use wsspec_wire::Role;

mod common;

use common::{setup, trial};

fn usage(memory: u64, cpu: u64, descriptors: u32) -> Usage {
    Usage { memory, cpu: Duration::from_millis(cpu), descriptors: Some(descriptors), threads: Some(1) }
}

/// Plays a script against a conforming peer with these samples, in order. Also returns what was asked for with each.
fn play(trial: &Arc<Trial>, samples: &[Usage]) -> (Outcome, Vec<Option<u32>>) {
    let mut peer = Peer::new();
    let mut exchange = Exchange::new(trial.clone(), setup());
    let (mut now, mut samples, mut asked) = (Moment::START, samples.iter(), Vec::new());
    loop {
        match exchange.next(now) {
            Action::Write(bytes) => peer.receive(&bytes),
            Action::Gap | Action::Terminate => {}
            Action::Shutdown | Action::Reset => peer.end(),
            Action::Measure(at_most) => {
                asked.push(at_most);
                exchange.receive(Input::Usage(samples.next().copied()), now);
            }
            Action::Wait(until) => {
                let arrived = peer.take();
                now = if arrived.is_empty() { until } else { now + Duration::from_micros(10) };
                for output in arrived {
                    match output {
                        PeerOutput::Write(bytes) => exchange.receive(Input::Bytes(&bytes), now),
                        PeerOutput::Close => exchange.receive(Input::Eof, now),
                        PeerOutput::Reset => exchange.receive(Input::Reset, now),
                    }
                }
            }
            Action::Done => return (exchange.finish("cut short"), asked),
        }
    }
}

/// The verdict, which replaying the record must give, too.
fn verdict(script: &str, samples: &[Usage]) -> Verdict {
    let trial = trial(script);
    let (outcome, _) = play(&trial, samples);
    let record = outcome.into_record(&trial, Role::Server, 0, 1);
    assert_eq!(judge(&trial, &setup(), &record.transcript, 0), record.verdict, "{script}");
    let measured = record.transcript.iter().filter(|entry| entry.event == EventKind::Measured);
    assert_eq!(measured.count(), samples.len());
    record.verdict
}

fn failure(verdict: &Verdict) -> (usize, &str) {
    match verdict {
        Verdict::Fail { failure } => (failure.line, &failure.actual),
        other => panic!("{other:?}"),
    }
}

const HELD: &str = "alive\nmeasure\n> ping \"p\"\n< pong \"p\"\nmeasure held 1KiB\nalive\n";

#[test]
fn memory_within_its_bound_passes_and_beyond_it_fails() {
    assert_eq!(verdict(HELD, &[usage(5000, 0, 9), usage(6024, 0, 9)]), Verdict::Pass);
    let broken = verdict(HELD, &[usage(5000, 0, 9), usage(6025, 0, 9)]);
    assert_eq!(failure(&broken), (5, "1025 bytes more after 7 bytes were sent"));
}

#[test]
fn time_that_grows_with_the_square_of_what_is_sent_fails() {
    let script = "measure\n> binary \"a\"*1000\n< binary \"a\"*1000\nmeasure\n> binary \"a\"*4000\n\
                  < binary \"a\"*4000\nmeasure linear\n";
    assert_eq!(verdict(script, &[usage(0, 0, 9), usage(0, 100, 9), usage(0, 500, 9)]), Verdict::Pass);
    let broken = verdict(script, &[usage(0, 0, 9), usage(0, 100, 9), usage(0, 1700, 9)]);
    assert_eq!(failure(&broken).0, 7);
}

#[test]
fn descriptors_are_waited_for_and_fail_where_they_stay_open() {
    let script = "connections 20\n> request\n< response 101\n> reset\nmeasure descriptors 3\n";
    let (_, asked) = play(&trial(script), &[usage(0, 0, 10), usage(0, 0, 10)]);
    assert_eq!(asked, [None, Some(13)]);
    assert_eq!(verdict(script, &[usage(0, 0, 10), usage(0, 0, 13)]), Verdict::Pass);
    let broken = verdict(script, &[usage(0, 0, 10), usage(0, 0, 14)]);
    assert_eq!(failure(&broken), (5, "14"));
}

#[test]
fn a_bound_holds_after_the_peer_has_ended_the_connection() {
    let script = "alive\nmeasure\n> raw x\"ffffff\"\n<~ fail\nmeasure held 10\n";
    assert_eq!(verdict(script, &[usage(0, 0, 9), usage(10, 0, 9)]), Verdict::Pass);
    assert_eq!(failure(&verdict(script, &[usage(0, 0, 9), usage(11, 0, 9)])).0, 5);
}

#[test]
fn without_a_sample_nothing_is_said() {
    let (outcome, _) = play(&trial(HELD), &[]);
    assert!(matches!(outcome.verdict, Verdict::Inconclusive { .. }), "{:?}", outcome.verdict);
    let (outcome, _) = play(&trial("measure held 1\nalive\n"), &[usage(0, 0, 0)]);
    let why = "there is no earlier sample to compare with".to_owned();
    assert_eq!(outcome.verdict, Verdict::Inconclusive { why });
}
