//! Frames of STOMP: what is encoded is decoded as it was, however it is split, and each rule can be broken.

use bytes::Bytes;
use proptest::{collection::vec, prelude::*};
use wsspec_layers::stomp::{
    FrameFault, StompDecoded, StompDecoder, StompFrame, StompSeen, StompSession, StompVersion, escaped,
    unescaped,
};

const LIMIT: usize = 1 << 16;

fn decoded(pieces: &[&[u8]], limit: usize) -> Vec<StompDecoded> {
    let mut decoder = StompDecoder::new(limit);
    let mut out = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        while let Some(one) = decoder.decode() {
            out.push(one);
        }
    }
    out
}

fn frames(found: &[StompDecoded]) -> Vec<StompFrame> {
    let frame = |one: &StompDecoded| match one {
        StompDecoded::Frame(frame, _) => Some(frame.clone()),
        _ => None,
    };
    found.iter().filter_map(frame).collect()
}

/// A frame as it can be sent: without line ends in its lines, and with a length if its body has NULs.
fn frame() -> impl Strategy<Value = StompFrame> {
    let line = || vec(any::<u8>().prop_filter("part of a line", |byte| !b"\0\r\n".contains(byte)), 1..12);
    (line(), vec(line(), 0..6), vec(any::<u8>(), 0..40)).prop_map(|(command, lines, body)| {
        let mut lines: Vec<Bytes> =
            lines.into_iter().filter(|line| !line.starts_with(b"content-length")).map(Bytes::from).collect();
        if body.contains(&0) {
            lines.push(format!("content-length:{}", body.len()).into());
        }
        StompFrame { command: command.into(), lines, body: body.into(), fault: None }
    })
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded_as_it_was(all in vec(frame(), 1..5)) {
        let octets: Vec<u8> = all.iter().flat_map(StompFrame::encode).collect();
        prop_assert_eq!(frames(&decoded(&[&octets], LIMIT)), all);
    }

    #[test]
    fn the_split_of_octets_does_not_matter(octets in vec(any::<u8>(), 0..300), size in 1usize..9) {
        let pieces: Vec<&[u8]> = octets.chunks(size).collect();
        prop_assert_eq!(decoded(&pieces, LIMIT), decoded(&[&octets], LIMIT));
    }

    #[test]
    fn the_split_of_frames_does_not_matter(all in vec(frame(), 1..4), size in 1usize..9) {
        let octets: Vec<u8> = all.iter().flat_map(StompFrame::encode).collect();
        let pieces: Vec<&[u8]> = octets.chunks(size).collect();
        prop_assert_eq!(decoded(&pieces, LIMIT), decoded(&[&octets], LIMIT));
    }

    #[test]
    fn escapes_are_undone(text in vec(any::<u8>(), 0..30)) {
        for version in StompVersion::ALL {
            prop_assert_eq!(unescaped(&escaped(&text, version), version), (text.clone(), None));
        }
    }

    #[test]
    fn no_octets_make_a_session_panic(octets in vec(any::<u8>(), 0..300), size in 1usize..40) {
        let mut session = StompSession::new(64);
        octets.chunks(size).for_each(|piece| drop(session.received(piece)));
    }
}

#[test]
fn a_frame_without_end_is_kept_up_to_the_limit() {
    for endless in [&b"MESSAGE\n"[..], b"MESSAGE\ncontent-length:99999999999\n\n", b"MESSAGE\n\n"] {
        let mut decoder = StompDecoder::new(1000);
        decoder.push(endless);
        let mut found = Vec::new();
        for _ in 0..100 {
            decoder.push(&[b'a'; 100]);
            found.extend(decoder.decode());
            assert!(decoder.unfinished().len() <= 1200);
        }
        assert_eq!(found, [StompDecoded::TooLarge]);
    }
}

#[test]
fn a_wrong_form_is_a_fault_of_its_frame() {
    let fault = |octets: &[u8]| frames(&decoded(&[octets], LIMIT))[0].fault.clone();
    assert_eq!(fault(b"A\nb:c\0"), Some(FrameFault::NulInHead));
    assert_eq!(fault(b"A\ncontent-length:2\n\nabc\0"), Some(FrameFault::LengthWrong(2)));
    assert_eq!(fault(b"A\ncontent-length:-1\n\n\0"), Some(FrameFault::LengthMalformed("-1".into())));
    assert_eq!(fault(b"A\r\ncontent-length:3\r\n\r\na\0c\0"), None);
}

