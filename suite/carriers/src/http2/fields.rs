//! Field sections of HTTP/2: compressed fields, and the openings that they stand for (RFC 9113, 8; RFC 7541).

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};
use loona_hpack::Decoder;
use wsspec_wire::{Field, Fields, Opening, RequestHead, ResponseHead, Role, Version, Violation};

use crate::ComposedOpening;

/// The largest table that a peer may use (RFC 9113, 6.5.2: the default).
const TABLE_SIZE: usize = 4096;
/// Octets of names and values that are kept of one section.
pub(crate) const LONGEST_SECTION: usize = 256 << 10;

/// Decompresses the field sections of one direction.
pub(crate) struct FieldDecoder(Decoder<'static>);

impl fmt::Debug for FieldDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldDecoder").finish_non_exhaustive()
    }
}

impl Default for FieldDecoder {
    fn default() -> Self {
        let mut decoder = Decoder::new();
        decoder.set_max_allowed_table_size(TABLE_SIZE);
        Self(decoder)
    }
}

/// Names and values, in order.
pub(crate) type FieldSection = Vec<(Bytes, Bytes)>;

impl FieldDecoder {
    /// The fields of a whole block, and whether all were kept; `None` where they cannot be decompressed.
    pub(crate) fn decode(&mut self, block: &[u8]) -> Option<(FieldSection, bool)> {
        let (mut section, mut size) = (Vec::new(), 0);
        let decoded = self.0.decode_with_cb(block, |name, value| {
            // What is above the limit is not so much as copied: one octet can stand for kilobytes.
            size += name.len() + value.len() + 32;
            if size <= LONGEST_SECTION {
                section.push((Bytes::copy_from_slice(&name), Bytes::copy_from_slice(&value)));
            }
        });
        decoded.ok().map(|()| (section, size <= LONGEST_SECTION))
    }
}

/// A block without compression: literal fields that are never indexed (RFC 7541, 6.2.2).
pub(crate) fn encode(section: &[(Bytes, Bytes)]) -> Bytes {
    let mut out = BytesMut::new();
    for (name, value) in section {
        out.put_u8(0);
        string(name, &mut out);
        string(value, &mut out);
    }
    out.freeze()
}

/// A string literal (RFC 7541, 5.2), its length an integer with a prefix of 7 bits (RFC 7541, 5.1).
fn string(text: &[u8], out: &mut BytesMut) {
    const PREFIX: usize = 0x7F;
    if text.len() < PREFIX {
        out.put_u8(u8::try_from(text.len()).unwrap_or_default());
    } else {
        out.put_u8(0x7F);
        let mut rest = text.len() - PREFIX;
        while rest >= 0x80 {
            out.put_u8(u8::try_from(rest & 0x7F).unwrap_or_default() | 0x80);
            rest >>= 7;
        }
        out.put_u8(u8::try_from(rest).unwrap_or_default());
    }
    out.extend_from_slice(text);
}

impl ComposedOpening {
    /// Its fields as HTTP/2 has them. The first line is among them, as pseudo-fields.
    pub(crate) fn section(&self) -> Vec<(Bytes, Bytes)> {
        self.fields.iter().map(|(name, value)| (name.clone().into(), value.clone())).collect()
    }

    /// The request that another end reads.
    #[must_use]
    pub fn to_http2(&self, sender: Role) -> Opening {
        opening(self.section(), sender)
    }
}

/// What a section of a peer's stands for.
pub(crate) fn opening(section: FieldSection, sender: Role) -> Opening {
    let raw = text(&section);
    let faults = judge(&section, sender);
    let fields = section.into_iter().map(|(name, value)| Field { name: lossy(&name), value }).collect();
    let fields = Fields(fields);
    let version = Some(Version::HTTP_2);
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
pub(crate) fn recorded(head: &[u8], sender: Role) -> Opening {
    let lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let field = |line: &[u8]| {
        let colon = line.iter().skip(1).position(|byte| *byte == b':')? + 1;
        let value = line[colon + 1..].strip_prefix(b" ").unwrap_or(&line[colon + 1..]);
        Some((Bytes::copy_from_slice(&line[..colon]), Bytes::copy_from_slice(value)))
    };
    opening(lines.filter_map(field).collect(), sender)
}

/// A response of an earlier time, over whichever version it came.
#[must_use]
pub fn recorded_response(head: &[u8]) -> ResponseHead {
    if head.starts_with(b":")
        && let Opening::Response(response) = recorded(head, Role::Server)
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

/// The faults of a section (RFC 9113, 8.2 and 8.3).
fn judge(section: &[(Bytes, Bytes)], sender: Role) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut regular = false;
    let mut seen: Vec<&Bytes> = Vec::new();
    for (name, value) in section {
        let is_pseudo = name.starts_with(b":");
        if is_pseudo {
            let fault = if !is_defined(name, sender) {
                Some("is not defined for it")
            } else if seen.contains(&name) {
                Some("is repeated")
            } else {
                regular.then_some("stands behind another field")
            };
            seen.push(name);
            let pseudo = |why| Violation::Http2PseudoField { name: lossy(name), sender, why };
            found.extend(fault.map(pseudo));
        } else {
            regular = true;
            found.extend(regular_fault(name, value, sender));
        }
    }
    let has_status = |value: &str| section.iter().any(|(name, of)| name == ":status" && of == value);
    if sender == Role::Server && has_status("101") {
        found.push(Violation::Http2SwitchingProtocols);
    }
    if sender == Role::Server && !seen.iter().any(|name| ***name == b":status"[..]) {
        found.push(Violation::Http2StatusMissing);
    }
    found
}

fn regular_fault(name: &Bytes, value: &Bytes, sender: Role) -> Option<Violation> {
    const OF_CONNECTION: [&str; 5] =
        ["connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"];
    let shown = lossy(name);
    if OF_CONNECTION.contains(&&*shown.to_ascii_lowercase()) {
        return Some(Violation::Http2ConnectionField { name: shown, sender });
    }
    if name.iter().any(u8::is_ascii_uppercase) {
        return Some(Violation::Http2FieldUppercase { name: shown, sender });
    }
    let is_plain = |octet: &u8| (0x21..0x7F).contains(octet) && *octet != b':';
    let is_fit = name.iter().all(is_plain) && !value.iter().any(|octet| matches!(octet, 0 | b'\r' | b'\n'));
    let is_trimmed = value.trim_ascii() == &value[..];
    (!is_fit || !is_trimmed).then_some(Violation::Http2FieldInvalid { name: shown, sender })
}

fn is_defined(name: &[u8], sender: Role) -> bool {
    match sender {
        Role::Client => [&b":method"[..], b":scheme", b":authority", b":path", b":protocol"].contains(&name),
        Role::Server => name == b":status",
    }
}
