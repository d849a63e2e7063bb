//! A refusal of the opening handshake as an HTTP response (RFC 6455, 4.2.2 and 4.4; RFC 9110).

use bytes::Bytes;

use crate::{ResponseHead, Role, Violation};

/// Header fields that a status requires: 401 (RFC 9110, 15.5.2), 405 (15.5.6), 426 (15.5.22).
const DEMANDED: [(u16, &str); 3] = [(401, "WWW-Authenticate"), (405, "Allow"), (426, "Upgrade")];

/// Judges a response that does not switch protocols: whether its head is well formed and contains the field that its
/// status requires. Finds nothing in a response without a status or with 101.
///
/// ```
/// use wsspec_wire::{ResponseHead, judge_refusal};
///
/// let bare = ResponseHead::parse(b"HTTP/1.1 426 Upgrade Required\r\n\r\n");
/// assert_eq!(judge_refusal(&bare)[0].requirement(), "rfc9110#15.5.22:1");
/// ```
#[must_use]
pub fn judge_refusal(response: &ResponseHead) -> Vec<Violation> {
    if response.status.is_none_or(|status| status == 101) {
        return Vec::new();
    }
    if response.has_pseudo_fields() {
        return http2_refusal(response);
    }
    let malformed = response.faults.iter().map(|fault| Violation::RefusalMalformed(Box::new(fault.clone())));
    let fields = &response.fields;
    let lacking = lacking(response).map(|(status, field)| Violation::RefusalLacksField { status, field });
    let unconnected = fields.get("Upgrade").is_some() && !fields.has_token("Connection", "upgrade");
    let versions = fields.all("Sec-WebSocket-Version").find(|value| !is_version_list(value));
    malformed
        .chain(lacking)
        .chain(unconnected.then_some(Violation::UpgradeUnconnected(Role::Server)))
        .chain(versions.map(|value| Violation::VersionsMalformed(value.clone())))
        .collect()
}

/// Its status, and the field that this requires and it does not have.
fn lacking(response: &ResponseHead) -> Option<(u16, &'static str)> {
    let is_lacking = |field: &str| response.fields.get(field).is_none();
    DEMANDED.iter().copied().find(|(status, field)| response.status == Some(*status) && is_lacking(field))
}

/// The faults of a refusal over HTTP/2, where 426 has nothing to name in an Upgrade field (RFC 9113, 8.6).
fn http2_refusal(response: &ResponseHead) -> Vec<Violation> {
    let mut versions = response.fields.all("Sec-WebSocket-Version");
    let malformed = versions.find(|value| !is_version_list(value)).cloned().map(Violation::VersionsMalformed);
    let lacking = lacking(response).filter(|&(status, _)| status != 426);
    let lacking = lacking.map(|(status, field)| Violation::RefusalLacksField { status, field });
    response.faults.iter().cloned().chain(lacking).chain(malformed).collect()
}

/// Whether it lists at least one version, and nothing else (RFC 6455, 4.3).
fn is_version_list(value: &Bytes) -> bool {
    let elements = value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    let mut listed = elements.filter(|element| !element.is_empty()).map(is_version).peekable();
    listed.peek().is_some() && listed.all(|version| version)
}

/// A number up to 255, in digits without leading zeros.
fn is_version(element: &[u8]) -> bool {
    let number = str::from_utf8(element).ok().and_then(|text| text.parse::<u8>().ok());
    number.is_some_and(|number| element == number.to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(head: &str) -> Vec<&'static str> {
        judge_refusal(&ResponseHead::parse(head.as_bytes())).iter().map(Violation::name).collect()
    }

    #[test]
    fn a_well_formed_refusal_has_no_faults() {
        for head in [
            "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
            "HTTP/1.0 403 \r\n\r\n",
            "HTTP/1.1 426 X\r\nUpgrade: websocket\r\nConnection: close, Upgrade\r\n\r\n",
            "HTTP/1.1 405 X\r\nAllow:\r\n\r\n",
            "HTTP/1.1 401 X\r\nWWW-Authenticate: Basic\r\nSec-WebSocket-Version: 13,, 8 ,0,255\r\n\r\n",
        ] {
            assert_eq!(found(head), [""; 0], "{head}");
        }
    }

    #[test]
    fn a_field_that_a_status_requires_is_missed() {
        for status in [401, 405, 426] {
            assert_eq!(found(&format!("HTTP/1.1 {status} X\r\n\r\n")), ["refusal-lacks-field"]);
        }
    }

    #[test]
    fn an_upgrade_field_is_named_by_connection() {
        let head = "HTTP/1.1 426 X\r\nUpgrade: websocket\r\nConnection: close\r\n\r\n";
        assert_eq!(found(head), ["upgrade-unconnected"]);
    }

    #[test]
    fn an_invalid_list_of_versions_is_reported() {
        for value in ["", ",", "013", "256", "13, foo", "1.3", "-1", "13;8", "\"13\""] {
            let head = format!("HTTP/1.1 400 X\r\nSec-WebSocket-Version: {value}\r\n\r\n");
            assert_eq!(found(&head), ["versions-malformed"], "{value}");
        }
    }

    #[test]
    fn a_malformed_head_is_reported_line_by_line() {
        assert_eq!(found("HTTP/1.1 400 X\nno colon\r\n\r\n"), ["refusal-malformed"; 2]);
        assert_eq!(found("HTTP/1.1 400\r\n\r\n"), ["refusal-malformed"]);
    }
}
