//! What the proxy answers.

use bytes::Bytes;

use super::{flaw::ConnectFlaw, habit::ConnectHabit, request::TunnelRefusal};

/// The answer that opens a tunnel; it has no content (RFC 9110, 9.3.6).
pub(super) fn opened(flaw: Option<ConnectFlaw>, habit: Option<ConnectHabit>) -> Bytes {
    let line = match habit {
        Some(ConnectHabit::OldVersion) => "HTTP/1.0 200 Connection established",
        Some(ConnectHabit::OtherStatus) => "HTTP/1.1 299 ",
        Some(ConnectHabit::InterimFirst) => "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK",
        _ => "HTTP/1.1 200 Connection established",
    };
    let fields = match (flaw, habit) {
        (Some(ConnectFlaw::CodingSent), _) => "Transfer-Encoding: chunked\r\n",
        (Some(ConnectFlaw::LengthSent), _) => "Content-Length: 0\r\n",
        (_, Some(ConnectHabit::FieldsAdded)) => {
            "Date: Tue, 15 Nov 1994 08:12:31 GMT\r\nVia: 1.1 a\r\nConnection: keep-alive\r\n"
        }
        _ => "",
    };
    format!("{line}\r\n{fields}\r\n").into()
}

/// The answer that opens none.
pub(super) fn refusal(flaw: Option<ConnectFlaw>, refusal: TunnelRefusal) -> Bytes {
    let line = match refusal {
        TunnelRefusal::TooLarge if flaw == Some(ConnectFlaw::LongHeadRedirected) => "302 Found",
        TunnelRefusal::TooLarge => "431 Request Header Fields Too Large",
        TunnelRefusal::Malformed | TunnelRefusal::Target => "400 Bad Request",
        TunnelRefusal::Method => "501 Not Implemented",
        TunnelRefusal::Credentials => "407 Proxy Authentication Required",
        TunnelRefusal::Unreachable => "502 Bad Gateway",
    };
    let asks = refusal == TunnelRefusal::Credentials && flaw != Some(ConnectFlaw::ChallengeLeftOut);
    let challenge = if asks { "Proxy-Authenticate: Basic realm=\"wsspec\"\r\n" } else { "" };
    let close = if refusal.ends_connection() { "Connection: close\r\n" } else { "" };
    format!("HTTP/1.1 {line}\r\n{challenge}{close}Content-Length: 3\r\n\r\nno\n").into()
}
