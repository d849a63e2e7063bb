//! Inputs for decoders, generated from numbers: mostly what a conforming end sends, with a change or two.

use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use wsspec_wire::{CloseCode, Deflater, Frame, Length, LengthForm, Mask, Opcode, Role, Rsv};

use crate::{
    Cuts, Demands, InputPrefix,
    frame_mutator::{SEQUENCES, mutate_input},
    generator::{any_cuts, any_deflate},
};

/// The most frames of a conforming sender.
const FRAMES: usize = 8;
/// The longest input, in bytes.
pub const LONGEST: usize = 4096;

/// The input with this number, for a decoder with these demands: an [`InputPrefix`], then the bytes of one end. Some
/// are derived from `others`, which are inputs too.
#[must_use]
pub fn input(seed: u64, others: &[Vec<u8>], demands: &Demands) -> Vec<u8> {
    let rng = &mut SmallRng::seed_from_u64(seed);
    let mut input = match others.choose(rng) {
        Some(other) if rng.random_ratio(1, 2) => {
            let (prefix, bytes) = InputPrefix::read(other);
            let cuts = if rng.random() { any_cuts(rng) } else { prefix.cuts };
            InputPrefix { cuts, ..prefix }.followed_by(bytes)
        }
        _ => fresh(rng, demands),
    };
    if rng.random_ratio(1, 4) {
        let size = input.len();
        input.resize(LONGEST.max(size), 0);
        let changed = mutate_input(&mut input, size, LONGEST, rng.random());
        input.truncate(changed.unwrap_or(size));
    }
    if rng.random_ratio(1, 4) {
        noise(rng, &mut input);
    }
    if rng.random_ratio(1, 8) {
        input.truncate(rng.random_range(0..=input.len()));
    }
    input.truncate(LONGEST);
    input
}

/// The parts of an input made from a number: the segments, the sender, and the frames.
#[must_use]
pub fn from_frames(cuts: [u8; 4], sender: Role, frames: &[u8]) -> Vec<u8> {
    InputPrefix { cuts: Cuts::of(cuts), ..InputPrefix::of(sender) }.followed_by(frames)
}

fn fresh(rng: &mut SmallRng, demands: &Demands) -> Vec<u8> {
    let sender = if rng.random() { Role::Client } else { Role::Server };
    let deflate = (demands.deflate && rng.random()).then(|| any_deflate(rng));
    let mut deflater = deflate.map(|agreed| Deflater::new(sender, &agreed));
    let mut frames = sequence(rng, &mut deflater);
    let is_unmasked = rng.random_ratio(1, 4);
    for frame in &mut frames {
        let key = Mask(if is_unmasked { [0; 4] } else { rng.random() });
        frame.header.mask = (sender == Role::Client).then_some(key);
    }
    for _ in 0..rng.random_range(0..=2) {
        change(rng, &mut frames);
    }
    let mut bytes = Vec::new();
    frames.iter().for_each(|frame| frame.encode(&mut bytes));
    InputPrefix { cuts: any_cuts(rng), deflate, ..InputPrefix::of(sender) }.followed_by(&bytes)
}

/// Frames that a conforming end may send, apart from its masks.
fn sequence(rng: &mut SmallRng, deflater: &mut Option<Deflater>) -> Vec<Frame> {
    let mut frames = Vec::new();
    let count = rng.random_range(1..=FRAMES);
    while frames.len() < count {
        match rng.random_range(0..6) {
            0 => frames.push(Frame::new(Opcode::PING, payload(rng, 125))),
            1 => frames.push(Frame::new(Opcode::PONG, payload(rng, 125))),
            kind => message(rng, kind == 2, deflater, &mut frames),
        }
    }
    if rng.random_ratio(1, 3) {
        frames.push(Frame::new(Opcode::CLOSE, close(rng)));
    }
    frames
}

/// A message in one frame, or in several, possibly with a control frame in between, split anywhere.
fn message(
    rng: &mut SmallRng,
    is_fragmented: bool,
    deflater: &mut Option<Deflater>,
    frames: &mut Vec<Frame>,
) {
    let is_text = rng.random_ratio(2, 3);
    let mut whole = if is_text { text(rng) } else { payload(rng, 300) };
    let mut rsv = Rsv::NONE;
    if let Some(deflater) = deflater
        && rng.random_ratio(3, 4)
    {
        (whole, rsv) = (deflater.compress(&whole), Rsv::RSV1);
    }
    let mut opcode = if is_text { Opcode::TEXT } else { Opcode::BINARY };
    let mut rest = &whole[..];
    for _ in 0..if is_fragmented { rng.random_range(1..4) } else { 0 } {
        let (part, later) = rest.split_at(rng.random_range(0..=rest.len()));
        frames.push(Frame::new(opcode, part.to_vec()).with_fin(false).with_rsv(rsv));
        if rng.random_ratio(1, 3) {
            let control = if rng.random() { Opcode::PING } else { Opcode::PONG };
            frames.push(Frame::new(control, payload(rng, 16)));
        }
        (opcode, rest, rsv) = (Opcode::CONTINUATION, later, Rsv::NONE);
    }
    frames.push(Frame::new(opcode, rest.to_vec()).with_rsv(rsv));
}

