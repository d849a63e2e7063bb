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
    for seed in 0..10_000 {
        let prediction = predict(&seeded::session(seed, Role::Client), Abilities::ALL_OF_CLIENT);
        let (mut client, setup) = client(None, seed);
        let outcome = play(&trial(&prediction), &Arc::new(setup), &mut client);
        let found = matches!(outcome.verdict, Verdict::Pass | Verdict::Lenient { .. });
        assert!(found, "{seed}: {:?}\n{}", outcome.verdict, prediction.script);
    }
}
