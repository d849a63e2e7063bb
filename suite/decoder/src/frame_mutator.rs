//! A mutator for inputs that contain frames: it changes a field, or the order of frames, and keeps the framing
//! intact.
//!
//! A fuzzer that flips bits of a header mostly produces a length that swallows everything after it. This one splits
//! an input into frames, changes one thing, and joins them again.

use std::{mem, ops::Range};

use bytes::Bytes;
use rand::{Rng, RngCore, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use wsspec_wire::{Frame, Header, Length, LengthForm, Mask, Opcode, Rsv};

/// Makes libFuzzer mutate frames as frames, three times in four; otherwise its own mutations apply. Takes a function
/// that says where an input's frames begin.
#[cfg(fuzzing)]
#[macro_export]
macro_rules! frame_mutator {
    ($begin:expr) => {
        $crate::libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            let begin: fn(&[u8]) -> usize = $begin;
            let from = begin(&data[..size]);
            let framed = seed % 4 != 0;
            framed
                .then(|| $crate::mutate_frames(data, size, max_size, from, seed))
                .flatten()
                .unwrap_or_else(|| $crate::libfuzzer_sys::fuzzer_mutate(data, size, max_size))
        });
    };
}

/// Invalid UTF-8, and text that only looks invalid.
const SEQUENCES: [&[u8]; 8] = [
    b"\x80",
    b"\xc0\x80",
    b"\xe2\x82",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xff",
    "κ".as_bytes(),
    "\u{10ffff}".as_bytes(),
];

/// Status codes at the edges of what may be sent (RFC 6455, 7.4).
const CODES: [u16; 12] = [0, 999, 1000, 1004, 1005, 1006, 1007, 1015, 2999, 3000, 4999, 5000];

/// Sizes at which the form of a length changes, in bytes.
const SIZES: [usize; 5] = [0, 1, 125, 126, 127];

/// Replacement bytes for a range.
struct ByteEdit {
    place: Range<usize>,
    bytes: Vec<u8>,
}

/// Changes one thing about the frames of `data[..size]`, which begin at `from`; the bytes before stay as they are.
/// The same seed makes the same change. Returns the new size; `None` if no change fits into `data` and below `most`:
/// then nothing has changed.
pub fn mutate_frames(data: &mut [u8], size: usize, most: usize, from: usize, seed: u32) -> Option<usize> {
    let input = data.get(..size)?;
    let frames = spans(input, from)?;
    let rng = &mut SmallRng::seed_from_u64(seed.into());
    let ByteEdit { place, bytes } = if frames.is_empty() || rng.random_ratio(1, 12) {
        let end = frames.last().map_or(from, |last| last.end);
        let at = frames.get(rng.random_range(0..=frames.len())).map_or(end, |frame| frame.start);
        ByteEdit { place: at..at, bytes: encoded([any(rng)]) }
    } else {
        change(rng, input, &frames)?
    };
    let new = size - place.len() + bytes.len();
    if new > most.min(data.len()) {
        return None;
    }
    data.copy_within(place.end..size, place.start + bytes.len());
    data[place.start..][..bytes.len()].copy_from_slice(&bytes);
    Some(new)
}

/// The ranges of the complete frames of `input` that begin at `from`, one after the other.
fn spans(input: &[u8], from: usize) -> Option<Vec<Range<usize>>> {
    let mut rest = input.get(from..)?;
    let mut spans = Vec::new();
    while let Some((header, len)) = Header::parse(rest)
        && let Ok(payload) = usize::try_from(header.length.value)
        && let Some(later) = rest[len..].get(payload..)
    {
        spans.push(input.len() - rest.len()..input.len() - later.len());
        rest = later;
    }
    Some(spans)
}

/// The frame in these bytes.
fn frame(bytes: &[u8]) -> Option<Frame> {
    let (header, len) = Header::parse(bytes)?;
    let mut payload = bytes[len..].to_vec();
    header.mask.unwrap_or_default().apply(&mut payload, 0);
    Some(Frame { header, payload: Bytes::from(payload) })
}

fn encoded(frames: impl IntoIterator<Item = Frame>) -> Vec<u8> {
    let mut bytes = Vec::new();
    frames.into_iter().for_each(|frame| frame.encode(&mut bytes));
    bytes
}

fn change(rng: &mut SmallRng, input: &[u8], frames: &[Range<usize>]) -> Option<ByteEdit> {
    let place = frames.choose(rng)?.clone();
    let bytes = &input[place.clone()];
    Some(match rng.random_range(0..16) {
        12 => ByteEdit { place, bytes: Vec::new() },
        13 => ByteEdit { place: place.start..place.start, bytes: bytes.to_vec() },
        14 => swap(input, place, frames.choose(rng)?.clone()),
        11 => ByteEdit { bytes: encoded(split(rng, frame(bytes)?)), place },
        what => ByteEdit { bytes: encoded([changed(rng, what, frame(bytes)?)]), place },
    })
}

