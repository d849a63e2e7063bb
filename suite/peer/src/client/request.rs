//! The client's opening handshake (RFC 6455, 4.1).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use data_encoding::HEXLOWER;

use crate::{Flaw, flaw::Conduct, keys::Keys};

/// The subprotocols that the client speaks.
const SUBPROTOCOLS: &str = "wsspec.echo, wsspec.other";

/// The client's offer: its window is limited if the server wants that (RFC 7692, 7.1.2.2).
const EXTENSIONS: &str = "permessage-deflate; client_max_window_bits";

/// The fields of a head being built.
type RequestLines = Vec<(&'static str, String)>;

pub(super) fn request(fault: Conduct, authority: &str, target: &str, keys: &mut Keys) -> Bytes {
    let mut lines = RequestLines::new();
    add_host(fault, authority, &mut lines);
    add_upgrade(fault, &mut lines);
    add_key(fault, keys, &mut lines);
    add_version(fault, &mut lines);
    add_offers(fault, &mut lines);
    if fault.is(Flaw::PutsHostLast) {
        lines.rotate_left(1);
    }
    head(fault, &request_line(fault, target), &lines)
}

fn request_line(fault: Conduct, target: &str) -> String {
    match fault.flaw {
        Some(Flaw::PrefacesRequest) => format!("\r\nGET {target} HTTP/1.1"),
        Some(Flaw::PostsRequest) => format!("POST {target} HTTP/1.1"),
        Some(Flaw::WritesMethodInLowerCase) => format!("get {target} HTTP/1.1"),
        Some(Flaw::SpeaksHttp10) => format!("GET {target} HTTP/1.0"),
        Some(Flaw::OmitsHttpVersion) => format!("GET {target}"),
        Some(Flaw::BlankBeforeVersion) => format!("GET {target}  HTTP/1.1"),
        Some(Flaw::RequestsFragment) => format!("GET {target}#top HTTP/1.1"),
        Some(Flaw::RequestsWsUri) => format!("GET ws://a{target} HTTP/1.1"),
        Some(Flaw::RequestsRelativePath) => format!("GET {} HTTP/1.1", target.trim_start_matches('/')),
        Some(Flaw::RequestsRoot) => "GET / HTTP/1.1".into(),
        Some(Flaw::DropsQuery) => format!("GET {} HTTP/1.1", target.split('?').next().unwrap_or("/")),
        Some(Flaw::DecodesBlanks) => format!("GET {} HTTP/1.1", target.replace("%20", " ")),
        Some(Flaw::DecodesNumberSigns) => format!("GET {} HTTP/1.1", target.replace("%23", "#")),
        _ => format!("GET {target} HTTP/1.1"),
    }
}

fn add_host(fault: Conduct, authority: &str, lines: &mut RequestLines) {
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    match fault.flaw {
        Some(Flaw::OmitsHost) => {}
        Some(Flaw::NamesOtherHost) => lines.push(("Host", "other.invalid".into())),
        Some(Flaw::NamesOtherPort) => lines.push(("Host", format!("{host}:1"))),
        Some(Flaw::LeavesPortOut) => lines.push(("Host", host.into())),
        Some(Flaw::SendsHostTwice) => lines.extend([("Host", authority.into()), ("Host", authority.into())]),
        _ => lines.push(("Host", authority.into())),
    }
}

fn add_upgrade(fault: Conduct, lines: &mut RequestLines) {
    match fault.flaw {
        Some(Flaw::AsksForNoUpgrade) => {}
        Some(Flaw::AsksForOtherUpgrade) => lines.push(("Upgrade", "websockets".into())),
        _ => lines.push(("Upgrade", "websocket".into())),
    }
    match fault.flaw {
        Some(Flaw::LeavesConnectionOut) => {}
        Some(Flaw::AsksForKeepAlive) => lines.push(("Connection", "keep-alive".into())),
        _ => lines.push(("Connection", "Upgrade".into())),
    }
}

fn add_key(fault: Conduct, keys: &mut Keys, lines: &mut RequestLines) {
    const NAME: &str = "Sec-WebSocket-Key";
    let nonce = keys.nonce(fault);
    let key = STANDARD.encode(nonce);
    match fault.flaw {
        Some(Flaw::LeavesKeyOut) => {}
        Some(Flaw::SendsEmptyKey) => lines.push((NAME, String::new())),
        Some(Flaw::SendsShortKey) => lines.push((NAME, STANDARD.encode(&nonce[..8]))),
        Some(Flaw::SendsLongKey) => lines.push((NAME, STANDARD.encode([nonce, nonce].concat()))),
        Some(Flaw::SendsUnpaddedKey) => lines.push((NAME, key.trim_end_matches('=').into())),
        Some(Flaw::SendsHexKey) => {
            lines.push((NAME, HEXLOWER.encode(&nonce)));
        }
        Some(Flaw::SetsUnusedBitsOfKey) => {
            lines.push((NAME, format!("{}{}==", &key[..21], next_letter(&key))))
        }
        Some(Flaw::SendsKeyInOtherAlphabet) => lines.push((NAME, format!("-{}", &key[1..]))),
        Some(Flaw::SendsKeyTwice) => lines.extend([(NAME, key.clone()), (NAME, key)]),
        _ => lines.push((NAME, key)),
    }
}

/// The next letter of the alphabet after the last one of a key: it decodes to the same byte.
fn next_letter(key: &str) -> char {
    match key.as_bytes().get(21) {
        Some(b'A') => 'B',
        Some(b'Q') => 'R',
        Some(b'g') => 'h',
        _ => 'x',
    }
}

fn add_version(fault: Conduct, lines: &mut RequestLines) {
    const NAME: &str = "Sec-WebSocket-Version";
    match fault.flaw {
        Some(Flaw::LeavesVersionOut) => {}
        Some(Flaw::SpeaksVersion8) => lines.push((NAME, "8".into())),
        Some(Flaw::SpeaksVersion12) => lines.push((NAME, "12".into())),
        Some(Flaw::ListsVersions) => lines.push((NAME, "13, 8".into())),
        Some(Flaw::PadsVersion) => lines.push((NAME, "013".into())),
        Some(Flaw::SendsVersionTwice) => lines.extend([(NAME, "13".into()), (NAME, "13".into())]),
        _ => lines.push((NAME, "13".into())),
    }
}

fn add_offers(fault: Conduct, lines: &mut RequestLines) {
    let subprotocols = match fault.flaw {
        Some(Flaw::OffersEmptySubprotocol) => "",
        Some(Flaw::OffersMalformedSubprotocol) => "wsspec echo",
        Some(Flaw::ListsWithSemicolons) => "wsspec.echo; wsspec.other",
        Some(Flaw::OffersSubprotocolTwice) => "wsspec.echo, wsspec.echo",
        _ => SUBPROTOCOLS,
    };
    lines.push(("Sec-WebSocket-Protocol", subprotocols.into()));
    let extensions = match fault.flaw {
        Some(Flaw::OffersEmptyExtensions) => "",
        Some(Flaw::OffersMalformedName) => "permessage@deflate",
        Some(Flaw::OffersEmptyValue) => "permessage-deflate; client_max_window_bits=",
        Some(Flaw::OffersMalformedExtensions) => "permessage-deflate;",
        Some(Flaw::OffersUnquotableParameter) => "permessage-deflate, x-wsspec; a=\"b c\"",
        Some(Flaw::OffersUnknownParameter) => "permessage-deflate; wsspec",
        Some(Flaw::OffersParameterTwice) => {
            "permessage-deflate; client_max_window_bits; client_max_window_bits"
        }
        Some(Flaw::OffersServerTakeoverWithValue) => "permessage-deflate; server_no_context_takeover=1",
        Some(Flaw::OffersClientTakeoverWithValue) => "permessage-deflate; client_no_context_takeover=1",
        Some(Flaw::OffersServerBits7) => "permessage-deflate; server_max_window_bits=7",
        Some(Flaw::OffersServerBitsWithoutValue) => "permessage-deflate; server_max_window_bits",
        Some(Flaw::OffersClientBits16) => "permessage-deflate; client_max_window_bits=16",
        Some(Flaw::OffersClientBitsInWords) => "permessage-deflate; client_max_window_bits=ten",
        Some(Flaw::TakesMissingServerTakeover) => "permessage-deflate; server_no_context_takeover",
        Some(Flaw::TakesMissingServerBits | Flaw::TakesLargerServerBits) => {
            "permessage-deflate; server_max_window_bits=10"
        }
        Some(Flaw::TakesUnaskedClientBits) => "permessage-deflate",
        _ => EXTENSIONS,
    };
    match fault.flaw {
        Some(Flaw::TakesUnaskedDeflate) => {}
        Some(Flaw::OffersDeflateInOtherField) => lines.push(("X-WebSocket-Extensions", extensions.into())),
        _ => lines.push(("Sec-WebSocket-Extensions", extensions.into())),
    }
}

fn head(fault: Conduct, first: &str, lines: &RequestLines) -> Bytes {
    let end = if fault.is(Flaw::EndsLinesWithLineFeeds) { "\n" } else { "\r\n" };
    let mut head = format!("{first}{end}");
    let colon = if fault.is(Flaw::SendsBlanksBeforeColons) { " :" } else { ":" };
    for (name, value) in lines {
        head += &format!("{name}{colon} {value}{end}");
    }
    if fault.is(Flaw::SendsFoldedField) {
        head += &format!("X-Wsspec: folded{end} field{end}");
    }
    if fault.is(Flaw::SendsLineWithoutColon) {
        head += &format!("wsspec-peer{end}");
    }
    head += end;
    head.into()
}
