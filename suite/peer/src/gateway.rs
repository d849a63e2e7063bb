//! A gateway that speaks HTTP/2 to its clients and HTTP/1.1 to its server: turns an extended CONNECT (RFC 8441) into an
//! upgrade, and passes the octets of the stream on, unless it has a flaw.
//!
//! Never does I/O, never reads a clock.

mod flaw;
mod heads;
mod table;

use bytes::Bytes;
use wsspec_carriers::{Http2, HttpEvent};
use wsspec_wire::{
    ErrorCode, HeadBytes, HeadReader, Http2Setting, Opening, RequestHead, ResponseHead, Role, accept_for,
};

pub use self::flaw::GatewayFlaw;
use crate::relaying::{ProxyOutput, RelayingProxy};

/// How much a client may send before the response.
const MOST_EARLY: usize = 64 << 10;

/// One connection of a client, of which one stream is a WebSocket connection, and the connection to the server.
#[derive(Debug)]
pub struct Http2Gateway {
    flaw: Option<GatewayFlaw>,
    end: Http2,
    stream: Option<u32>,
    stage: GatewayStage,
    out: Vec<ProxyOutput>,
    /// There is no connection to the server.
    is_alone: bool,
}

/// How far the stream has come.
#[derive(Debug)]
enum GatewayStage {
    /// There is no request that was passed on.
    Asking,
    /// The upgrade was asked for. `accept`: what the server has to answer to the key; `early`: what the client has sent after
    /// its request.
    Asked { response: HeadReader, accept: String, early: Vec<u8> },
    /// The connection is open.
    Open,
    /// It is not, or no longer.
    Over,
}

impl Http2Gateway {
    /// A gateway with one flaw, or none.
    #[must_use]
    pub fn new(flaw: Option<GatewayFlaw>) -> Self {
        let mut end = Http2::playing(Role::Server);
        match flaw {
            Some(GatewayFlaw::PaddingPassed) => end.keep_padding(),
            Some(GatewayFlaw::WindowsIgnored) => end.ignore_windows(),
            _ => {}
        }
        Self { flaw, end, stream: None, stage: GatewayStage::Asking, out: Vec::new(), is_alone: false }
    }

