//! The services on their connections: requests, sessions, and the responses that receive their frames.

use std::{collections::BTreeMap, time::Duration};

use wsspec_layers::sockjs::SockJsTransport;
use wsspec_wire::accept_for;

use super::{
    flaw::SockJsFlaw,
    page,
    request::SockJsService,
    session::{self, HttpSession, KEPT},
    socket::SockJsSocket,
    transport::decoded,
};
use crate::{
    PeerOutput, WebServer,
    web::{WebAsk, WebReply, chunk},
};

/// How often it sends a heartbeat frame.
const HEARTBEAT: Duration = Duration::from_secs(25);

/// What a connection is used for.
#[derive(Debug)]
pub(super) enum WebUse {
    Http(Vec<u8>),
    Socket(Box<SockJsSocket>, String),
}

/// A server with the services `echo`, `close`, `disabled_websocket_echo` and `cookie_needed_echo`.
#[derive(Debug, Default)]
pub struct SockJsServer {
    pub(super) flaw: Option<SockJsFlaw>,
    pub(super) now: Duration,
    pub(super) beat: Duration,
    pub(super) connections: BTreeMap<u32, WebUse>,
    pub(super) sessions: BTreeMap<String, HttpSession>,
    /// Requests so far.
    pub(super) count: u32,
    pub(super) out: Vec<(u32, PeerOutput)>,
}

/// One request to a session by HTTP.
pub(super) struct SessionAsk<'a> {
    pub connection: u32,
    pub service: SockJsService,
    pub key: String,
    pub ask: &'a WebAsk,
    pub query: &'a str,
}

impl WebServer for SockJsServer {
    fn conforming() -> Self {
        Self::new(None)
    }

    fn receive(&mut self, connection: u32, octets: &[u8]) {
        match self.connections.entry(connection).or_insert_with(|| WebUse::Http(Vec::new())) {
            WebUse::Socket(socket, _) => {
                socket.receive(octets);
                let out = socket.take();
                self.out.extend(out.into_iter().map(|output| (connection, output)));
            }
            WebUse::Http(input) => input.extend_from_slice(octets),
        }
        while let Some(ask) = self.next_request(connection) {
            self.count = self.count.wrapping_add(1);
            self.answer(connection, &ask);
        }
    }

    // A session whose receiver it was ends with it.
    fn end(&mut self, connection: u32) {
        self.connections.remove(&connection);
        let keeps = self.has(SockJsFlaw::AbortedGoesOn);
        let now = self.now;
        self.sessions.retain(|_, session| {
            let is_its = session.receiver.as_ref().is_some_and(|receiver| receiver.connection == connection);
            if is_its {
                session.receiver = None;
                session.since = now;
            }
            keeps || !is_its
        });
    }

    fn advance(&mut self, now: Duration) {
        self.now = self.now.max(now);
        if !self.has(SockJsFlaw::SessionsKept) {
            let now = self.now;
            self.sessions.retain(|_, session| session.receiver.is_some() || now < session.since + KEPT);
        }
        if self.now >= self.beat {
            self.beat = self.now + HEARTBEAT;
            let waiting = self.sessions.iter().filter(|(_, session)| session.receiver.is_some());
            let keys: Vec<String> = waiting.map(|(key, _)| key.clone()).collect();
            keys.iter().for_each(|key| self.send(key, "h"));
        }
    }

    fn wake(&self) -> Option<Duration> {
        let forgets = !self.has(SockJsFlaw::SessionsKept);
        let idle = self.sessions.values().filter(|session| forgets && session.receiver.is_none());
        idle.map(|session| session.since + KEPT).chain([self.beat]).min()
    }

    fn take(&mut self) -> Vec<(u32, PeerOutput)> {
        std::mem::take(&mut self.out)
    }
}

impl SockJsServer {
    /// A server that conforms, or has this flaw.
    #[must_use]
    pub fn new(flaw: Option<SockJsFlaw>) -> Self {
        Self { flaw, beat: HEARTBEAT, ..Self::default() }
    }

