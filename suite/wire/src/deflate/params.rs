//! The parameters of permessage-deflate, as offered and as agreed (RFC 7692, 7.1).

use std::fmt;

use thiserror::Error;

use crate::{Extension, Role};

const SERVER_TAKEOVER: &str = "server_no_context_takeover";
const CLIENT_TAKEOVER: &str = "client_no_context_takeover";
const SERVER_BITS: &str = "server_max_window_bits";
const CLIENT_BITS: &str = "client_max_window_bits";

/// The agreed parameters, as in a server's response (RFC 7692, 7.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DeflateParams {
    /// Whether the server compresses each message separately.
    pub server_no_context_takeover: bool,
    /// Whether the client compresses each message separately.
    pub client_no_context_takeover: bool,
    /// The base-2 logarithm of the server's window in bytes: 8 to 15.
    pub server_max_window_bits: u8,
    /// The base-2 logarithm of the client's window in bytes: 8 to 15.
    pub client_max_window_bits: u8,
}

/// What a client offers (RFC 7692, 7.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct DeflateOffer {
    /// The client demands that the server compress each message separately.
    pub server_no_context_takeover: bool,
    /// The client hints that it will compress each message separately.
    pub client_no_context_takeover: bool,
    /// The largest window the server may use, in bits.
    pub server_max_window_bits: Option<u8>,
    /// Whether the server may limit the client's window, and the largest that the client would use, in bits.
    pub client_max_window_bits: Option<Option<u8>>,
}

/// Why a well-formed answer does not fit an offer (RFC 7692, 7.1). Each variant names the parameter.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Disallowed {
    /// The offer demands it, and the answer does not contain it.
    Missing(&'static str),
    /// Its value is above the one offered.
    TooLarge(&'static str),
    /// It may only answer an offer that contains it.
    Unasked(&'static str),
}

impl fmt::Display for Disallowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "{name} was offered and is missing"),
            Self::TooLarge(name) => write!(f, "{name} is above the value offered"),
            Self::Unasked(name) => write!(f, "{name} was not offered"),
        }
    }
}

/// Why an extension is not an offer or answer of permessage-deflate.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Error)]
pub enum ParamError {
    /// It is another extension.
    #[error("`{0}` is not permessage-deflate")]
    OtherExtension(String),
    /// A parameter that the extension does not define.
    #[error("the parameter `{}` is unknown", .0.escape_default())]
    Unknown(String),
    /// A repeated parameter.
    #[error("the parameter `{0}` is repeated")]
    Repeated(String),
    /// A value that must not be there, a missing value, or one that is not 8 to 15.
    #[error("the parameter `{name}` has {}", shown(.value.as_deref()))]
    BadValue {
        /// The parameter.
        name: String,
        /// Its value.
        value: Option<String>,
    },
}

fn shown(value: Option<&str>) -> String {
    value.map_or_else(|| "no value".to_owned(), |value| format!("the bad value `{}`", value.escape_default()))
}

impl ParamError {
    /// Whether the extension is permessage-deflate and a parameter is wrong.
    #[must_use]
    pub const fn is_bad_parameter(&self) -> bool {
        !matches!(self, Self::OtherExtension(_))
    }
}

impl DeflateParams {
    /// The extension's registered name.
    pub const NAME: &'static str = "permessage-deflate";

    /// Reads a server's answer.
    ///
    /// # Errors
    ///
    /// If a client must fail the connection because of the answer alone (RFC 7692, 7).
    pub fn from_answer(extension: &Extension) -> Result<Self, ParamError> {
        let offer = DeflateOffer::from_extension(extension)?;
        let client_max_window_bits = match offer.client_max_window_bits {
            Some(None) => return Err(ParamError::BadValue { name: CLIENT_BITS.to_owned(), value: None }),
            Some(Some(bits)) => bits,
            None => 15,
        };
        Ok(Self {
            server_no_context_takeover: offer.server_no_context_takeover,
            client_no_context_takeover: offer.client_no_context_takeover,
            server_max_window_bits: offer.server_max_window_bits.unwrap_or(15),
            client_max_window_bits,
        })
    }

