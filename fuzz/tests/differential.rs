//! Implementations compared with ours: the result of each for plain bytes, the known differences, and that any other
//! is caught.

use std::{fs, panic, path::Path};

use wsspec_decoder::{
    DecoderEvent, DecoderUnderTest, Demands, Rejection, Setting,
    inputs::{from_frames, input},
};
use wsspec_fuzz::differential::{IMPLEMENTATIONS, Implementation, run_with};
use wsspec_wire::{MessageKind, Role};

/// An implementation's result for the bytes of an end, one at a time.
fn read(
    implementation: &Implementation,
    sender: Role,
    bytes: &[u8],
) -> (Vec<DecoderEvent>, Option<Rejection>) {
    let (mut decoder, mut events) = ((implementation.new)(Setting::of(sender)), Vec::new());
    for byte in bytes {
        if let Err(rejection) = decoder.decode(&[*byte], &mut events) {
            return (events, Some(rejection));
        }
    }
    (events, None)
}

fn each(test: impl Fn(&Implementation)) {
    IMPLEMENTATIONS.iter().for_each(test);
}

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn a_masked_text_is_a_message() {
    each(|implementation| {
        let text = DecoderEvent::Message(MessageKind::Text, b"Hello".to_vec());
        let read = read(implementation, Role::Client, b"\x81\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58");
        assert_eq!(read, (vec![text], None), "{}", implementation.name);
    });
}

#[test]
fn fragments_with_a_ping_between_are_a_message() {
    each(|implementation| {
        let (mut events, rejection) =
            read(implementation, Role::Server, b"\x01\x01a\x89\x01p\x00\x01b\x80\x01c");
        let ping = DecoderEvent::Ping(b"p".to_vec());
        assert_eq!(events.contains(&ping), !implementation.demands.pings_unreported);
        events.retain(|event| *event != ping);
        let message = DecoderEvent::Message(MessageKind::Text, b"abc".to_vec());
        assert_eq!((events, rejection), (vec![message], None), "{}", implementation.name);
    });
}

#[test]
fn a_pong_and_a_close_frame_are_reported_with_their_payload() {
    each(|implementation| {
        let expected =
            vec![DecoderEvent::Pong(b"p".to_vec()), DecoderEvent::Close(Some(4000), b"bye".to_vec())];
        let read = read(implementation, Role::Server, b"\x8A\x01p\x88\x05\x0F\xA0bye");
        assert_eq!(read, (expected, None), "{}", implementation.name);
    });
}

#[test]
fn an_empty_close_frame_is_reported() {
    each(|implementation| {
        let read = read(implementation, Role::Server, b"\x88\x00");
        assert_eq!(read, (vec![DecoderEvent::Close(None, Vec::new())], None), "{}", implementation.name);
    });
}

#[test]
fn a_reserved_bit_is_rejected() {
    each(|implementation| {
        let (events, rejection) = read(implementation, Role::Server, b"\xC1\x00");
        assert_eq!(events, []);
        assert!(rejection.is_some(), "{}", implementation.name);
    });
}

#[test]
fn the_code_of_a_rejection_is_the_one_that_was_written() {
    let all = IMPLEMENTATIONS.iter();
    let codes = all.filter_map(|implementation| {
        let (_, rejection) = read(implementation, Role::Client, b"\x88\x82\x00\x00\x00\x00\x03\xE7");
        Some((implementation.name, rejection?.code))
    });
    let expected = [("fastwebsockets", Some(1002)), ("tokio-websockets", Some(1002)), ("yawc", None)];
    assert_eq!(codes.collect::<Vec<_>>(), expected);
}

#[test]
fn each_known_difference_still_exists() {
    each(|implementation| {
        for known in implementation.known {
            let (sender, bytes) = known.example;
            let disagreement = implementation.check(&from_frames([u8::MAX; 4], sender, bytes));
            let disagreement = disagreement.expect_err(known.what);
            assert!(
                known.is(&disagreement, bytes),
                "{}: {}: {disagreement}",
                implementation.name,
                known.what
            );
            assert!(
                disagreement.got.starts_with(known.got),
                "{}: {}: {}",
                implementation.name,
                known.what,
                disagreement.got
            );
            let others = implementation.known.iter().filter(|other| other.is(&disagreement, bytes));
            assert_eq!(others.count(), 1, "{}: {}: known twice", implementation.name, known.what);
        }
    });
}

