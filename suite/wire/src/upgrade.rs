//! The opening handshake of the server (RFC 6455, 4.1 and 4.2.2).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use sha1::{Digest as _, Sha1};

use crate::{
    DeflateOffer, DeflateParams, Extension, Fields, ParamError, RequestHead, ResponseHead, Role, Version,
    Violation, extension::is_token, parse_extensions,
};

const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Header fields that may appear only once in a response (RFC 6455, 11.3). Sec-WebSocket-Extensions is not among
/// them: 11.3.2 says so, but 4.2.2 allows several.
pub(crate) const ONCE_IN_RESPONSE: [&str; 2] = ["Sec-WebSocket-Accept", "Sec-WebSocket-Protocol"];

/// The Sec-WebSocket-Accept value that a key requires (RFC 6455, 4.2.2).
///
/// ```
/// assert_eq!(wsspec_wire::accept_for(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// ```
#[must_use]
pub fn accept_for(key: &[u8]) -> String {
    STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize())
}

/// What a request offers, as far as it can be parsed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Offer {
    /// The value of the Sec-WebSocket-Key field; empty if there is none.
    pub key: Bytes,
    /// There are several keys: the server decides which of them it answers.
    pub several_keys: bool,
    /// The subprotocols, in order.
    pub subprotocols: Vec<String>,
    /// The extensions, in order, without those of malformed fields.
    pub extensions: Vec<Extension>,
    /// At least one extensions field is malformed: its offer is unknown.
    pub extensions_malformed: bool,
}

impl Offer {
    /// Parses the bytes of a request, malformed or not.
    #[must_use]
    pub fn from_bytes(request: &[u8]) -> Self {
        Self::from(&RequestHead::parse(request))
    }

    /// Whether it offers permessage-deflate, with any parameters (RFC 7692, 7).
    #[must_use]
    pub fn has_deflate(&self) -> bool {
        self.extensions.iter().any(|extension| extension.name.eq_ignore_ascii_case(DeflateParams::NAME))
    }
}

impl From<&RequestHead> for Offer {
    fn from(request: &RequestHead) -> Self {
        let fields = &request.fields;
        let text = |name: &Bytes| String::from_utf8_lossy(name).into_owned();
        Self {
            key: fields.get("Sec-WebSocket-Key").cloned().unwrap_or_default(),
            subprotocols: fields.list("Sec-WebSocket-Protocol").iter().map(text).collect(),
            several_keys: fields.all("Sec-WebSocket-Key").count() > 1,
            extensions: fields
                .all("Sec-WebSocket-Extensions")
                .flat_map(|value| parse_extensions(value).unwrap_or_default())
                .collect(),
            extensions_malformed: fields
                .all("Sec-WebSocket-Extensions")
                .any(|value| parse_extensions(value).is_err()),
        }
    }
}

/// Judges a response to `offer`: the faults of its head and, if it opens the connection, everything that the handshake
/// demands. A response with another status is plain HTTP (RFC 6455, 4.1).
#[must_use]
pub fn judge_response(offer: &Offer, response: &ResponseHead) -> Vec<Violation> {
    let mut found = response.faults.clone();
    if !response.accepts() {
        return found;
    }
    let fields = &response.fields;
    // Extended CONNECT does without these (RFC 8441, 5).
    if !response.has_pseudo_fields() {
        found.extend(http_version(response.version, Role::Server));
        found.extend(upgrade(fields));
        found.extend(connection(fields, Role::Server));
        found.extend(accept(offer, fields));
    }
    found.extend(duplicates(fields, &ONCE_IN_RESPONSE));
    found.extend(subprotocol(offer, fields));
    let extensions = fields.all("Sec-WebSocket-Extensions");
    let listed =
        extensions.flat_map(|value| extensions_of(value, Role::Server, &mut found)).collect::<Vec<_>>();
    judge_extensions(offer, &listed, &mut found);
    found
}

pub(crate) fn http_version(version: Option<Version>, sender: Role) -> Option<Violation> {
    let version = version.filter(|version| *version < Version::HTTP_11)?;
    Some(Violation::HttpVersion { sender, version })
}

