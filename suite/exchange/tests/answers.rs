//! Which rule a peer breaks that answers differently than a script asks for: with a close frame, with a reset, in the
//! opening handshake.

use std::sync::Arc;

mod common;

use common::{Canned, Cut, Other, named, play, setup, trial};
use wsspec_catalogue::Trial;
use wsspec_exchange::Setup;
use wsspec_peer::PeerOutput;
use wsspec_wire::{Frame, Opcode};

/// The verdict on a peer that upgrades, sends these frames and ends the stream, whatever it receives.
fn closing(script: &str, frames: &[Frame]) -> (String, Vec<String>) {
    let mut bytes = Vec::new();
    frames.iter().for_each(|frame| frame.encode(&mut bytes));
    let outcome = play(&trial(script), &setup(), &mut Canned::new(bytes, true), Cut::Whole);
    (outcome.verdict.word().to_owned(), named(&outcome.verdict))
}

fn close(code: u16) -> Frame {
    Frame::new(Opcode::CLOSE, code.to_be_bytes().to_vec())
}

fn verdict_of(word: &str, rules: &[&str]) -> (String, Vec<String>) {
    (word.to_owned(), rules.iter().map(|&rule| rule.to_owned()).collect())
}

#[test]
fn an_answer_to_a_good_close_frame_reports_no_error() {
    let wrong = verdict_of("fail", &["rfc6455#6.2:2"]);
    let (pass, bare) = (verdict_of("pass", &[]), "> close\n< close\n");
    let long = "> close 1000 \"*\"*123\n< close\n";
    for code in [1002, 1007] {
        assert_eq!(closing(bare, &[close(code)]), wrong);
        assert_eq!(closing(long, &[close(code)]), wrong);
        assert_eq!(closing("finish\n", &[close(code)]), wrong);
        assert_eq!(closing("> close 1000\n< close 1000 | close \"\" |? close\n", &[close(code)]), wrong);
    }
    for code in [1000, 1001, 1008, 1011, 4000] {
        assert_eq!(closing(bare, &[close(code)]), pass);
    }
    // Either it is an echo, or the close frame that it answers is bad, or unknown to the peer.
    assert_eq!(closing("> close 1002\n< close\n", &[close(1002)]), pass);
    for ours in ["1012", "2999", "1000 x\"ff\"", "x\"61\""] {
        assert_eq!(closing(&format!("> close {ours}\n< close | fail\n"), &[close(1002)]), pass);
    }
    // The peer fails the connection, and our close frame answers its own.
    assert_eq!(closing("< close\n", &[close(1002)]), pass);
}

#[test]
fn an_error_that_is_reported_after_a_good_close_frame_may_be_what_came_behind_it() {
    let lenient = verdict_of("lenient", &["rfc6455#7.1.1:4"]);
    assert_eq!(closing("> close 1000\n> raw x\"ff\"*9\n< close\n", &[close(1002)]), lenient);
    assert_eq!(closing("> close 1000\n> text \"late\"\n< close\n", &[close(1002)]), lenient);
    assert_eq!(closing("> close 1000\n> text \"late\"\n< close\n", &[close(1000)]), verdict_of("pass", &[]));
}

#[test]
fn a_code_that_comes_back_shows_that_nothing_was_noticed() {
    let fails = |code, answer| closing(&format!("> close {code} x\"ff\"\n< fail 1007\n"), &[close(answer)]);
    assert_eq!(fails(1000, 1000), verdict_of("fail", &["rfc6455#5.5.2:2"]));
    assert_eq!(fails(1000, 1007), verdict_of("pass", &[]));
    assert_eq!(fails(1000, 1001), verdict_of("lenient", &["rfc6455#7.1.7:5"]));
    assert_eq!(fails(1007, 1007), verdict_of("pass", &[]));
    // If no code is asked for, an ordinary answer is as good.
    assert_eq!(closing("> close 1000 -mask\n< eof | fail\n", &[close(1000)]), verdict_of("pass", &[]));
    // A valid answer satisfies the line, too.
    assert_eq!(closing("> close 1005\n< fail 1002 |? close 1001\n", &[close(1001)]).0, "lenient");
}

