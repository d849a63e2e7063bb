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
    for seed in 0..1000 {
        let abilities = if seed % 2 == 0 { Abilities::ALL } else { Abilities::ALL_OF_CLIENT };
        let prediction = predict(&crate::seeded::session(seed, abilities.role()), abilities);
        let text = prediction.script.to_string();
        let read: Script = text.parse().unwrap_or_else(|error| panic!("{error:?}: {text}"));
        let numbers = |script: &Script| script.lines.iter().map(|line| line.number).collect::<Vec<_>>();
        assert_eq!(numbers(&read), numbers(&prediction.script), "{text}");
        assert_eq!(read, prediction.script, "{text}");
    }
}

#[test]
fn a_prediction_is_its_own_sessions() {
    for seed in 0..1000 {
        let abilities = if seed % 2 == 0 { Abilities::ALL } else { Abilities::ALL_OF_CLIENT };
        let once = predict(&crate::seeded::session(seed, abilities.role()), abilities);
        let twice = predict(&once.session, abilities);
        assert_eq!(twice.script.to_string(), once.script.to_string(), "{}", once.session);
    }
}

#[test]
fn every_transition_on_the_way_is_possible_and_all_are_taken() {
    for abilities in [Abilities::ALL, Abilities::ALL_OF_CLIENT] {
        let role = abilities.role();
        let mut taken = std::collections::BTreeSet::new();
        for seed in 0..100_000 {
            for transition in predict(&crate::seeded::session(seed, role), abilities).path {
                assert!(transition.is_possible(role), "{transition}");
                taken.insert(transition);
            }
        }
        let missing: Vec<_> =
            Transition::all(role).filter(|transition| !taken.contains(transition)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}

fn script_of_client(session: &str) -> String {
    predict(&FuzzSession::parse(session).unwrap(), Abilities::ALL_OF_CLIENT).script.to_string()
}

#[test]
fn a_close_frame_within_a_message_is_a_control_frame_between_fragments() {
    for session in ["> text \"a\" -fin\n> close 1000\n", "> text \"a\" -fin\n"] {
        let prediction = predict(&FuzzSession::parse(session).unwrap(), Abilities::ALL);
        // That the message has not ended may be called an error.
        let expected = "> text \"a\" -fin\n> close 1000\n< close | close 1002\n";
        assert_eq!(prediction.script.to_string(), expected);
        assert_eq!(prediction.owed.last().unwrap().requirement, "rfc6455#5.4:14");
    }
}

#[test]
fn an_opening_handshake_may_be_cut_and_nothing_is_owed_for_it() {
    let end = "<~ response | eof\n";
    for session in ["> request\n> reset\n", "> raw \"GET / HTT\"\n> eof\n", "chop 3\n> request\n> eof\n"] {
        assert_eq!(script(session), format!("{session}{end}"));
    }
    let trickle = "chop 1\n> request\n> text \"a\"\n";
    assert!(script(trickle).starts_with("chop 1\n> request\n< accepted |? eof\n"), "{}", script(trickle));
    let pieces = "chop 9\n> request\n> text \"a\"\n";
    assert!(script(pieces).starts_with("chop 9\n> request\n< accepted\n"), "{}", script(pieces));
    assert_eq!(script("> raw \"GET\"\n"), format!("> raw \"GET\"\n> eof\n{end}"));
    assert_eq!(script("> raw \"POST\"\n"), "finish\n");
}

#[test]
fn thousands_of_messages_come_back_in_order() {
    let session = "repeat 3000\n> text \"a\"\n> pong \"b\"\n> binary x\"00\"\nend\n";
    let echoes = "repeat 3000\n< text \"a\"\n< binary x\"00\"\nend\nfinish\n";
    assert_eq!(script(session), format!("{session}{echoes}"));
    assert_eq!(script("repeat 9\n> ping \"a\"\nend\n"), "finish\n");
}

#[test]
fn a_client_is_sent_no_masks_and_a_response() {
    let refused = "< request\n> response 101\n>   -Upgrade\n< eof |? fail\n";
    assert_eq!(script_of_client("> response 101\n>   -Upgrade\n> text \"a\"\n"), refused);
    let masked = "alive\n> ping \"a\" mask:00000000\n< eof | fail\n";
    assert_eq!(script_of_client("> ping \"a\" mask:00000000\n"), masked);
    assert_eq!(script_of_client("> request\n> text \"a\"\n"), "> text \"a\"\n< text \"a\"\nfinish\n");
    assert_eq!(script_of_client("> raw x\"81 05\"\n"), "> raw x\"81 05\"\n");
}

#[test]
fn what_has_to_be_accepted_is_named_by_the_unusual_thing_in_the_session() {
    let named = |session: &str| {
        let prediction = predict(&FuzzSession::parse(session).unwrap(), Abilities::ALL);
        prediction.owed[0].requirement
    };
    assert_eq!(named("> request\n>   Connection: keep-alive, Upgrade\n"), "rfc6455#4.2.1:20");
    assert_eq!(named("> request\n>   Host last\n"), "rfc6455#4.2.1:5");
    assert_eq!(named("> request\n"), "rfc6455#4.2.2:1", "nothing is unusual");
    assert_eq!(named("> pong \"p\"\nalive\n"), "rfc6455#5.5.3:4");
    assert_eq!(named("> text \"ab\" split:1\n"), "rfc6455#5.4:17");
}
