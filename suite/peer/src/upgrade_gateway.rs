//! A gateway that speaks HTTP/1.1 to its clients and HTTP/2 to its server: turns an upgrade into an extended CONNECT (RFC
//! 8441), and passes the octets of both on, unless it has a flaw. What HTTP/1.1 demands of a server is left to whoever is in
//! front of it.
//!
//! Never does I/O, never reads a clock.

mod flaw;
mod heads;
mod table;

use bytes::Bytes;
use wsspec_carriers::{Http2, HttpEvent};
use wsspec_wire::{ErrorCode, HeadBytes, HeadReader, Opening, RequestHead, ResponseHead, Role};

pub use self::flaw::UpgradeGatewayFlaw;
use crate::relaying::{ProxyOutput, RelayingProxy};

/// How much a client may send before the response.
const MOST_EARLY: usize = 64 << 10;

/// One connection of a client, and the stream of its request on a connection to the server.
#[derive(Debug)]
pub struct UpgradeGateway {
    flaw: Option<UpgradeGatewayFlaw>,
    end: Http2,
    stage: UpgradeStage,
    out: Vec<ProxyOutput>,
    /// There is no connection to the server.
    is_alone: bool,
    /// The client has ended its half.
    has_client_left: bool,
}

/// How far the request has come.
#[derive(Debug)]
enum UpgradeStage {
    /// It has not ended.
    Asking(HeadReader),
    /// It was passed on. `accept`: the answer to its key, if it is an upgrade; `early`: what the client has sent after it.
    Asked { stream: u32, accept: Option<String>, early: Vec<u8> },
    /// The connection is open.
    Open { stream: u32 },
    /// The server has refused; what it sends is the content of that.
    Refused { stream: u32 },
    /// There is nothing to pass on any more.
    Over,
}

impl UpgradeGateway {
    /// A gateway with one flaw, or none.
    #[must_use]
    pub fn new(flaw: Option<UpgradeGatewayFlaw>) -> Self {
        Self {
            flaw,
            end: Http2::playing(Role::Client),
            stage: UpgradeStage::Asking(HeadReader::new()),
            out: Vec::new(),
            is_alone: false,
            has_client_left: false,
        }
    }

