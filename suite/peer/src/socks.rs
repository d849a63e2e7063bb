//! A proxy that opens connections by SOCKS 5 (RFC 1928, RFC 1929): asks for a user and a password, connects to any server, and
//! passes every octet on in both directions, unless it has a flaw.
//!
//! Never does I/O, never reads a clock.

mod flaw;
mod relay;
mod table;

use std::net::{Ipv4Addr, Ipv6Addr};

use bytes::Bytes;
use wsspec_wire::Role;

pub use self::flaw::SocksFlaw;
use self::relay::SocksRelay;
use crate::{
    proxy::ProxyLeak,
    relaying::{ProxyOutput, RelayingProxy},
};

/// The version of the protocol.
const VERSION: u8 = 5;
/// The version of the negotiation of user and password (RFC 1929, 2).
const NEGOTIATION: u8 = 1;
/// Authentication by user and password (RFC 1928, 3).
const BY_PASSWORD: u8 = 2;
/// None of the methods that the client offers.
const NO_METHOD: u8 = 0xff;
/// How much a client may send before it has an answer.
const MOST_EARLY: usize = 64 << 10;

/// What is wrong with a request (RFC 1928, 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SocksReply {
    Succeeded = 0,
    Refused = 5,
    UnknownCommand = 7,
    UnknownAddress = 8,
}

/// One connection of a client to a proxy, and the connection to its server.
#[derive(Debug)]
pub struct SocksProxy {
    flaw: Option<SocksFlaw>,
    leak: ProxyLeak,
    stage: SocksStage,
    /// What the client has sent and was not read yet.
    pending: Vec<u8>,
    out: Vec<ProxyOutput>,
}

/// How far the client has come.
#[derive(Debug)]
enum SocksStage {
    /// It has not named the methods that it offers.
    Greeting,
    /// It has not sent its user and password.
    Authentication,
    /// It has not said what it asks for.
    Request,
    /// The server is being connected to.
    Connecting,
    /// Both connections are one.
    Open { front: SocksRelay, back: SocksRelay },
    /// Nothing more is read.
    Over,
}

impl SocksProxy {
    /// The user whose requests it takes.
    pub const USER: &'static str = "wsspec";
    /// The password of that user.
    pub const PASSWORD: &'static str = "tunnel";

    /// A proxy with one flaw, or none; `leak` is common to its connections.
    #[must_use]
    pub fn among(flaw: Option<SocksFlaw>, leak: &ProxyLeak) -> Self {
        let leak = leak.clone();
        Self { flaw, leak, stage: SocksStage::Greeting, pending: Vec::new(), out: Vec::new() }
    }

    /// Reads the next message of the client; `None` if it is not complete, or if it is not its turn.
    fn step(&mut self) -> Option<()> {
        let taken = match self.stage {
            SocksStage::Greeting => self.greeting()?,
            SocksStage::Authentication => self.authentication()?,
            SocksStage::Request => self.request()?,
            SocksStage::Connecting | SocksStage::Open { .. } | SocksStage::Over => return None,
        };
        self.pending.drain(..taken);
        Some(())
    }

    fn greeting(&mut self) -> Option<usize> {
        let (version, count) = (*self.pending.first()?, usize::from(*self.pending.get(1)?));
        let methods = self.pending.get(2..2 + count)?;
        let takes = version == VERSION && methods.contains(&BY_PASSWORD);
        self.answer(&[VERSION, if takes { BY_PASSWORD } else { NO_METHOD }]);
        match takes {
            true => self.stage = SocksStage::Authentication,
            false => self.end(),
        }
        Some(2 + count)
    }

    fn authentication(&mut self) -> Option<usize> {
        let version = *self.pending.first()?;
        let user_end = 2 + usize::from(*self.pending.get(1)?);
        let user = self.pending.get(2..user_end)?;
        let end = user_end + 1 + usize::from(*self.pending.get(user_end)?);
        let password = self.pending.get(user_end + 1..end)?;
        let is_known =
            version == NEGOTIATION && user == Self::USER.as_bytes() && password == Self::PASSWORD.as_bytes();
        self.answer(&[NEGOTIATION, u8::from(!is_known)]);
        match is_known {
            true => self.stage = SocksStage::Request,
            false => self.end(),
        }
        Some(end)
    }

    fn request(&mut self) -> Option<usize> {
        let kind = *self.pending.get(3)?;
        let (host, end) = match kind {
            1 => {
                let address: [u8; 4] = self.pending.get(4..8)?.try_into().ok()?;
                (Ipv4Addr::from(address).to_string(), 8)
            }
            3 => {
                let end = 5 + usize::from(*self.pending.get(4)?);
                (String::from_utf8_lossy(self.pending.get(5..end)?).into_owned(), end)
            }
            4 => {
                let address: [u8; 16] = self.pending.get(4..20)?.try_into().ok()?;
                (format!("[{}]", Ipv6Addr::from(address)), 20)
            }
            _ => {
                self.reply(SocksReply::UnknownAddress);
                return Some(self.pending.len());
            }
        };
        let port = self.pending.get(end..end + 2)?;
        let authority = format!("{host}:{}", u16::from_be_bytes([port[0], port[1]]));
        match self.pending[1] {
            1 => {
                self.out.push(ProxyOutput::Connect(authority));
                self.stage = SocksStage::Connecting;
            }
            _ => self.reply(SocksReply::UnknownCommand),
        }
        Some(end + 2)
    }

