//! What a response is made of, before it is written.

/// A response.
#[derive(Clone, Debug)]
pub(crate) struct WebReply {
    pub status: u16,
    pub fields: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl WebReply {
    pub fn new(status: u16) -> Self {
        Self { status, fields: Vec::new(), body: Vec::new() }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    pub fn with_body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.with("Content-Type", content_type)
    }

    /// A refusal with a reason.
    pub fn refusal(status: u16, why: &str) -> Self {
        Self::new(status).with_body("text/plain; charset=UTF-8", why)
    }

    /// Its head, with the way in which its body ends.
    pub fn head(&self, framing: &[(&str, String)]) -> Vec<u8> {
        let reason = match self.status {
            101 => "Switching Protocols",
            200 => "OK",
            204 => "No Content",
            304 => "Not Modified",
            400 => "Bad Request",
            404 => "Not Found",
            405 => "Method Not Allowed",
            _ => "Internal Server Error",
        };
        let mut out = format!("HTTP/1.1 {} {reason}\r\n", self.status);
        let fields = self.fields.iter().map(|(name, value)| (*name, value));
        for (name, value) in fields.chain(framing.iter().map(|(name, value)| (*name, value))) {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        out.push_str("\r\n");
        out.into_bytes()
    }
}

/// A chunk of the chunked coding (RFC 9112, 7.1); the last one, if it is empty.
pub(crate) fn chunk(octets: &[u8]) -> Vec<u8> {
    let size = format!("{:x}\r\n", octets.len());
    [size.as_bytes(), octets, b"\r\n"].concat()
}
