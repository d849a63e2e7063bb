//! The model against a server that conforms: it must find nothing.

mod memory;

use std::sync::Arc;

use wsspec_exchange::{Setup, Verdict};
use wsspec_fuzz::{
    model::{Abilities, predict},
    seeded,
};
use wsspec_peer::Peer;

use self::memory::{play, trial};

#[test]
fn a_server_that_conforms_answers_every_session_as_predicted() {
    let setup = Arc::new(Setup::client("example.com", "/"));
    for seed in 0..20_000 {
        let prediction = predict(&seeded::session(seed), Abilities::ALL);
        let outcome = play(&trial(&prediction), &setup, &mut Peer::new());
        let found = matches!(outcome.verdict, Verdict::Pass | Verdict::Lenient { .. });
        assert!(found, "{seed}: {:?}\n{}", outcome.verdict, prediction.script);
    }
}
