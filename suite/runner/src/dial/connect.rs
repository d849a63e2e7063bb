//! A tunnel through an HTTP proxy (RFC 9110, 9.3.6).

use std::time::Duration;

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};
use wsspec_notation::escaped;
use wsspec_wire::{HeadBytes, HeadReader, ResponseHead};

use super::{DialError, ProxyDialError};
use crate::{
    proxy::Proxy,
    stream::{Stream, after},
    target::authority_of,
};

/// Interim responses before the one that counts.
const MOST_INTERIM: usize = 16;
/// Bytes read at once.
const READ_SIZE: usize = 2 << 10;
/// Bytes of a body in which its first line is looked for.
const BODY_LIMIT: usize = 4 << 10;
/// How long the body of a refusal is waited for.
const BODY_TIMEOUT: Duration = Duration::from_millis(300);
/// Characters of a body or of a malformed head that are shown.
const SHOWN: usize = 120;

/// Asks a proxy for a tunnel to one target.
pub(super) struct HttpTunnel {
    /// The proxy, without credentials.
    proxy: String,
    /// The target: host and port, always both.
    authority: String,
    request: Bytes,
    has_credentials: bool,
}

impl HttpTunnel {
    pub(super) fn new(proxy: &Proxy, host: &str, port: u16) -> Self {
        let authority = authority_of(host, port);
        let credentials = proxy.credentials.as_ref();
        let field = credentials.map(|it| format!("Proxy-Authorization: {}\r\n", it.basic()));
        let request =
            format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{}\r\n", field.unwrap_or_default());
        Self {
            proxy: proxy.to_string(),
            authority,
            request: request.into(),
            has_credentials: credentials.is_some(),
        }
    }

    /// The tunnel, once the proxy has opened it.
    pub(super) async fn over(&self, mut stream: Stream) -> Result<Stream, DialError> {
        let broken = |error: std::io::Error| self.closed(&error.to_string());
        stream.write_all(&self.request).await.map_err(broken)?;
        stream.flush().await.map_err(broken)?;
        let (head, rest) = self.answer(&mut stream).await?;
        match head.status {
            Some(200..=299) if is_page(&head, &rest) => {
                let says = first_line(&mut stream, rest).await;
                Err(ProxyDialError::Page { proxy: self.proxy.clone(), says }.into())
            }
            // Whatever follows the head comes from the target already.
            Some(200..=299) => Ok(after(rest, stream)),
            Some(407) => Err(self.unauthorized(&head).into()),
            Some(status) => {
                let says = first_line(&mut stream, rest).await;
                Err(self.refused(status, &head, says).into())
            }
            None => Err(self.not_http(&head.raw).into()),
        }
    }

    /// The final response, and what came after it.
    async fn answer(&self, stream: &mut Stream) -> Result<(ResponseHead, Bytes), DialError> {
        let (mut reader, mut buffer, mut interim) = (HeadReader::new(), [0; READ_SIZE], 0);
        loop {
            match reader.take() {
                Some(Ok(HeadBytes { head, rest })) => {
                    let head = ResponseHead::parse(&head);
                    if !head.is_interim() || interim == MOST_INTERIM {
                        return Ok((head, rest));
                    }
                    interim += 1;
                    reader = HeadReader::new();
                    reader.push(&rest);
                    continue;
                }
                Some(Err(_)) => return Err(self.not_http(reader.pending()).into()),
                None => {}
            }
            match stream.read(&mut buffer).await {
                Ok(0) if reader.pending().is_empty() => return Err(self.closed("without an answer")),
                Ok(0) => return Err(self.not_http(reader.pending()).into()),
                Ok(count) => reader.push(&buffer[..count]),
                Err(error) => return Err(self.closed(&error.to_string())),
            }
        }
    }

    fn closed(&self, how: &str) -> DialError {
        let (proxy, authority, how) = (self.proxy.clone(), self.authority.clone(), how.to_owned());
        ProxyDialError::Closed { proxy, authority, how }.into()
    }

    fn unauthorized(&self, head: &ResponseHead) -> ProxyDialError {
        let wants = head.fields.joined("Proxy-Authenticate").map(|value| clipped(&value));
        ProxyDialError::Credentials { proxy: self.proxy.clone(), wants, given: self.has_credentials }
    }

    fn refused(&self, status: u16, head: &ResponseHead, says: String) -> ProxyDialError {
        let (proxy, authority) = (self.proxy.clone(), self.authority.clone());
        let reason = clipped(&head.reason);
        let status = if reason.is_empty() { status.to_string() } else { format!("{status} {reason}") };
        ProxyDialError::Refused { proxy, authority, code: head.status.unwrap_or_default(), status, says }
    }

    fn not_http(&self, bytes: &[u8]) -> ProxyDialError {
        ProxyDialError::NotHttp { proxy: self.proxy.clone(), begun: clipped(bytes) }
    }
}

/// Whether a 2xx comes with a page, as from a server that takes CONNECT for an ordinary request. A tunnel has no content, and
/// the first bytes in it, if the target speaks first, are not markup. A length alone says nothing: a client ignores it (RFC
/// 9110, 9.3.6).
fn is_page(head: &ResponseHead, rest: &[u8]) -> bool {
    let length = head
        .fields
        .get("Content-Length")
        .and_then(|value| str::from_utf8(value).ok()?.trim().parse::<u64>().ok());
    let is_typed = head.fields.get("Content-Type").is_some();
    is_typed && length.is_some_and(|length| length > 0) || rest.trim_ascii_start().starts_with(b"<")
}

/// The first line of a body that says something, escaped; empty if none comes in time.
async fn first_line(stream: &mut Stream, begun: Bytes) -> String {
    let mut body = begun.to_vec();
    let read = async {
        let mut buffer = [0; READ_SIZE];
        while body.len() < BODY_LIMIT && saying(&body).is_none_or(|line| !line.ends_with(b"\n")) {
            match stream.read(&mut buffer).await {
                Ok(count @ 1..) => body.extend(&buffer[..count]),
                Ok(0) | Err(_) => break,
            }
        }
    };
    let _ = timeout(BODY_TIMEOUT, read).await;
    clipped(saying(&body).unwrap_or_default().trim_ascii())
}

/// The first line with more on it than markup.
fn saying(body: &[u8]) -> Option<&[u8]> {
    let mut lines = body.split_inclusive(|byte| *byte == b'\n');
    lines.find(|line| {
        let mut in_tag = false;
        line.iter().any(|byte| {
            in_tag |= *byte == b'<';
            let says = !in_tag && !byte.is_ascii_whitespace();
            in_tag &= *byte != b'>';
            says
        })
    })
}

/// The beginning, escaped.
fn clipped(bytes: &[u8]) -> String {
    let more = if bytes.len() > SHOWN { "..." } else { "" };
    format!("{}{more}", escaped(&bytes[..bytes.len().min(SHOWN)]))
}
