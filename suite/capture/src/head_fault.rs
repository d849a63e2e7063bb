//! What no head that an intermediary sends may have.

use wsspec_wire::{Fields, RequestHead, ResponseHead};

/// What a head has that an intermediary may not send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadFault {
    /// Content-Length beside Transfer-Encoding (RFC 9112, 6.3).
    BothLengths,
    /// A value that goes on in a line of its own (RFC 9112, 5.2).
    Folded,
    /// CR without LF (RFC 9112, 2.2).
    BareCarriageReturn,
    /// Content-Length in a 1xx response (RFC 9110, 8.6).
    LengthOfInterim,
    /// Transfer-Encoding in a 1xx response (RFC 9112, 6.1).
    CodingOfInterim,
    /// A member of Via without a version of HTTP and a name (RFC 9110, 7.6.3).
    ViaIncomplete,
}

impl HeadFault {
    /// What a request has that no intermediary may send, even if it got it so.
    pub(crate) fn of_request(head: &RequestHead) -> Option<Self> {
        let has_all = || head.fields.all("Via").all(|value| is_via(value));
        Self::of(&head.raw, &head.fields).or_else(|| (!has_all()).then_some(Self::ViaIncomplete))
    }

    /// The same of a response.
    pub(crate) fn of_response(head: &ResponseHead) -> Option<Self> {
        let is_1xx = head.status.is_some_and(|status| status / 100 == 1);
        let of_interim = || match head.fields.get("Content-Length") {
            Some(_) => Some(Self::LengthOfInterim),
            None => head.fields.get("Transfer-Encoding").map(|_| Self::CodingOfInterim),
        };
        Self::of(&head.raw, &head.fields).or_else(|| of_interim().filter(|_| is_1xx))
    }

    fn of(raw: &[u8], fields: &Fields) -> Option<Self> {
        let has = |name| fields.get(name).is_some();
        let start = raw.iter().position(|byte| *byte == b'\n').unwrap_or(raw.len());
        let after = |pairs: &[u8], first: u8, holds: fn(u8) -> bool| {
            pairs.windows(2).any(|pair| pair[0] == first && holds(pair[1]))
        };
        if has("Transfer-Encoding") && has("Content-Length") {
            Some(Self::BothLengths)
        } else if after(&raw[start..], b'\n', |byte| matches!(byte, b' ' | b'\t')) {
            Some(Self::Folded)
        } else if after(raw, b'\r', |byte| byte != b'\n') {
            Some(Self::BareCarriageReturn)
        } else {
            None
        }
    }

    /// The requirement that is broken.
    pub(crate) fn requirement(self) -> &'static str {
        match self {
            Self::BothLengths => "intermediaries#9112.6.3:1",
            Self::Folded => "intermediaries#9112.5.2:1",
            Self::BareCarriageReturn => "intermediaries#9112.2.2:1",
            Self::LengthOfInterim => "intermediaries#9110.8.6:1",
            Self::CodingOfInterim => "intermediaries#9112.6.1:2",
            Self::ViaIncomplete => "intermediaries#9110.7.6.3:1",
        }
    }

    /// Whether an intermediary that sends it does so on every connection, so that it counts only in trials about it.
    pub(crate) fn is_everywhere(self) -> bool {
        matches!(self, Self::LengthOfInterim | Self::CodingOfInterim | Self::ViaIncomplete)
    }

    /// What it is, in a few words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::BothLengths => "Content-Length beside Transfer-Encoding",
            Self::Folded => "a folded field",
            Self::BareCarriageReturn => "a CR without LF",
            Self::LengthOfInterim => "Content-Length in a 1xx response",
            Self::CodingOfInterim => "Transfer-Encoding in a 1xx response",
            Self::ViaIncomplete => "a member of Via without a protocol version, or without a name",
        }
    }
}

/// Whether each member of a value of Via has a protocol with a version and a name, and perhaps a comment. Commas in comments
/// are passed over.
fn is_via(value: &[u8]) -> bool {
    let text = String::from_utf8_lossy(value);
    let mut depth = 0_usize;
    let outside = text.chars().filter(|char| {
        match char {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    });
    let outside: String = outside.collect();
    let mut members = outside.split(',').map(str::trim).filter(|member| !member.is_empty());
    members.all(|member| {
        let mut words = member.split_ascii_whitespace();
        let has_version =
            words.next().is_some_and(|protocol| protocol.contains(|char: char| char.is_ascii_digit()));
        has_version && words.next().is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::is_via;

    #[test]
    fn a_member_of_via_has_a_version_and_a_name() {
        for via in
            ["1.1 a", "HTTP/1.1 a:80", "1.0 fred, 1.1 p.example.net", "1.1 a (b, c), 2 d", "1.1 a,, 2 b", ""]
        {
            assert!(is_via(via.as_bytes()), "{via}");
        }
        for via in ["a", "1.1", "1.1 a, b", "px (1.1 a)"] {
            assert!(!is_via(via.as_bytes()), "{via}");
        }
    }
}
