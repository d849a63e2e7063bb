//! A sentence on why a server cannot be tested: what it answered, what it was sent, what may help.

use wsspec_exchange::{Event, Setup, Transcript};
use wsspec_notation::escaped;
use wsspec_referee::Received;
use wsspec_wire::{CloseBody, CloseCode, Frame, Opcode, ResponseHead};

use super::short;
use crate::trial::TrialRun;

/// Bytes of a refusal's body that are shown.
const SHOWN_BODY: usize = 200;

/// What happened instead of a response.
pub(super) fn no_response(ran: &TrialRun, secure: bool) -> String {
    let what = short(&ran.outcome.verdict);
    let starts_tls = ran.outcome.transcript.entries.iter().any(|entry| match &entry.event {
        Event::Received(received) => is_tls(&received.bytes()),
        _ => false,
    });
    if starts_tls {
        return "this port speaks TLS: it answered the opening handshake with a TLS record; use wss:// instead of ws://"
            .to_owned();
    }
    let begun = ran.outcome.transcript.entries.iter().find_map(|entry| match &entry.event {
        Event::Received(received) => Some(escaped(&received.bytes()[..received.bytes().len().min(40)])),
        _ => None,
    });
    let begun = begun.filter(|text| !text.is_empty());
    let begun = begun.map(|text| format!(", after `{text}`")).unwrap_or_default();
    let tls = if secure { "" } else { ", and whether it wants TLS (wss://)" };
    format!("there is no WebSocket server here: {what}{begun}; check the port{tls}")
}

/// Whether bytes begin a TLS record (RFC 8446, section 5.1): an alert or a handshake, of version 3.x.
fn is_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [0x15 | 0x16, 0x03, 0..=4, ..])
}

/// Advice if a refusal mentions HTTPS, as common servers do for plain HTTP on a TLS port.
pub(super) fn tls_advice(said: &str) -> &'static str {
    if said.contains("HTTPS") { "; use wss:// if this port speaks TLS" } else { "" }
}

/// The body of a refusal as far as it arrived, because servers often explain there what they want; empty if nothing
/// arrived.
pub(super) fn explanation(transcript: &Transcript) -> String {
    let body = transcript.entries.iter().find_map(|entry| match &entry.event {
        Event::Received(Received::Raw(bytes)) if !bytes.trim_ascii().is_empty() => Some(bytes.trim_ascii()),
        _ => None,
    });
    let Some(body) = body else { return String::new() };
    let shown = escaped(&body[..body.len().min(SHOWN_BODY)]);
    let more = if body.len() > SHOWN_BODY { "..." } else { "" };
    format!("; the server says: \"{shown}{more}\"")
}

/// The request's fields that may matter to the server. Those from the command line are named without values, which may
/// be secret.
pub(super) fn what_was_sent(setup: &Setup) -> String {
    let is_host = |name: &str| name.eq_ignore_ascii_case("Host");
    // A Host field from the command line replaces the default one.
    let given = setup.fields.iter().rfind(|(name, _)| is_host(name)).map(|(_, value)| &**value);
    let host = given.or(setup.side.uri().map(|uri| &*uri.authority)).unwrap_or_default();
    let names: Vec<&str> =
        setup.fields.iter().map(|(name, _)| &**name).filter(|name| !is_host(name)).collect();
    let others = match &names[..] {
        [] => "no field besides those of every handshake".to_owned(),
        names => names.join(", "),
    };
    format!("; it was sent `Host: {}` and {}", escaped(host.as_bytes()), escaped(others.as_bytes()))
}

/// What the server answered, and what may help.
pub(super) fn refused(head: &ResponseHead, resource: &str) -> String {
    let reason = escaped(&head.reason);
    let status = match head.status {
        None => "a malformed status line".to_owned(),
        Some(status) if reason.is_empty() => status.to_string(),
        Some(status) => format!("{status} {reason}"),
    };
    let advice = match head.status {
        Some(401 | 407) => "give credentials with --user, --bearer or --header",
        Some(403) => "does it want an Origin (--origin) or credentials?",
        Some(301 | 302 | 303 | 307 | 308) => "run against the address it redirects to",
        Some(426 | 400) => "does it want a subprotocol (--subprotocol) or a header field (--header)?",
        _ => "check the path of the address",
    };
    let location =
        head.fields.get("Location").map(|value| format!(" (to `{}`)", escaped(value))).unwrap_or_default();
    let wanted = if head.has_pseudo_fields() { "2xx" } else { "101" };
    format!(
        "the server answered the opening handshake for `{resource}` with {status}{location}, not {wanted}; {advice}"
    )
}

/// Why nothing can be tested if the first thing that the server sends once the connection is open is a close frame that is
/// no error of ours: it has ended its business, or wants something that it did not get.
pub(super) fn closes_at_once(ran: &TrialRun) -> Option<String> {
    let frame = frames(&ran.outcome.transcript).next()?;
    let body = closes_with(frame)?;
    let what = match body.code() {
        None => "an empty close frame".to_owned(),
        Some(code) if code.is_own_choice() || code == CloseCode::NORMAL => {
            format!("a close frame with code {code}")
        }
        Some(_) => return None,
    };
    let reason = match &body {
        CloseBody::Full { reason, .. } if !reason.is_empty() => {
            format!(" and the reason \"{}\"", escaped(reason))
        }
        _ => String::new(),
    };
    Some(format!(
        "the server opens a connection and ends it at once, by {what}{reason}: there is nothing to test; does it want \
         credentials (--user, --bearer, --header), an Origin (--origin), a subprotocol (--subprotocol), or another path?"
    ))
}

/// Whether the peer sent one message back, and then closed the connection without reporting an error.
pub(super) fn closes_after_echo(ran: &TrialRun) -> bool {
    let mut frames = frames(&ran.outcome.transcript).skip_while(|frame| !frame.header.opcode.is_data());
    let has_echoed = frames.next().is_some();
    let close = frames.find_map(closes_with);
    has_echoed && close.is_some_and(|body| body.code().is_none_or(|code| code == CloseCode::NORMAL))
}

/// Whether a peer sent a first message back and was then silent, with the connection open.
pub(super) fn shows_first_echo_only(ran: &TrialRun) -> bool {
    let transcript = &ran.outcome.transcript;
    let is_silent = transcript.entries.last().is_some_and(|entry| entry.event == Event::Timeout);
    is_silent && frames(transcript).any(|frame| frame.header.opcode.is_data())
}

/// What a close frame says; `None` for other frames.
fn closes_with(frame: &Frame) -> Option<CloseBody> {
    (frame.header.opcode == Opcode::CLOSE).then(|| CloseBody::parse(frame.payload.clone()))
}

fn frames(transcript: &Transcript) -> impl Iterator<Item = &Frame> {
    transcript.entries.iter().filter_map(|entry| match &entry.event {
        Event::Received(Received::Frame(frame)) => Some(frame),
        _ => None,
    })
}