pub(crate) fn connection(fields: &Fields, sender: Role) -> Option<Violation> {
    match fields.joined("Connection") {
        None => Some(Violation::ConnectionMissing(sender)),
        Some(_) if fields.has_token("Connection", "upgrade") => None,
        Some(value) => Some(Violation::ConnectionLacksUpgrade { sender, value }),
    }
}

/// The extensions that a field lists; a malformed field is reported.
pub(crate) fn extensions_of(value: &Bytes, sender: Role, found: &mut Vec<Violation>) -> Vec<Extension> {
    parse_extensions(value).unwrap_or_else(|error| {
        let (value, at, what) = (value.clone(), error.at, error.what);
        found.push(Violation::ExtensionMalformed { sender, value, at, what });
        Vec::new()
    })
}

pub(crate) fn duplicates(fields: &Fields, once: &[&'static str]) -> Vec<Violation> {
    let repeated = once.iter().filter(|name| fields.all(name).count() > 1);
    repeated.map(|name| Violation::DuplicateField(name)).collect()
}

/// Whether a key is 16 bytes in base64 (RFC 6455, 4.1).
pub(crate) fn is_key(key: &[u8]) -> bool {
    // The example in 4.1 ends in "C==", where the last bits are not zero: so they need not be.
    let well_formed = key.len() == 24 && key.ends_with(b"==");
    well_formed && key[..22].iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte))
}

fn upgrade(fields: &Fields) -> Option<Violation> {
    match fields.joined("Upgrade") {
        None => Some(Violation::UpgradeMissing(Role::Server)),
        Some(value) if value.eq_ignore_ascii_case(b"websocket") => None,
        Some(value) => Some(Violation::UpgradeWrong { sender: Role::Server, value }),
    }
}

fn accept(offer: &Offer, fields: &Fields) -> Option<Violation> {
    let Some(actual) = fields.get("Sec-WebSocket-Accept") else { return Some(Violation::AcceptMissing) };
    // Answering a malformed key is the fault; the server decides which part of the key it answers.
    if offer.several_keys || !is_key(&offer.key) {
        return None;
    }
    let expected = accept_for(&offer.key);
    (expected.as_bytes() != actual).then(|| Violation::AcceptWrong { expected, actual: actual.clone() })
}

fn subprotocol(offer: &Offer, fields: &Fields) -> Option<Violation> {
    let value = fields.get("Sec-WebSocket-Protocol")?;
    if !is_token(value) {
        return Some(Violation::SubprotocolMalformed { sender: Role::Server, value: value.clone() });
    }
    let name = String::from_utf8_lossy(value).into_owned();
    let any_offered = !offer.subprotocols.is_empty();
    (!offer.subprotocols.contains(&name)).then_some(Violation::SubprotocolNotOffered { name, any_offered })
}

fn judge_extensions(offer: &Offer, listed: &[Extension], found: &mut Vec<Violation>) {
    let offered = |name: &str| {
        offer.extensions_malformed || offer.extensions.iter().any(|extension| extension.name == name)
    };
    let mut deflate = Vec::new();
    for extension in listed {
        if !offered(&extension.name) {
            found.push(Violation::ExtensionNotOffered(extension.name.clone()));
        } else if extension.name == DeflateParams::NAME {
            deflate.push(extension);
        }
    }
    if deflate.len() > 1 {
        found.push(Violation::DeflateRepeated);
    }
    if let Some(answer) = deflate.first() {
        found.extend(judge_deflate(offer, answer));
    }
}

/// Judges an accepted permessage-deflate against the offers, one of which must allow it (RFC 7692, 7.1).
fn judge_deflate(offer: &Offer, extension: &Extension) -> Option<Violation> {
    if let Some(error) = undue(offer) {
        return Some(Violation::DeflateAccepted(error));
    }
    let answer = match DeflateParams::from_answer(extension) {
        Ok(answer) => answer,
        Err(error) => return Some(Violation::DeflateParam { sender: Role::Server, error }),
    };
    let offers = offer.extensions.iter().filter_map(|offered| DeflateOffer::from_extension(offered).ok());
    let refusals: Vec<_> = offers.map(|offer| offer.disallows(extension)).collect();
    if refusals.contains(&None) {
        return None;
    }
    // If we offered nothing well formed, there is nothing to judge the answer against.
    let why = refusals.into_iter().flatten().next()?;
    Some(Violation::DeflateNotAsOffered { answer, why })
}

