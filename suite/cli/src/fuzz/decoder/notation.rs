//! Shows an input in the notation: what one endpoint sends, one frame per line.

use std::fmt::Write as _;

use wsspec_catalogue::Catalogue;
use wsspec_decoder::{InputPrefix, inputs::from_frames};
use wsspec_exchange::received_text;
use wsspec_notation::bytes_of;
use wsspec_notation::{MaskSpec, Sending, Step};
use wsspec_referee::Received;
use wsspec_wire::{Decoded, Mask, Role};

/// The endpoint that sends the input, and its frames as script lines.
pub fn lines(input: &[u8]) -> (Role, String) {
    let (InputPrefix { sender, .. }, bytes) = InputPrefix::read(input);
    let mut decoder = wsspec_wire::Decoder::new(bytes.len() as u64);
    let (mut text, mut rest) = (String::new(), bytes);
    let mut line = |received: &Received| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "> {}", received_text(received, sender));
    };
    while !rest.is_empty() {
        let mut ahead = rest;
        let Some(Decoded::Frame(frame)) = decoder.decode(&mut ahead) else {
            line(&Received::Unfinished(rest.to_vec().into()));
            break;
        };
        line(&Received::Frame(frame));
        rest = ahead;
    }
    (sender, text)
}

/// Inputs made of what a catalogue's cases send, as either endpoint; without compressed frames and without heads.
pub fn of_catalogue(catalogue: &Catalogue, longest: usize) -> Vec<Vec<u8>> {
    let mut inputs = Vec::new();
    for case in catalogue.cases.iter().filter(|case| case.extra.is_none()) {
        for sender in [Role::Client, Role::Server] {
            for member in &case.members {
                let mut sent = Vec::new();
                for line in member.script.walk() {
                    sent.extend(sends(&line.step, sender).unwrap_or_default());
                }
                if !sent.is_empty() && sent.len() <= longest {
                    inputs.push(from_frames([u8::MAX; 4], sender, &sent));
                }
            }
        }
    }
    inputs.sort();
    inputs.dedup();
    inputs
}

fn sends(step: &Step, sender: Role) -> Option<Vec<u8>> {
    let Step::Send(sending) = step else { return None };
    let mut sending = sending.clone();
    if let Sending::Frame(spec) = &mut sending {
        if spec.attributes.deflate {
            return None;
        }
        if spec.attributes.mask == MaskSpec::Usual && sender == Role::Client {
            spec.attributes.mask = MaskSpec::Key(Mask([0x37, 0xFA, 0x21, 0x3D]));
        }
    }
    match &sending {
        // Heads are not decoded here.
        Sending::Frame(_) => bytes_of(&sending.to_string(), sender),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_lines_and_what_does_not_end_is_raw() {
        let input = from_frames([255; 4], Role::Server, b"\xC1\x01a\x8A\x80\0\0\0\0\x81");
        let expected = "> text \"a\" +rsv1\n> pong mask:00000000\n> raw x\"81\"\n";
        assert_eq!(lines(&input), (Role::Server, expected.to_owned()));
    }

    #[test]
    fn the_catalogue_has_hundreds_of_inputs() {
        let catalogue = Catalogue::embedded().expect("an embedded catalogue");
        let inputs = of_catalogue(&catalogue, 4096);
        assert!(inputs.len() > 500, "{}", inputs.len());
    }
}