    fn reply(&mut self, reply: SocksReply) {
        // The address that the connection to the server begins at, which is not known here.
        self.answer(&[VERSION, reply as u8, 0, 1, 0, 0, 0, 0, 0, 0]);
        if reply != SocksReply::Succeeded {
            self.end();
        }
    }

    fn answer(&mut self, octets: &[u8]) {
        self.out.push(ProxyOutput::ToFront(Bytes::copy_from_slice(octets)));
    }

    fn end(&mut self) {
        self.stage = SocksStage::Over;
        self.out.extend([ProxyOutput::EndFront, ProxyOutput::EndBack]);
    }
}

impl RelayingProxy for SocksProxy {
    /// The client has sent these octets.
    fn front_sent(&mut self, octets: &[u8]) {
        match &mut self.stage {
            SocksStage::Open { front, .. } => {
                let passed = front.pass(octets, &self.leak);
                return self.out.extend(passed.into_iter().map(ProxyOutput::ToBack));
            }
            SocksStage::Over => return,
            _ => {}
        }
        self.pending.extend_from_slice(octets);
        if self.pending.len() > MOST_EARLY {
            return self.end();
        }
        while self.step().is_some() {}
    }

    /// The server has sent these octets.
    fn back_sent(&mut self, octets: &[u8]) {
        if let SocksStage::Open { back, .. } = &mut self.stage {
            let passed = back.pass(octets, &self.leak);
            self.out.extend(passed.into_iter().map(ProxyOutput::ToFront));
        }
    }

    /// The client has closed its side: so does the proxy towards the server.
    fn front_ended(&mut self) {
        let is_open = matches!(self.stage, SocksStage::Open { .. });
        if self.flaw != Some(SocksFlaw::ClientEndKept) {
            self.out.push(ProxyOutput::EndBack);
        }
        if !is_open {
            self.out.push(ProxyOutput::EndFront);
        }
    }

    /// The server has closed its side: so does the proxy towards the client.
    fn back_ended(&mut self) {
        if self.flaw != Some(SocksFlaw::ServerEndKept) {
            self.out.push(ProxyOutput::EndFront);
        }
    }

    /// The driver has connected to the server.
    fn connected(&mut self) {
        self.reply(SocksReply::Succeeded);
        let relay = |from| SocksRelay::new(self.flaw, from);
        self.stage = SocksStage::Open { front: relay(Role::Client), back: relay(Role::Server) };
        let early = std::mem::take(&mut self.pending);
        if !early.is_empty() {
            self.front_sent(&early);
        }
    }

    /// The driver could not connect to the server.
    fn not_connected(&mut self) {
        self.reply(SocksReply::Refused);
    }

    /// What the driver must do now. More may follow once it has done that.
    fn take(&mut self) -> Vec<ProxyOutput> {
        std::mem::take(&mut self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &[u8] = &[5, 2, 0, 2];
    const LOGIN: &[u8] = b"\x01\x06wsspec\x06tunnel";

    fn front(octets: &[u8]) -> ProxyOutput {
        ProxyOutput::ToFront(Bytes::copy_from_slice(octets))
    }

    #[test]
    fn a_client_that_is_known_is_connected_to_any_address() {
        for (address, authority) in [
            (&[1, 127, 0, 0, 1][..], "127.0.0.1:443"),
            (b"\x03\x07example", "example:443"),
            (&[4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], "[::1]:443"),
        ] {
            let request = [&[5, 1, 0][..], address, &[1, 187], b"early"].concat();
            let mut proxy = SocksProxy::among(None, &ProxyLeak::default());
            [OFFER, LOGIN, &request].concat().chunks(3).for_each(|chunk| proxy.front_sent(chunk));
            let asked = [front(&[5, 2]), front(&[1, 0]), ProxyOutput::Connect(authority.into())];
            assert_eq!(proxy.take(), asked);
            proxy.connected();
            let opened = [front(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]), ProxyOutput::ToBack("early".into())];
            assert_eq!(proxy.take(), opened);
            proxy.back_sent(b"\xff\r\n");
            proxy.back_ended();
            assert_eq!(proxy.take(), [front(b"\xff\r\n"), ProxyOutput::EndFront]);
        }
    }

    #[test]
    fn what_cannot_be_served_is_refused_with_its_code() {
        let request = |command, kind| [&[5, command, 0, kind][..], &[127, 0, 0, 1, 0, 1]].concat();
        for (sent, answer) in [
            (vec![5, 1, 0], vec![5, 0xff]),
            ([OFFER, b"\x01\x06wsspec\x05wrong"].concat(), vec![1, 1]),
            ([OFFER, LOGIN, &request(2, 1)].concat(), vec![5, 7, 0, 1, 0, 0, 0, 0, 0, 0]),
            ([OFFER, LOGIN, &request(1, 9)].concat(), vec![5, 8, 0, 1, 0, 0, 0, 0, 0, 0]),
        ] {
            let mut proxy = SocksProxy::among(None, &ProxyLeak::default());
            proxy.front_sent(&sent);
            let out = proxy.take();
            assert_eq!(out[out.len() - 3..], [front(&answer), ProxyOutput::EndFront, ProxyOutput::EndBack]);
        }
        let mut proxy = SocksProxy::among(None, &ProxyLeak::default());
        proxy.front_sent(&[OFFER, LOGIN, &request(1, 1)].concat());
        proxy.not_connected();
        let refused = front(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(proxy.take()[3..], [refused, ProxyOutput::EndFront, ProxyOutput::EndBack]);
    }
}
