//! The required fields of the handshake (RFC 6455, 4.2.1, items 2 to 9).

use bytes::Bytes;
use wsspec_wire::{DeflateParams, Fields, parse_extensions};

use super::{CheckResult, RequestRefusal, ensure, is_token};
use crate::{Flaw, flaw::Conduct};

pub(super) fn check(fault: Conduct, fields: &Fields) -> CheckResult {
    check_host(fault, fields)?;
    check_upgrade(fault, fields)?;
    check_connection(fault, fields)?;
    check_key(fault, fields)?;
    check_version(fault, fields)?;
    check_subprotocols(fault, fields)?;
    check_extensions(fault, fields)
}

fn check_host(fault: Conduct, fields: &Fields) -> CheckResult {
    let hosts: Vec<&Bytes> = fields.all("Host").collect();
    match hosts.as_slice() {
        [] => ensure(!fault.enforces(Flaw::AcceptsMissingHost)),
        [host] => ensure(is_host(host) || !fault.enforces(Flaw::AcceptsMalformedHost)),
        _ => ensure(!fault.enforces(Flaw::AcceptsTwoHosts)),
    }
}

/// Whether it is a host with an optional port (RFC 3986, 3.2.2).
fn is_host(host: &[u8]) -> bool {
    let bracketed = host.strip_prefix(b"[").and_then(|rest| {
        let end = rest.iter().position(|&byte| byte == b']')?;
        Some((&rest[..end], &rest[end + 1..]))
    });
    let name_byte = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(byte);
    let address_byte = |byte: &u8| byte.is_ascii_hexdigit() || b":.".contains(byte);
    let (is_name, port) = match bracketed {
        Some((address, port)) => (address.iter().all(address_byte), port),
        None => {
            let end = host.iter().position(|&byte| byte == b':').unwrap_or(host.len());
            (end > 0 && host[..end].iter().all(name_byte), &host[end..])
        }
    };
    is_name && (port.is_empty() || port[0] == b':' && port[1..].iter().all(u8::is_ascii_digit))
}

fn check_upgrade(fault: Conduct, fields: &Fields) -> CheckResult {
    let list = fields.list("Upgrade");
    let found = match fault.flaw {
        Some(Flaw::UpgradeByCase) => list.iter().any(|name| name == "websocket"),
        Some(Flaw::RefusesUpgradeLists) => {
            fields.joined("Upgrade").is_some_and(|value| value.eq_ignore_ascii_case(b"websocket"))
        }
        Some(Flaw::AcceptsUpgradeSubstring) => contains(fields.joined("Upgrade"), "websocket"),
        Some(Flaw::FoldsBeyondAscii) => {
            list.iter().any(|name| String::from_utf8_lossy(name).to_lowercase() == "websocket")
        }
        _ => fields.has_token("Upgrade", "websocket"),
    };
    let lax =
        if fields.get("Upgrade").is_none() { Flaw::AcceptsMissingUpgrade } else { Flaw::AcceptsOtherUpgrade };
    ensure(found || !fault.enforces(lax))
}

fn check_connection(fault: Conduct, fields: &Fields) -> CheckResult {
    let found = match fault.flaw {
        Some(Flaw::ConnectionByCase) => fields.list("Connection").iter().any(|name| name == "Upgrade"),
        Some(Flaw::RefusesConnectionLists) => {
            fields.joined("Connection").is_some_and(|value| value.eq_ignore_ascii_case(b"upgrade"))
        }
        Some(Flaw::ReadsFirstConnectionField) => contains(fields.get("Connection").cloned(), "upgrade"),
        Some(Flaw::AcceptsConnectionSubstring) => contains(fields.joined("Connection"), "upgrade"),
        _ => fields.has_token("Connection", "upgrade"),
    };
    let lax = match fields.get("Connection") {
        None => Flaw::AcceptsMissingConnection,
        Some(_) => Flaw::AcceptsOtherConnection,
    };
    ensure(found || !fault.enforces(lax))
}

fn contains(value: Option<Bytes>, word: &str) -> bool {
    value.is_some_and(|value| String::from_utf8_lossy(&value).to_ascii_lowercase().contains(word))
}