    fn has(&self, flaw: GatewayFlaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn request(&mut self, stream: u32, request: &RequestHead) {
        if let Some(refusal) = heads::fault(self.flaw, request) {
            return match refusal {
                Some(status) => self.refuse(stream, status),
                None => self.end.reset(stream, ErrorCode::PROTOCOL_ERROR),
            };
        }
        if !matches!(self.stage, GatewayStage::Asking) {
            return self.end.reset(stream, ErrorCode::REFUSED_STREAM);
        }
        if self.is_alone {
            return self.refuse(stream, if self.has(GatewayFlaw::OpensUnconnected) { "200" } else { "502" });
        }
        let key = heads::key(self.flaw);
        self.out.push(ProxyOutput::ToBack(heads::upgrade(self.flaw, request, &key)));
        let accept = accept_for(key.as_bytes());
        self.stream = Some(stream);
        self.stage = GatewayStage::Asked { response: HeadReader::new(), accept, early: Vec::new() };
    }

    fn data(&mut self, bytes: &Bytes) {
        match &mut self.stage {
            GatewayStage::Open => self.out.push(ProxyOutput::ToBack(bytes.clone())),
            GatewayStage::Asked { early, .. } if early.len() + bytes.len() <= MOST_EARLY => {
                early.extend_from_slice(bytes);
            }
            GatewayStage::Asked { .. } => self.fail("431"),
            GatewayStage::Asking | GatewayStage::Over => {}
        }
    }

    /// The client has ended its half of the stream, or the stream.
    fn client_left(&mut self) {
        if !self.has(GatewayFlaw::ClientEndKept) {
            self.out.push(ProxyOutput::EndBack);
        }
    }

    fn response(&mut self, HeadBytes { head, rest }: &HeadBytes) {
        let parsed = ResponseHead::parse(head);
        let Some(stream) = self.stream else { return };
        let GatewayStage::Asked { response, accept, early } = &mut self.stage else { return };
        if parsed.is_interim() {
            *response = HeadReader::new();
            self.end.respond(stream, &heads::response(self.flaw, &parsed));
            return self.back_sent(rest);
        }
        let is_accepted =
            parsed.fields.get("Sec-WebSocket-Accept").is_some_and(|value| **value == *accept.as_bytes())
                || self.flaw == Some(GatewayFlaw::AcceptUnchecked);
        match parsed.status {
            Some(101) if is_accepted => {
                let early = Bytes::from(std::mem::take(early));
                self.stage = GatewayStage::Open;
                self.end.respond(stream, &heads::response(self.flaw, &parsed));
                if !early.is_empty() {
                    self.data(&early);
                }
                self.back_sent(rest);
                if self.has(GatewayFlaw::SettingWithdrawn) {
                    self.end.set(&[Http2Setting::new(Http2Setting::ENABLE_CONNECT_PROTOCOL, 0)]);
                }
            }
            // Over HTTP/2 that would open a connection (RFC 8441, 5).
            Some(200..=299) if !self.has(GatewayFlaw::RefusalAccepted) => self.fail("502"),
            None | Some(..200) => self.fail("502"),
            Some(_) => {
                self.end.respond(stream, &heads::response(self.flaw, &parsed));
                self.close();
            }
        }
    }

    /// Answers in place of the server.
    fn fail(&mut self, status: &'static str) {
        if let Some(stream) = self.stream {
            self.refuse(stream, status);
        }
        self.close();
    }

    fn close(&mut self) {
        if let Some(stream) = self.stream {
            self.end.finish(stream);
        }
        self.out.push(ProxyOutput::EndBack);
        self.stage = GatewayStage::Over;
    }

    fn refuse(&mut self, stream: u32, status: &'static str) {
        let fields = vec![(":status".to_owned(), Bytes::from_static(status.as_bytes()))];
        self.end.respond(stream, &heads::composed(fields));
        self.end.finish(stream);
    }
}

impl RelayingProxy for Http2Gateway {
    /// The client has sent these octets.
    fn front_sent(&mut self, octets: &[u8]) {
        for event in self.end.read(octets) {
            match event {
                HttpEvent::Opening { stream, opening: Opening::Request(request) } => {
                    self.request(stream, &request);
                }
                HttpEvent::Data { stream, bytes } if self.stream == Some(stream) => self.data(&bytes),
                HttpEvent::End { stream } if self.stream == Some(stream) => self.client_left(),
                HttpEvent::Reset { stream, .. } if self.stream == Some(stream) => self.client_left(),
                HttpEvent::Broken(_) => self.out.extend([ProxyOutput::EndFront, ProxyOutput::EndBack]),
                _ => {}
            }
        }
    }

    /// The server has sent these octets.
    fn back_sent(&mut self, octets: &[u8]) {
        if octets.is_empty() {
            return;
        }
        match (&mut self.stage, self.stream) {
            (GatewayStage::Open, Some(stream)) => self.end.send(stream, Bytes::copy_from_slice(octets)),
            (GatewayStage::Asked { response, .. }, Some(_)) => {
                response.push(octets);
                match response.take() {
                    None => {}
                    Some(Err(_)) => self.fail("502"),
                    Some(Ok(found)) => self.response(&found),
                }
            }
            _ => {}
        }
    }

    /// The client has ended its connection.
    fn front_ended(&mut self) {
        self.client_left();
        self.out.push(ProxyOutput::EndFront);
    }

    /// The server has ended its connection.
    fn back_ended(&mut self) {
        match self.stage {
            GatewayStage::Asked { .. } => self.fail("502"),
            GatewayStage::Open if self.has(GatewayFlaw::ServerEndKept) => {}
            GatewayStage::Open => {
                if let Some(stream) = self.stream {
                    self.end.finish(stream);
                }
            }
            GatewayStage::Asking | GatewayStage::Over => {}
        }
    }

