//! What the model expects, for sessions whose answers are known.

use super::*;

fn script(session: &str) -> String {
    predict(&FuzzSession::parse(session).unwrap(), Abilities::ALL).script.to_string()
}

#[test]
fn a_message_comes_back_and_the_connection_closes() {
    assert_eq!(script("> text \"a\"\n"), "> text \"a\"\n< text \"a\"\nfinish\n");
}

#[test]
fn a_ping_between_fragments_is_answered_in_any_order() {
    let expected = "> text \"a\" -fin\n> ping \"p\"\n> cont \"b\"\n< pong \"p\" & text \"ab\"\nfinish\n";
    assert_eq!(script("> text \"a\" -fin\n> ping \"p\"\n> cont \"b\"\n"), expected);
}

#[test]
fn a_fault_comes_after_a_proof_of_life_and_what_follows_changes_nothing() {
    let expected = "alive\n> text \"a\" +rsv2\n> ping \"later\"\n< fail 1002\n";
    assert_eq!(script("> text \"a\" +rsv2\n> ping \"later\"\n"), expected);
}

#[test]
fn an_echo_may_be_lost_to_a_failure() {
    let expected = "alive\n> text \"good\"\n> op:3\n<~ text \"good\"\n< fail 1002\n";
    assert_eq!(script("alive\n> text \"good\"\n> op:3 \"\"\n"), expected);
}

#[test]
fn invalid_text_is_refused_at_the_latest_when_its_message_ends() {
    let expected = "alive\n> text x\"ff\" -fin\n> cont\n< fail 1007\n";
    assert_eq!(script("> text x\"ff\" -fin\n"), expected);
}

#[test]
fn a_character_may_be_cut_by_a_fragment_and_not_by_a_message() {
    assert!(script("> text x\"ce\" -fin\n> cont x\"ba\"\n").contains("< text \"κ\""));
    assert!(script("> text x\"ce\" -fin\n> cont \"\"\n").ends_with("< fail 1007\n"));
}

#[test]
fn unpredictable_steps_are_left_out() {
    // The rest of a payload would be read as frames.
    assert_eq!(script("> text \"abc\" len:1\n"), "finish\n");
    let none = Abilities { echo: false, ..Abilities::ALL };
    let session = FuzzSession::parse("> text \"a\"\n> ping \"p\"\n").unwrap();
    assert_eq!(predict(&session, none).script.to_string(), "> ping \"p\"\n< pong \"p\"\nfinish\n");
}

#[test]
fn a_frame_that_does_not_end_is_followed_by_the_end_alone() {
    let expected = "> text \"cut\" len:6\n> eof\n<~ eof\n";
    assert_eq!(script("> text \"cut\" len:6\n> ping \"\"\n> eof\n"), expected);
}

#[test]
fn lines_are_counted_as_they_are_printed() {
    for seed in 0..300 {
        let prediction = predict(&crate::seeded::session(seed), Abilities::ALL);
        let text = prediction.script.to_string();
        let read: Script = text.parse().unwrap_or_else(|error| panic!("{error:?}: {text}"));
        let numbers = |script: &Script| script.lines.iter().map(|line| line.number).collect::<Vec<_>>();
        assert_eq!(numbers(&read), numbers(&prediction.script), "{text}");
        assert_eq!(read, prediction.script, "{text}");
    }
}

#[test]
fn a_prediction_is_its_own_sessions() {
    for seed in 0..300 {
        let once = predict(&crate::seeded::session(seed), Abilities::ALL);
        let twice = predict(&once.session, Abilities::ALL);
        assert_eq!(twice.script.to_string(), once.script.to_string(), "{}", once.session);
    }
}

#[test]
fn every_transition_on_the_way_is_possible_and_all_are_taken() {
    let mut taken = std::collections::BTreeSet::new();
    for seed in 0..100_000 {
        for transition in predict(&crate::seeded::session(seed), Abilities::ALL).path {
            assert!(transition.is_possible(), "{transition}");
            taken.insert(transition);
        }
    }
    let missing: Vec<_> = Transition::all().filter(|transition| !taken.contains(transition)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
