//! The opening handshake, as either end.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use thiserror::Error;
use wsspec_wire::{
    DeflateOffer, DeflateParams, Extension, Offer, RequestHead, ResponseHead, accept_for, judge_response,
    parse_extensions,
};

use crate::{ProtocolOptions, case::Offers};

/// What this program calls itself in a handshake: servers are known that answer nobody else's name, and scripts that look
/// for it.
const NAME: &str = "AutobahnTestSuite/25.10.1-wsspec";
/// The version of the protocol in which the field of the origin still had another name.
const DRAFT: u8 = 8;

/// Whom a client asks for what.
#[derive(Clone, Debug)]
pub struct ClientHandshake {
    /// The Host field.
    pub authority: String,
    /// Path and query.
    pub resource: String,
    /// The Origin field.
    pub origin: Option<String>,
    /// Subprotocols to offer.
    pub protocols: Vec<String>,
    /// How the protocol is spoken.
    pub options: ProtocolOptions,
}

impl ClientHandshake {
    /// The bytes of a request that offers no extension.
    #[must_use]
    pub fn plain_request(&self) -> Vec<u8> {
        self.request(&[])
    }

    /// Whether a response opens the connection that `request` asks for.
    #[must_use]
    pub fn is_accepted(request: &[u8], response: &[u8]) -> bool {
        agreed(request, &ResponseHead::parse(response)).is_some()
    }

    /// The bytes of a request.
    pub(crate) fn request(&self, offers: &[DeflateOffer]) -> Vec<u8> {
        let Self { authority, resource, origin, protocols, .. } = self;
        let key = STANDARD.encode(rand::random::<[u8; 16]>());
        let mut head = format!(
            "GET {resource} HTTP/1.1\r\nUser-Agent: {NAME}\r\nHost: {authority}\r\nUpgrade: WebSocket\r\nConnection: \
             Upgrade\r\nPragma: no-cache\r\nCache-Control: no-cache\r\nSec-WebSocket-Key: {key}\r\n"
        );
        let mut field = |name: &str, value: &str| head.push_str(&format!("{name}: {value}\r\n"));
        let version = self.options.wire_version;
        if let Some(origin) = origin {
            field(if version == DRAFT { "Sec-WebSocket-Origin" } else { "Origin" }, origin);
        }
        if !protocols.is_empty() {
            field("Sec-WebSocket-Protocol", &protocols.join(","));
        }
        if !offers.is_empty() {
            let offers: Vec<String> = offers.iter().map(|offer| offer.to_extension().to_string()).collect();
            field("Sec-WebSocket-Extensions", &offers.join(", "));
        }
        field("Sec-WebSocket-Version", &version.to_string());
        (head + "\r\n").into_bytes()
    }
}

/// What a response to `request` agrees on; `None`: it is none that opens a connection.
pub(crate) fn agreed(request: &[u8], response: &ResponseHead) -> Option<Option<DeflateParams>> {
    // Faults of form are not what these cases are about.
    let lenient = ResponseHead { faults: Vec::new(), ..response.clone() };
    if !response.accepts() || !judge_response(&Offer::from_bytes(request), &lenient).is_empty() {
        return None;
    }
    let listed = response.fields.joined("Sec-WebSocket-Extensions").unwrap_or_default();
    let extensions = parse_extensions(&listed).unwrap_or_default();
    let found = extensions.iter().find(|extension| extension.name == DeflateParams::NAME);
    found
        .map(|extension| DeflateParams::from_answer(extension).ok())
        .map_or(Some(None), |found| Some(Some(found?)))
}

/// Why a request opens no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UpgradeRefusal {
    /// It is plain HTTP.
    #[error("this is a WebSocket server: the request has no Upgrade to websocket")]
    NoUpgrade,
    /// Another version.
    #[error("the version of the protocol is 13")]
    Version,
    /// No key, or none that is one.
    #[error("the request has no Sec-WebSocket-Key of 16 bytes")]
    Key,
}