#[test]
fn a_second_close_frame_takes_nothing_away_from_the_first() {
    let noted = verdict_of("lenient", &["rfc6455#5.5.1:15"]);
    assert_eq!(closing("> op:11 \"\"\n< fail 1002\n", &[close(1002), close(1000)]), noted);
    assert_eq!(closing("> op:11 \"\"\n<? close\n< eof\n", &[close(1002), close(1000)]), noted);
    assert_eq!(closing("finish\n", &[close(1000), close(1000)]), noted);
    assert_eq!(closing("> op:11 \"\"\n< fail 1002\n", &[close(1000), close(1002)]).0, "lenient");
}

/// A peer that upgrades, then resets the connection.
struct Resetting(Canned);

impl Other for Resetting {
    fn receive(&mut self, bytes: &[u8]) {
        self.0.receive(bytes);
    }

    fn end(&mut self) {}

    fn take(&mut self) -> Vec<PeerOutput> {
        let outputs = self.0.take().into_iter();
        outputs.map(|output| if output == PeerOutput::Close { PeerOutput::Reset } else { output }).collect()
    }
}

/// The verdict on a peer that sends these frames and then a reset.
fn resetting(script: &str, frames: &[Frame]) -> (String, Vec<String>) {
    let mut bytes = Vec::new();
    frames.iter().for_each(|frame| frame.encode(&mut bytes));
    let outcome = play(&trial(script), &setup(), &mut Resetting(Canned::new(bytes, true)), Cut::Whole);
    (outcome.verdict.word().to_owned(), named(&outcome.verdict))
}

#[test]
fn a_reset_is_no_clean_end() {
    let lenient = verdict_of("lenient", &["rfc6455#7.1.1:2"]);
    let pass = verdict_of("pass", &[]);
    assert_eq!(resetting("> close 1000\n< close\n< eof\n", &[close(1000)]), lenient);
    assert_eq!(resetting("> close 1000\n< close\n<~ eof\n", &[close(1000)]), pass);
    assert_eq!(resetting("finish\n", &[close(1000)]), pass);
    assert_eq!(resetting("< fail 1002\n", &[close(1002)]), pass);
}

#[test]
fn a_reset_that_our_answer_to_an_error_sets_off_is_not_held_against_the_peer() {
    let script = "> op:11 \"\"\n<? close\n< eof\n";
    assert_eq!(resetting(script, &[close(1002)]), verdict_of("pass", &[]));
    assert_eq!(resetting(script, &[close(1000)]), verdict_of("lenient", &["rfc6455#7.1.1:2"]));
}

#[test]
fn a_reset_that_bytes_behind_our_close_frame_set_off_may_take_the_answer_away() {
    let lenient = verdict_of("lenient", &["rfc6455#7.1.1:2"]);
    assert_eq!(resetting("> close 1000\n> ping \"trailing\"\n< close\n< eof\n", &[]), lenient);
    assert_eq!(resetting("> close 1000\n< close\n", &[]).0, "fail");
    assert_eq!(closing("> close 1000\n> ping \"trailing\"\n< close\n", &[]).0, "fail");
}

