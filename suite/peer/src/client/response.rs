//! How the client judges a response (RFC 6455, 4.1; RFC 7692, 7).

use wsspec_wire::{
    DeflateParams, Disallowed, Extension, Offer, ParamError, ResponseHead, Violation, judge_response,
    parse_extensions,
};

use crate::{Flaw, flaw::Conduct};

/// Whether another, final response follows (RFC 9110, 15.2).
pub(super) fn is_interim(fault: Conduct, response: &ResponseHead) -> bool {
    response.is_interim() && !fault.is(Flaw::TakesInterimForFinal)
}

/// Whether the response opens the connection (RFC 6455, 4.1).
pub(super) fn accepts(fault: Conduct, offer: &Offer, response: &ResponseHead) -> bool {
    let mut response = match fault.is(Flaw::TrimsControlsAroundAccept) {
        true => ResponseHead::parse(&without_controls(&response.raw)),
        false => response.clone(),
    };
    if !response.accepts() {
        if !takes_status(fault, &response) {
            return false;
        }
        response.status = Some(101);
    }
    if fault.is(Flaw::ReadsFirstExtensionsOnly) {
        let mut others = 0;
        response.fields.0.retain(|field| {
            others += usize::from(field.name.eq_ignore_ascii_case("Sec-WebSocket-Extensions"));
            others < 2 || !field.name.eq_ignore_ascii_case("Sec-WebSocket-Extensions")
        });
    }
    if fault.is(Flaw::TakesLastAccept) {
        let is_accept = |name: &str| name.eq_ignore_ascii_case("Sec-WebSocket-Accept");
        let last = response.fields.0.iter().rposition(|field| is_accept(&field.name));
        let mut at = 0..;
        response.fields.0.retain(|field| at.next() == last || !is_accept(&field.name));
    }
    let found = judge_response(offer, &response);
    found.iter().all(|found| is_tolerable(fault, offer, found)) && !dislikes(fault, &response)
}

/// The head without vertical tabs and form feeds.
fn without_controls(head: &[u8]) -> Vec<u8> {
    head.iter().copied().filter(|byte| !b"\x0b\x0c".contains(byte)).collect()
}

fn takes_status(fault: Conduct, response: &ResponseHead) -> bool {
    let status = response.status;
    match fault.flaw {
        Some(Flaw::TakesAnyStatus) => status.is_some(),
        Some(Flaw::TakesStatus200) => status == Some(200),
        Some(Flaw::TakesRedirects) => matches!(status, Some(300..=399)),
        Some(Flaw::TakesMissingStatus) => status.is_none(),
        Some(Flaw::ReadsThreeDigits) => response.raw.starts_with(b"HTTP/1.1 101"),
        _ => false,
    }
}

