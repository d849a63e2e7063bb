//! What the frames of a script contain.

use bytes::Bytes;
use wsspec_catalogue::Trial;
use wsspec_notation::{FrameKind, FrameSpec, Sending, Step};

/// The frames that a script sends, in written order, each with the number of its line.
fn frames(trial: &Trial) -> impl Iterator<Item = (usize, &FrameSpec)> {
    trial.script.walk().filter_map(|line| match &line.step {
        Step::Send(Sending::Frame(frame)) => Some((line.number, frame)),
        _ => None,
    })
}

/// The payloads of all frames that a script sends, before compression.
pub(crate) fn payloads(trial: &Trial) -> impl Iterator<Item = Bytes> {
    frames(trial).map(|(_, frame)| frame.payload.bytes())
}

/// Those that it sends before the line with this number.
pub(crate) fn payloads_before(trial: &Trial, line: usize) -> impl Iterator<Item = Bytes> {
    frames(trial).take_while(move |(number, _)| *number < line).map(|(_, frame)| frame.payload.bytes())
}

/// Whether a text message that a script sends is not UTF-8 as far as it is sent.
pub(crate) fn has_invalid_text(trial: &Trial) -> bool {
    let mut text: Option<Vec<u8>> = None;
    frames(trial).any(|(_, frame)| {
        match frame.kind {
            FrameKind::Text => text = Some(frame.payload.bytes().to_vec()),
            FrameKind::Continuation => text.iter_mut().for_each(|text| text.extend(frame.payload.bytes())),
            _ => return false,
        }
        let is_invalid = text.as_deref().is_some_and(|text| match str::from_utf8(text) {
            Ok(_) => false,
            Err(error) => error.error_len().is_some() || frame.attributes.fin,
        });
        if frame.attributes.fin {
            text = None;
        }
        is_invalid
    })
}

#[cfg(test)]
mod tests {
    use wsspec_wire::Role;

    use wsspec_notation::Script;

    use super::*;
    use crate::Probe;

    #[test]
    fn text_is_followed_through_its_fragments() {
        let any = Probe::Pings.trial_for(Role::Server);
        let is_invalid = |script: &str| {
            let script = script.parse::<Script>().unwrap().into();
            has_invalid_text(&Trial { script, ..Trial::clone(&any) })
        };
        assert!(is_invalid("> text x\"ce\"\n"));
        assert!(is_invalid("> text x\"ce\" -fin\n> ping\n> cont \"a\" -fin\n"));
        assert!(!is_invalid("> text x\"ce\" -fin\n> ping\n> cont x\"ba\"\n> text \"a\"\n"));
        assert!(!is_invalid("> binary x\"ce\" -fin\n> cont \"a\"\n"));
    }
}