#[test]
fn each_known_difference_is_needed() {
    each(|implementation| {
        for (at, known) in implementation.known.iter().enumerate() {
            let rest: Vec<_> = [&implementation.known[..at], &implementation.known[at + 1..]].concat();
            let unknowing = Implementation { known: rest.leak(), ..*implementation };
            let (sender, bytes) = known.example;
            let input = from_frames([u8::MAX; 4], sender, bytes);
            let caught = panic::catch_unwind(|| run_with(&[unknowing], &input));
            assert!(caught.is_err(), "{}: not caught: {}", implementation.name, known.what);
        }
    });
}

#[test]
fn each_known_difference_is_in_the_findings_with_its_bytes() {
    let findings = file("docs/findings.md");
    each(|implementation| {
        let Implementation { name, version, .. } = implementation;
        for known in implementation.known {
            let bytes = known.example.1.iter().take(16).map(|byte| format!("{byte:02X}"));
            let bytes = bytes.collect::<Vec<_>>().join(" ");
            let is_found = findings.split("\n### ").any(|section| {
                section.starts_with(&format!("{name} {version}: ")) && section.contains(&bytes)
            });
            assert!(is_found, "{name} {version}: {}: no section has the bytes {bytes}", known.what);
        }
    });
}

#[test]
fn the_versions_are_those_that_are_built() {
    let lock = file("Cargo.lock");
    each(|implementation| {
        let built = format!("name = \"{}\"\nversion = \"{}\"\n", implementation.name, implementation.version);
        assert!(lock.contains(&built), "another version is built than {built}");
    });
}

#[test]
fn a_pong_elsewhere_is_no_excuse() {
    let soketto = IMPLEMENTATIONS.iter().find(|implementation| implementation.name == "soketto");
    let is_caught = |bytes| {
        let input = from_frames([u8::MAX; 4], Role::Server, bytes);
        // An implementation that refuses everything is caught unless a pong arrives between fragments.
        let refusing = Implementation { new: |_| Box::new(Wrong::Refuses), ..*soketto.expect("soketto") };
        panic::catch_unwind(|| run_with(&[refusing], &input)).is_err()
    };
    assert!(is_caught(b"\x8A\x00\x01\x01a\x80\x01b"));
    assert!(is_caught(b"\x01\x01a\x80\x01b\x8A\x00"));
    assert!(is_caught(b"\x01\x01a\x89\x00\x80\x01b"));
    assert!(!is_caught(b"\x01\x01a\x8A\x00\x80\x01b"));
}

/// Implementations that are deliberately wrong.
enum Wrong {
    Refuses,
    SeesNothing,
    Panics,
}

impl DecoderUnderTest for Wrong {
    fn decode(&mut self, bytes: &[u8], _: &mut Vec<DecoderEvent>) -> Result<(), Rejection> {
        match self {
            Self::Refuses if bytes.is_empty() => Ok(()),
            Self::Refuses => Err(Rejection { code: Some(1002), why: "no".into() }),
            Self::SeesNothing => Ok(()),
            Self::Panics => panic!("at {} bytes", bytes.len()),
        }
    }
}

#[test]
fn a_wrong_implementation_is_caught() {
    let wrong: [fn(Setting) -> Box<dyn DecoderUnderTest>; 3] =
        [|_| Box::new(Wrong::Refuses), |_| Box::new(Wrong::SeesNothing), |_| Box::new(Wrong::Panics)];
    let input = from_frames([1; 4], Role::Server, b"\x81\x01a");
    for new in wrong {
        each(|implementation| {
            let wrong = Implementation { new, ..*implementation };
            assert!(panic::catch_unwind(|| run_with(&[wrong], &input)).is_err());
        });
    }
}

#[test]
fn a_known_difference_of_one_is_caught_in_another() {
    let [fastwebsockets, _, _, tungstenite, _] = IMPLEMENTATIONS;
    let mixed = Implementation { new: fastwebsockets.new, demands: fastwebsockets.demands, ..tungstenite };
    let caught = (0..200).filter(|seed| {
        let input = input(*seed, &[], &Demands::default());
        panic::catch_unwind(|| run_with(&[mixed], &input)).is_err()
    });
    assert!(caught.count() > 5);
}
