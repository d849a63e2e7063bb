//! Writes HTTP/1.1 heads, including malformed ones.

use bytes::Bytes;

/// An opening to be sent, valid or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComposedOpening {
    /// The line before the fields.
    pub start: StartLine,
    /// Names and values, in order.
    pub fields: Vec<(String, Bytes)>,
    /// Octets written verbatim between the last field and the empty line.
    pub verbatim: Vec<Bytes>,
}

/// The first line of an opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartLine {
    /// A request's.
    Request {
        /// Normally `GET`.
        method: Bytes,
        /// Normally path and query.
        target: Bytes,
        /// Normally `HTTP/1.1`.
        version: Bytes,
    },
    /// A response's.
    Response {
        /// Normally three digits.
        status: u16,
        /// May be empty.
        reason: Bytes,
    },
}

impl StartLine {
    fn write(&self) -> Vec<u8> {
        match self {
            Self::Request { method, target, version } => [&method[..], target, version].join(&b' '),
            Self::Response { status, reason } => [format!("HTTP/1.1 {status} ").as_bytes(), reason].concat(),
        }
    }
}

impl ComposedOpening {
    /// With fields as HTTP/2 has them: names in lower case, no white space around values (RFC 9113, 8.2).
    #[must_use]
    pub fn in_http2_form(mut self) -> Self {
        for (name, value) in &mut self.fields {
            name.make_ascii_lowercase();
            *value = value.slice_ref(value.trim_ascii());
        }
        self
    }

    /// The head in HTTP/1.1 format (RFC 9112, 2.1).
    pub fn to_http1(&self) -> Vec<u8> {
        let mut head = self.start.write();
        head.extend_from_slice(b"\r\n");
        for (name, value) in &self.fields {
            head.extend_from_slice(name.as_bytes());
            head.extend_from_slice(if value.is_empty() { b":" } else { b": " });
            head.extend_from_slice(value);
            head.extend_from_slice(b"\r\n");
        }
        self.verbatim.iter().for_each(|bytes| head.extend_from_slice(bytes));
        head.extend_from_slice(b"\r\n");
        head
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_has_its_fields_in_order_and_verbatim_octets_last() {
        let start =
            StartLine::Request { method: "GET".into(), target: "/".into(), version: "HTTP/1.1".into() };
        let fields = vec![("Host".into(), "a".into()), ("X".into(), Bytes::new())];
        let head = ComposedOpening { start, fields, verbatim: vec!["no field\n".into()] };
        assert_eq!(head.to_http1(), b"GET / HTTP/1.1\r\nHost: a\r\nX:\r\nno field\n\r\n");
        let start = StartLine::Response { status: 101, reason: Bytes::new() };
        let head = ComposedOpening { start, fields: Vec::new(), verbatim: Vec::new() };
        assert_eq!(head.to_http1(), b"HTTP/1.1 101 \r\n\r\n");
    }
}