    fn has(&self, flaw: UpgradeGatewayFlaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn request(&mut self, HeadBytes { head, rest }: &HeadBytes) {
        let request = RequestHead::parse(head);
        if self.is_alone {
            return self.answer("502 Bad Gateway");
        }
        if !heads::wants_websocket(&request) {
            let stream = self.end.request(heads::request(&request));
            self.end.finish(stream);
            self.stage = UpgradeStage::Asked { stream, accept: None, early: Vec::new() };
            return;
        }
        let Some(accept) = heads::accept(self.flaw, &request) else { return self.answer("400 Bad Request") };
        let stream = self.end.request(heads::extended_connect(self.flaw, &request));
        self.stage = UpgradeStage::Asked { stream, accept: Some(accept), early: Vec::new() };
        if !rest.is_empty() {
            self.front_sent(rest);
        }
    }

    fn response(&mut self, response: &ResponseHead) {
        let UpgradeStage::Asked { stream, accept, early } = &mut self.stage else { return };
        let stream = *stream;
        if response.is_interim() {
            return self.out.push(ProxyOutput::ToFront(heads::response(response)));
        }
        let opens = response.accepts() || self.flaw == Some(UpgradeGatewayFlaw::RefusalAccepted);
        match accept.take_if(|_| opens) {
            Some(accept) => {
                let early = std::mem::take(early);
                self.stage = UpgradeStage::Open { stream };
                let head = heads::accepted(self.flaw, response, &accept);
                self.out.push(ProxyOutput::ToFront(head));
                if !early.is_empty() {
                    self.front_sent(&early);
                }
            }
            None => {
                self.stage = UpgradeStage::Refused { stream };
                self.out.push(ProxyOutput::ToFront(heads::refused(response)));
            }
        }
    }

    /// The server has ended its half of the stream, or the stream.
    fn server_left(&mut self) {
        match self.stage {
            UpgradeStage::Asked { .. } => self.answer("502 Bad Gateway"),
            UpgradeStage::Open { .. } if self.has(UpgradeGatewayFlaw::ServerEndKept) => {}
            UpgradeStage::Open { .. } | UpgradeStage::Refused { .. } => {
                self.out.push(ProxyOutput::EndFront);
                self.leave();
            }
            UpgradeStage::Asking(_) | UpgradeStage::Over => {}
        }
    }

    /// The stream is over, and so is its connection once the client has left as well.
    fn leave(&mut self) {
        if let UpgradeStage::Open { stream } | UpgradeStage::Refused { stream } = self.stage {
            self.end.finish(stream);
        }
        self.stage = UpgradeStage::Over;
        if self.has_client_left {
            self.out.push(ProxyOutput::EndBack);
        }
    }

    /// Answers in place of the server.
    fn answer(&mut self, status: &str) {
        self.out.push(ProxyOutput::ToFront(heads::own_answer(status)));
        self.out.extend([ProxyOutput::EndFront, ProxyOutput::EndBack]);
        self.stage = UpgradeStage::Over;
    }

    fn event(&mut self, event: HttpEvent) {
        match event {
            HttpEvent::Settings(..) if self.end.connects() == Some(false) => self.server_left(),
            HttpEvent::Opening { opening: Opening::Response(response), .. } => self.response(&response),
            HttpEvent::Data { bytes, .. } => self.out.push(ProxyOutput::ToFront(bytes)),
            HttpEvent::End { .. } | HttpEvent::Reset { .. } => self.server_left(),
            HttpEvent::EndlessHead { .. } | HttpEvent::Broken(_) => self.server_left(),
            _ => {}
        }
    }
}

impl RelayingProxy for UpgradeGateway {
    fn front_sent(&mut self, octets: &[u8]) {
        match &mut self.stage {
            UpgradeStage::Asking(reader) => {
                reader.push(octets);
                match reader.take() {
                    None => {}
                    Some(Err(_)) => self.answer("431 Request Header Fields Too Large"),
                    Some(Ok(found)) => self.request(&found),
                }
            }
            UpgradeStage::Asked { early, .. } if early.len() + octets.len() > MOST_EARLY => {
                self.answer("431 Request Header Fields Too Large");
            }
            UpgradeStage::Asked { early, .. } => early.extend_from_slice(octets),
            UpgradeStage::Open { stream } => self.end.send(*stream, Bytes::copy_from_slice(octets)),
            UpgradeStage::Refused { .. } | UpgradeStage::Over => {}
        }
    }

    fn back_sent(&mut self, octets: &[u8]) {
        for event in self.end.read(octets) {
            self.event(event);
        }
    }

    fn front_ended(&mut self) {
        self.has_client_left = true;
        match self.stage {
            UpgradeStage::Open { .. } if self.has(UpgradeGatewayFlaw::ClientEndKept) => {}
            UpgradeStage::Open { stream } => self.end.finish(stream),
            UpgradeStage::Asked { stream, .. } | UpgradeStage::Refused { stream } => {
                self.end.reset(stream, ErrorCode::CANCEL);
                self.leave();
            }
            UpgradeStage::Asking(_) | UpgradeStage::Over => self.out.push(ProxyOutput::EndBack),
        }
    }

    fn back_ended(&mut self) {
        self.server_left();
    }

    fn not_connected(&mut self) {
        self.is_alone = true;
    }

