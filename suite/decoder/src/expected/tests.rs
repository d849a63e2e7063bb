//! What is known early, and that nothing is known too early.

use rand::{Rng, SeedableRng, rngs::SmallRng};
use wsspec_wire::{Assembled, Decoded, LengthForm, Role};

use super::{early::least, *};
use crate::{InputPrefix, inputs::input};

fn expected(sender: Role, bytes: &[u8]) -> ExpectedDecoding {
    ExpectedDecoding::of(&Setting::of(sender), bytes, &Demands::default())
}

#[test]
fn a_header_is_completed_to_the_least_that_is_legal() {
    let cases: [(&[u8], u64, bool); 7] = [
        (b"\x81", 0, true),
        (b"\x81\x7e", 126, true),
        (b"\x81\x7e\x00", 126, true),
        (b"\x81\x7e\x01", 256, true),
        (b"\x81\x7f\x00\x00", 65_536, true),
        (b"\x81\x7f\x00\x00\x00\x00\x00\x00", 0, false),
        (b"\x81\x7e\x00\x05", 5, false),
    ];
    for (bytes, value, minimal) in cases {
        let length = least(bytes, Role::Server).length;
        assert_eq!((length.value, length.is_minimal()), (value, minimal), "{bytes:?}");
        assert!(length.form >= LengthForm::Bits7);
    }
}