/// The bytes of the response that opens the connection, and the compression it agrees on.
///
/// # Errors
///
/// What the request lacks.
pub(crate) fn accept(
    request: &RequestHead,
    protocols: &[String],
    wishes: Offers,
) -> Result<(Vec<u8>, Option<DeflateParams>), UpgradeRefusal> {
    if !request.fields.has_token("Upgrade", "websocket") || !request.fields.has_token("Connection", "upgrade")
    {
        return Err(UpgradeRefusal::NoUpgrade);
    }
    let number =
        |name| request.fields.get(name).and_then(|value| std::str::from_utf8(value).ok()?.parse::<u8>().ok());
    if number("Sec-WebSocket-Version") != Some(13) {
        return Err(UpgradeRefusal::Version);
    }
    let offer = Offer::from(request);
    if STANDARD.decode(&offer.key).map(|key| key.len()) != Ok(16) {
        return Err(UpgradeRefusal::Key);
    }
    let mut head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nServer: {NAME}\r\nUpgrade: WebSocket\r\nConnection: \
         Upgrade\r\nSec-WebSocket-Accept: {}\r\n",
        accept_for(&offer.key)
    );
    if let Some(chosen) = offer.subprotocols.iter().find(|name| protocols.contains(name)) {
        head.push_str(&format!("Sec-WebSocket-Protocol: {chosen}\r\n"));
    }
    let answer =
        wishes.iter().find_map(|&wish| offer.extensions.iter().find_map(|offered| answer(offered, wish)));
    if let Some(answer) = &answer {
        head.push_str(&format!("Sec-WebSocket-Extensions: {answer}\r\n"));
    }
    let params = answer.and_then(|answer| DeflateParams::from_answer(&answer).ok());
    Ok(((head + "\r\n").into_bytes(), params))
}

/// The bytes of a response that opens a connection without extensions.
///
/// # Errors
///
/// What the request lacks.
pub fn upgrade_response(request: &RequestHead, protocols: &[String]) -> Result<Vec<u8>, UpgradeRefusal> {
    accept(request, protocols, &[]).map(|(response, _)| response)
}

/// An answer to one offer that has the client do what is wished for.
fn answer(offered: &Extension, (fresh, bits): (bool, u8)) -> Option<Extension> {
    let offer = DeflateOffer::from_extension(offered).ok()?;
    if bits != 0 && offer.client_max_window_bits.is_none() {
        return None;
    }
    let answer = DeflateOffer {
        client_no_context_takeover: fresh,
        client_max_window_bits: Some(bits).filter(|bits| *bits != 0).map(Some),
        ..offer
    };
    Some(answer.to_extension())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(offer: &str, wishes: Offers) -> Option<String> {
        let head = format!(
            "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: \
             dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: {offer}\r\n\r\n"
        );
        let (response, _) = accept(&RequestHead::parse(head.as_bytes()), &[], wishes).expect("an upgrade");
        let value = ResponseHead::parse(&response).fields.joined("Sec-WebSocket-Extensions")?;
        Some(String::from_utf8_lossy(&value).into_owned())
    }

    #[test]
    fn a_server_asks_for_what_a_case_is_about() {
        let name = "permessage-deflate";
        assert_eq!(answered(name, &[(false, 0)]).as_deref(), Some(name));
        assert_eq!(answered(name, &[]), None);
        assert_eq!(answered(name, &[(false, 9)]), None);
        assert_eq!(
            answered("permessage-deflate; client_max_window_bits", &[(true, 9)]).as_deref(),
            Some("permessage-deflate; client_no_context_takeover; client_max_window_bits=9")
        );
        assert_eq!(
            answered(name, &[(true, 9), (true, 0)]).as_deref(),
            Some("permessage-deflate; client_no_context_takeover")
        );
    }

    #[test]
    fn what_a_request_lacks_is_said() {
        let refusal = |head: &str| accept(&RequestHead::parse(head.as_bytes()), &[], &[]).map(|_| ());
        assert_eq!(refusal("GET / HTTP/1.1\r\n\r\n"), Err(UpgradeRefusal::NoUpgrade));
        let upgrade = "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
        assert_eq!(
            refusal(&format!("{upgrade}Sec-WebSocket-Version: 8\r\n\r\n")),
            Err(UpgradeRefusal::Version)
        );
        assert_eq!(refusal(&format!("{upgrade}Sec-WebSocket-Version: 13\r\n\r\n")), Err(UpgradeRefusal::Key));
    }

    #[test]
    fn the_version_of_a_spec_is_sent_with_the_field_of_its_time() {
        let request = |wire_version: u8| {
            let options = ProtocolOptions { wire_version, ..ProtocolOptions::default() };
            let (authority, resource, origin) = ("h".into(), "/".into(), Some("http://o".into()));
            let client = ClientHandshake { authority, resource, origin, protocols: Vec::new(), options };
            String::from_utf8(client.plain_request()).expect("a head")
        };
        let (draft, rfc) = (request(8), request(13));
        assert!(
            draft.contains("\r\nSec-WebSocket-Origin: http://o\r\nSec-WebSocket-Version: 8\r\n"),
            "{draft}"
        );
        assert!(rfc.contains("\r\nOrigin: http://o\r\nSec-WebSocket-Version: 13\r\n"), "{rfc}");
    }
}
