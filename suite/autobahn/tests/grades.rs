//! Each kind of expectation, met and not met: which flaws of a peer get which verdicts, in which words.

mod peer;

use std::time::Duration;

use peer::{Flaw, PROMPT, Pacing, played, played_as, served};
use wsspec_autobahn::{Behavior, CaseResult, CloseBehavior, ProtocolOptions, SessionPace, all};

fn grades(result: &CaseResult) -> (&'static str, &'static str) {
    (result.behavior.as_str(), result.behavior_close.as_str())
}

fn graded(id: &str, flaw: Flaw) -> (&'static str, &'static str) {
    grades(&played(id, flaw))
}

#[test]
fn a_good_server_passes_every_case_without_compression() {
    for case in all().iter().filter(|case| case.id.category() < 12) {
        let result = played(&case.id.to_string(), Flaw::None);
        let informational = matches!(case.id.to_string().as_str(), "7.1.6" | "7.13.1" | "7.13.2");
        let expected = if informational { "INFORMATIONAL" } else { "OK" };
        assert_eq!(
            grades(&result),
            (expected, expected),
            "{}: {} {}",
            case.id,
            result.result,
            result.result_close
        );
        assert!(result.is_settled(), "{}", case.id);
    }
}

#[test]
fn a_good_client_passes_every_case_without_compression() {
    for case in all().iter().filter(|case| case.id.category() < 9) {
        let result = served(&case.id.to_string(), Flaw::None, "");
        let informational = matches!(case.id.to_string().as_str(), "7.1.6" | "7.13.1" | "7.13.2");
        let expected = if informational { "INFORMATIONAL" } else { "OK" };
        assert_eq!(
            grades(&result),
            (expected, expected),
            "{}: {} {}",
            case.id,
            result.result,
            result.result_close
        );
    }
}

#[test]
fn compression_is_judged_by_what_comes_back() {
    for id in ["12.1.3", "12.2.11", "13.3.3", "13.7.2"] {
        let result = played(id, Flaw::None);
        assert_eq!(
            (grades(&result), result.result.as_str()),
            (("OK", "OK"), "Ok, received all echo'ed messages in time.")
        );
    }
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    assert_eq!(grades(&served("13.5.3", Flaw::None, offer)), ("OK", "OK"));
}

#[test]
fn compression_that_is_declined_is_unimplemented() {
    assert_eq!(graded("12.1.1", Flaw::NoDeflate), ("UNIMPLEMENTED", "OK"));
    assert_eq!(grades(&served("13.3.1", Flaw::None, "")), ("UNIMPLEMENTED", "OK"));
}

#[test]
fn a_different_echo_fails_with_the_difference() {
    let said = |id: &str, flaw| {
        let result = played(id, flaw);
        assert_eq!(grades(&result), ("FAILED", "OK"), "{id} {flaw:?}");
        result.result
    };
    // Nothing closes this one before its time limit, with 1001.
    let result = played("1.1.2", Flaw::ChangesByte);
    assert_eq!((grades(&result), result.duration), (("FAILED", "WRONG CODE"), 1000));
    assert_eq!(result.result, "Actual events differ from any expected.");
    assert_eq!(
        said("9.1.1", Flaw::Shortens),
        "Expected text message with payload of length 65536, but got 65535."
    );
    assert_eq!(said("9.1.1", Flaw::OtherKind), "Expected text message with payload, but got binary.");
    let type_or_length = "Echo'ed message type or length differs from what I sent (got binary = ";
    assert_eq!(said("9.7.2", Flaw::OtherKind), format!("{type_or_length}True, payload length = 16)."));
    assert_eq!(said("9.8.2", Flaw::Shortens), format!("{type_or_length}True, payload length = 15)."));
    assert_eq!(
        said("12.1.1", Flaw::OtherKind),
        "Echo'ed message type differs from what I sent (got binary True, expected binary False)."
    );
    assert_eq!(
        said("12.1.1", Flaw::Shortens),
        "Echo'ed message length differs from what I sent (got length 15, expected length 16)."
    );
    let contents = said("12.1.1", Flaw::ChangesByte);
    assert!(
        contents.starts_with("Echo'ed message contents differs from what I sent (got SHA1 "),
        "{contents}"
    );
}

#[test]
fn a_pong_with_another_payload_fails() {
    assert_eq!(graded("2.2", Flaw::WrongPong), ("FAILED", "OK"));
}

#[test]
fn a_late_message_fails() {
    let said = |id: &str| played(id, Flaw::OnlyCloses).result;
    assert_eq!(said("9.1.1"), "Did not receive message within 10 seconds.");
    assert_eq!(said("9.7.1"), "Case did not finish within 60 seconds.");
    assert_eq!(said("12.1.1"), "Case did not finish within 60 seconds.");
    let silent = played("1.1.2", Flaw::Silent);
    assert_eq!((grades(&silent), silent.duration), (("FAILED", "UNCLEAN"), 2000));
    assert!(!silent.is_settled());
}

#[test]
fn failing_before_the_first_message_is_echoed_is_not_strict() {
    let result = played("3.2", Flaw::FailsFirst);
    assert_eq!(
        (grades(&result), result.result.as_str()),
        (("NON-STRICT", "OK"), "Actual events match at least one expected.")
    );
}

#[test]
fn a_connection_that_never_opens_fails() {
    for flaw in [Flaw::Refuses, Flaw::NeverOpens] {
        let result = played("2.7", flaw);
        assert_eq!(grades(&result), ("FAILED", "FAILED"), "{flaw:?}");
        assert_eq!(result.result_close, "The WebSocket opening handshake was never completed!");
        assert_eq!(result.duration, 0);
    }
}

