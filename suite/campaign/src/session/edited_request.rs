//! Requests: the default one with edits whose effect is known.

use std::sync::LazyLock;

use arbitrary::{Arbitrary, Result, Unstructured};
use wsspec_notation::{FieldEdit, RequestSpec, Script, Sending, Step, Word};

/// A request: edits of the default one, each from a list in this module.
#[derive(Clone, Debug)]
pub struct EditedRequest(Vec<&'static RequestEdit>);

/// An edit of a request, and its effect.
#[derive(Clone, Debug)]
pub struct RequestEdit {
    what: RequestChange,
    /// The requirement that a server breaks if it does not refuse it; `None`: it accepts it.
    pub fault: Option<&'static str>,
    /// A server that finds no upgrade in it may answer it as plain HTTP.
    pub is_plain: bool,
    /// What a server breaks if it refuses an edit that it has to accept.
    pub taken: &'static str,
}

#[derive(Clone, Debug)]
enum RequestChange {
    Field(FieldEdit),
    Method(&'static str),
    Version(&'static str),
}

/// Edits that a server has to accept: the line below the request, the requirement.
const TAKEN: [(&str, &str); 12] = [
    ("Upgrade: WebSocket", "rfc6455#4.2.1:15"),
    ("Upgrade: WEBSOCKET", "rfc6455#4.2.1:15"),
    ("Connection: upgrade", "rfc6455#4.2.1:19"),
    ("Connection: UPGRADE", "rfc6455#4.2.1:19"),
    ("Connection: keep-alive, Upgrade", "rfc6455#4.2.1:20"),
    ("Connection: keep-alive,upgrade", "rfc6455#4.2.1:20"),
    ("+Cookie: wsspec=1; theme=\"dark\"", "rfc6455#4.2.1:30"),
    ("+User-Agent: wsspec", "rfc6455#4.2.1:30"),
    ("+Pragma: no-cache", "rfc6455#4.2.1:30"),
    ("+X-Wsspec: 1", "rfc6455#4.2.1:31"),
    ("+X-Empty:", "rfc6455#4.2.1:31"),
    ("+Sec-WebSocket-Extensions: x-wsspec", "rfc6455#9.1:16"),
];

/// Edits that a server has to refuse, and whether the result is a plain HTTP request.
const REFUSED: [(&str, &str, bool); 22] = [
    ("-Host", "rfc6455#4.2.1:11", false),
    ("-Upgrade", "rfc6455#4.2.1:13", true),
    ("Upgrade: websockets", "rfc6455#4.2.1:14", true),
    ("Upgrade: foo", "rfc6455#4.2.1:14", true),
    ("-Connection", "rfc6455#4.2.1:17", true),
    ("Connection: keep-alive", "rfc6455#4.2.1:18", true),
    ("Connection: Upgraded", "rfc6455#4.2.1:18", true),
    ("-Sec-WebSocket-Key", "rfc6455#4.2.1:21", false),
    ("Sec-WebSocket-Key:", "rfc6455#4.2.1:23", false),
    ("Sec-WebSocket-Key: AQ==", "rfc6455#4.2.1:23", false),
    ("Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEBES", "rfc6455#4.2.1:23", false),
    ("Sec-WebSocket-Key: AQIDBAUGBwgJ!!!MDQ4PEA==", "rfc6455#4.2.1:22", false),
    ("Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA", "rfc6455#4.2.1:22", false),
    ("+Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "rfc6455#11.3.1:2", false),
    ("-Sec-WebSocket-Version", "rfc6455#4.2.1:24", false),
    ("Sec-WebSocket-Version: 12", "rfc6455#4.2.1:25", false),
    ("Sec-WebSocket-Version: 14", "rfc6455#4.2.1:25", false),
    ("Sec-WebSocket-Version: 255", "rfc6455#4.2.1:25", false),
    ("Sec-WebSocket-Version: abc", "rfc6455#4.2.1:4", false),
    ("Sec-WebSocket-Version: 013", "rfc6455#4.2.1:4", false),
    ("+Host: wsspec.invalid", "rfc6455#4.2.1:4", false),
    ("+Sec-WebSocket-Version: 13", "rfc6455#11.3.5:4", false),
];

/// Every edit.
static EDITS: LazyLock<Vec<RequestEdit>> = LazyLock::new(|| {
    let field = |line: &str, fault, is_plain, taken| {
        let script = format!("> request\n>   {line}\n").parse::<Script>().ok();
        let step = script.and_then(|mut script| script.lines.pop()).map(|line| line.step);
        let Some(Step::Send(Sending::Request(RequestSpec { mut fields, .. }))) = step else {
            unreachable!("a test reads every line")
        };
        RequestEdit { what: RequestChange::Field(fields.remove(0)), fault, is_plain, taken }
    };
    let plain = |what, fault| RequestEdit { what, fault: Some(fault), is_plain: true, taken: fault };
    let mut edits: Vec<RequestEdit> =
        TAKEN.iter().map(|(line, taken)| field(line, None, false, taken)).collect();
    edits.extend(REFUSED.iter().map(|(line, fault, is_plain)| field(line, Some(fault), *is_plain, fault)));
    edits.extend(
        ["POST", "HEAD", "get"].map(|method| plain(RequestChange::Method(method), "rfc6455#4.2.1:6")),
    );
    edits.extend(
        ["HTTP/1.0", "HTTP/0.9"].map(|version| plain(RequestChange::Version(version), "rfc6455#4.2.1:7")),
    );
    edits
});

impl EditedRequest {
    /// The request.
    #[must_use]
    pub fn request(&self) -> RequestSpec {
        let mut spec = RequestSpec::default();
        for edit in &self.0 {
            match &edit.what {
                RequestChange::Field(field) => spec.fields.push(field.clone()),
                RequestChange::Method(method) => spec.method = Some(Word::Bare((*method).to_owned())),
                RequestChange::Version(version) => {
                    spec.target = Some(Word::Bare("/".to_owned()));
                    spec.version = Some(Word::Bare((*version).to_owned()));
                }
            }
        }
        spec
    }

    /// The edits of a request; `None` if one is unknown.
    #[must_use]
    pub fn of(spec: &RequestSpec) -> Option<Vec<&'static RequestEdit>> {
        let known = |is: &dyn Fn(&RequestChange) -> bool| EDITS.iter().find(|edit| is(&edit.what));
        let mut edits = Vec::new();
        for field in &spec.fields {
            edits.push(known(&|what| matches!(what, RequestChange::Field(edit) if edit == field))?);
        }
        if let Some(method) = &spec.method {
            edits.push(known(
                &|what| matches!(what, RequestChange::Method(known) if method.bytes() == known.as_bytes()),
            )?);
        }
        match (&spec.target, &spec.version) {
            (None, None) => {}
            (Some(target), Some(version)) if &target.bytes()[..] == b"/" => {
                edits.push(known(
                    &|what| matches!(what, RequestChange::Version(known) if version.bytes() == known.as_bytes()),
                )?);
            }
            _ => return None,
        }
        Some(edits)
    }
}

impl<'a> Arbitrary<'a> for EditedRequest {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut edits: Vec<&'static RequestEdit> = Vec::new();
        for _ in 0..u.int_in_range(0..=3_u8)? {
            let edit = &EDITS[u.choose_index(EDITS.len())?];
            // At most one fault: two may cancel each other out, as may two edits of a field.
            let clashes = |other: &&RequestEdit| {
                other.name() == edit.name() || other.fault.is_some() && edit.fault.is_some()
            };
            if !edits.iter().any(clashes) {
                edits.push(edit);
            }
        }
        Ok(Self(edits))
    }
}

impl RequestEdit {
    /// What it changes.
    fn name(&self) -> &str {
        match &self.what {
            RequestChange::Field(
                FieldEdit::Set(name, _)
                | FieldEdit::Add(name, _)
                | FieldEdit::Remove(name)
                | FieldEdit::Move(name, _),
            ) => name,
            RequestChange::Field(FieldEdit::Verbatim(_)) => "",
            RequestChange::Method(_) => "method",
            RequestChange::Version(_) => "version",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_edit_is_known_again() {
        for edit in EDITS.iter() {
            let found = EditedRequest::of(&EditedRequest(vec![edit]).request()).unwrap();
            assert_eq!(found.len(), 1, "{edit:?}");
            assert_eq!(found[0].fault, edit.fault, "{edit:?}");
        }
        assert_eq!(EDITS.len(), TAKEN.len() + REFUSED.len() + 5);
    }
}
