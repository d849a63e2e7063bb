//! The frames in the body of a response, as it arrives.

use bytes::Bytes;

use super::{
    frame::{SockJsFrame, SockJsWord},
    transport::SockJsTransport,
};

/// What a script of a page calls with a frame, and how that ends.
const CALL: &[u8] = b"<script>\np(";
const CALL_END: &[u8] = b");\n</script>";

/// Reads the body of one response.
#[derive(Debug)]
pub struct SockJsBody {
    transport: SockJsTransport,
    /// What belongs to the next frame.
    pending: Vec<u8>,
    /// How much of that was searched already.
    searched: usize,
    /// Whether the prelude has arrived.
    begun: bool,
}

impl SockJsBody {
    /// The body of a response by this transport.
    #[must_use]
    pub const fn new(transport: SockJsTransport) -> Self {
        Self { transport, pending: Vec::new(), searched: 0, begun: false }
    }

    /// How much waits for the rest of its frame, in bytes.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// A piece of the body.
    pub fn push(&mut self, piece: &[u8]) -> Vec<SockJsFrame> {
        self.pending.extend_from_slice(piece);
        let mut out = Vec::new();
        while let Some(frame) = self.next_frame() {
            out.push(frame);
        }
        out
    }

    /// The body is over: what is left of it, if that is a frame, or one without its end.
    pub fn end(&mut self) -> Vec<SockJsFrame> {
        let rest = std::mem::take(&mut self.pending);
        if self.transport == SockJsTransport::Jsonp {
            return called(&rest);
        }
        let is_layout = rest.trim_ascii().is_empty() && self.begun;
        if rest.is_empty() || is_layout { Vec::new() } else { vec![unknown(&rest)] }
    }

    fn next_frame(&mut self) -> Option<SockJsFrame> {
        match self.transport {
            SockJsTransport::Xhr | SockJsTransport::XhrStreaming => self.line(),
            SockJsTransport::EventSource => self.event(),
            SockJsTransport::HtmlFile => self.call(),
            SockJsTransport::Jsonp | SockJsTransport::WebSocket => None,
        }
    }

    /// Everything before `end`, which is dropped with it.
    fn before(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        let from = self.searched.saturating_sub(end.len());
        let found = self.pending[from..].windows(end.len()).position(|window| window == end);
        let Some(at) = found.map(|at| at + from) else {
            self.searched = self.pending.len();
            return None;
        };
        let rest = self.pending.split_off(at + end.len());
        let mut text = std::mem::replace(&mut self.pending, rest);
        text.truncate(at);
        self.searched = 0;
        Some(text)
    }

    /// A frame and a line feed; the first line of a stream is its prelude.
    fn line(&mut self) -> Option<SockJsFrame> {
        let text = self.before(b"\n")?;
        let is_first = !std::mem::replace(&mut self.begun, true);
        match self.transport == SockJsTransport::XhrStreaming && is_first && text.len() > 1 {
            true if text.iter().all(|byte| *byte == b'h') => Some(prelude(&text)),
            _ => Some(SockJsFrame::decode(&text.into())),
        }
    }

    /// An event: its data, up to an empty line. An empty line at the start is the prelude.
    fn event(&mut self) -> Option<SockJsFrame> {
        loop {
            let line = self.before(b"\n")?;
            let line = line.strip_suffix(b"\r").unwrap_or(&line);
            let is_first = !std::mem::replace(&mut self.begun, true);
            match line.strip_prefix(b"data:") {
                _ if line.is_empty() && is_first => return Some(prelude(b"\r\n")),
                Some(data) => {
                    let data = data.strip_prefix(b" ").unwrap_or(data);
                    return Some(SockJsFrame::decode(&Bytes::copy_from_slice(data)));
                }
                // Other fields, comments and the ends of events say nothing.
                None => {}
            }
        }
    }