    pub(super) fn has(&self, flaw: SockJsFlaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// The next request on a connection, unless a response is still going on there.
    fn next_request(&mut self, connection: u32) -> Option<WebAsk> {
        let is_busy = self.sessions.values().any(|session| {
            session.receiver.as_ref().is_some_and(|receiver| receiver.connection == connection)
        });
        match self.connections.get_mut(&connection)? {
            WebUse::Http(input) if !is_busy => WebAsk::take(input),
            _ => None,
        }
    }

    pub(super) fn write(&mut self, connection: u32, octets: Vec<u8>) {
        self.out.push((connection, PeerOutput::Write(octets.into())));
    }

    pub(super) fn close(&mut self, connection: u32) {
        self.connections.remove(&connection);
        self.out.push((connection, PeerOutput::Close));
    }

    /// Writes a whole response.
    pub(super) fn reply(&mut self, connection: u32, ask: &WebAsk, reply: &WebReply) {
        let is_bare = matches!(reply.status, 204 | 304);
        let keeps = match ask.field("Connection").map(|value| value.to_ascii_lowercase()) {
            Some(value) if value == "close" => false,
            Some(value) if value == "keep-alive" => true,
            _ => ask.is_1_1(),
        };
        let keeps = keeps && !self.has(SockJsFlaw::KeepAliveLost);
        let is_chunked = !ask.is_1_1() && self.has(SockJsFlaw::ChunkedTo10);
        let mut framing = match (is_bare, is_chunked) {
            (true, _) => Vec::new(),
            (false, true) => vec![("Transfer-Encoding", "chunked".to_owned())],
            (false, false) => vec![("Content-Length", reply.body.len().to_string())],
        };
        framing.push(("Connection", if keeps { "keep-alive" } else { "close" }.to_owned()));
        let body = match (is_bare, is_chunked) {
            (true, _) => Vec::new(),
            (false, true) => [chunk(&reply.body), chunk(b"")].concat(),
            (false, false) => reply.body.clone(),
        };
        self.write(connection, [reply.head(&framing), body].concat());
        if !keeps {
            self.close(connection);
        }
    }

    fn answer(&mut self, connection: u32, ask: &WebAsk) {
        let (path, query) = ask.target();
        let not_found = WebReply::refusal(404, "not found");
        let Some((service, rest)) = SockJsService::of(&path) else {
            return self.reply(connection, ask, &not_found);
        };
        if let Some(reply) = page::page(service, rest, ask, self.flaw, self.count) {
            return self.reply(connection, ask, &reply);
        }
        let parts: Vec<&str> = rest.split('/').skip(1).collect();
        match parts[..] {
            ["websocket"] => self.socket(connection, service, ask, None),
            [server, session, transport] if self.is_fit(server, session) => {
                let key = if self.has(SockJsFlaw::ServerCounts) {
                    format!("{server}/{session}")
                } else {
                    session.into()
                };
                let to =
                    SessionAsk { connection, service, key: format!("{service:?}/{key}"), ask, query: &query };
                self.of_session(&to, transport);
            }
            _ => self.reply(connection, ask, &not_found),
        }
    }

    /// Whether a session may have this URL (SockJS 0.3.3, Session URLs).
    fn is_fit(&self, server: &str, session: &str) -> bool {
        let has_dots = server.contains('.') || session.contains('.');
        let is_checked = self.has(SockJsFlaw::ServerChecked) && server.parse::<u16>().is_err();
        !server.is_empty()
            && !session.is_empty()
            && (!has_dots || self.has(SockJsFlaw::DotsAccepted))
            && !is_checked
    }

    fn of_session(&mut self, to: &SessionAsk<'_>, transport: &str) {
        let method = match transport {
            "xhr" | "xhr_streaming" | "xhr_send" | "jsonp_send" => "POST",
            "eventsource" | "htmlfile" | "jsonp" | "websocket" => "GET",
            _ => return self.reply(to.connection, to.ask, &WebReply::refusal(404, "not found")),
        };
        if to.ask.is("OPTIONS") && transport.starts_with("xhr") {
            let reply = WebReply::preflight(to.ask, method, self.flaw);
            return self.reply(to.connection, to.ask, &reply);
        }
        if !to.ask.is(method) {
            let is_let = transport == "websocket" && self.has(SockJsFlaw::SocketPosted);
            let reply = if is_let { WebReply::new(200) } else { WebReply::new(405).with("Allow", method) };
            return self.reply(to.connection, to.ask, &reply);
        }
        match SockJsTransport::ALL.into_iter().find(|known| known.name() == transport) {
            Some(SockJsTransport::WebSocket) => self.socket(to.connection, to.service, to.ask, Some(&to.key)),
            Some(known) => self.poll(to, known),
            None => self.message(to, transport == "jsonp_send"),
        }
    }

    /// Opens a WebSocket. Without a session: one for raw messages.
    fn socket(&mut self, connection: u32, service: SockJsService, ask: &WebAsk, session: Option<&str>) {
        let is = |name: &str, token: &str| {
            ask.field(name)
                .is_some_and(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(token)))
        };
        if service == SockJsService::Disabled && !self.has(SockJsFlaw::DisabledTaken) {
            return self.reply(connection, ask, &WebReply::refusal(404, "not found"));
        }
        let is_upgrade = is("Connection", "upgrade") || self.has(SockJsFlaw::ConnectionFieldIgnored);
        let key = ask
            .field("Sec-WebSocket-Key")
            .filter(|_| is("Upgrade", "websocket") && is_upgrade && ask.is("GET"));
        let Some(key) = key else {
            let accepts = self.has(SockJsFlaw::PlainGetAccepted) && ask.field("Upgrade").is_none();
            let reply = if accepts { WebReply::new(200) } else { WebReply::refusal(400, "not a WebSocket") };
            return self.reply(connection, ask, &reply);
        };
        let reply = WebReply::new(101)
            .with("Upgrade", "websocket")
            .with("Connection", "Upgrade")
            .with("Sec-WebSocket-Accept", accept_for(key.as_bytes()));
        self.write(connection, reply.head(&[]));
        let name = session.unwrap_or_default().to_owned();
        let is_shared = session.is_some()
            && self
                .connections
                .values()
                .any(|known| matches!(known, WebUse::Socket(_, other) if *other == name));
        let mut socket = Box::new(SockJsSocket::new(self.flaw, service, session.is_some(), is_shared));
        let rest = match self.connections.remove(&connection) {
            Some(WebUse::Http(rest)) => rest,
            _ => Vec::new(),
        };
        socket.receive(&rest);
        let out = socket.take();
        self.out.extend(out.into_iter().map(|output| (connection, output)));
        self.connections.insert(connection, WebUse::Socket(socket, name));
    }