/// Why no offer of permessage-deflate may be accepted, where that is for a parameter that is unknown or repeated
/// (RFC 7692, 7). Each bad value has a rule of its own.
fn undue(offer: &Offer) -> Option<ParamError> {
    let offers = offer.extensions.iter().filter(|offered| offered.name == DeflateParams::NAME);
    let errors: Option<Vec<_>> = offers.map(|offered| DeflateOffer::from_extension(offered).err()).collect();
    let errors = errors.filter(|_| !offer.extensions_malformed)?;
    errors.into_iter().find(|error| matches!(error, ParamError::Unknown(_) | ParamError::Repeated(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &[u8] = b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://example.com\r\n\
        Sec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Version: 13\r\n\r\n";

    #[test]
    fn the_response_of_rfc_6455_1_3_is_faultless() {
        let response = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n";
        let offer = Offer::from_bytes(REQUEST);
        assert_eq!(offer.subprotocols, ["chat", "superchat"]);
        assert_eq!(judge_response(&offer, &ResponseHead::parse(response)), []);
    }

    #[test]
    fn letter_case_and_other_tokens_do_not_matter() {
        let response = b"HTTP/1.1 101 X\r\nUPGRADE: WebSocket\r\nconnection: keep-alive, upgrade\r\n\
            sec-websocket-accept:   s3pPLMBiTxaQ9kYGzzhZRbK+xOo=  \r\n\r\n";
        assert_eq!(judge_response(&Offer::from_bytes(REQUEST), &ResponseHead::parse(response)), []);
    }

    #[test]
    fn the_answer_to_a_malformed_key_is_not_checked() {
        let response =
            b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n";
        let judge = |key: &str| {
            let request = format!("GET / HTTP/1.1\r\nSec-WebSocket-Key: {key}\r\n\r\n");
            judge_response(&Offer::from_bytes(request.as_bytes()), &ResponseHead::parse(response))
        };
        assert_eq!(judge("\u{e9}HNhbXBsZSBub25jZQ=="), []);
        assert!(matches!(judge("dGhlIHNhbXBsZSBub25jZQ==")[..], [Violation::AcceptWrong { .. }]));
    }

    #[test]
    fn a_response_that_is_not_101_is_plain_http() {
        let response = ResponseHead::parse(b"HTTP/1.0 400 Bad Request\r\n\r\n");
        assert_eq!(judge_response(&Offer::default(), &response), []);
    }

    #[test]
    fn an_offer_that_no_server_may_accept_is_named_by_what_is_wrong_with_it() {
        let judge = |offered: &str, answered: &str| {
            let request = format!(
                "GET / HTTP/1.1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                 Sec-WebSocket-Extensions: {offered}\r\n\r\n"
            );
            let response = format!(
                "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Extensions: {answered}\r\n\r\n"
            );
            let offer = Offer::from_bytes(request.as_bytes());
            let found = judge_response(&offer, &ResponseHead::parse(response.as_bytes()));
            found.iter().map(|violation| violation.requirement().to_string()).collect::<Vec<_>>()
        };
        let twice = "permessage-deflate; server_max_window_bits=10; server_max_window_bits=12";
        assert_eq!(judge(twice, twice), ["rfc7692#7:5"]);
        assert_eq!(judge(twice, "permessage-deflate"), ["rfc7692#7:5"]);
        let unknown = "permessage-deflate; a, permessage-deflate; server_max_window_bits=7";
        assert_eq!(judge(unknown, "permessage-deflate"), ["rfc7692#7:3"]);
        // One offer may be accepted: what is wrong is the answer.
        assert_eq!(judge(&format!("{twice}, permessage-deflate"), "permessage-deflate"), [""; 0]);
        assert_eq!(judge("permessage-deflate", "permessage-deflate; a"), ["rfc7692#7:2"]);
    }

    #[test]
    fn an_offer_is_read_from_malformed_bytes() {
        let offer =
            Offer::from_bytes(b"BREW\nSec-WebSocket-Key: abc\nnonsense\nSec-WebSocket-Extensions: a;b=1\n\n");
        assert_eq!((&offer.key[..], offer.extensions.len()), (&b"abc"[..], 1));
    }
}