    /// A call with a frame as its argument; what comes before the first one is the prelude.
    fn call(&mut self) -> Option<SockJsFrame> {
        if !self.begun {
            let at = self.pending.windows(CALL.len()).position(|window| window == CALL)?;
            let rest = self.pending.split_off(at);
            let text = std::mem::replace(&mut self.pending, rest);
            self.begun = true;
            return Some(prelude(&text));
        }
        let text = self.before(CALL_END)?;
        let text = text.trim_ascii_start();
        match text.strip_prefix(CALL) {
            Some(argument) => Some(argument_of(argument)),
            None => Some(unknown(text)),
        }
    }
}

/// The frame in `callback("o");`, after what is called as its prelude.
fn called(text: &[u8]) -> Vec<SockJsFrame> {
    let parts = || {
        let inner = text.trim_ascii_end().strip_suffix(b");")?;
        let open = inner.iter().position(|byte| *byte == b'(')?;
        Some((&inner[..open], &inner[open + 1..]))
    };
    match parts() {
        Some((name, argument)) => vec![prelude(name), argument_of(argument)],
        None => vec![unknown(text)],
    }
}

/// The frame in a string of JavaScript, which is one of JSON, too.
fn argument_of(text: &[u8]) -> SockJsFrame {
    match serde_json::from_slice::<String>(text) {
        Ok(frame) => SockJsFrame::decode(&frame.into()),
        Err(_) => unknown(text),
    }
}

fn prelude(text: &[u8]) -> SockJsFrame {
    SockJsFrame { word: SockJsWord::Prelude, body: Bytes::copy_from_slice(text) }
}

fn unknown(text: &[u8]) -> SockJsFrame {
    SockJsFrame { word: SockJsWord::Unknown, body: Bytes::copy_from_slice(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The frames of a body, as words and bodies.
    fn frames(transport: SockJsTransport, body: &[u8], cut: usize) -> Vec<(&'static str, String)> {
        let mut reader = SockJsBody::new(transport);
        let mut all: Vec<_> = body.chunks(cut).flat_map(|piece| reader.push(piece)).collect();
        all.extend(reader.end());
        let shown =
            |frame: &SockJsFrame| (frame.word.name(), String::from_utf8_lossy(&frame.body).into_owned());
        all.iter().map(shown).collect()
    }

    #[test]
    fn frames_are_found_however_a_body_arrives() {
        let html = b"<html>p</html>\r\n<script>\np(\"o\");\n</script>\r\n<script>\np(\"a[\\\"x\\\"]\");\n</script>\r\n";
        let bodies: [(SockJsTransport, &[u8], &str); 5] = [
            (SockJsTransport::Xhr, b"a[\"x\"]\n", ""),
            (SockJsTransport::XhrStreaming, b"hhhh\no\na[\"x\"]\n", "hhhh"),
            (SockJsTransport::EventSource, b"\r\ndata: o\r\n\r\n:c\r\ndata: a[\"x\"]\r\n\r\n", "\r\n"),
            (SockJsTransport::HtmlFile, html, "<html>p</html>\r\n"),
            (SockJsTransport::Jsonp, b"/**/cb(\"a[\\\"x\\\"]\");\r\n", "/**/cb"),
        ];
        for (transport, body, start) in bodies {
            for cut in [1, 4, 1000] {
                let mut wanted = vec![("a", "[\"x\"]".to_owned())];
                if !start.is_empty() {
                    wanted.insert(0, ("prelude", start.to_owned()));
                }
                if !matches!(transport, SockJsTransport::Xhr | SockJsTransport::Jsonp) {
                    wanted.insert(1, ("o", String::new()));
                }
                assert_eq!(frames(transport, body, cut), wanted, "{transport:?} {cut}");
            }
        }
    }

    #[test]
    fn what_is_left_over_is_not_a_frame() {
        assert_eq!(frames(SockJsTransport::Xhr, b"o", 9), [("unknown", "o".to_owned())]);
        assert_eq!(
            frames(SockJsTransport::Jsonp, b"cb(o);", 9),
            [("prelude", "cb".to_owned()), ("unknown", "o".to_owned())]
        );
        assert_eq!(frames(SockJsTransport::Jsonp, b"", 9), [("unknown", String::new())]);
    }
}
