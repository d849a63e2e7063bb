//! A proxy that opens tunnels by CONNECT (RFC 9110, 9.3.6): asks for credentials, connects to any server, and passes every octet
//! on in both directions, unless it has a flaw.
//!
//! Never does I/O, never reads a clock.

mod answers;
mod flaw;
mod habit;
mod octets;
mod request;
mod table;

use wsspec_wire::{HeadBytes, HeadReader, Role};

pub use self::{flaw::ConnectFlaw, habit::ConnectHabit};
use self::{
    octets::OctetRelay,
    request::{TunnelRefusal, TunnelRequest},
};
use crate::{
    proxy::ProxyLeak,
    relaying::{ProxyOutput, RelayingProxy},
};

/// How much a client may send before the answer.
const MOST_EARLY: usize = 64 << 10;

/// One connection of a client to a proxy that opens tunnels, and the connection to its server.
#[derive(Debug)]
pub struct ConnectProxy {
    flaw: Option<ConnectFlaw>,
    habit: Option<ConnectHabit>,
    leak: ProxyLeak,
    stage: ConnectStage,
    out: Vec<ProxyOutput>,
}

/// How far the client has come.
#[derive(Debug)]
enum ConnectStage {
    /// Its request has not ended.
    Asking(HeadReader),
    /// The server is being connected to. `early`: what the client has sent after its request.
    Connecting { request: TunnelRequest, early: Vec<u8> },
    /// The tunnel is open.
    Open { front: OctetRelay, back: OctetRelay },
    /// Nothing more is read from the client.
    Over,
}

impl Default for ConnectProxy {
    fn default() -> Self {
        Self::build(None, None, ProxyLeak::default())
    }
}

impl ConnectProxy {
    /// The user whose requests it takes.
    pub const USER: &'static str = "wsspec";
    /// The password of that user.
    pub const PASSWORD: &'static str = "tunnel";

    /// A proxy with one flaw, or none; `leak` is common to its connections.
    #[must_use]
    pub fn among(flaw: Option<ConnectFlaw>, leak: &ProxyLeak) -> Self {
        Self::build(flaw, None, leak.clone())
    }

    /// A proxy that conforms in its own way.
    #[must_use]
    pub fn with_habit(habit: ConnectHabit) -> Self {
        Self::build(None, Some(habit), ProxyLeak::default())
    }

    fn build(flaw: Option<ConnectFlaw>, habit: Option<ConnectHabit>, leak: ProxyLeak) -> Self {
        Self { flaw, habit, leak, stage: ConnectStage::Asking(HeadReader::new()), out: Vec::new() }
    }

    fn has(&self, flaw: ConnectFlaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn request(&mut self, head: &[u8], rest: &[u8]) {
        let request = match TunnelRequest::read(self.flaw, head) {
            Ok(request) => request,
            Err(refusal) => {
                let is_asked = self.habit != Some(ConnectHabit::NoCredentials);
                if refusal == TunnelRefusal::Credentials
                    && !is_asked
                    && let Some(request) = TunnelRequest::without_credentials(head)
                {
                    return self.connect(request, rest);
                }
                if let Some(request) = TunnelRequest::opened_all_the_same(self.flaw, refusal, head) {
                    self.out.push(ProxyOutput::ToFront(answers::refusal(self.flaw, refusal)));
                    return self.connect(request, rest);
                }
                return self.refuse(refusal, rest);
            }
        };
        if self.has(ConnectFlaw::OpensUnconnected) {
            self.out.push(ProxyOutput::ToFront(answers::opened(self.flaw, self.habit)));
        }
        self.connect(request, rest);
    }

    fn connect(&mut self, request: TunnelRequest, early: &[u8]) {
        self.out.push(ProxyOutput::Connect(request.authority.clone()));
        self.stage = ConnectStage::Connecting { request, early: early.to_vec() };
    }

    /// Answers a request; what follows it is the next one.
    fn refuse(&mut self, refusal: TunnelRefusal, rest: &[u8]) {
        self.out.push(ProxyOutput::ToFront(answers::refusal(self.flaw, refusal)));
        if refusal.ends_connection() || self.habit == Some(ConnectHabit::ClosesAfterRefusal) {
            self.out.push(ProxyOutput::EndFront);
            self.stage = ConnectStage::Over;
            return;
        }
        self.stage = ConnectStage::Asking(HeadReader::new());
        if !rest.is_empty() {
            self.front_sent(rest);
        }
    }
}

impl RelayingProxy for ConnectProxy {
    /// The client has sent these bytes.
    fn front_sent(&mut self, bytes: &[u8]) {
        match &mut self.stage {
            ConnectStage::Asking(reader) => {
                reader.push(bytes);
                match reader.take() {
                    None => {}
                    Some(Err(_)) => self.refuse(TunnelRefusal::TooLarge, &[]),
                    Some(Ok(HeadBytes { head, rest })) => self.request(&head, &rest),
                }
            }
            ConnectStage::Connecting { early, .. } if early.len() + bytes.len() > MOST_EARLY => {
                self.refuse(TunnelRefusal::TooLarge, &[]);
            }
            ConnectStage::Connecting { early, .. } => early.extend_from_slice(bytes),
            ConnectStage::Open { front, .. } => {
                let passed = front.pass(bytes, &self.leak);
                self.out.extend(passed.into_iter().map(ProxyOutput::ToBack));
                if front.has_given_up() {
                    self.out.extend([ProxyOutput::EndBack, ProxyOutput::EndFront]);
                    self.stage = ConnectStage::Over;
                }
            }
            ConnectStage::Over => {}
        }
    }

