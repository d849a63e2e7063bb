//! Makes an input smaller that shows something, by trying.

use arbitrary::{Arbitrary, Unstructured};
use wsspec_wire::{Decoded, Frame, Header, Length, Mask};

use super::inputs::from_frames;
use crate::decode::Setup;

/// The most inputs that are tried.
const MOST: usize = 400;

/// The smallest input that `shows` is found to hold of, starting with one that it holds of.
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
    let mut unstructured = Unstructured::new(input);
    let Ok(setup) = Setup::arbitrary(&mut unstructured) else { return Vec::new() };
    let bytes = unstructured.take_rest();
    let (frames, rest) = frames(bytes);
    let mut all = Vec::new();
    let plain = from_frames([u8::MAX; 4], setup.sender(), bytes);
    if plain.len() <= input.len() {
        all.push(plain);
    }
    let cuts = &input[..input.len().min(Setup::LEN)];
    let mut propose = |frames: &[Frame], rest: &[u8]| {
        let mut smaller = cuts.to_vec();
        frames.iter().for_each(|frame| frame.encode(&mut smaller));
        smaller.extend_from_slice(rest);
        all.push(smaller);
    };
    if !rest.is_empty() {
        propose(&frames, &[]);
        propose(&frames, &rest[..rest.len() - 1]);
    }
    for size in std::iter::successors(Some(frames.len()), |size| Some(size / 2)).take_while(|size| *size > 0)
    {
        for at in 0..=frames.len() - size {
            propose(&[&frames[..at], &frames[at + size..]].concat(), rest);
        }
    }
    for (at, frame) in frames.iter().enumerate() {
        for simple in simpler(frame) {
            let mut frames = frames.clone();
            frames[at] = simple;
            propose(&frames, rest);
        }
    }
    all
}

/// The whole frames that bytes begin with, and the rest.
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

/// The frame with less of a payload, or a plainer header.
fn simpler(frame: &Frame) -> Vec<Frame> {
    let with = |header: Header, size: usize| {
        let value = size as u64;
        let form =
            if frame.header.length.is_minimal() { Length::minimal(value).form } else { header.length.form };
        let length = Length { value, form }.fitting();
        Frame { header: Header { length, ..header }, payload: frame.payload.slice(..size) }
    };
    let size = frame.payload.len();
    let mut sizes = vec![0, size / 2, size.saturating_sub(1)];
    sizes.dedup();
    let mut all: Vec<_> =
        sizes.into_iter().filter(|less| *less < size).map(|less| with(frame.header, less)).collect();
    if frame.header.mask.is_some_and(|mask| mask != Mask([0; 4])) {
        all.push(frame.clone().with_mask(Mask([0; 4])));
    }
    let mut letters = frame.clone();
    letters.payload = vec![b'a'; size].into();
    all.extend((letters != *frame).then_some(letters));
    all
}

#[cfg(test)]
mod tests {
    use wsspec_wire::Role;

    use super::*;

    #[test]
    fn what_does_not_matter_is_left_out() {
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
