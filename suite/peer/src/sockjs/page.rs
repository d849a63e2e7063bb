//! What a service has besides sessions: a greeting, a page for an iframe, and what it says of itself.

use super::{flaw::SockJsFlaw, request::SockJsService};
use crate::web::{WebAsk, WebReply};

/// What a service greets with (SockJS 0.3.3, Greeting url).
const GREETING: &str = "Welcome to SockJS!\n";

/// The page that loads the client and starts it (SockJS 0.3.3, IFrame page).
const IFRAME: &str = "<!DOCTYPE html>\n<html>\n<head>\n  \
    <meta http-equiv=\"X-UA-Compatible\" content=\"IE=edge\" />\n  \
    <meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\" />\n  \
    <script src=\"/sockjs.min.js\"></script>\n  \
    <script>\n    document.domain = document.domain;\n    SockJS.bootstrap_iframe();\n  </script>\n\
    </head>\n<body>\n  <h2>Don't panic!</h2>\n  \
    <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>\n</body>\n</html>";

/// The page for a path below that of a service, unless it is one of a session.
pub(super) fn page(
    service: SockJsService,
    path: &str,
    ask: &WebAsk,
    flaw: Option<SockJsFlaw>,
    count: u32,
) -> Option<WebReply> {
    match path {
        "" | "/" if ask.is("GET") => Some(greeting(flaw)),
        "/info" if ask.is("GET") => Some(info(service, ask, flaw, count)),
        "/info" if ask.is("OPTIONS") => Some(WebReply::preflight(ask, "GET", flaw)),
        _ if is_iframe(path, ask, flaw) => Some(iframe(ask, flaw, count)),
        _ if flaw == Some(SockJsFlaw::EverythingFound) && path.matches('/').count() < 3 => {
            Some(greeting(flaw))
        }
        _ => None,
    }
}

fn greeting(flaw: Option<SockJsFlaw>) -> WebReply {
    let text = if flaw == Some(SockJsFlaw::GreetingOther) { "Hello\n" } else { GREETING };
    let reply = WebReply::new(200).with_body("text/plain; charset=UTF-8", text);
    if flaw == Some(SockJsFlaw::GreetingCookie) { reply.with("Set-Cookie", "a=b") } else { reply }
}

fn is_iframe(path: &str, ask: &WebAsk, flaw: Option<SockJsFlaw>) -> bool {
    let has_query = ask.head.target.contains(&b'?');
    let Some(rest) = path.strip_prefix("/iframe") else { return false };
    let is_plain = rest == ".html";
    let fits = rest.ends_with(".html") && !rest.contains('/') && (is_plain || rest.starts_with('-'));
    ask.is("GET")
        && match flaw {
            Some(SockJsFlaw::IframeMissing) => false,
            Some(SockJsFlaw::IframeWithoutVersions) => is_plain,
            Some(SockJsFlaw::IframeWithoutQuery) => fits && !has_query,
            Some(SockJsFlaw::IframeByAnyName) => true,
            _ => fits,
        }
}

fn iframe(ask: &WebAsk, flaw: Option<SockJsFlaw>, count: u32) -> WebReply {
    let tag = if flaw == Some(SockJsFlaw::TagChanges) { count } else { 1 };
    let tag = format!("\"iframe-{tag}\"");
    let is_known = ask.field("If-None-Match").is_some_and(|known| known == tag);
    if is_known && flaw != Some(SockJsFlaw::TagIgnored) {
        return WebReply::new(304);
    }
    let content_type =
        if flaw == Some(SockJsFlaw::IframeType) { "text/plain" } else { "text/html; charset=UTF-8" };
    let body = match flaw {
        Some(SockJsFlaw::IframeNotStarted) => IFRAME.replace("SockJS.bootstrap_iframe();", ""),
        _ => IFRAME.to_owned(),
    };
    let reply = WebReply::new(200).with_body(content_type, body).kept(flaw);
    match flaw {
        Some(SockJsFlaw::TagMissing) => reply,
        Some(SockJsFlaw::LastModified) => {
            reply.with("ETag", tag).with("Last-Modified", "Fri, 01 Jan 2021 00:00:00 GMT")
        }
        _ => reply.with("ETag", tag),
    }
}

fn info(service: SockJsService, ask: &WebAsk, flaw: Option<SockJsFlaw>, count: u32) -> WebReply {
    let takes_sockets = service != SockJsService::Disabled || flaw == Some(SockJsFlaw::DisabledNotSaid);
    // Different each time, and spread over the range.
    let entropy = match flaw {
        Some(SockJsFlaw::EntropyConstant) => "7".to_owned(),
        Some(SockJsFlaw::EntropyText) => format!("\"{count}\""),
        _ => count.wrapping_mul(2_654_435_761).to_string(),
    };
    let origins = if flaw == Some(SockJsFlaw::OriginsMissing) { "" } else { ",\"origins\":[\"*:*\"]" };
    let cookies = service == SockJsService::Cookies;
    let body = format!(
        "{{\"websocket\":{takes_sockets},\"cookie_needed\":{cookies}{origins},\"entropy\":{entropy}}}"
    );
    let content_type =
        if flaw == Some(SockJsFlaw::InfoType) { "text/html" } else { "application/json; charset=UTF-8" };
    WebReply::new(200)
        .with_body(content_type, body)
        .not_kept(flaw == Some(SockJsFlaw::InfoKept))
        .shared(ask, flaw)
}