    /// The sender's window, in bits.
    #[must_use]
    pub const fn window_bits(&self, sender: Role) -> u8 {
        match sender {
            Role::Client => self.client_max_window_bits,
            Role::Server => self.server_max_window_bits,
        }
    }

    /// Whether the sender compresses each message separately.
    #[must_use]
    pub const fn no_context_takeover(&self, sender: Role) -> bool {
        match sender {
            Role::Client => self.client_no_context_takeover,
            Role::Server => self.server_no_context_takeover,
        }
    }
}

/// Windows of 32 KiB, with context takeover.
impl Default for DeflateParams {
    fn default() -> Self {
        Self {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: 15,
            client_max_window_bits: 15,
        }
    }
}

/// As an answer; windows of 15 bits are left out.
impl fmt::Display for DeflateParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |bits: u8| Some(bits).filter(|bits| *bits != 15);
        let offer = DeflateOffer {
            server_no_context_takeover: self.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover,
            server_max_window_bits: said(self.server_max_window_bits),
            client_max_window_bits: said(self.client_max_window_bits).map(Some),
        };
        offer.fmt(f)
    }
}

impl DeflateOffer {
    /// Reads an offer.
    ///
    /// # Errors
    ///
    /// If a server must decline the offer (RFC 7692, 7).
    pub fn from_extension(extension: &Extension) -> Result<Self, ParamError> {
        if extension.name != DeflateParams::NAME {
            return Err(ParamError::OtherExtension(extension.name.clone()));
        }
        let mut offer = Self::default();
        for (at, (name, value)) in extension.params.iter().enumerate() {
            if extension.params[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(ParamError::Repeated(name.clone()));
            }
            offer.set(name, value.as_deref())?;
        }
        Ok(offer)
    }

    /// An answer that accepts the offer as it is, without a further limit on a window.
    #[must_use]
    pub fn accept(&self) -> Extension {
        let answer =
            Self { client_max_window_bits: self.client_max_window_bits.filter(Option::is_some), ..*self };
        answer.to_extension()
    }

    /// Why a well-formed answer does not fit this offer; `None` if it does (RFC 7692, 7.1).
    #[must_use]
    pub fn disallows(&self, answer: &Extension) -> Option<Disallowed> {
        let given = Self::from_extension(answer).ok()?;
        if self.server_no_context_takeover && !given.server_no_context_takeover {
            return Some(Disallowed::Missing(SERVER_TAKEOVER));
        }
        match (self.server_max_window_bits, given.server_max_window_bits) {
            (Some(_), None) => return Some(Disallowed::Missing(SERVER_BITS)),
            (Some(most), Some(bits)) if bits > most => return Some(Disallowed::TooLarge(SERVER_BITS)),
            _ => {}
        }
        (self.client_max_window_bits.is_none() && given.client_max_window_bits.is_some())
            .then_some(Disallowed::Unasked(CLIENT_BITS))
    }

    /// The offer as an extension to list.
    #[must_use]
    pub fn to_extension(&self) -> Extension {
        let flag = |name: &str, set: bool| set.then(|| (name.to_owned(), None));
        let bits = |name: &str, bits: Option<u8>| (name.to_owned(), bits.map(|bits| bits.to_string()));
        let params = [
            flag(SERVER_TAKEOVER, self.server_no_context_takeover),
            flag(CLIENT_TAKEOVER, self.client_no_context_takeover),
            self.server_max_window_bits.map(|most| bits(SERVER_BITS, Some(most))),
            self.client_max_window_bits.map(|most| bits(CLIENT_BITS, most)),
        ];
        Extension { name: DeflateParams::NAME.to_owned(), params: params.into_iter().flatten().collect() }
    }

    fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), ParamError> {
        let bad = || ParamError::BadValue { name: name.to_owned(), value: value.map(str::to_owned) };
        let bits = value.map(|value| window_bits(value).ok_or_else(bad)).transpose();
        match (name, value) {
            (SERVER_TAKEOVER, None) => self.server_no_context_takeover = true,
            (CLIENT_TAKEOVER, None) => self.client_no_context_takeover = true,
            (SERVER_BITS, Some(_)) => self.server_max_window_bits = bits?,
            (CLIENT_BITS, _) => self.client_max_window_bits = Some(bits?),
            (SERVER_TAKEOVER | CLIENT_TAKEOVER | SERVER_BITS, _) => return Err(bad()),
            _ => return Err(ParamError::Unknown(name.to_owned())),
        }
        Ok(())
    }
}

/// As in a request.
impl fmt::Display for DeflateOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_extension().fmt(f)
    }
}

/// Decimal, 8 to 15, no leading zero (RFC 7692, 7.1.2).
fn window_bits(value: &str) -> Option<u8> {
    let digits = !value.starts_with('0') && value.bytes().all(|byte| byte.is_ascii_digit());
    value.parse().ok().filter(|bits| digits && (8..=15).contains(bits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_extensions;

    fn extension(text: &str) -> Extension {
        parse_extensions(text.as_bytes()).expect("well formed").remove(0)
    }

    #[test]
    fn an_offer_reads_and_prints_back() {
        let text = "permessage-deflate; server_no_context_takeover; server_max_window_bits=10; client_max_window_bits";
        let offer = DeflateOffer::from_extension(&extension(text)).expect("an offer");
        assert_eq!(offer.to_string(), text);
        assert_eq!(offer.client_max_window_bits, Some(None));
        assert_eq!(offer.disallows(&offer.accept()), None);
    }

    #[test]
    fn an_answer_reads_and_prints_back() {
        let text = "permessage-deflate; client_no_context_takeover; client_max_window_bits=9";
        let params = DeflateParams::from_answer(&extension(text)).expect("an answer");
        assert_eq!((params.to_string(), params.window_bits(Role::Client)), (text.to_owned(), 9));
    }

    #[test]
    fn a_bad_parameter_is_named() {
        let error = |params: &str| {
            DeflateParams::from_answer(&extension(&format!("permessage-deflate; {params}")))
                .expect_err("bad")
                .to_string()
        };
        assert_eq!(error("x"), "the parameter `x` is unknown");
        assert_eq!(error("server_max_window_bits"), "the parameter `server_max_window_bits` has no value");
        assert_eq!(error("client_max_window_bits"), "the parameter `client_max_window_bits` has no value");
        for value in ["7", "16", "08", "1000", "+9", "1.5"] {
            let text = error(&format!("server_max_window_bits={value}"));
            assert_eq!(text, format!("the parameter `server_max_window_bits` has the bad value `{value}`"));
        }
        let repeated = "client_no_context_takeover; client_no_context_takeover";
        assert_eq!(error(repeated), "the parameter `client_no_context_takeover` is repeated");
    }

    #[test]
    fn an_answer_must_keep_to_the_offer() {
        let disallows = |offer: &str, answer: &str| {
            let offer = extension(&format!("permessage-deflate; {offer}"));
            let answer = extension(&format!("permessage-deflate{answer}"));
            DeflateOffer::from_extension(&offer).expect("an offer").disallows(&answer)
        };
        assert_eq!(disallows("server_no_context_takeover", ""), Some(Disallowed::Missing(SERVER_TAKEOVER)));
        assert_eq!(disallows("server_max_window_bits=10", ""), Some(Disallowed::Missing(SERVER_BITS)));
        assert_eq!(
            disallows("server_max_window_bits=10", "; server_max_window_bits=11"),
            Some(Disallowed::TooLarge(SERVER_BITS))
        );
        assert_eq!(disallows("server_max_window_bits=10", "; server_max_window_bits=9"), None);
        assert_eq!(
            disallows("client_no_context_takeover", "; client_max_window_bits=9"),
            Some(Disallowed::Unasked(CLIENT_BITS))
        );
        assert_eq!(disallows("client_max_window_bits", "; client_max_window_bits=9"), None);
    }
}