fn payload(rng: &mut SmallRng, most: usize) -> Vec<u8> {
    let size = match rng.random_range(0..8) {
        0 => 0,
        1 => most,
        2 => most.min(126),
        _ => rng.random_range(0..=most.min(24)),
    };
    (0..size).map(|_| rng.random()).collect()
}

fn text(rng: &mut SmallRng) -> Vec<u8> {
    const PIECES: [&str; 9] =
        ["a", "Hello", "\u{b5}", "\u{20ac}", "\u{1f600}", "\u{ffff}", "\0", "\u{feff}", "\u{10ffff}"];
    let count = if rng.random_ratio(1, 10) { 60 } else { rng.random_range(0..6) };
    (0..count).flat_map(|_| PIECES.choose(rng).copied().unwrap_or_default().bytes()).collect()
}

/// The body of a close frame, often one that no endpoint may send.
fn close(rng: &mut SmallRng) -> Vec<u8> {
    const CODES: [u16; 14] = [0, 999, 1000, 1001, 1004, 1005, 1006, 1007, 1011, 1012, 1015, 2999, 3000, 4999];
    match rng.random_range(0..8) {
        0 => Vec::new(),
        1 => vec![rng.random()],
        2 => payload(rng, 125),
        _ => {
            let code = CODES.choose(rng).copied().unwrap_or(1000);
            [&CloseCode(code).0.to_be_bytes()[..], &text(rng)[..]].concat().into_iter().take(120).collect()
        }
    }
}

/// Changes a frame, or the number of frames.
fn change(rng: &mut SmallRng, frames: &mut Vec<Frame>) {
    let at = rng.random_range(0..frames.len());
    let frame = frames[at].clone();
    frames[at] = match rng.random_range(0..15) {
        0 => frame.with_rsv(Rsv::from_low_bits(1 << rng.random_range(0..3))),
        1 => retyped(frame, Opcode::from_low_bits(rng.random())),
        2 => remasked(frame, rng),
        3 => frame.with_length_form(LengthForm::Bits16),
        4 => frame.with_length_form(LengthForm::Bits64),
        5 => frame.with_length(Length { value: rng.random(), form: LengthForm::Bits64 }),
        6 => frame.clone().with_fin(!frame.header.fin),
        7 => retyped(frame, Opcode::CONTINUATION),
        8 => retyped(frame, Opcode::TEXT),
        9 => {
            let sequence = *SEQUENCES.choose(rng).unwrap_or(&SEQUENCES[0]);
            holding(frame, |payload| payload.extend_from_slice(sequence))
        }
        10 => holding(frame, |payload| payload.truncate(payload.len().saturating_sub(1))),
        11 => holding(frame, |payload| payload.resize(130, b'a')),
        12 => {
            frames.insert(at, frame.clone());
            frame
        }
        13 => {
            frame.with_length(Length { value: u64::from(rng.random::<u16>() >> 7), form: LengthForm::Bits16 })
        }
        _ => {
            let body = close(rng);
            holding(retyped(frame, Opcode::CLOSE), |payload| *payload = body)
        }
    };
}

const fn retyped(mut frame: Frame, opcode: Opcode) -> Frame {
    frame.header.opcode = opcode;
    frame
}

fn remasked(mut frame: Frame, rng: &mut SmallRng) -> Frame {
    frame.header.mask = frame.header.mask.is_none().then(|| Mask(rng.random()));
    frame
}

/// The frame with another payload, and that payload's length.
fn holding(frame: Frame, change: impl FnOnce(&mut Vec<u8>)) -> Frame {
    let mut payload = frame.payload.to_vec();
    change(&mut payload);
    let length = Length::minimal(payload.len() as u64);
    Frame { payload: payload.into(), ..frame.with_length(length) }
}

/// Sets a byte, or drops or doubles some.
fn noise(rng: &mut SmallRng, input: &mut Vec<u8>) {
    if input.is_empty() {
        return;
    }
    let at = rng.random_range(0..input.len());
    let end = (at + rng.random_range(1..16)).min(input.len());
    match rng.random_range(0..3) {
        0 => input[at] = rng.random(),
        1 => drop(input.drain(at..end)),
        _ => drop(input.splice(at..at, input[at..end].to_vec())),
    }
}
