//! How frames are written in the responses of each transport.

use wsspec_layers::sockjs::SockJsTransport;

use super::flaw::SockJsFlaw;

/// Octets of the page that carries frames, without its callback and padding (SockJS 0.3.3, HtmlFile).
fn html(callback: &str) -> String {
    let page = format!(
        "<!doctype html>\n<html><head>\n  <meta http-equiv=\"X-UA-Compatible\" content=\"IE=edge\" />\n  \
         <meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\" />\n\
         </head><body><h2>Don't panic!</h2>\n  <script>\n    document.domain = document.domain;\n    \
         var c = parent.{callback};\n    c.start();\n    function p(d) {{c.message(d);}};\n    \
         window.onload = function() {{c.stop();}};\n  </script>\n"
    );
    format!("{page:<1025}\r\n")
}

/// The type of what the transport sends.
pub(super) fn content_type(transport: SockJsTransport, flaw: Option<SockJsFlaw>) -> &'static str {
    match transport {
        _ if flaw == Some(SockJsFlaw::TransportType) => "application/octet-stream",
        SockJsTransport::EventSource => "text/event-stream",
        SockJsTransport::HtmlFile => "text/html; charset=UTF-8",
        _ => "application/javascript; charset=UTF-8",
    }
}

/// What a response of the transport begins with.
pub(super) fn prelude(transport: SockJsTransport, callback: &str, flaw: Option<SockJsFlaw>) -> Vec<u8> {
    match transport {
        SockJsTransport::XhrStreaming if flaw == Some(SockJsFlaw::PreludeShort) => {
            [&b"h".repeat(1000)[..], b"\n"].concat()
        }
        SockJsTransport::XhrStreaming => [&b"h".repeat(2048)[..], b"\n"].concat(),
        SockJsTransport::EventSource if flaw == Some(SockJsFlaw::EventPreludeMissing) => Vec::new(),
        SockJsTransport::EventSource => b"\r\n".to_vec(),
        SockJsTransport::HtmlFile if flaw == Some(SockJsFlaw::HtmlCallbackLost) => {
            html("callback").into_bytes()
        }
        SockJsTransport::HtmlFile => html(callback).into_bytes(),
        SockJsTransport::Xhr | SockJsTransport::Jsonp | SockJsTransport::WebSocket => Vec::new(),
    }
}

/// A frame in the response of a transport.
pub(super) fn wrapped(
    transport: SockJsTransport,
    frame: &str,
    callback: &str,
    flaw: Option<SockJsFlaw>,
) -> Vec<u8> {
    let text = || serde_json::Value::from(frame).to_string();
    match transport {
        SockJsTransport::Xhr | SockJsTransport::XhrStreaming => format!("{frame}\n"),
        SockJsTransport::EventSource => format!("data: {frame}\r\n\r\n"),
        SockJsTransport::HtmlFile if flaw == Some(SockJsFlaw::HtmlUnquoted) => {
            format!("<script>\np('{frame}');\n</script>\r\n")
        }
        SockJsTransport::HtmlFile => format!("<script>\np({});\n</script>\r\n", text()),
        SockJsTransport::Jsonp if flaw == Some(SockJsFlaw::JsonpUnquoted) => {
            format!("/**/{callback}({frame});\r\n")
        }
        SockJsTransport::Jsonp if flaw == Some(SockJsFlaw::JsonpCallbackLost) => {
            format!("/**/p({});\r\n", text())
        }
        SockJsTransport::Jsonp => format!("/**/{callback}({});\r\n", text()),
        SockJsTransport::WebSocket => frame.to_owned(),
    }
    .into_bytes()
}

/// The callback that a query names; why there is no good one.
pub(super) fn callback(query: &str, flaw: Option<SockJsFlaw>) -> Result<String, &'static str> {
    let given = query.split('&').find_map(|pair| pair.strip_prefix("c=").or(pair.strip_prefix("callback=")));
    let text = decoded(given.unwrap_or_default());
    let is_good = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    match text.is_empty() {
        true if flaw == Some(SockJsFlaw::CallbackOptional) => Ok("callback".into()),
        true => Err("\"callback\" parameter required"),
        false if text.chars().all(is_good) || flaw == Some(SockJsFlaw::CallbackUnchecked) => Ok(text),
        false => Err("invalid \"callback\" parameter"),
    }
}

/// Text of a form without its escapes.
pub(super) fn decoded(text: &str) -> String {
    let octets = text.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < octets.len() {
        let escape = octets.get(at + 1..at + 3).and_then(|hex| str::from_utf8(hex).ok());
        let octet = escape.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| octets[at] == b'%');
        out.push(octet.unwrap_or(if octets[at] == b'+' { b' ' } else { octets[at] }));
        at += if octet.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Messages as an array of JSON in which the characters that browsers change are escapes (SockJS 0.3.3, JSON Unicode
/// Encoding).
pub(super) fn array(messages: &[String], flaw: Option<SockJsFlaw>) -> String {
    let text = match flaw {
        Some(SockJsFlaw::NumbersSent) => "[1]".to_owned(),
        Some(SockJsFlaw::ArrayNotClosed) => "[\"a\"".to_owned(),
        Some(SockJsFlaw::MessagesLost) => serde_json::Value::from(vec![""; messages.len()]).to_string(),
        _ => serde_json::Value::from(messages.to_vec()).to_string(),
    };
    if flaw == Some(SockJsFlaw::NotEscaped) {
        return text;
    }
    let is_changed = |letter: char| matches!(letter, '\u{200c}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' | '\u{fff0}'..='\u{ffff}');
    text.chars().fold(String::new(), |mut out, letter| {
        match is_changed(letter) {
            true => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            false => out.push(letter),
        }
        out
    })
}
