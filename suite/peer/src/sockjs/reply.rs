//! Responses of the services: what pages may do with them, and who may keep them.

use super::{flaw::SockJsFlaw, request::SockJsService};
use crate::web::{WebAsk, WebReply};

/// What keeps a response from being kept by anyone.
const NOT_KEPT: &str = "no-store, no-cache, no-transform, must-revalidate, max-age=0";
/// A year, in seconds.
const YEAR: &str = "31536000";

impl WebReply {
    /// Nobody may keep it.
    pub fn not_kept(self, is_flawed: bool) -> Self {
        if is_flawed { self } else { self.with("Cache-Control", NOT_KEPT) }
    }

    /// Everybody may keep it for a year.
    pub fn kept(self, flaw: Option<SockJsFlaw>) -> Self {
        let kept = match flaw {
            Some(SockJsFlaw::KeptNotSaid) => self,
            _ => self.with("Cache-Control", format!("public, max-age={YEAR}")),
        };
        match flaw {
            Some(SockJsFlaw::ExpiryMissing) => kept,
            _ => kept.with("Expires", "Fri, 01 Jan 2100 00:00:00 GMT"),
        }
    }

    /// Pages of the request's Origin may read it, with cookies.
    pub fn shared(mut self, ask: &WebAsk, flaw: Option<SockJsFlaw>) -> Self {
        let origin = ask.field("Origin");
        match (&origin, flaw) {
            (_, Some(SockJsFlaw::CorsMissing)) => return self,
            (Some(origin), Some(SockJsFlaw::NullRefused)) if origin == "null" => return self,
            (Some(origin), _) => self = self.with("Access-Control-Allow-Origin", origin),
            (None, _) => self = self.with("Access-Control-Allow-Origin", "*"),
        }
        if origin.is_some() && flaw != Some(SockJsFlaw::CredentialsRefused) {
            self = self.with("Access-Control-Allow-Credentials", "true");
        }
        match (ask.field("Access-Control-Request-Headers"), flaw) {
            (_, Some(SockJsFlaw::HeadersNotAllowed)) => self,
            (Some(headers), _) if !headers.is_empty() => self.with("Access-Control-Allow-Headers", headers),
            (_, Some(SockJsFlaw::HeadersAlwaysAllowed)) => self.with("Access-Control-Allow-Headers", "x-any"),
            _ => self,
        }
    }

    /// The answer to a page that asks what it may do.
    pub fn preflight(ask: &WebAsk, method: &str, flaw: Option<SockJsFlaw>) -> Self {
        if flaw == Some(SockJsFlaw::OptionsRefused) {
            return Self::new(405).with("Allow", method);
        }
        let reply = Self::new(204).shared(ask, flaw);
        let reply = match flaw {
            Some(SockJsFlaw::OptionsNotKept) => reply,
            _ => reply.kept(None),
        };
        let reply = match flaw {
            Some(SockJsFlaw::MaxAgeMissing) => reply,
            _ => reply.with("Access-Control-Max-Age", YEAR),
        };
        let method = if flaw == Some(SockJsFlaw::MethodMissing) { "PUT" } else { method };
        reply.with("Access-Control-Allow-Methods", format!("OPTIONS, {method}"))
    }

    /// With the cookie of a service that needs one.
    pub(super) fn with_cookie(self, service: SockJsService, ask: &WebAsk, flaw: Option<SockJsFlaw>) -> Self {
        if service != SockJsService::Cookies || flaw == Some(SockJsFlaw::CookieMissing) {
            return self;
        }
        let given = ask.field("Cookie").and_then(|cookies| {
            let mut pairs = cookies.split(';').map(str::trim);
            pairs.find_map(|pair| pair.strip_prefix("JSESSIONID=").map(str::to_owned))
        });
        let kept =
            given.filter(|_| flaw != Some(SockJsFlaw::CookieReplaced)).unwrap_or_else(|| "dummy".into());
        let path = if flaw == Some(SockJsFlaw::CookieWithoutPath) { "" } else { "; path=/" };
        self.with("Set-Cookie", format!("JSESSIONID={kept}{path}"))
    }
}