    /// The driver could not connect to the server.
    fn not_connected(&mut self) {
        self.is_alone = true;
    }

    /// What the driver must do now.
    fn take(&mut self) -> Vec<ProxyOutput> {
        let mut out: Vec<_> = self.end.take().map(ProxyOutput::ToFront).into_iter().collect();
        out.append(&mut self.out);
        out
    }
}

#[cfg(test)]
mod tests {
    use wsspec_carriers::{ComposedOpening, StartLine};

    use super::*;

    fn client() -> (Http2, u32) {
        let mut client = Http2::playing(Role::Client);
        client.assume_connect();
        let pairs = [
            (":method", "CONNECT"),
            (":protocol", "websocket"),
            (":scheme", "http"),
            (":path", "/a"),
            (":authority", "b"),
            ("cookie", "c=1"),
            ("cookie", "d=2"),
        ];
        let fields = pairs.into_iter().map(|(name, value)| (name.to_owned(), Bytes::from(value))).collect();
        let start = StartLine::Request { method: Bytes::new(), target: Bytes::new(), version: Bytes::new() };
        let stream = client.request(ComposedOpening { start, fields, verbatim: Vec::new() });
        (client, stream)
    }

    /// What arrives at the server.
    fn to_back(gateway: &mut Http2Gateway) -> Vec<u8> {
        let out = gateway.take().into_iter().filter_map(|output| match output {
            ProxyOutput::ToBack(bytes) => Some(bytes),
            _ => None,
        });
        out.collect::<Vec<_>>().concat()
    }

    /// What the client learns.
    fn events(client: &mut Http2, gateway: &mut Http2Gateway) -> Vec<HttpEvent> {
        let out = gateway.take().into_iter().filter_map(|output| match output {
            ProxyOutput::ToFront(bytes) => Some(bytes),
            _ => None,
        });
        client.read(&out.collect::<Vec<_>>().concat())
    }

    #[test]
    fn an_extended_connect_becomes_an_upgrade_and_data_passes() {
        let (mut client, stream) = client();
        let mut gateway = Http2Gateway::new(None);
        events(&mut client, &mut gateway);
        gateway.front_sent(&client.take().unwrap());
        let request = RequestHead::parse(&to_back(&mut gateway));
        assert_eq!((&request.method[..], &request.target[..]), (&b"GET"[..], &b"/a"[..]));
        assert_eq!(request.fields.get("Host").unwrap(), "b");
        assert_eq!(request.fields.all("Cookie").collect::<Vec<_>>(), ["c=1; d=2"]);
        let accept = accept_for(request.fields.get("Sec-WebSocket-Key").unwrap());
        let response = format!(
            "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\nhi"
        );
        gateway.back_sent(response.as_bytes());
        client.send(stream, "there".into());
        gateway.front_sent(&client.take().unwrap());
        let found = events(&mut client, &mut gateway);
        assert!(found.contains(&HttpEvent::Data { stream, bytes: "hi".into() }), "{found:?}");
        gateway.back_ended();
        assert!(events(&mut client, &mut gateway).contains(&HttpEvent::End { stream }));
    }

    #[test]
    fn what_opens_no_connection_is_no_2xx() {
        for answer in
            ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 101 X\r\nSec-WebSocket-Accept: wrong\r\n\r\n", "no\r\n\r\n"]
        {
            let (mut client, _) = client();
            let mut gateway = Http2Gateway::new(None);
            events(&mut client, &mut gateway);
            gateway.front_sent(&client.take().unwrap());
            gateway.back_sent(answer.as_bytes());
            let statuses = events(&mut client, &mut gateway).into_iter().filter_map(|event| match event {
                HttpEvent::Opening { opening: Opening::Response(head), .. } => head.status,
                _ => None,
            });
            assert_eq!(statuses.collect::<Vec<_>>(), [502], "{answer}");
        }
    }
}