#[test]
fn a_peer_may_end_the_connection_at_a_big_message_or_at_many_frames() {
    let big = "> binary \"*\"*65536\n< binary \"*\"*65536 | close 1009\nfinish\n";
    let many = "repeat 1000\n> ping \"again\"\nend\n< pong \"again\" | close 1008\nfinish\n";
    let (unclean, silent) =
        (verdict_of("lenient", &["rfc6455#7.1.1:2"]), verdict_of("lenient", &["rfc6455#7.1.7:5"]));
    for script in [big, many] {
        // The reset may have taken its close frame away.
        assert_eq!(resetting(script, &[]), unclean);
        assert_eq!(closing(script, &[]), silent);
        assert_eq!(closing(script, &[Frame::new(Opcode::CLOSE, Vec::new())]), silent);
        assert_eq!(closing(script, &[close(1000)]), silent);
        assert_eq!(closing(script, &[close(4009)]), silent);
        // These say that something else is wrong.
        for code in [1002, 1003, 1007, 1011] {
            assert_eq!(closing(script, &[close(code)]).0, "fail", "{code}");
        }
    }
    let echo = "> close 1008\n< close 1008 | close 1000\n";
    assert_eq!(closing(echo, &[]).0, "fail");
    assert_eq!(closing(big, &[close(1009)]), verdict_of("pass", &[]));
    assert_eq!(closing(many, &[close(1008)]), verdict_of("pass", &[]));
    let small = "> binary \"*\"*8191\n< binary \"*\"*8191 | close 1009\nfinish\n";
    assert_eq!(closing(small, &[close(1000)]).0, "fail");
    assert_eq!(resetting("> binary \"*\"*65536\n< binary \"*\"*65536\nfinish\n", &[]).0, "fail");
    assert_eq!(resetting("> text \"*\" -mask\n< fail 1002 | fail 1009\n", &[]).0, "lenient");
}

