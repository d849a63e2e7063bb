//! The server's handshake (RFC 6455, 4.2.2), and its refusals.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use wsspec_wire::{Offer, RequestHead, accept_for};

use super::{Agreement, RequestRefusal};
use crate::{Flaw, flaw::Conduct};

/// The subprotocol that the peer speaks.
const SUBPROTOCOL: &str = "wsspec.echo";

/// The body that a flaw sends after 101.
pub(crate) const BODY: &[u8] = b"Welcome to the echo service\r\n";

/// The fields of a head being built.
type ResponseLines = Vec<(&'static str, String)>;

/// The response that accepts a request, and the extension that was agreed.
pub(crate) fn accept(fault: Conduct, request: &RequestHead, agreed: Option<&Agreement>) -> Bytes {
    let offer = Offer::from(request);
    let mut lines = ResponseLines::new();
    match fault.flaw {
        Some(Flaw::OmitsUpgrade) => {}
        Some(Flaw::WrongUpgrade) => lines.push(("Upgrade", "WebSockets".into())),
        _ => lines.push(("Upgrade", "websocket".into())),
    }
    match fault.flaw {
        Some(Flaw::OmitsConnection) => {}
        Some(Flaw::WrongConnection) => lines.push(("Connection", "keep-alive".into())),
        _ => lines.push(("Connection", "Upgrade".into())),
    }
    if !fault.is(Flaw::OmitsAccept) {
        lines.push(("Sec-WebSocket-Accept", accept_value(fault, key_read(fault, request, &offer))));
    }
    if fault.is(Flaw::SendsAcceptTwice) {
        lines.push(("Sec-WebSocket-Accept", accept_value(fault, &offer.key)));
    }
    add_subprotocol(fault, request, &offer, &mut lines);
    if let Some(agreed) = agreed.filter(|_| !fault.is(Flaw::UsesDeclinedDeflate)) {
        let answer = match fault.is(Flaw::AnswersByOtherName) {
            true => "x-webkit-deflate-frame".into(),
            false => agreed.answer.join(", "),
        };
        lines.push(("Sec-WebSocket-Extensions", answer));
    }
    match fault.flaw {
        Some(Flaw::ListsUnaskedExtension) => {
            lines.push(("Sec-WebSocket-Extensions", "x-wsspec-unasked".into()));
        }
        Some(Flaw::SendsExtensionsBack) if agreed.is_none() => {
            if let Some(offered) = request.fields.joined("Sec-WebSocket-Extensions") {
                lines.push(("Sec-WebSocket-Extensions", String::from_utf8_lossy(&offered).into_owned()));
            }
        }
        Some(Flaw::SendsTransferEncoding) => lines.push(("Transfer-Encoding", "chunked".into())),
        Some(Flaw::SendsBodyBehind101) => lines.push(("Content-Length", BODY.len().to_string())),
        Some(Flaw::SendsContentLength) => lines.push(("Content-Length", "0".into())),
        Some(Flaw::SendsEmptyExtensions) => lines.push(("Sec-WebSocket-Extensions", String::new())),
        _ => {}
    }
    let status_line = match fault.flaw {
        Some(Flaw::AnswersStatus200) => "HTTP/1.1 200 OK",
        Some(Flaw::AnswersHttp10) => "HTTP/1.0 101 Switching Protocols",
        Some(Flaw::AnswersMalformedStatusLine) => "HTTP/1.1 Switching Protocols",
        _ => "HTTP/1.1 101 Switching Protocols",
    };
    head(fault, status_line, &lines)
}

/// The response that refuses a request; `None` if a flaw sends none.
pub(crate) fn refuse(fault: Conduct, refusal: RequestRefusal) -> Option<Bytes> {
    let (status, reason) = match refusal {
        RequestRefusal::Drop => return None,
        _ if matches!(fault.flaw, Some(Flaw::RefusesByDropping | Flaw::NeverRefuses)) => return None,
        RequestRefusal::Version if fault.is(Flaw::IgnoresOtherVersions) => return None,
        _ if fault.is(Flaw::RefusesWithStatus200) => (200, "OK"),
        RequestRefusal::Status(200) => (200, "OK"),
        RequestRefusal::Version => (426, "Upgrade Required"),
        RequestRefusal::Status(403) => (403, "Forbidden"),
        RequestRefusal::Status(401) => (401, "Unauthorized"),
        RequestRefusal::Status(405) => (405, "Method Not Allowed"),
        RequestRefusal::Status(505) => (505, "HTTP Version Not Supported"),
        RequestRefusal::Status(status) => (status, "Bad Request"),
    };
    let mut lines = vec![("Connection", "close".to_owned()), ("Content-Length", "0".to_owned())];
    match (refusal, fault.flaw) {
        (RequestRefusal::Version, Some(Flaw::OmitsVersionInRefusal)) => {}
        (RequestRefusal::Version, Some(Flaw::NamesOtherVersion)) => {
            lines.push(("Sec-WebSocket-Version", "8".into()))
        }
        (RequestRefusal::Version, _) => {
            if !fault.is(Flaw::OmitsConnectionInRefusal) {
                lines[0].1.push_str(", Upgrade");
            }
            if !fault.is(Flaw::OmitsUpgradeInRefusal) {
                lines.push(("Upgrade", "websocket".into()));
            }
            let versions = match fault.flaw {
                Some(Flaw::NamesVersionsInWords) => "13, latest",
                Some(Flaw::NamesRefusedVersion) => "13, 8",
                _ => "13",
            };
            lines.push(("Sec-WebSocket-Version", versions.into()));
        }
        (RequestRefusal::Status(405), flaw) if flaw != Some(Flaw::OmitsAllow) => {
            lines.push(("Allow", "GET".into()))
        }
        _ => {}
    }
    let version = if fault.is(Flaw::RefusesWithoutVersion) { "" } else { "HTTP/1.1 " };
    Some(head(fault, &format!("{version}{status} {reason}"), &lines))
}

/// The key, or what a flaw reads of it.
fn key_read<'k>(fault: Conduct, request: &RequestHead, offer: &'k Offer) -> &'k [u8] {
    let is_last = request.fields.0.last().is_some_and(|field| field.name == "Sec-WebSocket-Key");
    match offer.key.split_last() {
        Some((_, cut)) if is_last && fault.is(Flaw::CutsLastKey) => cut,
        _ => &offer.key,
    }
}

