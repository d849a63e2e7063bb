//! The model against a conforming server, and a conforming client: it must find nothing.

mod memory;

use std::sync::Arc;

use wsspec_campaign::{
    model::{Abilities, Prediction, predict},
    seeded,
};
use wsspec_catalogue::{Need, Trial};
use wsspec_exchange::Setup;
use wsspec_peer::Peer;
use wsspec_record::Verdict;
use wsspec_wire::{RequirementId, Role};

use self::memory::{client, play, requirements};

/// A trial for a prediction.
fn trial(prediction: &Prediction) -> Arc<Trial> {
    Arc::new(Trial {
        title: "A session".into(),
        needs: if prediction.session.compresses() { vec![Need::PermessageDeflate] } else { Vec::new() },
        seed: 7,
        requirements: requirements(),
        ..Trial::new(
            "fuzz/session",
            RequirementId::parse("rfc6455#5.5.2:2").expect("an id"),
            prediction.script.clone(),
        )
    })
}

#[test]
fn a_server_that_conforms_answers_every_session_as_predicted() {
    let setup = Arc::new(Setup::client("example.com", "/"));
    for seed in 0..20_000 {
        let prediction = predict(&seeded::session(seed, Role::Server), Abilities::ALL);
        let outcome = play(&trial(&prediction), &setup, &mut Peer::new());
        let found = matches!(outcome.verdict, Verdict::Pass | Verdict::Lenient { .. });
        assert!(found, "{seed}: {:?}\n{}", outcome.verdict, prediction.script);
    }
}

#[test]
fn a_client_that_conforms_answers_every_session_as_predicted() {
    let mut skipped = 0;
    for seed in 0..10_000 {
        let prediction = predict(&seeded::session(seed, Role::Client), Abilities::ALL_OF_CLIENT);
        let (mut client, setup) = client(None, seed);
        let outcome = play(&trial(&prediction), &Arc::new(setup), &mut client);
        // An edit that happens to leave the response valid asks nothing.
        let found = matches!(outcome.verdict, Verdict::Pass | Verdict::Lenient { .. } | Verdict::Skip { .. });
        assert!(found, "{seed}: {:?}\n{}", outcome.verdict, prediction.script);
        skipped += usize::from(matches!(outcome.verdict, Verdict::Skip { .. }));
    }
    assert!(skipped < 100, "{skipped} of 10,000 ask nothing");
}
