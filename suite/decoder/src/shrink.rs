//! Shrinks an input that shows something, by trying.

use wsspec_wire::{Decoded, Frame, Header, Length, Mask};

use crate::{Cuts, InputPrefix};

/// The most inputs that are tried.
const MOST: usize = 400;

/// The smallest input found for which `shows` holds, starting with one for which it holds.
pub fn shrink(input: &[u8], mut shows: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut best = input.to_vec();
    let mut tried = 0;
    loop {
        let smaller = smaller(&best).into_iter().filter(|smaller| *smaller != best);
        let next = smaller.take(MOST.saturating_sub(tried)).find(|smaller| {
            tried += 1;
            shows(smaller)
        });
        match next {
            Some(smaller) => best = smaller,
            None => return best,
        }
    }
}

/// Inputs that are smaller in one respect, the most promising first.
fn smaller(input: &[u8]) -> Vec<Vec<u8>> {
    let (prefix, bytes) = InputPrefix::read(input);
    let (frames, rest) = frames(bytes);
    let mut all = Vec::new();
    let plain = [InputPrefix::of(prefix.sender), InputPrefix { cuts: Cuts::NONE, ..prefix }];
    let plain = plain.map(|prefix| prefix.followed_by(bytes));
    all.extend(plain.into_iter().filter(|plain| plain.len() <= input.len()));
    let cuts = &input[..input.len().min(InputPrefix::LEN)];
    let encoded = |frames: &[Frame], rest: &[u8]| {
        let mut smaller = cuts.to_vec();
        frames.iter().for_each(|frame| frame.encode(&mut smaller));
        smaller.extend_from_slice(rest);
        smaller
    };
    if let Some((_, before)) = rest.split_last() {
        all.extend([encoded(&frames, &[]), encoded(&frames, before)]);
    }
    let count = frames.len();
    let sizes = std::iter::successors(Some(count), |size| Some(size / 2)).take_while(|size| *size > 0);
    let runs = sizes.flat_map(|size| (0..=count - size).map(move |at| (at, at + size)));
    let without = runs.map(|(at, end)| encoded(&[&frames[..at], &frames[end..]].concat(), rest));
    // No more are tried, so no more are generated.
    all.extend(without.take(MOST));
    let simple = (0..count).flat_map(|at| simpler(&frames[at]).into_iter().map(move |simple| (at, simple)));
    all.extend(simple.take(MOST).map(|(at, simple)| {
        let mut frames = frames.clone();
        frames[at] = simple;
        encoded(&frames, rest)
    }));
    all
}

/// The complete frames at the start of some bytes, and the rest.
fn frames(bytes: &[u8]) -> (Vec<Frame>, &[u8]) {
    let mut decoder = wsspec_wire::Decoder::new(bytes.len() as u64);
    let (mut frames, mut rest) = (Vec::new(), bytes);
    loop {
        let mut ahead = rest;
        let Some(Decoded::Frame(frame)) = decoder.decode(&mut ahead) else { return (frames, rest) };
        frames.push(frame);
        rest = ahead;
    }
}

/// The frame with less payload, or a simpler header.
fn simpler(frame: &Frame) -> Vec<Frame> {
    let size = frame.payload.len();
    let mut all = vec![holding(frame, &[])];
    for piece in std::iter::successors(Some(size / 2), |piece| Some(piece / 2)).take_while(|piece| *piece > 0)
    {
        // The end before the beginning: the beginning mostly shows the fault.
        let starts = (0..size).step_by(piece).collect::<Vec<_>>().into_iter().rev();
        all.extend(starts.map(|at| {
            let end = (at + piece).min(size);
            holding(frame, &[&frame.payload[..at], &frame.payload[end..]].concat())
        }));
    }
    if frame.header.mask.is_some_and(|mask| mask != Mask([0; 4])) {
        all.push(frame.clone().with_mask(Mask([0; 4])));
    }
    all.push(holding(frame, &vec![b'a'; size]));
    all.retain(|simple| simple != frame);
    all
}

/// The frame with another payload and its length, minimal if it was minimal.
fn holding(frame: &Frame, payload: &[u8]) -> Frame {
    let minimal = Length::minimal(payload.len() as u64);
    let was = frame.header.length;
    let form = if was.is_minimal() { minimal.form } else { was.form };
    let length = Length { form, ..minimal }.fitting();
    Frame { header: Header { length, ..frame.header }, payload: payload.to_vec().into() }
}

#[cfg(test)]
mod tests {
    use wsspec_wire::Role;

    use super::*;
    use crate::inputs::from_frames;

    #[test]
    fn irrelevant_parts_are_left_out() {
        let bytes = b"\x81\x05Hello\x01\x02ab\x89\x04ping\xC2\x03xyz\x81\x00\x8A";
        let input = from_frames([1; 4], Role::Server, bytes);
        let shrunk = shrink(&input, |input| input.contains(&0xC2));
        assert_eq!(shrunk, from_frames([255; 4], Role::Server, b"\xC2\x00"));
    }

    #[test]
    fn an_input_of_noise_is_no_trouble() {
        for size in 0..40 {
            let noise = vec![0xFF; size];
            assert!(shrink(&noise, |_| true).len() <= noise.len());
        }
    }
}
