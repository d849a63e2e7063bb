//! What is told of the peer: by the request of a client, or by who tests a server.

use bytes::Bytes;
use wsspec_notation::{PeerValue, Sending};
use wsspec_wire::{Offer, accept_for};

use crate::setup::Declared;

/// What a client's request tells.
pub(crate) fn by_request(value: PeerValue, offered: &Offer) -> Option<Bytes> {
    let subprotocol = || offered.subprotocols.first();
    Some(match value {
        PeerValue::Accept => accept_for(&offered.key).into(),
        PeerValue::AcceptSwapped => swapped(&accept_for(&offered.key)),
        PeerValue::Subprotocol => subprotocol()?.clone().into(),
        PeerValue::SubprotocolSwapped => swapped(subprotocol()?),
        PeerValue::AllowedOrigin | PeerValue::AllowedOriginOtherScheme | PeerValue::ForeignOrigin => {
            return None;
        }
    })
}

/// What the user of a server says of it.
pub(crate) fn by_user(value: PeerValue, declared: &Declared) -> Option<Bytes> {
    let text = match value {
        PeerValue::Accept | PeerValue::AcceptSwapped => return None,
        PeerValue::Subprotocol => declared.subprotocol.clone()?,
        PeerValue::SubprotocolSwapped => return declared.subprotocol.as_deref().map(swapped),
        PeerValue::AllowedOrigin => declared.allowed_origin.clone()?,
        PeerValue::AllowedOriginOtherScheme => other_scheme(declared.allowed_origin.as_deref()?),
        PeerValue::ForeignOrigin => declared.foreign_origin.clone()?,
    };
    Some(text.into())
}

/// Why an item cannot be made, where it is made of something that is not told.
pub(crate) fn lacking(sending: &Sending, offered: &Offer, declared: &Declared) -> Option<&'static str> {
    let (fields, by_request_of_client) = match sending {
        Sending::Request(spec) => (&spec.fields, false),
        Sending::Response(spec) => (&spec.fields, true),
        _ => return None,
    };
    let untold = |value: &PeerValue| match by_request_of_client {
        true => by_request(*value, offered).is_none(),
        false => by_user(*value, declared).is_none(),
    };
    let value = fields.iter().filter_map(|edit| edit.peer_value()).find(untold)?;
    Some(match value {
        PeerValue::Accept | PeerValue::AcceptSwapped => "there is no key to answer",
        PeerValue::Subprotocol | PeerValue::SubprotocolSwapped if by_request_of_client => {
            "the client offers no subprotocol"
        }
        PeerValue::Subprotocol | PeerValue::SubprotocolSwapped => {
            "which subprotocol the server speaks is not known: give --subprotocol"
        }
        PeerValue::AllowedOrigin | PeerValue::AllowedOriginOtherScheme => {
            "which origin the server accepts is not known: give --allowed-origin"
        }
        PeerValue::ForeignOrigin => "which origin the server refuses is not known: give --foreign-origin",
    })
}

/// The same, the case of its letters changed.
fn swapped(text: &str) -> Bytes {
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    text.chars().map(swap).collect::<String>().into()
}

/// http for https, and https for anything else.
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
    fn what_is_not_told_is_lacking() {
        let sending = wsspec_notation::parse_sending("request").unwrap();
        assert_eq!(lacking(&sending, &Offer::default(), &Declared::default()), None);
        let declared = Declared { subprotocol: Some("Ab".into()), ..Declared::default() };
        assert_eq!(by_user(PeerValue::SubprotocolSwapped, &declared), Some("aB".into()));
        assert_eq!(by_user(PeerValue::ForeignOrigin, &declared), None);
        assert_eq!(by_request(PeerValue::Subprotocol, &Offer::default()), None);
    }
}