fn accept_value(fault: Conduct, key: &[u8]) -> String {
    let right = accept_for(key);
    match fault.flaw {
        Some(Flaw::WrongAccept) => accept_for(b"AQIDBAUGBwgJCgsMDQ4PEC=="),
        Some(Flaw::AcceptOfDecodedKey) => accept_for(&STANDARD.decode(key).unwrap_or_default()),
        Some(Flaw::MirrorsKey) => String::from_utf8_lossy(key).into_owned(),
        Some(Flaw::AcceptInLowerCase) => right.to_ascii_lowercase(),
        Some(Flaw::AcceptUnpadded) => right.trim_end_matches('=').to_owned(),
        Some(Flaw::AcceptWithTrailingJunk) => right + ", x",
        _ => right,
    }
}

fn add_subprotocol(fault: Conduct, request: &RequestHead, offer: &Offer, lines: &mut ResponseLines) {
    const NAME: &str = "Sec-WebSocket-Protocol";
    let offered = &offer.subprotocols;
    let any = !offered.is_empty();
    match fault.flaw {
        Some(Flaw::NamesOtherSubprotocol) if any => lines.push((NAME, "wsspec.other".into())),
        Some(Flaw::NamesUnaskedSubprotocol) if !any => lines.push((NAME, SUBPROTOCOL.into())),
        Some(Flaw::SendsEmptySubprotocol) => lines.push((NAME, String::new())),
        Some(Flaw::NamesAllSubprotocols) if any => lines.push((NAME, offered.join(", "))),
        Some(Flaw::WantsSubprotocolAlone) if offered.len() > 1 => {}
        Some(Flaw::SplitsSubprotocolsAtBlanks) if any => {
            let list = request.fields.joined(NAME).unwrap_or_default();
            let first = String::from_utf8_lossy(&list).split(", ").next().unwrap_or_default().to_owned();
            if first.contains(',') {
                lines.push((NAME, first));
            }
        }
        Some(Flaw::SendsSubprotocolTwice) if any => {
            lines.extend([(NAME, offered[0].clone()), (NAME, offered[0].clone())]);
        }
        _ if offered.iter().any(|name| name == SUBPROTOCOL) => lines.push((NAME, SUBPROTOCOL.into())),
        _ => {}
    }
}

fn head(fault: Conduct, first: &str, lines: &ResponseLines) -> Bytes {
    let is_101 = first.contains("Switching");
    let end = if is_101 && fault.is(Flaw::AnswersBareLineFeeds) { "\n" } else { "\r\n" };
    let mut head = format!("{first}{end}");
    if is_101 && fault.is(Flaw::AnswersMalformedField) || !is_101 && fault.is(Flaw::RefusesMalformed) {
        head += &format!("wsspec-peer{end}");
    }
    let colon = if is_101 && fault.is(Flaw::AnswersBlanksBeforeColons) { " :" } else { ":" };
    for (name, value) in lines {
        head += &format!("{name}{colon} {value}{end}");
    }
    if is_101 && fault.is(Flaw::AnswersFoldedField) {
        head += &format!("X-Wsspec: folded{end} field{end}");
    }
    head += end;
    head.into()
}