/// Swaps two frames.
fn swap(input: &[u8], one: Range<usize>, other: Range<usize>) -> ByteEdit {
    let (first, last) = if one.start <= other.start { (one, other) } else { (other, one) };
    let place = first.start..last.end;
    let between = first.end.min(last.start)..last.start;
    let last = if last == first { last.end..last.end } else { last };
    ByteEdit { place, bytes: [&input[last], &input[between], &input[first]].concat() }
}

/// Changes one field of a frame.
fn changed(rng: &mut SmallRng, what: u8, mut frame: Frame) -> Frame {
    let header = &mut frame.header;
    match what {
        0 => header.fin ^= true,
        1 => header.rsv = Rsv::from_low_bits(rng.random_range(0..8)),
        2 | 3 => header.opcode = opcode(rng),
        4 => header.mask = if header.mask.is_some() { None } else { Some(Mask(rng.random())) },
        5 => header.mask = header.mask.map(|_| Mask([0; 4])),
        6 => header.length.form = form(rng),
        7 => lie(rng, &mut frame),
        8 => resize(rng, &mut frame),
        9 => splice(rng, &mut frame),
        10 => code(rng, &mut frame),
        _ => byte(rng, &mut frame),
    }
    frame.header.length = frame.header.length.fitting();
    frame
}

fn opcode(rng: &mut SmallRng) -> Opcode {
    let common =
        [Opcode::CONTINUATION, Opcode::TEXT, Opcode::BINARY, Opcode::CLOSE, Opcode::PING, Opcode::PONG];
    let any = Opcode::from_low_bits(rng.random_range(0..16));
    if rng.random_ratio(1, 4) { any } else { *common.choose(rng).unwrap_or(&any) }
}

fn form(rng: &mut SmallRng) -> LengthForm {
    [LengthForm::Bits7, LengthForm::Bits16, LengthForm::Bits64][rng.random_range(0..3)]
}

/// A frame as an endpoint might send it.
fn any(rng: &mut SmallRng) -> Frame {
    let size = *SIZES.choose(rng).unwrap_or(&0);
    let mut frame = Frame::new(opcode(rng), vec![b'*'; size]).with_fin(rng.random_ratio(3, 4));
    frame.header.mask = rng.random_ratio(2, 3).then(|| Mask(rng.random()));
    frame
}

/// The length differs from the bytes that follow.
fn lie(rng: &mut SmallRng, frame: &mut Frame) {
    let value = frame.header.length.value;
    let values =
        [0, value.wrapping_sub(1), value + 1, value ^ 0x80, 1 << 31, 1 << 63, u64::MAX, rng.next_u64()];
    let value = *values.choose(rng).unwrap_or(&0);
    frame.header.length = Length { value, form: Length::minimal(value).form };
}

/// Another payload; the length is correct.
fn hold(frame: &mut Frame, payload: Vec<u8>) {
    let form = frame.header.length.form;
    frame.header.length = Length::minimal(payload.len() as u64);
    if frame.header.length.form < form {
        frame.header.length.form = form;
    }
    frame.payload = Bytes::from(payload);
}

fn resize(rng: &mut SmallRng, frame: &mut Frame) {
    let mut payload = Vec::from(mem::take(&mut frame.payload));
    let size =
        if rng.random() { *SIZES.choose(rng).unwrap_or(&0) } else { rng.random_range(0..=payload.len() * 2) };
    payload.resize(size, b'*');
    hold(frame, payload);
}

fn splice(rng: &mut SmallRng, frame: &mut Frame) {
    let mut payload = Vec::from(mem::take(&mut frame.payload));
    let at = rng.random_range(0..=payload.len());
    let sequence = *SEQUENCES.choose(rng).unwrap_or(&SEQUENCES[0]);
    payload.splice(at..at, sequence.iter().copied());
    hold(frame, payload);
}

fn code(rng: &mut SmallRng, frame: &mut Frame) {
    let code = *CODES.choose(rng).unwrap_or(&1000);
    let reason = frame.payload.get(2..).unwrap_or_default();
    let payload = [&code.to_be_bytes()[..], reason].concat();
    frame.header.opcode = Opcode::CLOSE;
    hold(frame, payload);
}

fn byte(rng: &mut SmallRng, frame: &mut Frame) {
    let mut payload = Vec::from(mem::take(&mut frame.payload));
    if payload.is_empty() {
        payload.push(rng.random());
    } else {
        let at = rng.random_range(0..payload.len());
        payload[at] = rng.random();
    }
    hold(frame, payload);
}

/// Replaces it with two fragments.
fn split(rng: &mut SmallRng, mut frame: Frame) -> [Frame; 2] {
    let (first, last) = frame.payload.split_at(rng.random_range(0..=frame.payload.len()));
    let (first, last) = (first.to_vec(), last.to_vec());
    let mut begins = Frame { payload: Bytes::new(), ..frame };
    begins.header.fin = false;
    hold(&mut begins, first);
    frame.header.opcode = Opcode::CONTINUATION;
    hold(&mut frame, last);
    [begins, frame]
}

#[cfg(test)]
mod tests {
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
}
