//! Which scripts are about HTTP/2 or HTTP/3 themselves.

use wsspec_notation::{FieldEdit, FieldExpectation, Line, Script, Sending, Step};

/// Whether a script sends frames that HTTP/1.1 lacks, writes or expects a pseudo-field, or plays on several streams.
pub(crate) fn is_about_frames(script: &Script) -> bool {
    !script.streams().is_empty()
        || script.walk().any(|Line { step, .. }| match step {
            Step::Send(Sending::Http2(_)) => true,
            Step::Send(Sending::Request(head)) => head.fields.iter().any(edits_pseudo),
            Step::Send(Sending::Response(head)) => head.fields.iter().any(edits_pseudo),
            Step::Expect(expectation) => expectation.fields.iter().any(|field| match field {
                FieldExpectation::Present(name, _) | FieldExpectation::Absent(name) => is_pseudo(name),
            }),
            _ => false,
        })
}

fn edits_pseudo(edit: &FieldEdit) -> bool {
    match edit {
        FieldEdit::Set(name, _)
        | FieldEdit::Add(name, _)
        | FieldEdit::Remove(name)
        | FieldEdit::Move(name, _) => is_pseudo(name),
        FieldEdit::Verbatim(_) => false,
    }
}

fn is_pseudo(name: &str) -> bool {
    name.starts_with(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_pseudo_fields_are_about_later_versions() {
        for (script, about) in [
            ("> request\n>   :protocol: foo\n< response 4xx\n", true),
            ("> request\n>   -:path\n< response 4xx | reset\n", true),
            ("< request\n<   :protocol: websocket\n> accepted\n", true),
            ("> rst CANCEL\n", true),
            ("streams a b\nalive\n", true),
            ("> request\n>   Cookie: a=b\n< accepted\n", false),
            ("> text \"a\"\n", false),
        ] {
            assert_eq!(is_about_frames(&script.parse().unwrap()), about, "{script}");
        }
    }
}