#[test]
fn ending_tcp_without_a_closing_handshake_is_unclean() {
    let result = played("1.1.2", Flaw::Drops);
    assert_eq!(grades(&result), ("FAILED", "FAILED"));
    assert_eq!(result.result_close, "The connection was failed by the wrong endpoint");
    let result = played("7.7.1", Flaw::Drops);
    assert_eq!(grades(&result), ("OK", "UNCLEAN"));
    assert_eq!(result.result_close, "The spec requires the connection to be failed cleanly here");
}

#[test]
fn a_violation_that_goes_unnoticed_ends_by_the_wrong_endpoint() {
    let result = played("3.1", Flaw::Silent);
    assert_eq!((result.behavior, result.behavior_close), (Behavior::Ok, CloseBehavior::Failed));
    assert_eq!(result.result_close, "The connection was failed by the wrong endpoint");
    assert_eq!(graded("3.1", Flaw::Accepts), ("FAILED", "FAILED"));
    assert_eq!(graded("6.3.1", Flaw::Silent), ("FAILED", "FAILED"));
}

#[test]
fn ending_tcp_is_one_way_to_fail_a_connection() {
    assert_eq!(graded("3.1", Flaw::EndsTcp), ("OK", "OK"));
}

#[test]
fn a_wrong_close_code_is_reported_with_the_right_ones() {
    let result = played("1.1.2", Flaw::WrongCode);
    assert_eq!(grades(&result), ("OK", "WRONG CODE"));
    assert_eq!(result.result_close, "The close code should have been 1000 or empty");
    let result = played("7.7.10", Flaw::WrongCode);
    assert_eq!(grades(&result), ("FAILED", "WRONG CODE"));
    assert_eq!(result.result, "The close code should have been 1000,3000 or empty");
}

#[test]
fn a_server_that_leaves_tcp_to_the_client_is_reported() {
    let result = played("1.1.2", Flaw::KeepsTcp);
    assert_eq!((grades(&result), result.duration), (("OK", "FAILED BY CLIENT"), 1000));
    assert_eq!(result.result_close, "It is preferred that the server close the TCP connection");
    assert_eq!(grades(&served("1.1.2", Flaw::KeepsTcp, "")), ("OK", "OK"));
}

#[test]
fn what_is_only_noted_is_noted_in_words() {
    assert_eq!(played("7.1.6", Flaw::None).result, "Actual events differ from any expected.");
    let closed = played("7.1.6", Flaw::OnlyCloses);
    assert_eq!(closed.result, "Close was processed before text message could be returned.");
    assert_eq!(played("7.13.1", Flaw::None).result, "Actual events are undefined by the spec.");
}

#[test]
fn text_that_is_seen_to_be_bad_at_the_end_only_is_not_strict() {
    for id in ["6.4.3", "6.4.4"] {
        let (early, late) = (played(id, Flaw::None), played(id, Flaw::LateUtf8));
        assert_eq!((grades(&early), early.duration), (("OK", "OK"), 50), "{id}");
        assert_eq!((grades(&late), late.duration), (("NON-STRICT", "OK"), 100), "{id}");
        assert!(early.is_settled() && late.is_settled(), "{id}");
    }
}

#[test]
fn pauses_last_as_long_as_the_peer_takes_to_answer_several_times() {
    let slow = Pacing { opening: Duration::from_millis(100), ..PROMPT };
    assert_eq!(played_as("6.4.3", Flaw::LateUtf8, slow, ProtocolOptions::default()).duration, 800);
    let patient = Pacing { pace: SessionPace::Patient, ..PROMPT };
    assert_eq!(played_as("6.4.3", Flaw::LateUtf8, patient, ProtocolOptions::default()).duration, 2000);
}

#[test]
fn a_verdict_is_not_settled_where_the_peer_answers_more_slowly_than_it_was_waited_for() {
    let slow = Pacing { answers: Duration::from_millis(20), ..PROMPT };
    let late = played_as("6.4.3", Flaw::LateUtf8, slow, ProtocolOptions::default());
    assert_eq!((grades(&late), late.is_settled()), (("NON-STRICT", "OK"), false));
    let early = played_as("6.4.3", Flaw::None, slow, ProtocolOptions::default());
    assert_eq!((grades(&early), early.is_settled()), (("OK", "OK"), false));
}

#[test]
fn what_arrived_in_one_piece_is_not_settled_until_it_was_sent_in_several() {
    let quick = played("3.4", Flaw::FailsFirst);
    let patient = Pacing { pace: SessionPace::Patient, ..PROMPT };
    let slow = played_as("3.4", Flaw::FailsFirst, patient, ProtocolOptions::default());
    assert!(slow.is_settled() && slow.behavior == Behavior::Ok, "{}", slow.result);
    assert!(quick.is_settled() || quick.behavior == Behavior::NonStrict);
}

#[test]
fn a_masked_frame_of_a_server_is_failed_unless_options_say_otherwise() {
    let result = played("1.1.2", Flaw::WrongMasking);
    assert_eq!(grades(&result), ("FAILED", "UNCLEAN"));
    let options = ProtocolOptions { accept_masked_servers: true, ..ProtocolOptions::default() };
    assert_eq!(grades(&played_as("1.1.2", Flaw::WrongMasking, PROMPT, options)), ("OK", "OK"));
    let dropped = ProtocolOptions { fail_by_drop: true, ..ProtocolOptions::default() };
    assert_eq!(grades(&played_as("1.1.2", Flaw::WrongMasking, PROMPT, dropped)), ("FAILED", "FAILED"));
}
