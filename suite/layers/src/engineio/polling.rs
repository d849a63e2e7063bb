//! Sessions of Engine.IO over HTTP long-polling, as seen by their client.

use std::collections::BTreeMap;

use bytes::Bytes;
use wsspec_wire::{Role, Violation};

use super::{
    packet::EngineIoType,
    payload::EngineIoPayload,
    session::{EngineIoSeen, EngineIoSession},
    violation::EngineIoViolation,
};

/// What a response to a GET amounts to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EngineIoPolled {
    /// Its packets, in order.
    pub packets: Vec<EngineIoSeen>,
    /// The rules that its body breaks as a whole.
    pub broken: Vec<Violation>,
}

/// Every session of a trial whose packets come in responses.
#[derive(Debug, Default)]
pub struct EngineIoPolling {
    /// By the id of the session.
    sessions: BTreeMap<String, EngineIoSession>,
}

/// The most sessions of a trial that are remembered.
const MOST: usize = 256;

impl EngineIoPolling {
    /// A response of 200 to a GET for this session has this body. Without a session: one is opened.
    pub fn received(&mut self, sid: Option<&str>, body: &Bytes) -> EngineIoPolled {
        let mut broken = Vec::new();
        if str::from_utf8(body).is_err() {
            broken.push(EngineIoViolation::BodyNotUtf8.violation());
        }
        let packets = EngineIoPayload::decode(body).0;
        if sid.is_none() && packets.is_empty() {
            broken.push(EngineIoViolation::OpenMissing.violation());
        }
        let known = sid.and_then(|sid| self.sessions.remove(sid));
        // A session that the server opens for an id that it does not know has begun.
        let opens = packets.first().is_some_and(|first| first.packet_type == Some(EngineIoType::Open));
        let usual = match sid {
            Some(_) if !opens => EngineIoSession::resumed(Role::Server),
            _ => EngineIoSession::default(),
        };
        let mut session = known.unwrap_or(usual);
        let packets = packets.into_iter().map(|packet| session.took(packet)).collect();
        let id = sid.map(str::to_owned).or_else(|| session.sid().map(str::to_owned));
        if let Some(id) = id.filter(|_| self.sessions.len() < MOST) {
            self.sessions.insert(id, session);
        }
        EngineIoPolled { packets, broken }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &str = r#"0{"sid":"a","upgrades":[],"pingInterval":1,"pingTimeout":1,"maxPayload":1}"#;

    /// The names of the rules that bodies break, one after another.
    fn broken(bodies: &[(Option<&str>, &[u8])]) -> Vec<String> {
        let mut polling = EngineIoPolling::default();
        let mut out = Vec::new();
        for (sid, body) in bodies {
            let polled = polling.received(*sid, &Bytes::copy_from_slice(body));
            let of_packets = polled.packets.into_iter().flat_map(|seen| seen.broken);
            out.extend(polled.broken.into_iter().chain(of_packets).map(|one| one.name().to_owned()));
        }
        out
    }

    #[test]
    fn a_session_goes_on_from_response_to_response() {
        let open = (None, OPEN.as_bytes());
        assert_eq!(broken(&[open, (Some("a"), b"4x\x1ebAQ==\x1e2"), (Some("a"), b""), open]), [""; 0]);
        assert_eq!(broken(&[open, (Some("a"), OPEN.as_bytes())]), ["engineio-open-again"]);
        assert_eq!(broken(&[(Some("unknown"), OPEN.as_bytes()), (Some("b"), b"4x")]), [""; 0]);
    }

    #[test]
    fn each_fault_of_a_body_is_named() {
        for (sid, body, name) in [
            (None, &b""[..], "engineio-open-missing"),
            (None, b"4x", "engineio-before-open"),
            (Some("a"), b"7", "engineio-type-unknown"),
            (Some("a"), b"4x\x1e", "engineio-type-unknown"),
            (Some("a"), b"b*", "engineio-base64-broken"),
            (Some("a"), b"4\xff", "engineio-body-not-utf8"),
        ] {
            assert_eq!(broken(&[(sid, body)]), [name]);
        }
    }
}