#[test]
fn a_fault_is_known_at_the_first_byte_that_tells_it() {
    type Known<'a> = (usize, Option<usize>, Option<&'a str>);
    let (utf8, reason) = (Some("rfc6455#5.6:5"), Some("rfc6455#5.5.1:9"));
    let table: [(Role, &[u8], &[Known<'_>]); 20] = [
        (Role::Server, b"\x81\x01a\xC1", &[(4, None, Some("rfc6455#5.2:6"))]),
        (Role::Client, b"\x81\x01a", &[(2, Some(3), Some("rfc6455#5.1:3"))]),
        (Role::Server, b"\x89\x7e\x00\x01a", &[(2, Some(5), None)]),
        (Role::Server, b"\x81\x03a\xFFb", &[(4, Some(5), utf8)]),
        (Role::Server, b"\x81\x03a\xFF", &[(4, None, utf8)]),
        (Role::Server, b"\x82\x7f\x00\x00", &[(2, None, None)]),
        // A close frame that announces one byte, before its key and after.
        (Role::Client, b"\x88\x81", &[(2, None, None)]),
        (Role::Client, b"\x88\x81\x00\x00", &[(2, None, None)]),
        (Role::Server, b"\x88\x01", &[(2, None, None)]),
        (Role::Server, b"\x88\x01\x03", &[(2, Some(3), None)]),
        // The first byte of a code, if no code begins with it; otherwise the second.
        (Role::Server, b"\x88\x02\x04", &[(3, None, None)]),
        (Role::Server, b"\x88\x02\x03", &[]),
        (Role::Server, b"\x88\x02\x03\xED", &[(4, Some(4), None)]),
        // A final frame that is too short for the character in progress.
        (Role::Server, b"\x01\x01\xE2\x80\x00", &[(5, Some(5), utf8)]),
        (Role::Server, b"\x01\x01\xE2\x80\x01", &[(5, None, utf8)]),
        (Role::Client, b"\x01\x81\0\0\0\0\xE2\x80\x81", &[(9, None, utf8)]),
        (Role::Server, b"\x01\x01\xE2\x80\x02", &[]),
        // A character that begins too late in its frame.
        (Role::Server, b"\x81\x03a\xE2\x82", &[(4, Some(5), utf8)]),
        (Role::Server, b"\x81\x04aa\xF0\x9F", &[(5, Some(6), utf8)]),
        (Role::Server, b"\x88\x03\x03\xE8\xC3", &[(5, Some(5), reason)]),
    ];
    for (sender, bytes, known) in table {
        let faults = expected(sender, bytes).faults;
        let faults: Vec<_> = faults.iter().map(|fault| (fault.known, fault.end, fault.duty)).collect();
        assert_eq!(faults, known, "{}", bytes.escape_ascii());
    }
}

/// Whether these are whole frames, and whole messages, without a fault, for one who sees only what is whole.
fn is_valid(sender: Role, bytes: &[u8]) -> bool {
    let mut decoder = Decoder::new(1 << 20);
    let mut assembler = Assembler::new(sender);
    let (mut rest, mut assembled) = (bytes, Vec::new());
    while let Some(Decoded::Frame(frame)) = decoder.decode(&mut rest) {
        assembler.push(&frame, &mut assembled);
    }
    let is_broken = |assembled: &_| matches!(assembled, Assembled::Violation(_));
    // A close frame may leave a message unfinished.
    let is_closed = assembled.iter().any(|assembled| matches!(assembled, Assembled::Close(_)));
    let is_whole = decoder.partial().is_none() && (is_closed || !assembler.is_within_message());
    is_whole && !assembled.iter().any(is_broken)
}

/// Bytes of which some continue any beginning: of headers, lengths, codes, and every kind of character.
const BYTES: [u8; 13] = [0x80, 0x00, 0x01, 0x02, 0x03, 0x81, 0x82, 0x83, b'a', 0x7E, 0xE8, 0x90, 0xA0];

/// A valid continuation, found one byte after the other without a step back: possible only if every dead end is known.
fn continued(sender: Role, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = bytes.to_vec();
    for _ in 0..9000 {
        if is_valid(sender, &bytes) {
            return Some(bytes);
        }
        // Under a mask, it may be any byte.
        let next = BYTES.into_iter().chain(0..=255).find(|byte| {
            bytes.push(*byte);
            let is_fine = expected(sender, &bytes).faults.is_empty();
            bytes.pop();
            is_fine
        });
        bytes.push(next?);
    }
    None
}

/// Bytes of an end, short, and their sender.
fn samples() -> impl Iterator<Item = (Role, Vec<u8>)> {
    (0..1500).map(|seed| {
        let rng = &mut SmallRng::seed_from_u64(seed);
        let input = input(seed, &[], &Demands::default());
        let (prefix, bytes) = InputPrefix::read(&input);
        let mut bytes = bytes[..bytes.len().min(200)].to_vec();
        if seed % 3 == 0 {
            let edges: [&[u8]; 6] = [
                b"\x01\x01\xE2",
                b"\x01\x02\xF0\x90",
                b"\x88",
                b"\x88\x03\x03",
                b"\x80",
                b"\x01\x03\xED\x9F\xBF",
            ];
            bytes = edges[rng.random_range(0..edges.len())].to_vec();
            bytes.extend((0..4).map(|_| BYTES[rng.random_range(0..BYTES.len())]));
            return (Role::Server, bytes);
        }
        (prefix.sender, bytes)
    })
}

#[test]
fn until_a_fault_is_known_there_is_a_valid_continuation() {
    for (sender, bytes) in samples() {
        let known = expected(sender, &bytes).faults.iter().map(|fault| fault.known).min();
        let before = &bytes[..known.map_or(bytes.len(), |known| known - 1)];
        let is_closed = expected(sender, before)
            .events
            .last()
            .is_some_and(|due| matches!(due.event, DecoderEvent::Close(..)));
        // After a close frame, nothing is judged.
        if !is_closed {
            assert!(continued(sender, before).is_some(), "{sender:?} {}", before.escape_ascii());
        }
    }
}

#[test]
fn once_a_fault_is_known_there_is_none() {
    let mut known_faults = 0;
    for (sender, bytes) in samples() {
        let Some(known) = expected(sender, &bytes).faults.iter().map(|fault| fault.known).min() else {
            continue;
        };
        let is_large = expected(sender, &bytes).faults.iter().any(|fault| fault.codes.size);
        let is_later = expected(sender, &bytes)
            .faults
            .iter()
            .any(|fault| matches!(fault.why, crate::rejection_reason::Why::LaterCode(_)));
        if is_large || is_later {
            continue;
        }
        known_faults += 1;
        let mut open = vec![bytes[..known].to_vec()];
        for depth in 0..3 {
            for bytes in std::mem::take(&mut open) {
                assert!(!is_valid(sender, &bytes), "{sender:?} {}", bytes.escape_ascii());
                if depth < 2 {
                    open.extend(BYTES.iter().map(|byte| [&bytes[..], &[*byte]].concat()));
                }
            }
        }
    }
    assert!(known_faults > 300, "{known_faults}");
}