/// Whether the client tolerates a violation in the server's handshake.
fn is_tolerable(fault: Conduct, offer: &Offer, found: &Violation) -> bool {
    let lax = match found {
        Violation::UpgradeMissing(_) => Flaw::TakesMissingUpgrade,
        Violation::UpgradeWrong { value, .. } if fault.is(Flaw::FoldsUpgradeBeyondAscii) => {
            return String::from_utf8_lossy(value).to_lowercase() == "websocket";
        }
        Violation::UpgradeWrong { value, .. } if fault.is(Flaw::TakesUpgradeList) => {
            let value = value.to_ascii_lowercase();
            return value.split(|&byte| byte == b',').any(|item| item.trim_ascii() == b"websocket");
        }
        Violation::UpgradeWrong { .. } => Flaw::TakesOtherUpgrade,
        Violation::ConnectionMissing(_) => Flaw::TakesMissingConnection,
        Violation::ConnectionLacksUpgrade { .. } => Flaw::TakesOtherConnection,
        Violation::AcceptMissing => Flaw::TakesMissingAccept,
        Violation::AcceptWrong { expected, actual } => return takes_accept(fault, offer, expected, actual),
        Violation::DuplicateField("Sec-WebSocket-Accept") => Flaw::TakesTwoAccepts,
        Violation::DuplicateField(_) => Flaw::TakesTwoSubprotocols,
        Violation::SubprotocolNotOffered { name, .. } if name.eq_ignore_ascii_case("wsspec.echo") => {
            return fault.is(Flaw::TakesSubprotocolAnyCase) || !fault.enforces(Flaw::TakesUnaskedSubprotocol);
        }
        Violation::SubprotocolNotOffered { name, .. } if "wsspec.echo".contains(name.as_str()) => {
            return fault.is(Flaw::TakesSubprotocolPart) || !fault.enforces(Flaw::TakesUnaskedSubprotocol);
        }
        Violation::SubprotocolNotOffered { .. } => Flaw::TakesUnaskedSubprotocol,
        Violation::SubprotocolMalformed { value, .. } if value.contains(&b',') => {
            return fault.is(Flaw::TakesSubprotocolList) || !fault.enforces(Flaw::TakesMalformedSubprotocol);
        }
        Violation::SubprotocolMalformed { .. } => Flaw::TakesMalformedSubprotocol,
        Violation::ExtensionNotOffered(name) if name == DeflateParams::NAME => {
            let takes = [Flaw::TakesUnaskedDeflate, Flaw::OffersDeflateInOtherField];
            return takes.into_iter().any(|flaw| fault.is(flaw))
                || !fault.enforces(Flaw::TakesUnaskedExtension);
        }
        Violation::ExtensionNotOffered(name) if name.contains("deflate") => {
            return fault.is(Flaw::TakesDeflateByOtherName) || !fault.enforces(Flaw::TakesUnaskedExtension);
        }
        Violation::ExtensionNotOffered(_) => Flaw::TakesUnaskedExtension,
        Violation::ExtensionMalformed { .. } => Flaw::TakesMalformedExtensions,
        Violation::DeflateRepeated => Flaw::TakesDeflateTwice,
        Violation::DeflateParam { error, .. } => return takes_parameter(fault, error),
        Violation::DeflateNotAsOffered { why, .. } => match why {
            Disallowed::Unasked(_) => Flaw::TakesUnaskedClientBits,
            Disallowed::TooLarge(_) => Flaw::TakesLargerServerBits,
            Disallowed::Missing("server_max_window_bits") => Flaw::TakesMissingServerBits,
            Disallowed::Missing(_) => Flaw::TakesMissingServerTakeover,
        },
        // A fold is read (RFC 9112, 5.2).
        Violation::FieldOutdated { .. } => return true,
        Violation::HttpVersion { .. } => Flaw::TakesHttp10,
        Violation::StatusLineMalformed(_) => {
            return fault.is(Flaw::ReadsThreeDigits) || !fault.enforces(Flaw::TakesMissingStatus);
        }
        Violation::FieldMalformed { .. } | Violation::BareLineFeed(_) => Flaw::TakesMalformedFields,
        _ => return false,
    };
    !fault.enforces(lax)
}

fn takes_accept(fault: Conduct, offer: &Offer, expected: &str, actual: &[u8]) -> bool {
    let right = expected.as_bytes();
    match fault.flaw {
        Some(Flaw::TakesAnyAccept | Flaw::ValidatesNothing) => true,
        Some(Flaw::TakesShortAccept) => actual.len() >= 10 && expected.as_bytes().starts_with(actual),
        Some(Flaw::ComparesEightOfAccept) => actual.len() == right.len() && actual.starts_with(&right[..8]),
        Some(Flaw::ComparesEndOfAccept) => actual.len() == right.len() && actual.ends_with(&right[20..]),
        Some(Flaw::TakesKeyForAccept) => actual == offer.key,
        Some(Flaw::TakesEmptyAccept) => actual.is_empty(),
        Some(Flaw::ComparesAcceptAnyCase) => actual.eq_ignore_ascii_case(expected.as_bytes()),
        Some(Flaw::UnquotesAccept) => actual.trim_ascii() == format!("\"{expected}\"").as_bytes(),
        Some(Flaw::ComparesStartOfAccept) => actual.starts_with(expected.as_bytes()),
        _ => false,
    }
}

fn takes_parameter(fault: Conduct, error: &ParamError) -> bool {
    let lax = match error {
        ParamError::Unknown(_) => Flaw::TakesUnknownParameterBack,
        ParamError::Repeated(_) => Flaw::TakesParameterTwiceBack,
        ParamError::BadValue { name, value } => match (name.as_str(), value) {
            ("server_no_context_takeover", _) => Flaw::TakesServerTakeoverValueBack,
            ("client_no_context_takeover", _) => Flaw::TakesClientTakeoverValueBack,
            ("server_max_window_bits", _) => Flaw::TakesBadServerBitsBack,
            (_, None) => Flaw::TakesClientBitsWithoutValueBack,
            _ => Flaw::TakesBadClientBitsBack,
        },
        ParamError::OtherExtension(_) => return false,
    };
    !fault.enforces(lax)
}