/// Whether `permessage-deflate` occurs anywhere in the extensions, even within another word.
pub(super) fn mentions_deflate(fields: &Fields) -> bool {
    contains(fields.joined("Sec-WebSocket-Extensions"), DeflateParams::NAME)
}

/// Whether all fields with this name have the same value.
fn are_alike(fields: &Fields, name: &str) -> bool {
    let mut values = fields.all(name);
    let first = values.next();
    values.all(|value| Some(value) == first)
}

fn check_key(fault: Conduct, fields: &Fields) -> CheckResult {
    let Some(key) = fields.get("Sec-WebSocket-Key") else {
        return ensure(!fault.enforces(Flaw::AcceptsMissingKey));
    };
    if fields.all("Sec-WebSocket-Key").count() > 1 {
        let lax = if are_alike(fields, "Sec-WebSocket-Key") {
            Flaw::AcceptsTwoKeys
        } else {
            Flaw::TakesFirstOfTwoKeys
        };
        return ensure(!fault.enforces(lax));
    }
    let cut = key.windows(2).position(|two| two == b"==").filter(|_| fault.is(Flaw::CutsKeyAtPadding));
    let key = &key[..cut.map_or(key.len(), |at| at + 2)];
    let unpadded = key.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1);
    let padding = key.len() - unpadded;
    let is_base64 = key[..unpadded].iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte));
    let lax = match fault.flaw {
        Some(Flaw::AcceptsEmptyKey) => key.is_empty(),
        Some(Flaw::AcceptsKeyOfAnyLength) => is_base64 && key.len() % 4 == 0 && padding <= 2,
        Some(Flaw::AcceptsNonBase64Key) => key.len() == 24 && padding == 2,
        Some(Flaw::AcceptsUnpaddedKey) => is_base64 && unpadded == 22,
        _ => !fault.enforces(Flaw::ValidatesNothing),
    };
    ensure(is_base64 && unpadded == 22 && padding == 2 || lax)
}

fn check_version(fault: Conduct, fields: &Fields) -> CheckResult {
    let similar = fields.get("Sec_WebSocket_Version").filter(|_| fault.is(Flaw::ReadsUnderscoreAsHyphen));
    let Some(version) = fields.get("Sec-WebSocket-Version").or(similar) else {
        return ensure(!fault.enforces(Flaw::AcceptsMissingVersion));
    };
    if fields.all("Sec-WebSocket-Version").count() > 1 {
        return ensure(match are_alike(fields, "Sec-WebSocket-Version") {
            true => !fault.enforces(Flaw::AcceptsTwoVersions),
            false => version == "13" && !fault.enforces(Flaw::TakesFirstOfTwoVersions),
        });
    }
    let is_number = !version.is_empty() && version.iter().all(u8::is_ascii_digit);
    let accepted = match fault.flaw {
        Some(Flaw::RefusesVersion13) => false,
        _ if version == "13" => true,
        Some(Flaw::AcceptsEmptyVersion) => version.is_empty(),
        Some(Flaw::AcceptsOtherVersions) => is_number && !version.starts_with(b"0"),
        Some(Flaw::AcceptsOddVersions) => !is_number,
        Some(Flaw::AcceptsVersionLists) => fields.list("Sec-WebSocket-Version").iter().any(|one| one == "13"),
        Some(Flaw::ReadsLeadingDigits) => version.split(|byte| !byte.is_ascii_digit()).next() == Some(b"13"),
        Some(Flaw::AcceptsLeadingZeros) => is_number && version.ends_with(b"013"),
        _ => !fault.enforces(Flaw::ValidatesNothing),
    };
    if accepted { Ok(()) } else { Err(RequestRefusal::Version) }
}

fn check_subprotocols(fault: Conduct, fields: &Fields) -> CheckResult {
    let names = fields.list("Sec-WebSocket-Protocol");
    let is_offer = fields.get("Sec-WebSocket-Protocol").is_none()
        || !names.is_empty() && names.iter().all(|name| is_token(name));
    ensure(is_offer || !fault.enforces(Flaw::AcceptsMalformedSubprotocols))
}

fn check_extensions(fault: Conduct, fields: &Fields) -> CheckResult {
    let well_formed = fields.all("Sec-WebSocket-Extensions").all(|value| parse_extensions(value).is_ok());
    ensure(well_formed || !fault.enforces(Flaw::AcceptsMalformedExtensions))
}
