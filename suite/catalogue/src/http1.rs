//! Which scripts are about HTTP/1.1 itself, so that only HTTP/1.1 can carry them.

use wsspec_notation::{
    Answer, Expected, FieldEdit, FieldExpectation, Line, RequestSpec, ResponseSpec, Script, Sending, Step,
    Word,
};

use crate::{case::Need, plan::Trial};

/// Header fields that only HTTP/1.1 has: of the connection (RFC 9110, 7.6.1), of the upgrade (RFC 9110, 7.8; replaced
/// in RFC 8441, 5), of the message's length, and Host, which later versions do not send as a field.
const FIELDS: [&str; 10] = [
    "Connection",
    "Host",
    "Keep-Alive",
    "Proxy-Connection",
    "Sec-WebSocket-Accept",
    "Sec-WebSocket-Key",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
];

/// Rules of HTTP/1.1, besides all of RFC 9112 and those on Upgrade in RFC 9110: of the request line, Host, the upgrade and
/// the key of a request, of the status line and the fields of a 101, of what comes before a response on a connection, of
/// the form of a refusal.
const RULES: [&str; 26] = [
    "rfc6455#11.3.1:1",
    "rfc6455#4.1:22",
    "rfc6455#4.1:23",
    "rfc6455#4.1:24",
    "rfc6455#4.1:26",
    "rfc6455#4.1:29",
    "rfc6455#4.1:30",
    "rfc6455#4.1:31",
    "rfc6455#4.1:32",
    "rfc6455#4.1:33",
    "rfc6455#4.1:34",
    "rfc6455#4.1:35",
    "rfc6455#4.1:36",
    "rfc6455#4.1:75",
    "rfc6455#4.1:8",
    "rfc6455#4.3:14",
    "rfc6455#4.2.2:28",
    "rfc6455#4.2.2:29",
    "rfc6455#4.2.2:30",
    "rfc6455#4.2.2:31",
    "rfc6455#4.2.2:32",
    "rfc6455#4.2.2:33",
    "rfc6455#4.2.2:42",
    "rfc6455#4.2.2:49",
    "rfc9110#15.5.22:1",
    "rfc9110#8.6:1",
];

impl Trial {
    /// Whether only HTTP/1.1 can carry it: its script or the rule that it tests first is about that version.
    #[must_use]
    pub fn is_about_http1(&self) -> bool {
        let rule = self.requirement.as_str();
        let is_own =
            RULES.contains(&rule) || rule.starts_with("rfc9112#") || rule.starts_with("rfc9110#7.8:");
        // A case about a later version may say there what only HTTP/1.1 has.
        let is_free = !self.needs.iter().any(|need| matches!(need, Need::Http2 | Need::Http3));
        let is_proxied = self.script.expects_tunnel();
        is_free && (is_own || is_proxied || is_about_http1(&self.script) || frames_head(&self.script))
    }
}

/// Whether it cuts a head into segments, or declares the length of a body: later versions have frames for both.
fn frames_head(script: &Script) -> bool {
    let steps = script.walk().map(|line| &line.step);
    let before = steps.take_while(|step| !matches!(step, Step::Send(Sending::Request(_))));
    let is_cut = script.does_handshake() && before.into_iter().any(|step| matches!(step, Step::Chop(_)));
    let is_length = |edit: &FieldEdit| match edit {
        FieldEdit::Set(name, _) | FieldEdit::Add(name, _) => name.eq_ignore_ascii_case("Content-Length"),
        _ => false,
    };
    let declares = |line: &Line| match &line.step {
        Step::Send(Sending::Request(head)) => head.fields.iter().any(is_length),
        Step::Send(Sending::Response(head)) => head.fields.iter().any(is_length),
        _ => false,
    };
    is_cut || script.walk().any(declares)
}

/// Whether a script is about HTTP/1.1: it writes a method, a version, a target that is not a path, a reason phrase, or
/// raw bytes of a head; or it edits or expects a field that only HTTP/1.1 has.
///
/// `response 101` alone does not count: it is HTTP/1.1's way of saying `accepted`.
pub fn is_about_http1(script: &Script) -> bool {
    let mut is_open = !script.does_handshake();
    script.walk().any(|Line { step, .. }| {
        let is_octets = !is_open && matches!(step, Step::Send(Sending::Raw(_)));
        is_open |= opens(step);
        is_octets || shows(step)
    })
}