/// A peer that answers the first bytes with these, and then ends the stream or not.
struct Answering(Option<(&'static str, bool)>);

impl Other for Answering {
    fn receive(&mut self, _: &[u8]) {}

    fn end(&mut self) {}

    fn take(&mut self) -> Vec<PeerOutput> {
        let Some((bytes, ends)) = self.0.take() else { return Vec::new() };
        let written = (!bytes.is_empty()).then(|| PeerOutput::Write(bytes.into()));
        written.into_iter().chain(ends.then_some(PeerOutput::Close)).collect()
    }
}

/// The verdict on a server that answers an opening handshake with these bytes.
fn opening(script: &str, bytes: &'static str, ends: bool) -> (String, Vec<String>) {
    let must = Arc::new(Trial { also: Vec::new(), ..(*trial(script)).clone() });
    let outcome = play(&must, &setup(), &mut Answering(Some((bytes, ends))), Cut::Whole);
    (outcome.verdict.word().to_owned(), named(&outcome.verdict))
}

#[test]
fn an_answer_to_a_faulty_opening_handshake_breaks_its_own_rule() {
    let refused = |bytes, ends| {
        opening("> request\n>   -Host\n< response 4xx | response 5xx |? response 2xx |? eof\n", bytes, ends)
    };
    assert_eq!(refused("", false), verdict_of("fail", &["rfc6455#4.2.1:3"]));
    assert_eq!(refused("", true), verdict_of("lenient", &["rfc6455#10.7:5"]));
    assert_eq!(refused("HTTP/1.1 400 No\r\n\r\n", true), verdict_of("pass", &[]));
    assert_eq!(refused("HTTP/1.1 200 OK\r\n\r\n", true), verdict_of("pass", &[]));
    assert_eq!(refused("HTTP/1.1 302 No\r\n\r\n", true), verdict_of("fail", &["rfc6455#4.2.1:3"]));
    assert_eq!(refused("400 Bad Request\r\n\r\n", true), verdict_of("fail", &["rfc6455#4.2.2:49"]));
}

#[test]
fn a_refusal_of_a_valid_offer_is_no_way_to_decline_it() {
    let offer = "> request\n>   Sec-WebSocket-Extensions: permessage-deflate\n< accepted\n";
    let refusal = "HTTP/1.1 400 No\r\n\r\n";
    assert_eq!(opening(offer, refusal, true), verdict_of("fail", &["rfc7692#3:4"]));
    assert_eq!(opening("> request\n< accepted\n", refusal, true), verdict_of("fail", &["rfc6455#5.5.2:2"]));
    let lenient = verdict_of("lenient", &["rfc6455#4.2.1:38"]);
    assert_eq!(opening("> request\n< accepted |? response 4xx |? eof\n", refusal, true), lenient);
    assert_eq!(opening("> request\n< accepted |? response 4xx |? eof\n", "", true), lenient);
}

#[test]
fn a_server_may_speak_hixie_to_a_client_that_does() {
    let script = "> request\n>   -Sec-WebSocket-Key\n>   -Sec-WebSocket-Version\n\
                  < response 4xx |? response 101 |? eof\n";
    let head = "HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n";
    let hixie = head.to_owned()
        + "Sec-WebSocket-Origin: http://wsspec.test\r\nSec-WebSocket-Location: ws://example.com/\r\n\r\n";
    assert_eq!(opening(script, hixie.leak(), false), verdict_of("pass", &[]));
    // Without a place of its own, it is the opening handshake of WebSocket.
    let other = head.to_owned() + "\r\n";
    assert_eq!(opening(script, other.leak(), false), verdict_of("fail", &["rfc6455#4.2.2:32"]));
    // It opens no connection of WebSocket, and its frames are not those of WebSocket.
    let answer = head.to_owned() + "Sec-WebSocket-Location: ws://example.com/\r\n\r\n\x0f\x7f\u{80}";
    let answer: &str = answer.leak();
    assert_eq!(opening(script, answer, false), verdict_of("pass", &[]));
    assert_eq!(opening("> request\n< accepted\n", answer, false).0, "fail");
}

/// The same with a peer that greets.
fn closing_after_greeting(script: &str, frames: &[Frame]) -> (String, Vec<String>) {
    let mut bytes = Vec::new();
    frames.iter().for_each(|frame| frame.encode(&mut bytes));
    let greeted = Arc::new(Setup { speaks_unasked: true, ..Setup::clone(&setup()) });
    let outcome = play(&trial(script), &greeted, &mut Canned::new(bytes, true), Cut::Whole);
    (outcome.verdict.word().to_owned(), named(&outcome.verdict))
}

#[test]
fn a_peer_may_say_why_it_fails_the_connection() {
    let script = "> text \"abcd\" -mask\n< fail 1002\n";
    let says = |text: &'static str| closing(script, &[Frame::new(Opcode::TEXT, text), close(1002)]);
    assert_eq!(says("protocol error"), verdict_of("pass", &[]));
    assert_eq!(says("cannot take abcd"), verdict_of("pass", &[]));
    // What it sends back, it has taken.
    let fails = verdict_of("fail", &["rfc6455#5.5.2:2"]);
    for text in ["abcd", "", "> abcd"] {
        assert_eq!(says(text), fails, "{text:?}");
    }
    let binary = [Frame::new(Opcode::BINARY, "protocol error"), close(1002)];
    assert_eq!(closing(script, &binary), fails);
}

#[test]
fn a_peer_that_greets_and_sends_back_what_it_had_to_refuse_has_taken_it() {
    let script = "> text \"abcd\" len:9223372036854775808\n< fail 1002\n";
    let (greeting, taken) = (Frame::new(Opcode::TEXT, "hello"), Frame::new(Opcode::TEXT, ""));
    let fails = verdict_of("fail", &["rfc6455#5.5.2:2"]);
    assert_eq!(closing_after_greeting(script, &[greeting.clone(), taken, close(1002)]), fails);
    let (first, second) =
        (Frame::new(Opcode::TEXT, "ab").with_fin(false), Frame::new(Opcode::CONTINUATION, "cd"));
    assert_eq!(closing_after_greeting(script, &[greeting.clone(), first, second, close(1002)]), fails);
    assert_eq!(closing_after_greeting(script, &[greeting, close(1002)]), verdict_of("pass", &[]));
}

#[test]
fn a_text_that_had_to_be_refused_and_comes_back_was_taken() {
    let script = "> text x\"80\"\n< fail 1007\n";
    let sent_back = Frame::new(Opcode::TEXT, &b"\x80"[..]);
    let fails = verdict_of("fail", &["rfc6455#5.5.2:2"]);
    assert_eq!(closing(script, std::slice::from_ref(&sent_back)), fails);
    assert_eq!(closing(script, &[sent_back, close(1007)]), fails);
}
