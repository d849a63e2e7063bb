//! A mutator for inputs that contain frames: it changes a field, or the order of frames, and keeps the framing
//! intact.
//!
//! A fuzzer that flips bits of a header mostly produces a length that swallows everything after it. This one splits
//! an input into frames, changes one thing, and joins them again.

#[cfg(test)]
mod tests;

use std::{mem, ops::Range};

use bytes::Bytes;
use rand::{Rng, RngCore, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use wsspec_wire::{Frame, Header, Length, LengthForm, Mask, Opcode, Rsv};

use crate::{
    InputPrefix,
    generator::{any_cuts, any_deflate},
};

/// Makes libFuzzer mutate frames as frames, three times in four; otherwise its own mutations apply. Takes a function
/// that says where an input's frames begin; without one, inputs begin with an [`InputPrefix`], which changes as well.
#[cfg(fuzzing)]
#[macro_export]
macro_rules! frame_mutator {
    () => {
        $crate::libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            let framed = seed % 4 != 0;
            framed
                .then(|| $crate::mutate_input(data, size, max_size, seed))
                .flatten()
                .unwrap_or_else(|| $crate::libfuzzer_sys::fuzzer_mutate(data, size, max_size))
        });
    };
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

/// Invalid UTF-8, its beginnings, and text that only looks invalid: the edges of every row of the table in RFC 3629, 4,
/// and what looks like further rows: bytes above F4 with as many continuations as they seem to announce.
pub(crate) const SEQUENCES: [&[u8]; 27] = [
    b"\x80",
    b"\xbf",
    b"\xc0\x80",
    b"\xc1\xbf",
    b"\xc2",
    b"\xc2\x80",
    b"\xdf\xbf",
    b"\xe0",
    b"\xe0\x80",
    b"\xe0\x80\x80",
    b"\xe0\x9f\xbf",
    b"\xe0\xa0\x80",
    b"\xe2\x82",
    b"\xed\x9f\xbf",
    b"\xed\xa0",
    b"\xed\xa0\x80",
    b"\xee\x80\x80",
    b"\xf0\x80\x80\x80",
    b"\xf0\x8f\xbf\xbf",
    b"\xf0\x90\x80",
    b"\xf0\x90\x80\x80",
    b"\xf4\x8f\xbf\xbf",
    b"\xf4\x90",
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xf8\x88\x80\x80\x80",
    b"\xff",
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

/// Changes one thing about an input, which begins with an [`InputPrefix`]: mostly its frames, as
/// [`mutate_frames`] does, otherwise how they are split or what was agreed. Returns the new size; `None` if nothing has
/// changed.
pub fn mutate_input(data: &mut [u8], size: usize, most: usize, seed: u32) -> Option<usize> {
    let rng = &mut SmallRng::seed_from_u64(u64::from(seed) << 32);
    if rng.random_ratio(7, 8) || size < InputPrefix::LEN || size > data.len() {
        return mutate_frames(data, size, most, InputPrefix::LEN, seed);
    }
    let (prefix, _) = InputPrefix::read(data);
    let changed = if rng.random_ratio(3, 4) {
        InputPrefix { cuts: any_cuts(rng), ..prefix }
    } else {
        InputPrefix { deflate: prefix.deflate.map(|_| any_deflate(rng)), pulled: !prefix.pulled, ..prefix }
    };
    data[..InputPrefix::LEN].copy_from_slice(&changed.bytes());
    Some(size)
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

/// The length differs from the bytes that follow; a third of the time in 16 bits, where it swallows less.
fn lie(rng: &mut SmallRng, frame: &mut Frame) {
    let value = frame.header.length.value;
    if rng.random_ratio(1, 3) {
        let values = [0, 1, 125, 126, 127, 0x7FFF, 0x8000, 0xFFFF, value.wrapping_sub(1), value + 1];
        let value = values.choose(rng).unwrap_or(&0) & 0xFFFF;
        frame.header.length = Length { value, form: LengthForm::Bits16 };
        return;
    }
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
