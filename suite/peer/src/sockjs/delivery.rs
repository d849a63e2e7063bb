//! Frames on their way: responses that receive them, one after another or one alone.

use wsspec_layers::sockjs::SockJsTransport;

use super::{
    flaw::SockJsFlaw,
    request::SockJsService,
    server::{SessionAsk, SockJsServer},
    session::{HttpSession, SockJsReceiver},
    transport::{array, callback, content_type, prelude, wrapped},
};
use crate::web::{WebReply, chunk};

/// Octets after which a response that streams ends (SockJS 0.3.3, XhrStreaming).
const LIMIT: usize = 128 << 10;

impl SockJsServer {
    /// A request for frames.
    pub(super) fn poll(&mut self, to: &SessionAsk<'_>, transport: SockJsTransport) {
        let needs_callback = matches!(transport, SockJsTransport::HtmlFile | SockJsTransport::Jsonp);
        let called = match callback(to.query, self.flaw) {
            Err(why) if needs_callback => {
                return self.reply(to.connection, to.ask, &WebReply::refusal(500, why));
            }
            called => called.unwrap_or_default(),
        };
        let reply = WebReply::new(200)
            .with("Content-Type", content_type(transport, self.flaw))
            .not_kept(self.has(SockJsFlaw::ResponseKept))
            .shared(to.ask, self.flaw)
            .with_cookie(to.service, to.ask, self.flaw);
        let is_chunked =
            to.ask.is_1_1() && !self.has(SockJsFlaw::StreamUnframed) || self.has(SockJsFlaw::ChunkedTo10);
        let mut framing = vec![("Connection", if is_chunked { "keep-alive" } else { "close" }.to_owned())];
        framing.extend(is_chunked.then(|| ("Transfer-Encoding", "chunked".to_owned())));
        framing.extend(self.has(SockJsFlaw::LengthToStream).then(|| ("Content-Length", "4096".to_owned())));
        self.write(to.connection, reply.head(&framing));
        let mut receiver = SockJsReceiver {
            connection: to.connection,
            transport,
            callback: called,
            sent: 0,
            chunked: is_chunked,
        };
        let start = prelude(transport, &receiver.callback, self.flaw);
        self.piece(&mut receiver, &start, false);
        self.attach(to, receiver);
    }

    /// A receiver for a session, which gets what waits there.
    fn attach(&mut self, to: &SessionAsk<'_>, mut receiver: SockJsReceiver) {
        let now = self.now;
        let is_first = !self.has(SockJsFlaw::SecondReceiverServed);
        let session = self
            .sessions
            .entry(to.key.clone())
            .or_insert_with(|| HttpSession { since: now, ..HttpSession::default() });
        if session.receiver.is_some() && session.closed.is_none() && is_first {
            let frame = "c[2010,\"Another connection still open\"]";
            return self.last_frame(&mut receiver, frame);
        }
        session.receiver = Some(receiver);
        if !std::mem::replace(&mut session.is_open, true) {
            if to.service == SockJsService::Close {
                session.closed = Some((3000, "Go away!"));
            }
            match self.flaw {
                Some(SockJsFlaw::OpenFrameMissing) => self.send(&to.key, "a[\"\"]"),
                Some(SockJsFlaw::OpenFrameLong) => self.send(&to.key, "o{}"),
                Some(SockJsFlaw::FrameUnknownSent) => self.send(&to.key, "x"),
                Some(SockJsFlaw::OpenRefused) => self.send(&to.key, "c[3000,\"no room\"]"),
                _ => self.send(&to.key, "o"),
            }
            match self.flaw {
                Some(SockJsFlaw::OpenFrameTwice) => self.send(&to.key, "o"),
                Some(SockJsFlaw::HeartbeatLong) => self.send(&to.key, "h1"),
                _ => {}
            }
        }
        self.flush(&to.key);
    }

    /// Sends what waits in a session to its receiver, if it has one.
    pub(super) fn flush(&mut self, key: &str) {
        let Some(session) = self.sessions.get_mut(key).filter(|session| session.receiver.is_some()) else {
            return;
        };
        if let Some((code, reason)) = session.closed {
            session.served += 1;
            let Some(mut receiver) = session.receiver.take() else { return };
            session.since = self.now;
            let frame = match self.flaw {
                Some(SockJsFlaw::CloseWithoutReason) => format!("c[{code}]"),
                _ => format!("c[{code},\"{reason}\"]"),
            };
            if session.served > 1 && self.flaw == Some(SockJsFlaw::CloseServedOnce) {
                self.sessions.remove(key);
                return self.last_frame(&mut receiver, "o");
            }
            if self.has(SockJsFlaw::FramesAfterClose) {
                let octets = wrapped(receiver.transport, &frame, &receiver.callback, self.flaw);
                self.piece(&mut receiver, &octets, false);
                return self.last_frame(&mut receiver, "h");
            }
            if self.has(SockJsFlaw::StreamKept) {
                let octets = wrapped(receiver.transport, &frame, &receiver.callback, self.flaw);
                let is_last = receiver.transport != SockJsTransport::XhrStreaming;
                return self.piece(&mut receiver, &octets, is_last);
            }
            return self.last_frame(&mut receiver, &frame);
        }
        if !session.messages.is_empty() {
            let mut messages = std::mem::take(&mut session.messages);
            if self.has(SockJsFlaw::OrderLost) {
                messages.reverse();
            }
            let frame = format!("a{}", array(&messages, self.flaw));
            self.send(key, &frame);
        }
    }

    /// Sends a frame to the receiver of a session, which ends if it is one for a single frame, or has sent enough.
    pub(super) fn send(&mut self, key: &str, frame: &str) {
        let Some(session) = self.sessions.get_mut(key) else { return };
        let Some(mut receiver) = session.receiver.take() else { return };
        let octets = wrapped(receiver.transport, frame, &receiver.callback, self.flaw);
        let is_single = matches!(receiver.transport, SockJsTransport::Xhr | SockJsTransport::Jsonp);
        let is_enough = receiver.sent + octets.len() > LIMIT && !self.has(SockJsFlaw::StreamEndless);
        self.piece(&mut receiver, &octets, is_single || is_enough);
        let now = self.now;
        if let Some(session) = self.sessions.get_mut(key) {
            session.since = now;
            session.receiver = (!is_single && !is_enough).then_some(receiver);
        }
    }

    /// Sends the last frame of a response.
    fn last_frame(&mut self, receiver: &mut SockJsReceiver, frame: &str) {
        let octets = wrapped(receiver.transport, frame, &receiver.callback, self.flaw);
        self.piece(receiver, &octets, true);
    }

    /// Writes a piece of a body, perhaps its last one.
    fn piece(&mut self, receiver: &mut SockJsReceiver, octets: &[u8], is_last: bool) {
        receiver.sent += octets.len();
        let mut out = match receiver.chunked {
            true if octets.is_empty() => Vec::new(),
            true => chunk(octets),
            false => octets.to_vec(),
        };
        if is_last && receiver.chunked {
            out.extend(chunk(b""));
        }
        self.write(receiver.connection, out);
        if is_last && !receiver.chunked {
            self.close(receiver.connection);
        }
    }
}
