//! Requests and responses: the default ones with edits whose effect is known.

mod request;
mod response;

use arbitrary::{Arbitrary, Result, Unstructured};
use wsspec_notation::{FieldEdit, Script, Sending, Step, Word};
use wsspec_wire::Role;

/// A head: edits of the default request or response, each from a list in these modules.
#[derive(Clone, Debug)]
pub struct EditedHead {
    /// The edits.
    pub edits: Vec<&'static HeadEdit>,
    /// One of them is about the field that offers or accepts extensions (RFC 6455, 9.1).
    pub edits_extensions: bool,
}

/// An edit of a head, and its effect.
#[derive(Clone, Debug)]
pub struct HeadEdit {
    what: HeadChange,
    /// The requirement that a peer breaks if it does not refuse it; `None`: it accepts it.
    pub fault: Option<&'static str>,
    /// A server that finds no upgrade in it may answer it as plain HTTP.
    pub is_plain: bool,
    /// What a peer breaks if it refuses an edit that it has to accept.
    pub taken: &'static str,
}

#[derive(Clone, Debug)]
enum HeadChange {
    Field(FieldEdit),
    Method(&'static str),
    Version(&'static str),
}

/// The requirements that some edit has to be accepted by.
pub fn taken_requirements() -> impl Iterator<Item = &'static str> {
    request::TAKEN
        .iter()
        .chain(&response::TAKEN)
        .map(|(_, taken)| *taken)
        .chain([HeadEdit::RESPONSE_IS_TAKEN])
}

/// The default head for a peer of that role up to where it could end; what begins an opening handshake is a part of it.
#[must_use]
pub const fn begun_head(role: Role) -> &'static str {
    match role {
        Role::Server => request::BEGUN,
        Role::Client => response::BEGUN,
    }
}

impl EditedHead {
    /// The edits of a request to a server, or of a response to a client; `None` if one is unknown.
    #[must_use]
    pub fn of(step: &Step, peer: Role) -> Option<Self> {
        let edits = match (step, peer) {
            (Step::Send(Sending::Request(spec)), Role::Server) => request::edits_of(spec)?,
            (Step::Send(Sending::Response(spec)), Role::Client) => response::edits_of(spec)?,
            _ => return None,
        };
        let edits_extensions =
            edits.iter().any(|edit| edit.name().eq_ignore_ascii_case("Sec-WebSocket-Extensions"));
        Some(Self { edits, edits_extensions })
    }

    /// Any request to a server, or response to a client.
    ///
    /// # Errors
    ///
    /// Errors come from the byte source.
    pub fn any(u: &mut Unstructured<'_>, peer: Role) -> Result<Step> {
        let all: &[HeadEdit] = match peer {
            Role::Server => &request::EDITS,
            Role::Client => &response::EDITS,
        };
        let mut edits: Vec<&HeadEdit> = Vec::new();
        for _ in 0..u8::arbitrary(u)? % 4 {
            let edit = &all[u.choose_index(all.len())?];
            // At most one fault: two may cancel each other out, as may two edits of a field.
            let clashes = |other: &&HeadEdit| {
                other.name() == edit.name() || other.fault.is_some() && edit.fault.is_some()
            };
            if !edits.iter().any(clashes) {
                edits.push(edit);
            }
        }
        Ok(match peer {
            Role::Server => request::step(&edits),
            Role::Client => response::step(&edits),
        })
    }
}

impl HeadEdit {
    /// A client that has got a valid response takes the connection to be open.
    pub const RESPONSE_IS_TAKEN: &str = "rfc6455#4.1:68";

    /// Reads the line of a field edit below a head.
    fn field(line: &str, fault: Option<&'static str>, is_plain: bool, taken: &'static str) -> Self {
        let script = format!("> request\n>   {line}\n").parse::<Script>().ok();
        let step = script.and_then(|mut script| script.lines.pop()).map(|line| line.step);
        let Some(Step::Send(Sending::Request(mut spec))) = step else {
            unreachable!("a test reads every line")
        };
        Self { what: HeadChange::Field(spec.fields.remove(0)), fault, is_plain, taken }
    }

    /// What it changes.
    fn name(&self) -> &str {
        match &self.what {
            HeadChange::Field(
                FieldEdit::Set(name, _)
                | FieldEdit::Add(name, _)
                | FieldEdit::Remove(name)
                | FieldEdit::Move(name, _),
            ) => name,
            HeadChange::Field(FieldEdit::Verbatim(_)) => "",
            HeadChange::Method(_) => "method",
            HeadChange::Version(_) => "version",
        }
    }
}

/// The edits of these fields from a list; `None` if one is unknown.
fn fields_of(fields: &[FieldEdit], all: &'static [HeadEdit]) -> Option<Vec<&'static HeadEdit>> {
    let known = |field: &FieldEdit| {
        all.iter().find(|edit| matches!(&edit.what, HeadChange::Field(edit) if edit == field))
    };
    fields.iter().map(known).collect()
}

fn is_word(word: &Word, text: &str) -> bool {
    word.bytes() == text.as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_edit_is_known_again() {
        for (edits, role) in [(&*request::EDITS, Role::Server), (&*response::EDITS, Role::Client)] {
            for edit in edits {
                let step = match role {
                    Role::Server => request::step(&[edit]),
                    Role::Client => response::step(&[edit]),
                };
                let found = EditedHead::of(&step, role).unwrap();
                assert_eq!(found.edits.len(), 1, "{edit:?}");
                assert_eq!(found.edits[0].fault, edit.fault, "{edit:?}");
            }
        }
        assert_eq!(request::EDITS.len(), request::TAKEN.len() + request::REFUSED.len() + 5);
        assert_eq!(response::EDITS.len(), response::TAKEN.len() + response::REFUSED.len());
    }
}