    /// The server has sent these bytes.
    fn back_sent(&mut self, bytes: &[u8]) {
        if let ConnectStage::Open { back, .. } = &mut self.stage {
            let passed = back.pass(bytes, &self.leak);
            self.out.extend(passed.into_iter().map(ProxyOutput::ToFront));
        }
    }

    /// The client has closed its side: so does the proxy towards the server.
    fn front_ended(&mut self) {
        if self.has(ConnectFlaw::ClientEndKept) {
            return;
        }
        self.out.push(ProxyOutput::EndBack);
        let is_open = matches!(self.stage, ConnectStage::Open { .. });
        if !is_open || self.habit == Some(ConnectHabit::ClosesBoth) {
            self.out.push(ProxyOutput::EndFront);
        }
    }

    /// The server has closed its side: so does the proxy towards the client.
    fn back_ended(&mut self) {
        if self.has(ConnectFlaw::ServerEndKept) {
            return;
        }
        self.out.push(ProxyOutput::EndFront);
        if self.habit == Some(ConnectHabit::ClosesBoth) {
            self.out.push(ProxyOutput::EndBack);
        }
    }

    /// The driver has connected to the server.
    fn connected(&mut self) {
        let ConnectStage::Connecting { request, early } = &mut self.stage else { return };
        let (request, early) = (request.clone(), std::mem::take(early));
        if !self.has(ConnectFlaw::OpensUnconnected) && !request.is_refused {
            self.out.push(ProxyOutput::ToFront(answers::opened(self.flaw, self.habit)));
        }
        let relay = |from| OctetRelay::new(self.flaw, from, &request.raw);
        self.stage = ConnectStage::Open { front: relay(Role::Client), back: relay(Role::Server) };
        if !early.is_empty() && self.habit != Some(ConnectHabit::EarlyLeftOut) {
            self.front_sent(&early);
        }
    }

    /// The driver could not connect to the server.
    fn not_connected(&mut self) {
        let ConnectStage::Connecting { early, .. } = &mut self.stage else { return };
        let early = std::mem::take(early);
        if self.has(ConnectFlaw::OpensUnconnected) {
            self.out.push(ProxyOutput::EndFront);
            self.stage = ConnectStage::Over;
            return;
        }
        self.refuse(TunnelRefusal::Unreachable, &early);
    }

    /// What the driver must do now. More may follow once it has done that.
    fn take(&mut self) -> Vec<ProxyOutput> {
        std::mem::take(&mut self.out)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const REQUEST: &[u8] = b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\
        Proxy-Authorization: Basic d3NzcGVjOnR1bm5lbA==\r\n\r\n";
    const OPENED: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

    fn front(bytes: &[u8]) -> ProxyOutput {
        ProxyOutput::ToFront(Bytes::copy_from_slice(bytes))
    }

    fn back(bytes: &[u8]) -> ProxyOutput {
        ProxyOutput::ToBack(Bytes::copy_from_slice(bytes))
    }

    #[test]
    fn a_tunnel_passes_every_octet_on() {
        let mut proxy = ConnectProxy::default();
        let early = [REQUEST, b"\x00early"].concat();
        early.chunks(3).for_each(|chunk| proxy.front_sent(chunk));
        assert_eq!(proxy.take(), [ProxyOutput::Connect("a:1".into())]);
        proxy.connected();
        assert_eq!(proxy.take(), [front(OPENED), back(b"\x00early")]);
        proxy.back_sent(b"\xff\r\n");
        proxy.front_sent(b"CONNECT x:1 HTTP/1.1\r\n\r\n");
        proxy.front_ended();
        proxy.back_ended();
        let passed = [front(b"\xff\r\n"), back(b"CONNECT x:1 HTTP/1.1\r\n\r\n")];
        assert_eq!(proxy.take(), [&passed[..], &[ProxyOutput::EndBack, ProxyOutput::EndFront]].concat());
    }

    #[test]
    fn after_a_refusal_there_is_another_request() {
        let mut proxy = ConnectProxy::default();
        proxy.front_sent(REQUEST);
        proxy.not_connected();
        proxy.front_sent(b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n");
        proxy.front_sent(REQUEST);
        let out = proxy.take();
        let statuses = out.iter().filter_map(|output| match output {
            ProxyOutput::ToFront(head) => Some(head.slice(9..12)),
            _ => None,
        });
        assert_eq!(statuses.collect::<Vec<_>>(), ["502", "407"]);
        assert_eq!(out.last(), Some(&ProxyOutput::Connect("a:1".into())));
    }

    #[test]
    fn what_is_not_a_request_for_a_tunnel_is_refused() {
        for (request, status) in [
            (&b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..], "501"),
            (b"CONNECT a:1 HTTP/1.1\r\n\r\n", "400"),
            (b"CONNECT a:1 HTTP/1.0\r\n\r\n", "407"),
            (b"CONNECT a: HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
            (b"CONNECT a:0 HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
            (b"CONNECT a:65537 HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
            (b"CONNECT http://a:1/ HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
            (b"\x16\x03\x01 / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ] {
            let mut proxy = ConnectProxy::default();
            proxy.front_sent(request);
            let Some(ProxyOutput::ToFront(head)) = proxy.take().first().cloned() else {
                panic!("{request:?}")
            };
            assert_eq!(head.slice(9..12), status, "{request:?}");
        }
    }
}