/// The names of the rules that a server breaks with these octets, in a session of this version.
fn broken(version: &str, octets: &str) -> Vec<&'static str> {
    let mut session = StompSession::new(LIMIT);
    session.sent(format!("CONNECT\naccept-version:{version}\n\n\0").as_bytes());
    let connected = session.received(format!("CONNECTED\nversion:{version}\n\n\0").as_bytes());
    assert!(matches!(&connected[..], [StompSeen::Frame { broken, .. }] if broken.is_empty()));
    session.sent(b"SUBSCRIBE\nid:1\ndestination:/a\n\n\0SUBSCRIBE\nid:2\ndestination:/b\nack:client\n\n\0");
    session.sent(b"SEND\ndestination:/c\nreceipt:r\n\n\0");
    names(&session.received(octets.as_bytes()))
}

fn names(seen: &[StompSeen]) -> Vec<&'static str> {
    let of = |one: &StompSeen| match one {
        StompSeen::Frame { broken, .. } => broken.iter().map(wsspec_wire::Violation::name).collect(),
        _ => Vec::new(),
    };
    seen.iter().flat_map(of).collect()
}

#[test]
fn no_escapes_are_demanded_before_a_version_is_agreed_on() {
    let mut session = StompSession::new(LIMIT);
    session.sent(b"CONNECT\naccept-version:9.9\n\n\0");
    let error = b"ERROR\nmessage:supported are: 1.2\ncontent-type:text/plain\n\n\0";
    assert_eq!(names(&session.received(error)), [""; 0]);
    assert_eq!(broken("1.2", "ERROR\nmessage:no: such\n\n\0"), ["stomp-colon-unescaped"]);
}

#[test]
fn a_frame_that_does_not_end_breaks_a_rule_once_nothing_more_comes() {
    let unfinished = |octets: &str| {
        let mut session = StompSession::new(LIMIT);
        session.received(octets.as_bytes());
        session.unfinished().map(|violation| (violation.name(), violation.requirement().to_string()))
    };
    let broken = |name, rule: &str| Some((name, rule.to_owned()));
    assert_eq!(unfinished("SSH-2.0-x\r\n"), broken("stomp-unfinished", "stomp#1.2.frames:1"));
    assert_eq!(unfinished("RECEIPT\nreceipt-id:r\n\n"), broken("stomp-unfinished", "stomp#1.2.frames:1"));
    let long = "MESSAGE\ncontent-length:6\n\nhello\0";
    assert_eq!(unfinished(long), broken("stomp-length-wrong", "stomp#1.2.length:3"));
    assert_eq!(unfinished("RECEIPT\nreceipt-id:r\n\n\0\r"), None);
    assert_eq!(unfinished(""), None);
}

const MESSAGE: &str = "MESSAGE\nsubscription:1\nmessage-id:m\ndestination:/a\n";

#[test]
fn each_rule_of_a_session_can_be_broken() {
    let message = |more: &str| format!("{MESSAGE}{more}\n\n\0");
    for (octets, name) in [
        ("WELCOME\n\n\0".to_owned(), "stomp-command-unknown"),
        ("RECEIPT\nreceipt-id:r\0".into(), "stomp-nul-in-head"),
        (message("nothing"), "stomp-header-without-colon"),
        (message(":nothing"), "stomp-header-without-name"),
        (message("a:\\t"), "stomp-escape-undefined"),
        (message("a:b:c"), "stomp-colon-unescaped"),
        ("RECEIPT\nreceipt-id:r\n\nbody\0".into(), "stomp-body-not-allowed"),
        (message("content-length:x"), "stomp-length-malformed"),
        ("RECEIPT\nreceipt-id:r\ncontent-length:0\n\nab\0".into(), "stomp-length-wrong"),
        (format!("{MESSAGE}\nbody\0"), "stomp-length-missing"),
        ("ERROR\nmessage:a\ncontent-length:4\n\nbody\0".into(), "stomp-type-missing"),
        ("ERROR\nmessage:a\ncontent-type:text\n\n\0".into(), "stomp-type-malformed"),
        ("CONNECTED\nversion:1.2\n\n\0".into(), "stomp-connected-again"),
        ("MESSAGE\nsubscription:1\nmessage-id:m\n\n\0".into(), "stomp-destination-missing"),
        ("MESSAGE\nsubscription:1\ndestination:/a\n\n\0".into(), "stomp-message-id-missing"),
        (format!("{MESSAGE}\n\0{MESSAGE}\n\0"), "stomp-message-id-repeated"),
        ("MESSAGE\nmessage-id:m\ndestination:/a\n\n\0".into(), "stomp-subscription-missing"),
        (MESSAGE.replace(":1", ":3") + "\n\0", "stomp-subscription-unknown"),
        (MESSAGE.replace(":1", ":2") + "\n\0", "stomp-ack-missing"),
        ("RECEIPT\n\n\0".into(), "stomp-receipt-id-missing"),
        ("RECEIPT\nreceipt-id:other\n\n\0".into(), "stomp-receipt-unasked"),
        ("RECEIPT\nreceipt-id:r\n\n\0RECEIPT\nreceipt-id:r\n\n\0".into(), "stomp-receipt-unasked"),
        ("ERROR\nmessage:a\n\n\0RECEIPT\nreceipt-id:r\n\n\0".into(), "stomp-after-error"),
        ("ERROR\n\n\0".into(), "stomp-error-without-message"),
    ] {
        let found = broken("1.2", &octets);
        assert!(found.contains(&name), "{name}: {found:?}");
    }
}

