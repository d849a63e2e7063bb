//! The opening handshakes in a HAR file, which browsers write. It has no frames: the messages in it are those that the browser
//! has understood, so only the heads are judged.

use std::time::Duration;

use serde::Deserialize;
use wsspec_wire::{Role, Violation};

use crate::{observer::ObservedFault, packets::CaptureError};

/// A HAR file, as much of it as matters.
#[derive(Deserialize)]
struct HarFile {
    log: HarLog,
}

#[derive(Deserialize)]
struct HarLog {
    entries: Vec<HarEntry>,
}

/// A request and its response.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HarEntry {
    request: HarRequest,
    response: HarResponse,
    /// What Chromium writes of a WebSocket connection.
    #[serde(rename = "_webSocketMessages")]
    messages: Option<Vec<serde_json::Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HarRequest {
    method: String,
    url: String,
    #[serde(default)]
    http_version: String,
    #[serde(default)]
    headers: Vec<HarField>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HarResponse {
    status: u16,
    #[serde(default)]
    status_text: String,
    #[serde(default)]
    headers: Vec<HarField>,
}

#[derive(Deserialize)]
struct HarField {
    name: String,
    value: String,
}

/// An opening handshake of a HAR file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HarOpening {
    /// The heads of the request and of the response.
    Heads(Vec<u8>, Vec<u8>),
    /// It was over HTTP/2 or HTTP/3, which has other fields.
    NotHttp1,
    /// The file does not have its header fields.
    NoFields,
}

/// The opening handshakes of WebSocket connections, each with the number of its entry, from 1.
pub(crate) fn openings(json: &[u8]) -> Result<Vec<(u64, HarOpening)>, CaptureError> {
    let file: HarFile = serde_json::from_slice(json).map_err(|error| {
        CaptureError::Malformed(format!("it is not a HAR: {error}; `wsspec report` reads records"))
    })?;
    let entries = file.log.entries.iter().zip(1..);
    Ok(entries.filter(|(entry, _)| entry.is_websocket()).map(|(entry, at)| (at, entry.opening())).collect())
}

/// Whether the file can show that a rule is broken: it keeps neither the order of fields nor how they were written.
pub(crate) fn shows(fault: &ObservedFault) -> bool {
    !matches!(
        fault.violation,
        Violation::HostNotFirst | Violation::FieldMalformed { .. } | Violation::FieldOutdated { .. }
    )
}

/// When everything in a HAR file happens.
pub(crate) const AT: Duration = Duration::ZERO;

impl HarEntry {
    fn is_websocket(&self) -> bool {
        self.messages.is_some()
            || self.request.url.starts_with("ws")
            || self.response.headers.iter().any(|field| {
                field.name.eq_ignore_ascii_case("upgrade") && field.value.eq_ignore_ascii_case("websocket")
            })
    }

    fn opening(&self) -> HarOpening {
        let HarRequest { method, url, http_version, headers } = &self.request;
        let is_pseudo = |field: &HarField| field.name.starts_with(':');
        if !["", "HTTP/1.1"].contains(&http_version.to_uppercase().as_str()) || headers.iter().any(is_pseudo)
        {
            return HarOpening::NotHttp1;
        }
        if headers.is_empty() || self.response.headers.is_empty() {
            return HarOpening::NoFields;
        }
        let HarResponse { status, status_text, headers: answer } = &self.response;
        HarOpening::Heads(
            head(&format!("{method} {} HTTP/1.1", target(url)), headers),
            head(&format!("HTTP/1.1 {status} {status_text}"), answer),
        )
    }
}

/// Path and query of an address.
fn target(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find(['/', '?']).map_or("/", |at| &rest[at..])
}

fn head(first: &str, fields: &[HarField]) -> Vec<u8> {
    let fields = fields.iter().map(|field| format!("{}: {}\r\n", field.name, field.value));
    format!("{first}\r\n{}\r\n", fields.collect::<String>()).into_bytes()
}

/// Which end a head is of.
pub(crate) const HALVES: [Role; 2] = [Role::Client, Role::Server];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_websocket_connections_over_http1_have_an_opening_handshake() {
        let json = br#"{"log": {"version": "1.2", "entries": [
            {"request": {"method": "GET", "url": "http://a/x", "headers": []},
             "response": {"status": 200, "headers": []}},
            {"request": {"method": "GET", "url": "ws://a:1/chat?q=1", "httpVersion": "HTTP/1.1",
                         "headers": [{"name": "Host", "value": "a:1"}]},
             "response": {"status": 101, "statusText": "Switching Protocols",
                          "headers": [{"name": "Upgrade", "value": "websocket"}]},
             "_webSocketMessages": []},
            {"request": {"method": "GET", "url": "wss://a/", "headers": [{"name": ":authority", "value": "a"}]},
             "response": {"status": 200, "headers": []}},
            {"request": {"method": "GET", "url": "wss://a", "headers": []}, "response": {"status": 101}}
        ]}}"#;
        let request = b"GET /chat?q=1 HTTP/1.1\r\nHost: a:1\r\n\r\n".to_vec();
        let response = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n".to_vec();
        let expected = vec![
            (2, HarOpening::Heads(request, response)),
            (3, HarOpening::NotHttp1),
            (4, HarOpening::NoFields),
        ];
        assert_eq!(openings(json), Ok(expected));
    }

    #[test]
    fn other_json_is_named() {
        let error = openings(br#"{"log": 1}"#).unwrap_err().to_string();
        assert!(error.starts_with("it is not a HAR: invalid type"), "{error}");
    }
}
