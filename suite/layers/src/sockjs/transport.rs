//! The ways in which frames reach a client, by the last part of their URL.

/// A transport that a client receives by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SockJsTransport {
    /// Each frame is a WebSocket message.
    WebSocket,
    /// A response has one frame, and a line feed.
    Xhr,
    /// A response has frames, each with a line feed, after a prelude.
    XhrStreaming,
    /// Each frame is an event of an event stream.
    EventSource,
    /// Each frame is the argument of a call in a page that goes on.
    HtmlFile,
    /// A response has one frame, as the argument of a call, whose name counts as the prelude.
    Jsonp,
}

impl SockJsTransport {
    /// Every transport.
    pub const ALL: [Self; 6] =
        [Self::WebSocket, Self::Xhr, Self::XhrStreaming, Self::EventSource, Self::HtmlFile, Self::Jsonp];

    /// The last part of its URL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::Xhr => "xhr",
            Self::XhrStreaming => "xhr_streaming",
            Self::EventSource => "eventsource",
            Self::HtmlFile => "htmlfile",
            Self::Jsonp => "jsonp",
        }
    }

    /// The transport and the session of a request for this target: `/echo/000/abc/xhr`.
    #[must_use]
    pub fn of(target: &str) -> Option<(Self, &str)> {
        let mut parts = target.split('?').next()?.rsplit('/');
        let (name, session, server) = (parts.next()?, parts.next()?, parts.next()?);
        let is_whole = !session.is_empty() && !server.is_empty() && parts.next().is_some();
        let transport = Self::ALL.into_iter().find(|known| known.name() == name && is_whole)?;
        Some((transport, session))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_names_its_session_and_transport() {
        let of = SockJsTransport::of;
        assert_eq!(of("/echo/000/ab/xhr"), Some((SockJsTransport::Xhr, "ab")));
        assert_eq!(of("/000/ab/jsonp?c=x/y"), Some((SockJsTransport::Jsonp, "ab")));
        for other in
            ["/echo/info", "/echo/websocket", "/echo/000/ab/xhr_send", "/echo//a/xhr", "/xhr", "a/b/xhr"]
        {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