#[test]
fn each_rule_of_connected_can_be_broken() {
    for (octets, name) in [
        ("CONNECTED\n\n\0", "stomp-version-missing"),
        ("CONNECTED\nversion:9.9\n\n\0", "stomp-version-not-offered"),
        ("CONNECTED\nversion:1.2\nserver: none\n\n\0", "stomp-server-name-missing"),
        ("CONNECTED\nversion:1.2\nheart-beat:1\n\n\0", "stomp-heart-beat-malformed"),
        ("CONNECTED\nversion:1.2\nheart-beat:-1,0\n\n\0", "stomp-heart-beat-malformed"),
        ("RECEIPT\nreceipt-id:r\n\n\0", "stomp-before-connected"),
    ] {
        let mut session = StompSession::new(LIMIT);
        session.sent(b"CONNECT\naccept-version:1.1,1.2\n\n\0");
        let found = names(&session.received(octets.as_bytes()));
        assert!(found.contains(&name), "{name}: {found:?}");
    }
}

#[test]
fn what_a_version_allows_breaks_no_rule() {
    let plain = "MESSAGE\nmessage-id:m\ndestination:/a:b\\t\n\nbody\0";
    assert_eq!(broken("1.0", plain), Vec::<&str>::new());
    assert_eq!(
        broken("1.1", "MESSAGE\nsubscription:2\nmessage-id:m\ndestination:/b\n\n\0"),
        Vec::<&str>::new()
    );
    assert_eq!(broken("1.1", &format!("{MESSAGE}a:b\\rc\n\n\0")), ["stomp-escape-undefined"]);
    let good = format!("\n\r\n{MESSAGE}a:b\\r\\c\\n\\\\\ncontent-length:3\n\na\0b\0\n");
    assert_eq!(broken("1.2", &good), Vec::<&str>::new());
}

#[test]
fn a_message_may_come_again_after_a_nack() {
    let mut session = StompSession::new(LIMIT);
    session.sent(b"CONNECT\naccept-version:1.2\n\n\0SUBSCRIBE\nid:1\ndestination:/a\n\n\0");
    session.received(b"CONNECTED\nversion:1.2\n\n\0");
    assert_eq!(names(&session.received(format!("{MESSAGE}\n\0").as_bytes())), Vec::<&str>::new());
    session.sent(b"NACK\nid:m\n\n\0");
    assert_eq!(names(&session.received(format!("{MESSAGE}\n\0").as_bytes())), Vec::<&str>::new());
}

#[test]
fn a_frame_knows_its_octets_in_the_last_piece() {
    let mut session = StompSession::new(LIMIT);
    session.sent(b"CONNECT\naccept-version:1.2\n\n\0");
    let place = |seen: &[StompSeen]| match seen {
        [.., StompSeen::Frame { bytes, .. }] => bytes.clone(),
        _ => None,
    };
    assert_eq!(place(&session.received(b"\nCONNECTED\nversion:1.2\n\n\0")), Some(1..25));
    assert_eq!(place(&session.received(b"ERROR\n")), None);
    assert_eq!(place(&session.received(b"\n\0")), None);
}