    fn take(&mut self) -> Vec<ProxyOutput> {
        let mut out: Vec<_> = self.end.take().map(ProxyOutput::ToBack).into_iter().collect();
        out.append(&mut self.out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &[u8] = b"GET /a HTTP/1.1\r\nHost: b\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nX-Hop: 1\r\n\r\n";

    /// What arrives at the client, and the events of the server.
    fn passed(gateway: &mut UpgradeGateway, server: &mut Http2) -> (Vec<u8>, Vec<HttpEvent>) {
        let (mut front, mut events) = (Vec::new(), Vec::new());
        for output in gateway.take() {
            match output {
                ProxyOutput::ToFront(bytes) => front.extend_from_slice(&bytes),
                ProxyOutput::ToBack(bytes) => events.extend(server.read(&bytes)),
                _ => {}
            }
        }
        (front, events)
    }

    /// A server that has got the request, and the gateway.
    fn asked(request: &[u8]) -> (UpgradeGateway, Http2, Vec<HttpEvent>) {
        let (mut gateway, mut server) = (UpgradeGateway::new(None), Http2::playing(Role::Server));
        gateway.back_sent(&server.take().unwrap());
        gateway.front_sent(request);
        let events = passed(&mut gateway, &mut server).1;
        (gateway, server, events)
    }

    #[test]
    fn an_upgrade_becomes_an_extended_connect_and_octets_pass() {
        let (mut gateway, mut server, events) = asked(REQUEST);
        let opened = events.into_iter().find_map(|event| match event {
            HttpEvent::Opening { stream, opening: Opening::Request(request) } => Some((stream, request)),
            _ => None,
        });
        let (stream, request) = opened.unwrap();
        let fields = ["method", "protocol", "scheme", "path", "authority"].map(|name| {
            let value = request.fields.get(&format!(":{name}")).unwrap();
            String::from_utf8_lossy(value).into_owned()
        });
        assert_eq!(fields, ["CONNECT", "websocket", "http", "/a", "b"]);
        assert_eq!(request.fields.get("x-hop").unwrap(), "1");
        assert_eq!(request.faults, []);
        assert_eq!(request.fields.get("sec-websocket-key"), None);
        gateway.front_sent(b"early");
        assert_eq!(passed(&mut gateway, &mut server).1, []);
        server.respond(stream, &heads::composed(vec![(":status".into(), "200".into())]));
        server.send(stream, "hi".into());
        gateway.back_sent(&server.take().unwrap());
        let (front, events) = passed(&mut gateway, &mut server);
        let front = String::from_utf8(front).unwrap();
        assert!(front.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{front}");
        assert!(front.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{front}");
        assert!(front.ends_with("\r\n\r\nhi"), "{front}");
        assert!(events.contains(&HttpEvent::Data { stream, bytes: "early".into() }), "{events:?}");
        gateway.front_ended();
        assert!(passed(&mut gateway, &mut server).1.contains(&HttpEvent::End { stream }));
        server.finish(stream);
        gateway.back_sent(&server.take().unwrap());
        assert_eq!(gateway.take(), [ProxyOutput::EndFront, ProxyOutput::EndBack]);
    }

    #[test]
    fn a_refusal_is_passed_on_and_ends() {
        let (mut gateway, mut server, _) = asked(REQUEST);
        server.respond(1, &heads::composed(vec![(":status".into(), "403".into())]));
        server.send(1, "no".into());
        server.finish(1);
        gateway.back_sent(&server.take().unwrap());
        let expected: [&[u8]; 2] = [b"HTTP/1.1 403 \r\nConnection: close\r\n\r\n", b"no"];
        let front = passed(&mut gateway, &mut server).0;
        assert_eq!(front, expected.concat(), "{}", String::from_utf8_lossy(&front));
    }

    #[test]
    fn a_key_that_is_no_key_and_a_lost_server_are_answered_for() {
        let key = String::from_utf8_lossy(REQUEST).replace("dGhlIHNhbXBsZSBub25jZQ==", "AAAA");
        let (mut gateway, _, events) = asked(key.as_bytes());
        assert!(!events.iter().any(|event| matches!(event, HttpEvent::Opening { .. })), "{events:?}");
        assert_eq!(gateway.take(), []);
        let (mut gateway, mut server, _) = asked(REQUEST);
        gateway.back_ended();
        assert!(passed(&mut gateway, &mut server).0.starts_with(b"HTTP/1.1 502 "));
    }
}