/// Invalid reasons to refuse a response, each of them a flaw.
fn dislikes(fault: Conduct, response: &ResponseHead) -> bool {
    let fields = &response.fields;
    let spelled = |name: &str| fields.0.iter().any(|field| field.name == name);
    let offered = || parsed(response);
    match fault.flaw {
        Some(Flaw::WantsOneBlankAtAccept) => {
            let raw = String::from_utf8_lossy(&response.raw);
            let line = raw.lines().find(|line| line.starts_with("Sec-WebSocket-Accept:"));
            line.is_some_and(|line| line.split(' ').count() != 2 || line.contains('\t'))
        }
        Some(Flaw::WantsBlankBehindColon) => {
            let raw = String::from_utf8_lossy(&response.raw);
            raw.lines().skip(1).any(|line| line.contains(':') && !line.contains(": "))
        }
        Some(Flaw::RefusesBlanksInExtensionsBack) => fields
            .all("Sec-WebSocket-Extensions")
            .any(|value| value.windows(2).any(|two| b" ;" == two || b"\t;" == two)),
        Some(Flaw::WantsReasonPhrase) => response.reason != "Switching Protocols",
        Some(Flaw::WantsFieldNamesByCase) => !spelled("Upgrade") || !spelled("Sec-WebSocket-Accept"),
        Some(Flaw::WantsUpgradeInLowerCase) => fields.get("Upgrade").is_none_or(|value| value != "websocket"),
        Some(Flaw::WantsConnectionByCase) => fields.get("Connection").is_none_or(|value| value != "Upgrade"),
        Some(Flaw::WantsUpgradeAlone) => {
            fields.list("Connection").len() > 1 && fields.all("Connection").count() == 1
        }
        Some(Flaw::ReadsFirstConnectionOnly) => {
            fields.get("Connection").is_none_or(|value| !value.eq_ignore_ascii_case(b"upgrade"))
        }
        Some(Flaw::WantsKnownFieldsOnly) => fields.0.iter().any(|field| field.name.starts_with("X-")),
        Some(Flaw::WantsFieldsInOrder) => {
            fields.0.first().is_some_and(|field| field.name.starts_with("Sec-"))
        }
        Some(Flaw::RefusesFoldedFields) => String::from_utf8_lossy(&response.raw).contains("\r\n "),
        Some(Flaw::RefusesEmptyElementsBack) => {
            fields.0.iter().any(|field| field.value.starts_with(b",") || field.value.ends_with(b","))
        }
        Some(Flaw::WantsDeflate) => offered().is_empty(),
        Some(Flaw::WantsSubprotocol) => fields.get("Sec-WebSocket-Protocol").is_none(),
        Some(Flaw::RefusesServerTakeover) => has(&offered(), "server_no_context_takeover"),
        Some(Flaw::RefusesClientTakeover) => has(&offered(), "client_no_context_takeover"),
        Some(Flaw::RefusesServerBits) => has(&offered(), "server_max_window_bits"),
        Some(Flaw::RefusesClientBits) => has(&offered(), "client_max_window_bits"),
        Some(Flaw::RefusesQuotedParameters) => String::from_utf8_lossy(&response.raw).contains("=\""),
        _ => false,
    }
}

fn has(extensions: &[Extension], wanted: &str) -> bool {
    extensions.iter().flat_map(|extension| &extension.params).any(|(name, _)| name == wanted)
}

fn parsed(response: &ResponseHead) -> Vec<Extension> {
    let values = response.fields.all("Sec-WebSocket-Extensions");
    values.flat_map(|value| parse_extensions(value).unwrap_or_default()).collect()
}

/// The permessage-deflate parameters that the response agrees to, if it does.
pub(super) fn agreed(fault: Conduct, response: &ResponseHead) -> Option<DeflateParams> {
    let listed = parsed(response).into_iter().find(|extension| extension.name == DeflateParams::NAME)?;
    let agreed = DeflateParams::from_answer(&listed).unwrap_or_default();
    match fault.flaw {
        Some(Flaw::IgnoresAcceptedDeflate) => None,
        Some(Flaw::AssumesServerTakeover) => {
            Some(DeflateParams { server_no_context_takeover: true, ..agreed })
        }
        _ => Some(agreed),
    }
}

/// The number of bytes after the head that its Content-Length declares; they are not a body (RFC 9112, 6.3).
pub(super) fn declared(response: &ResponseHead, rest: &[u8]) -> usize {
    let length =
        response.fields.get("Content-Length").and_then(|value| str::from_utf8(value).ok()?.parse().ok());
    length.unwrap_or(0usize).min(rest.len())
}
