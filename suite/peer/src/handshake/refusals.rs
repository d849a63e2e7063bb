//! Invalid reasons to refuse a request, each of them a flaw.

use bytes::Bytes;
use wsspec_wire::{Fields, RequestHead, parse_extensions};

use super::{BAD_REQUEST, CheckResult, RequestRefusal, request::field_lines};
use crate::{Flaw, flaw::Conduct};

/// The fields of a handshake, as the RFC spells them, and some common request fields.
const KNOWN: [&str; 11] = [
    "Host",
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Extensions",
    "Origin",
    "Cookie",
    "User-Agent",
    "Accept",
];

pub(super) fn check(fault: Conduct, request: &RequestHead) -> CheckResult {
    let fields = &request.fields;
    let has = |name| fields.get(name).is_some();
    check_origin(fault, fields)?;
    let Some(flaw) = fault.flaw else { return Ok(()) };
    let refuses = match flaw {
        Flaw::RequiresSubprotocol if !has("Sec-WebSocket-Protocol") => return Err(RequestRefusal::Drop),
        Flaw::RequiresExtensions => !has("Sec-WebSocket-Extensions"),
        Flaw::RequiresOrigin if !has("Origin") => return Err(RequestRefusal::Drop),
        Flaw::RefusesAnyOrigin => has("Origin"),
        Flaw::RefusesQuery if request.target.contains(&b'?') => return Err(RequestRefusal::Drop),
        Flaw::RefusesAbsoluteTarget => !request.target.starts_with(b"/"),
        Flaw::RefusesEmptyLine => request.raw.starts_with(b"\r\n"),
        Flaw::RefusesLongTargets => request.target.len() >= 1000,
        Flaw::RefusesTooLongWith400 => request.target.len() > 8000,
        Flaw::RequiresFieldOrder => place(fields, "Upgrade") > place(fields, "Sec-WebSocket-Key"),
        Flaw::WantsHostFirst => place(fields, "Host") != Some(0),
        Flaw::RefusesCookies => has("Cookie"),
        Flaw::RefusesUnknownFields => !fields.0.iter().all(|field| is_known(&field.name)),
        Flaw::RefusesManyFields => fields.0.len() > 16,
        Flaw::FieldNamesByCase => !fields.0.iter().all(|field| is_spelled_as_known(&field.name)),
        Flaw::RefusesEmptyElements => fields.0.iter().any(|field| has_empty_element(&field.value)),
        Flaw::WantsOneBlank => !field_lines(request).all(has_one_blank),
        Flaw::RefusesBlanksInExtensions => extensions(fields).any(|value| has_blank(value)),
        Flaw::RefusesUnknownExtensions => extensions(fields).any(|value| lists_unknown(value)),
        Flaw::RefusesSplitExtensions => extensions(fields).count() > 1,
        Flaw::RefusesSplitSubprotocols => fields.all("Sec-WebSocket-Protocol").count() > 1,
        Flaw::RefusesOriginWith200 if has("Origin") => return Err(RequestRefusal::Status(200)),
        Flaw::AnswersFoldsWith200 if is_folded(&request.raw) => return Err(RequestRefusal::Status(200)),
        Flaw::AnswersUpgradeListsWith200 if fields.list("Upgrade").len() > 1 => {
            return Err(RequestRefusal::Status(200));
        }
        Flaw::AnswersSplitSubprotocolsWith200 if fields.all("Sec-WebSocket-Protocol").count() > 1 => {
            return Err(RequestRefusal::Status(200));
        }
        Flaw::AnswersExpectWith200 if has("Expect") => return Err(RequestRefusal::Status(200)),
        Flaw::OmitsChallenge if has("Authorization") => return Err(RequestRefusal::Status(401)),
        Flaw::AnswersCredentialsWith200 if has("Authorization") => return Err(RequestRefusal::Status(200)),
        Flaw::AnswersUnknownServiceWith600 if request.target.len() > 1 => {
            return Err(RequestRefusal::Status(600));
        }
        Flaw::RefusesQuotedOffers => {
            extensions(fields).any(|value| value.starts_with(b"permessage-deflate") && value.contains(&b'"'))
        }
        Flaw::RefusesQuotedValues => extensions(fields).any(|value| value.contains(&b'"')),
        _ => false,
    };
    if refuses { Err(BAD_REQUEST) } else { Ok(()) }
}

/// The only origin that the peer accepts among those that end in its domain.
const ORIGIN: &[u8] = b"https://app.peer.example";

/// The part that similar origins have in common.
const DOMAIN: &[u8] = b"peer.example";

/// Refuses origins that are only similar to its own (RFC 6455, 10.2); accepts any other.
fn check_origin(fault: Conduct, fields: &Fields) -> CheckResult {
    let Some(origin) = fields.get("Origin") else { return Ok(()) };
    if fields.all("Origin").count() > 1 && fault.enforces(Flaw::AcceptsTwoOrigins) {
        return Err(BAD_REQUEST);
    }
    let is_like = origin.windows(DOMAIN.len()).any(|part| part == DOMAIN);
    let accepted = match fault.flaw {
        _ if !is_like || *origin == ORIGIN => true,
        Some(Flaw::ComparesStartOfOrigin) => origin.starts_with(ORIGIN),
        Some(Flaw::ComparesEndOfOrigin) => origin.ends_with(b"app.peer.example"),
        Some(Flaw::ComparesHostOfOrigin) => *origin == b"http://app.peer.example"[..],
        Some(Flaw::AcceptsForeignOrigin) => origin.starts_with(b"https://other."),
        _ => false,
    };
    if accepted { Ok(()) } else { Err(RequestRefusal::Status(403)) }
}

fn is_folded(head: &[u8]) -> bool {
    [b"\r\n ", b"\r\n\t"].iter().any(|fold| head.windows(3).any(|three| three == *fold))
}

fn place(fields: &Fields, name: &str) -> Option<usize> {
    fields.0.iter().position(|field| field.name.eq_ignore_ascii_case(name))
}

fn is_known(name: &str) -> bool {
    KNOWN.iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn is_spelled_as_known(name: &str) -> bool {
    !is_known(name) || KNOWN.contains(&name)
}

fn has_empty_element(value: &[u8]) -> bool {
    value.contains(&b',') && value.split(|&byte| byte == b',').any(|element| element.trim_ascii().is_empty())
}

fn has_one_blank(line: &[u8]) -> bool {
    let colon = line.iter().position(|&byte| byte == b':').unwrap_or(0);
    let value = &line[colon + 1..];
    value.starts_with(b" ") && value[1..] == *value.trim_ascii()
}

fn extensions(fields: &Fields) -> impl Iterator<Item = &Bytes> {
    fields.all("Sec-WebSocket-Extensions")
}

fn has_blank(value: &[u8]) -> bool {
    value.iter().any(|byte| b" \t".contains(byte))
}

fn lists_unknown(value: &[u8]) -> bool {
    let listed = parse_extensions(value).unwrap_or_default();
    listed.iter().any(|extension| extension.name != "permessage-deflate")
}