    /// Messages of a client, as a body or as a field of a form.
    fn message(&mut self, to: &SessionAsk<'_>, is_form: bool) {
        let reply = match self.taken(to, is_form) {
            Err(reply) => reply,
            Ok(()) if is_form && self.has(SockJsFlaw::JsonpSendEmpty) => WebReply::new(204),
            Ok(()) if is_form => WebReply::new(200)
                .with_body("text/plain; charset=UTF-8", "ok")
                .not_kept(self.has(SockJsFlaw::ResponseKept))
                .with_cookie(to.service, to.ask, self.flaw),
            Ok(()) => {
                let status = if self.has(SockJsFlaw::SendWithBody) { 200 } else { 204 };
                let content_type =
                    if self.has(SockJsFlaw::SendTypeXml) { "text/xml" } else { "text/plain; charset=UTF-8" };
                WebReply::new(status)
                    .with("Content-Type", content_type)
                    .not_kept(self.has(SockJsFlaw::ResponseKept))
                    .shared(to.ask, self.flaw)
                    .with_cookie(to.service, to.ask, self.flaw)
            }
        };
        self.reply(to.connection, to.ask, &reply);
        if reply.status < 300 {
            self.flush(&to.key);
        }
    }

    /// Puts messages into a session; the refusal, if there is no such session or no such messages.
    fn taken(&mut self, to: &SessionAsk<'_>, is_form: bool) -> Result<(), WebReply> {
        let flaw = self.flaw;
        let content_type = to.ask.field("Content-Type").unwrap_or_default();
        let is_accepted = match is_form {
            true => flaw != Some(SockJsFlaw::JsonpPlainRefused) || content_type.contains("form"),
            false => flaw != Some(SockJsFlaw::ContentTypeChecked) || !content_type.contains("xml"),
        };
        let Some(session) = self.sessions.get_mut(&to.key) else {
            return match flaw {
                Some(SockJsFlaw::UnknownAccepted) => Ok(()),
                _ => Err(WebReply::refusal(404, "no such session")),
            };
        };
        if !is_accepted {
            return Err(WebReply::refusal(500, "another type is expected"));
        }
        let text = match is_form && content_type.contains("form") {
            true => {
                let body = String::from_utf8_lossy(&to.ask.body);
                decoded(body.split('&').find_map(|pair| pair.strip_prefix("d=")).unwrap_or_default())
            }
            false => String::from_utf8_lossy(&to.ask.body).into_owned(),
        };
        if text.is_empty() {
            return Err(WebReply::refusal(500, "Payload expected."));
        }
        let text = if flaw == Some(SockJsFlaw::EscapesKept) { text.replace("\\u", "\\\\u") } else { text };
        match session::messages(&text) {
            Some(messages) if messages.is_empty() && flaw == Some(SockJsFlaw::EmptySendRefused) => {
                Err(WebReply::refusal(500, "Payload expected."))
            }
            Some(messages) => {
                session.messages.extend(messages);
                Ok(())
            }
            None if flaw == Some(SockJsFlaw::BrokenAccepted) => Ok(()),
            None => {
                if flaw == Some(SockJsFlaw::BrokenEndsSession) {
                    self.sessions.remove(&to.key);
                }
                Err(WebReply::refusal(500, "Broken JSON encoding."))
            }
        }
    }
}
