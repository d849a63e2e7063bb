//! Values of the peer that a script uses: those of a client's request, or those that the user declares for a server.

use bytes::Bytes;
use wsspec_notation::{PeerValue, Sending};
use wsspec_wire::{Offer, accept_for};

use crate::setup::Setup;

/// Half of the 28 characters of a Sec-WebSocket-Accept.
const ACCEPT_HALF: usize = 14;

/// A value from a client's request.
pub(crate) fn from_request(value: PeerValue, offered: &Offer) -> Option<Bytes> {
    let subprotocol = || offered.subprotocols.first();
    Some(match value {
        PeerValue::Accept => accept_for(&offered.key).into(),
        PeerValue::AcceptSwapped => swapped(&accept_for(&offered.key)),
        PeerValue::AcceptEnd => accept_for(&offered.key)[ACCEPT_HALF..].to_owned().into(),
        PeerValue::Key => offered.key.clone(),
        PeerValue::Subprotocol => subprotocol()?.clone().into(),
        PeerValue::SubprotocolCut => cut(subprotocol()?, &offered.subprotocols)?,
        PeerValue::SubprotocolSwapped => swapped(subprotocol()?),
        PeerValue::AllowedOrigin
        | PeerValue::AllowedOriginOtherScheme
        | PeerValue::ForeignOrigin
        | PeerValue::LowestVersion
        | PeerValue::HighestVersion => return None,
    })
}

/// A value that the user declares for a server, or that a probe has found.
pub(crate) fn of_server(value: PeerValue, setup: &Setup) -> Option<Bytes> {
    let declared = &setup.declared;
    let text = match value {
        PeerValue::Accept | PeerValue::AcceptSwapped | PeerValue::AcceptEnd | PeerValue::Key => return None,
        PeerValue::SubprotocolCut => return cut(declared.subprotocol.as_deref()?, &[]),
        PeerValue::Subprotocol => declared.subprotocol.clone()?,
        PeerValue::SubprotocolSwapped => return declared.subprotocol.as_deref().map(swapped),
        PeerValue::AllowedOrigin => declared.allowed_origin.clone()?,
        PeerValue::AllowedOriginOtherScheme => other_scheme(declared.allowed_origin.as_deref()?),
        PeerValue::ForeignOrigin => declared.foreign_origin.clone()?,
        PeerValue::LowestVersion => setup.versions.first()?.to_string(),
        PeerValue::HighestVersion => setup.versions.last()?.to_string(),
    };
    Some(text.into())
}

/// The reason why an item cannot be built, if it needs a value that is not known.
pub(crate) fn lacking(sending: &Sending, offered: &Offer, setup: &Setup) -> Option<&'static str> {
    let (fields, by_request_of_client) = match sending {
        Sending::Request(spec) => (&spec.fields, false),
        Sending::Response(spec) => (&spec.fields, true),
        _ => return None,
    };
    let is_unknown = |value: &PeerValue| match by_request_of_client {
        true => from_request(*value, offered).is_none(),
        false => of_server(*value, setup).is_none(),
    };
    let value = fields.iter().filter_map(|edit| edit.peer_value()).find(is_unknown)?;
    Some(match value {
        PeerValue::Accept | PeerValue::AcceptSwapped | PeerValue::AcceptEnd | PeerValue::Key => {
            "there is no key to answer"
        }
        PeerValue::SubprotocolCut if by_request_of_client => "the client offers no subprotocol to cut short",
        PeerValue::Subprotocol | PeerValue::SubprotocolSwapped if by_request_of_client => {
            "the client offers no subprotocol"
        }
        PeerValue::Subprotocol | PeerValue::SubprotocolSwapped | PeerValue::SubprotocolCut => {
            "which subprotocol the server speaks is not known: give --subprotocol"
        }
        PeerValue::AllowedOrigin | PeerValue::AllowedOriginOtherScheme => {
            "which origin the server accepts is not known: give --allowed-origin"
        }
        PeerValue::LowestVersion | PeerValue::HighestVersion => {
            "the server names no other version with the same opening handshake as version 13"
        }
        PeerValue::ForeignOrigin => "which origin the server refuses is not known: give --foreign-origin",
    })
}

/// A name without its last character, unless that is empty or one of `others`.
fn cut(name: &str, others: &[String]) -> Option<Bytes> {
    let (last, _) = name.char_indices().next_back()?;
    let short = &name[..last];
    let is_other = !short.is_empty() && others.iter().all(|other| other != short);
    is_other.then(|| short.to_owned().into())
}

/// The same text, with the case of its letters swapped.
fn swapped(text: &str) -> Bytes {
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    text.chars().map(swap).collect::<String>().into()
}

/// http for https, and https for everything else.
fn other_scheme(origin: &str) -> String {
    match origin.split_once("://") {
        Some(("https", rest)) => format!("http://{rest}"),
        Some((_, rest)) => format!("https://{rest}"),
        None => format!("https://{origin}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_of_another_scheme_differs_in_that_alone() {
        assert_eq!(other_scheme("https://a:1"), "http://a:1");
        assert_eq!(other_scheme("http://a"), "https://a");
    }

    #[test]
    fn what_is_not_known_is_lacking() {
        let sending = wsspec_notation::parse_sending("request").unwrap();
        let mut setup = Setup::client("a", "/");
        assert_eq!(lacking(&sending, &Offer::default(), &setup), None);
        setup.declared.subprotocol = Some("Ab".into());
        assert_eq!(of_server(PeerValue::SubprotocolSwapped, &setup), Some("aB".into()));
        assert_eq!(of_server(PeerValue::ForeignOrigin, &setup), None);
        assert_eq!(of_server(PeerValue::LowestVersion, &setup), None);
        setup.versions = vec![7, 8];
        assert_eq!(of_server(PeerValue::LowestVersion, &setup), Some("7".into()));
        assert_eq!(of_server(PeerValue::HighestVersion, &setup), Some("8".into()));
        assert_eq!(from_request(PeerValue::Subprotocol, &Offer::default()), None);
        let offered = ["v12", "v1", "v"].map(str::to_owned);
        assert_eq!(cut("chat", &offered), Some("cha".into()));
        assert_eq!((cut("v12", &offered), cut("v", &offered)), (None, None));
    }
}
