//! Properties of the engine: verdicts do not depend on segmentation, exchanges end whatever the peer sends, and a
//! replayed transcript gives the same verdict.

mod common;

use std::sync::{Arc, LazyLock};

use common::{Abilities, Canned, Cut, play, server_plan, setup, trial};
use proptest::prelude::*;
use wsspec_catalogue::{Plan, Trial};
use wsspec_exchange::judge;
use wsspec_peer::{Flaw, Peer};
use wsspec_record::{EntryRecord, Verdict};
use wsspec_wire::Role;

static PLAN: LazyLock<Plan> = LazyLock::new(server_plan);

/// The parts of a verdict that must not depend on how TCP splits the bytes: its kind, and the rule it names.
fn essence(verdict: &Verdict) -> (&'static str, Option<(usize, String)>) {
    let broken = match verdict {
        Verdict::Fail { failure } => Some((failure.line, failure.requirement.to_string())),
        _ => None,
    };
    (verdict.word(), broken)
}

fn any_flaw() -> impl Strategy<Value = Option<Flaw>> {
    prop_oneof![1 => Just(None), 9 => (0..Flaw::ALL.len()).prop_map(|index| Some(Flaw::ALL[index]))]
}

fn any_trial() -> impl Strategy<Value = Arc<Trial>> {
    (0..PLAN.trials.len()).prop_map(|index| PLAN.trials[index].clone())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_verdict_does_not_depend_on_how_tcp_cut_the_bytes(
        trial in any_trial(),
        flaw in any_flaw(),
        size in prop_oneof![Just(1usize), 2usize..200],
    ) {
        let setup = Abilities::ALL.setup();
        let peer = || flaw.map_or_else(Peer::new, Peer::with);
        let whole = play(&trial, &setup, &mut peer(), Cut::Whole).verdict;
        let cut = play(&trial, &setup, &mut peer(), Cut::Every(size)).verdict;
        prop_assert_eq!(essence(&whole), essence(&cut), "{} against {:?}", trial.id, flaw);
    }

    #[test]
    fn a_recorded_transcript_gives_its_verdict_again(trial in any_trial(), flaw in any_flaw()) {
        let setup = Abilities::ALL.setup();
        let outcome = play(&trial, &setup, &mut flaw.map_or_else(Peer::new, Peer::with), Cut::Whole);
        let verdict = outcome.verdict.clone();
        let record = outcome.into_record(&trial, Role::Server, 0, 1);
        let again = judge(&trial, &setup, &record.transcript, record.omitted);
        let kept = record.omitted == 0 && !record.transcript.iter().any(|entry| entry.event == wsspec_record::EventKind::Oversize);
        prop_assert!(!kept || again == verdict, "{}: {:?} became {:?}", trial.id, verdict, again);
    }

    #[test]
    fn an_exchange_ends_whatever_bytes_the_peer_sends(
        trial in any_trial(),
        bytes in proptest::collection::vec(any::<u8>(), 0..2000),
        closes in any::<bool>(),
        size in 1usize..300,
    ) {
        // `play` panics if the exchange does not end.
        let outcome = play(&trial, &setup(), &mut Canned::new(bytes.clone(), closes), Cut::Every(size));
        let whole = play(&trial, &setup(), &mut Canned::new(bytes, closes), Cut::Whole);
        prop_assert_eq!(essence(&outcome.verdict), essence(&whole.verdict));
    }

    #[test]
    fn judging_arbitrary_records_never_panics(
        entries in proptest::collection::vec(
            (any::<u64>(), "(text|ping|close|raw|op:9) ?(\"[a-z]{0,5}\"|x\"(ff ?){0,9}\")?", 0usize..3), 0..20),
    ) {
        use wsspec_record::EventKind::{Eof, Received, Timeout};
        let transcript: Vec<EntryRecord> = entries
            .into_iter()
            .map(|(at_us, text, kind)| EntryRecord {
                at_us, line: 0, connection: None, event: [Received, Timeout, Eof][kind], text, meaning: None,
            })
            .collect();
        judge(&trial("alive\n< text \"a\"\n< fail 1002\n"), &setup(), &transcript, 0);
    }
}