/// Whether bytes after this line no longer belong to a head.
fn opens(step: &Step) -> bool {
    match step {
        Step::Send(Sending::Response(head)) => head.status() == 101,
        Step::Expect(e) => {
            e.expected().any(|x| matches!(x, Expected::Response(status) if status.matches(101)))
        }
        _ => false,
    }
}

/// Whether this line alone is about HTTP/1.1.
fn shows(step: &Step) -> bool {
    match step {
        Step::Send(Sending::Request(head)) => request(head),
        Step::Send(Sending::Response(head)) => response(head),
        Step::Expect(expectation) => expectation.fields.iter().any(|field| match field {
            FieldExpectation::Present(name, _) | FieldExpectation::Absent(name) => is_own(name),
        }),
        _ => false,
    }
}

fn request(head: &RequestSpec) -> bool {
    head.method.is_some()
        || head.version.is_some()
        || head.target.as_ref().is_some_and(|target| !is_path(target))
        || head.fields.iter().any(edits_own)
}

fn response(head: &ResponseSpec) -> bool {
    matches!(head.answer, Answer::Status(_, Some(_))) || head.fields.iter().any(edits_own)
}

fn edits_own(edit: &FieldEdit) -> bool {
    match edit {
        FieldEdit::Set(name, _) | FieldEdit::Add(name, _) | FieldEdit::Remove(name) => is_own(name),
        // Later versions have none of the fields that HTTP/1.1 uses for the connection.
        FieldEdit::Move(name, _) => is_own(name),
        FieldEdit::Verbatim(_) => true,
    }
}

fn is_own(name: &str) -> bool {
    FIELDS.iter().any(|field| field.eq_ignore_ascii_case(name))
}

/// A path with an optional query, the only form of a target in later versions (RFC 9113, 8.3.1).
fn is_path(target: &Word) -> bool {
    let bytes = target.bytes();
    bytes.starts_with(b"/") && bytes.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'#')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(script: &str) -> bool {
        is_about_http1(&script.parse().unwrap())
    }

    #[test]
    fn a_script_that_only_opens_a_connection_is_about_no_version() {
        for script in [
            "alive\n> raw x\"81 00\"\n",
            "> request\n< response 101\n> raw x\"81 00\"\n",
            "> request - /chat?room=1\n< accepted |? response 4xx\n<   -Sec-WebSocket-Protocol\n",
            "> request\n>   Sec-WebSocket-Version: 14\n<? response 426 | response 400\n",
            "< request\n<   Origin:\n> response 101\n>   Sec-WebSocket-Extensions: x\n> raw x\"81 00\"\n",
        ] {
            assert!(!about(script), "{script}");
        }
    }

    #[test]
    fn what_only_http1_has_makes_a_script_be_about_it() {
        for script in [
            "> request GET\n< accepted\n",
            "> request - - HTTP/1.0\n< response 4xx\n",
            "> request - http://a/\n< accepted\n",
            "> request - \"/#a\"\n< accepted\n",
            "> request\n>   connection: keep-alive\n< accepted\n",
            "> request\n>   +Host: b\n< response 4xx\n",
            "> request\n>   -Sec-WebSocket-Key\n< response 4xx\n",
            "> request\n>   \"no colon\\r\\n\"\n< response 4xx\n",
            "> request\n< accepted\n<   Sec-WebSocket-Accept:\n",
            "< request\n<   -Upgrade\n> accepted\n",
            "< request\n> response 101 \"Yes\"\n",
            "< request\n> response 400\n>   Transfer-Encoding: chunked\n",
            "> raw \"GET / HTTP/1.1\\r\\n\"\n< accepted\n",
            "< request\n> raw \"HTTP/1.1 101\\r\\n\"\n",
        ] {
            assert!(about(script), "{script}");
        }
    }
}
