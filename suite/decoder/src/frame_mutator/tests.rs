//! Every field changes, the framing stays, and nothing grows above the limit.

use std::collections::BTreeSet;

use super::*;

const FROM: usize = 3;

/// Three frames after three bytes.
fn input() -> Vec<u8> {
    let mut input = vec![7; FROM];
    let mask = Mask([1, 2, 3, 4]);
    Frame::new(Opcode::TEXT, "frag").with_fin(false).with_mask(mask).encode(&mut input);
    Frame::new(Opcode::PING, "p").with_mask(mask).encode(&mut input);
    Frame::new(Opcode::CONTINUATION, "ment").with_mask(mask).encode(&mut input);
    input
}

/// The frames after three bytes, and the bytes after the last one.
fn take_apart(input: &[u8]) -> (Vec<Frame>, Vec<u8>) {
    let spans = spans(input, FROM).expect("an input that is long enough");
    let end = spans.last().map_or(FROM, |last| last.end);
    (spans.into_iter().filter_map(|span| frame(&input[span])).collect(), input[end..].to_vec())
}

fn mutated(seed: u32) -> Vec<u8> {
    let mut data = input();
    let size = data.len();
    data.resize(4096, 0);
    let new = mutate_frames(&mut data, size, 4096, FROM, seed).expect("there is room");
    data.truncate(new);
    data
}

#[test]
fn the_same_seed_does_the_same_and_what_comes_before_stays() {
    for seed in 0..200 {
        assert_eq!(mutated(seed), mutated(seed));
        assert_eq!(mutated(seed)[..FROM], [7; FROM]);
    }
}

#[test]
fn the_framing_stays_whole_unless_a_length_lies() {
    let whole = (0..1000).filter(|seed| {
        let (frames, rest) = take_apart(&mutated(*seed));
        rest.is_empty() && (2..=4).contains(&frames.len())
    });
    assert!(whole.count() > 900);
}

#[test]
fn every_field_is_changed() {
    let mut seen = BTreeSet::new();
    let (before, _) = take_apart(&input());
    for seed in 0..2000 {
        let (after, rest) = take_apart(&mutated(seed));
        if after.len() != before.len() || !rest.is_empty() {
            seen.insert("frames");
            continue;
        }
        for (old, new) in before.iter().zip(&after) {
            let (a, b) = (old.header, new.header);
            let fields = [
                ("fin", a.fin != b.fin),
                ("rsv", a.rsv != b.rsv),
                ("opcode", a.opcode != b.opcode),
                ("mask", a.mask != b.mask),
                ("form", a.length.form != b.length.form),
                ("payload", old.payload != new.payload),
            ];
            seen.extend(fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name));
        }
    }
    assert_eq!(seen, BTreeSet::from(["fin", "form", "frames", "mask", "opcode", "payload", "rsv"]));
}

#[test]
fn two_frames_trade_places_and_what_is_between_them_stays() {
    let input = b"aabccc";
    for (one, other) in [(0..2, 3..6), (3..6, 0..2)] {
        let ByteEdit { place, bytes } = swap(input, one, other);
        assert_eq!((place, &bytes[..]), (0..6, &b"cccbaa"[..]));
    }
    let ByteEdit { place, bytes } = swap(input, 2..3, 2..3);
    assert_eq!((place, &bytes[..]), (2..3, &b"b"[..]));
}

#[test]
fn nothing_grows_above_the_limit() {
    for seed in 0..500 {
        let mut data = input();
        let size = data.len();
        match mutate_frames(&mut data, size, size, FROM, seed) {
            Some(new) => assert!(new <= size),
            None => assert_eq!(data, input(), "nothing fits, and something has changed"),
        }
    }
}

#[test]
fn an_input_without_frames_gets_one() {
    let mut data = vec![0; 300];
    let new = mutate_frames(&mut data, 0, 300, 0, 1).expect("there is room");
    assert_eq!(spans(&data[..new], 0).map(|frames| frames.len()), Some(1));
    assert_eq!(mutate_frames(&mut data, 2, 300, 5, 1), None, "the input ends before its frames begin");
}
