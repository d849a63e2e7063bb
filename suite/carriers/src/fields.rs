//! Field sections of HTTP/2 and HTTP/3, and the openings that they stand for (RFC 9113, 8; RFC 9114, 4).

use bytes::{Bytes, BytesMut};
use wsspec_wire::{Field, Fields, Opening, RequestHead, ResponseHead, Role, Version, Violation};

use crate::ComposedOpening;

/// Octets of names and values that are kept of one section.
pub(crate) const LONGEST_SECTION: usize = 256 << 10;

/// Names and values, in order.
pub(crate) type FieldSection = Vec<(Bytes, Bytes)>;

impl ComposedOpening {
    /// Its fields as HTTP/2 and HTTP/3 have them. The first line is among them, as pseudo-fields.
    pub(crate) fn section(&self) -> Vec<(Bytes, Bytes)> {
        self.fields.iter().map(|(name, value)| (name.clone().into(), value.clone())).collect()
    }

    /// The request that another end reads.
    #[must_use]
    pub fn to_opening(&self, sender: Role, version: Version) -> Opening {
        opening(self.section(), sender, version)
    }
}

/// What a section of a peer's stands for.
pub(crate) fn opening(section: FieldSection, sender: Role, version: Version) -> Opening {
    let raw = text(&section);
    let faults = FieldJudge { sender, version }.section(&section);
    let fields = section.into_iter().map(|(name, value)| Field { name: lossy(&name), value }).collect();
    let fields = Fields(fields);
    let version = Some(version);
    match sender {
        Role::Client => {
            let pseudo = |name: &str| fields.get(name).cloned().unwrap_or_default();
            let (method, target) = (pseudo(":method"), pseudo(":path"));
            Opening::Request(RequestHead { method, target, version, fields, raw, faults })
        }
        Role::Server => {
            let status = fields.get(":status").and_then(|value| status(value));
            Opening::Response(ResponseHead { version, status, reason: Bytes::new(), fields, raw, faults })
        }
    }
}

/// What a head of an earlier time stands for, as [`text`] wrote it.
pub(crate) fn recorded(head: &[u8], sender: Role, version: Version) -> Opening {
    let lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let field = |line: &[u8]| {
        let colon = line.iter().skip(1).position(|byte| *byte == b':')? + 1;
        let value = line[colon + 1..].strip_prefix(b" ").unwrap_or(&line[colon + 1..]);
        Some((Bytes::copy_from_slice(&line[..colon]), Bytes::copy_from_slice(value)))
    };
    opening(lines.filter_map(field).collect(), sender, version)
}

/// A response of an earlier time, over whichever version it came.
#[must_use]
pub fn recorded_response(head: &[u8]) -> ResponseHead {
    if head.starts_with(b":")
        && let Opening::Response(response) = recorded(head, Role::Server, Version::HTTP_2)
    {
        return response;
    }
    ResponseHead::parse(head)
}

/// The fields one a line, as transcripts show them.
fn text(section: &[(Bytes, Bytes)]) -> Bytes {
    let mut out = BytesMut::new();
    for (name, value) in section {
        // Nothing in a field may look like another one.
        let plain = |octets: &Bytes| -> Vec<u8> {
            octets.iter().map(|&octet| if matches!(octet, b'\r' | b'\n') { b'?' } else { octet }).collect()
        };
        out.extend_from_slice(&plain(name));
        out.extend_from_slice(if value.is_empty() { b":" } else { b": " });
        out.extend_from_slice(&plain(value));
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out.freeze()
}

fn status(value: &[u8]) -> Option<u16> {
    let text = str::from_utf8(value).ok().filter(|text| text.len() == 3)?;
    text.parse().ok().filter(|status| (100..=999).contains(status))
}

fn lossy(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// What is wrong with the fields of one sender, over HTTP/2 or HTTP/3.
#[derive(Clone, Copy)]
struct FieldJudge {
    sender: Role,
    version: Version,
}

impl FieldJudge {
    /// The faults of a section (RFC 9113, 8.2 and 8.3; RFC 9114, 4.2 and 4.3).
    fn section(self, section: &[(Bytes, Bytes)]) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut regular = false;
        let mut seen: Vec<&Bytes> = Vec::new();
        for (name, value) in section {
            if name.starts_with(b":") {
                let fault = if !is_defined(name, self.sender) {
                    Some("is not defined for it")
                } else if seen.contains(&name) {
                    Some("is repeated")
                } else {
                    regular.then_some("stands behind another field")
                };
                seen.push(name);
                found.extend(fault.map(|why| self.pseudo_field(lossy(name), why)));
            } else {
                regular = true;
                found.extend(self.regular_field(name, value));
            }
        }
        let has_status = |value: &str| section.iter().any(|(name, of)| name == ":status" && of == value);
        if self.sender == Role::Server && has_status("101") {
            found.push(self.either(Violation::Http2SwitchingProtocols, Violation::Http3SwitchingProtocols));
        }
        let is_status = |(name, value): &(Bytes, Bytes)| name == ":status" && status(value).is_some();
        if self.sender == Role::Server && !section.iter().any(is_status) {
            found.push(self.either(Violation::Http2StatusMissing, Violation::Http3StatusMissing));
        }
        found
    }

    /// The same rule has a sentence in each RFC.
    fn either(self, http2: Violation, http3: Violation) -> Violation {
        if self.version == Version::HTTP_3 { http3 } else { http2 }
    }

    fn pseudo_field(self, name: String, why: &'static str) -> Violation {
        let sender = self.sender;
        self.either(
            Violation::Http2PseudoField { name: name.clone(), sender, why },
            Violation::Http3PseudoField { name, sender, why },
        )
    }

    fn regular_field(self, name: &Bytes, value: &Bytes) -> Option<Violation> {
        const OF_CONNECTION: [&str; 5] =
            ["connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"];
        let (shown, sender) = (lossy(name), self.sender);
        let name_of = || shown.clone();
        if OF_CONNECTION.contains(&&*shown.to_ascii_lowercase()) {
            return Some(self.either(
                Violation::Http2ConnectionField { name: name_of(), sender },
                Violation::Http3ConnectionField { name: name_of(), sender },
            ));
        }
        if name.iter().any(u8::is_ascii_uppercase) {
            return Some(self.either(
                Violation::Http2FieldUppercase { name: name_of(), sender },
                Violation::Http3FieldUppercase { name: name_of(), sender },
            ));
        }
        let is_plain = |octet: &u8| (0x21..0x7F).contains(octet) && *octet != b':';
        let is_fit =
            name.iter().all(is_plain) && !value.iter().any(|octet| matches!(octet, 0 | b'\r' | b'\n'));
        let is_trimmed = value.trim_ascii() == &value[..];
        (!is_fit || !is_trimmed).then(|| {
            self.either(
                Violation::Http2FieldInvalid { name: name_of(), sender },
                Violation::Http3FieldInvalid { name: name_of(), sender },
            )
        })
    }
}

fn is_defined(name: &[u8], sender: Role) -> bool {
    match sender {
        Role::Client => [&b":method"[..], b":scheme", b":authority", b":path", b":protocol"].contains(&name),
        Role::Server => name == b":status",
    }
}
