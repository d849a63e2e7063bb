//! The opening handshake of the client (RFC 6455, 4.1).

use crate::{
    DeflateOffer, Fields, RequestHead, Role, Violation,
    extension::is_token,
    upgrade::{connection, duplicates, extensions_of, http_version, is_key},
};

/// Header fields that may appear only once in a request (RFC 6455, 11.3; Host: RFC 9112, 3.2).
pub(crate) const ONCE_IN_REQUEST: [&str; 3] = ["Sec-WebSocket-Key", "Sec-WebSocket-Version", "Host"];

/// Judges a client's opening handshake: the faults of its head and everything that RFC 6455, 4.1 demands of it.
#[must_use]
pub fn judge_request(request: &RequestHead) -> Vec<Violation> {
    if request.has_pseudo_fields() {
        return judge_http2_request(request);
    }
    let fields = &request.fields;
    let mut found = request.faults.clone();
    found.extend(request.raw.starts_with(b"\r\n").then_some(Violation::RequestPrefaced));
    if found.is_empty() && request.method != "GET" {
        found.push(Violation::MethodNotGet(request.method.clone()));
    }
    found.extend(http_version(request.version, Role::Client));
    found.extend(fields.get("Host").is_none().then_some(Violation::HostMissing));
    found.extend(upgrade(fields));
    found.extend(connection(fields, Role::Client));
    found.extend(key(fields));
    found.extend(version(fields));
    found.extend(duplicates(fields, &ONCE_IN_REQUEST));
    subprotocols(fields, &mut found);
    extensions(fields, &mut found);
    found
}

/// Judges an extended CONNECT (RFC 8441, 5): the key was superseded by :protocol, the upgrade by CONNECT.
fn judge_http2_request(request: &RequestHead) -> Vec<Violation> {
    let fields = &request.fields;
    let mut found = request.faults.clone();
    let protocol = fields.get(":protocol").cloned();
    if protocol.is_some() {
        let missing = [":scheme", ":path"].into_iter().filter(|name| fields.get(name).is_none());
        found.extend(missing.map(Violation::Http2TargetMissing));
    }
    if request.method != "CONNECT" || protocol.as_deref() != Some(b"websocket") {
        found.push(Violation::Http2NotForWebsocket { method: request.method.clone(), protocol });
    }
    found.extend(fields.get(":authority").is_none().then_some(Violation::Http2AuthorityMissing));
    found.extend(version(fields));
    found.extend(duplicates(fields, &["Sec-WebSocket-Version"]));
    subprotocols(fields, &mut found);
    extensions(fields, &mut found);
    found
}

fn upgrade(fields: &Fields) -> Option<Violation> {
    match fields.joined("Upgrade") {
        None => Some(Violation::UpgradeMissing(Role::Client)),
        Some(_) if fields.has_token("Upgrade", "websocket") => None,
        Some(value) => Some(Violation::UpgradeWrong { sender: Role::Client, value }),
    }
}

fn key(fields: &Fields) -> Option<Violation> {
    let Some(key) = fields.get("Sec-WebSocket-Key") else { return Some(Violation::KeyMissing) };
    (!is_key(key)).then(|| Violation::KeyInvalid(key.clone()))
}

fn version(fields: &Fields) -> Option<Violation> {
    match fields.get("Sec-WebSocket-Version") {
        None => Some(Violation::VersionMissing),
        Some(value) if value == "13" => None,
        Some(value) => Some(Violation::VersionNot13(value.clone())),
    }
}

fn subprotocols(fields: &Fields, found: &mut Vec<Violation>) {
    let names = fields.list("Sec-WebSocket-Protocol");
    if let Some(value) = fields.joined("Sec-WebSocket-Protocol")
        && (names.is_empty() || !names.iter().all(|name| is_token(name)))
    {
        found.push(Violation::SubprotocolMalformed { sender: Role::Client, value });
    }
    let mut sorted = names;
    sorted.sort_unstable();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        found.push(Violation::SubprotocolRepeated(String::from_utf8_lossy(&pair[0]).into_owned()));
    }
}

fn extensions(fields: &Fields, found: &mut Vec<Violation>) {
    let values: Vec<_> = fields.all("Sec-WebSocket-Extensions").collect();
    for extension in
        values.iter().flat_map(|value| extensions_of(value, Role::Client, found)).collect::<Vec<_>>()
    {
        if let Err(error) = DeflateOffer::from_extension(&extension)
            && error.is_bad_parameter()
        {
            found.push(Violation::DeflateParam { sender: Role::Client, error });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(key: &str, more: &str) -> Vec<Violation> {
        let request = format!(
            "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c, WebSocket\r\nConnection: keep-alive, Upgrade\r\n\
             Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
        );
        judge_request(&RequestHead::parse(request.as_bytes()))
    }

    #[test]
    fn the_key_of_rfc_6455_4_1_is_valid_though_its_last_bits_are_not_zero() {
        assert_eq!(judge("AQIDBAUGBwgJCgsMDQ4PEC==", ""), []);
    }

    #[test]
    fn a_key_of_other_than_16_bytes_is_invalid() {
        for key in ["", "AQID", "AQIDBAUGBwgJCgsMDQ4PEBE=", "AQIDBAUGBwgJCgsMDQ4P!C=="] {
            assert_eq!(judge(key, ""), [Violation::KeyInvalid(key.to_owned().into())]);
        }
    }

    #[test]
    fn offered_extensions_are_judged() {
        let key = "AQIDBAUGBwgJCgsMDQ4PEA==";
        assert_eq!(
            judge(key, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x\r\n"),
            []
        );
        let found = judge(key, "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits\r\n");
        assert_eq!(found[0].name(), "deflate-param");
    }
}
