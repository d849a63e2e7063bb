//! Frames of the client.

use wsspec_layers::stomp::{StompVersion, escaped};

use super::{
    broker::{Headers, value},
    client::StompClient,
    client_flaw::StompClientFlaw,
    octets::frame,
};
use crate::output::PeerOutput;

/// A header of a frame of the client.
type ClientHeader<'h> = (&'h [u8], Vec<u8>);

impl StompClient {
    pub(super) fn connect(&mut self) {
        let command: &[u8] = if self.has(StompClientFlaw::ConnectsWithStomp) { b"STOMP" } else { b"CONNECT" };
        let versions: &[u8] = match self.flaw {
            Some(StompClientFlaw::VersionsDecrease) => b"1.2,1.1,1.0",
            Some(StompClientFlaw::HostMissingIn11) => b"1.0,1.1",
            _ => b"1.0,1.1,1.2",
        };
        let beat: &[u8] = if self.has(StompClientFlaw::HeartBeatMalformed) { b"1000" } else { b"1000,1000" };
        let mut headers: Vec<ClientHeader<'_>> = Vec::new();
        if !self.has(StompClientFlaw::AcceptVersionMissing) {
            headers.push((b"accept-version", versions.to_vec()));
        }
        if !self.has(StompClientFlaw::HostMissing) && !self.has(StompClientFlaw::HostMissingIn11) {
            headers.push((b"host", b"localhost".to_vec()));
        }
        headers.push((b"heart-beat", beat.to_vec()));
        self.write(command, &headers, b"");
    }

    pub(super) fn send_subscribe(&mut self, number: usize, destination: &[u8]) {
        let mut headers: Vec<ClientHeader<'_>> = Vec::new();
        if !self.has(StompClientFlaw::SubscribeWithoutId) {
            headers.push((b"id", self.subscription(number)));
        }
        if !self.has(StompClientFlaw::SubscribeWithoutDestination) {
            headers.push((b"destination", destination.to_vec()));
        }
        // Version 1.0 has no other mode with acknowledgements.
        let mode: &[u8] = match self.flaw {
            Some(StompClientFlaw::AckModeUnknown) => b"manual",
            _ if self.version == Some(StompVersion::V10) => b"client",
            _ => b"client-individual",
        };
        headers.push((b"ack", mode.to_vec()));
        self.write(b"SUBSCRIBE", &headers, b"");
    }

    fn subscription(&self, number: usize) -> Vec<u8> {
        let number = if self.has(StompClientFlaw::SubscriptionsAlike) { 0 } else { number };
        format!("sub-{number}").into_bytes()
    }

    pub(super) fn unsubscribe(&mut self, number: usize) {
        let mut headers: Vec<ClientHeader<'_>> = Vec::new();
        match self.flaw {
            Some(StompClientFlaw::UnsubscribeWithoutId) => {}
            Some(StompClientFlaw::UnsubscribesUnknown) => headers.push((b"id", b"other".to_vec())),
            _ => headers.push((b"id", self.subscription(number))),
        }
        self.write(b"UNSUBSCRIBE", &headers, b"");
    }

    pub(super) fn begin(&mut self) -> Vec<u8> {
        self.transactions += 1;
        let number = if self.has(StompClientFlaw::TransactionsAlike) { 1 } else { self.transactions };
        let name = format!("tx-{number}").into_bytes();
        let is_named = !self.has(StompClientFlaw::BeginWithoutTransaction);
        let headers: Vec<ClientHeader<'_>> =
            is_named.then(|| (&b"transaction"[..], name.clone())).into_iter().collect();
        self.write(b"BEGIN", &headers, b"");
        if self.has(StompClientFlaw::TransactionsAlike) {
            self.write(b"BEGIN", &headers, b"");
        }
        name
    }

    pub(super) fn commit(&mut self, name: &[u8]) {
        let headers: Vec<ClientHeader<'_>> = match self.flaw {
            Some(StompClientFlaw::CommitWithoutTransaction) => Vec::new(),
            Some(StompClientFlaw::CommitsUnknown) => vec![(b"transaction", b"other".to_vec())],
            _ => vec![(b"transaction", name.to_vec())],
        };
        self.write(b"COMMIT", &headers, b"");
    }

    /// Sends a body back, and another as a header.
    pub(super) fn send_back(&mut self, body: &[u8], swap: Option<&[u8]>, transaction: Option<&[u8]>) {
        let mut headers: Vec<ClientHeader<'_>> = Vec::new();
        if !self.has(StompClientFlaw::SendWithoutDestination) {
            headers.push((b"destination", b"/wsspec/out".to_vec()));
        }
        if let Some(swap) = swap {
            let padded = self.has(StompClientFlaw::HeadersPadded).then_some(b' ');
            headers.push((b"swap", padded.into_iter().chain(swap.iter().copied()).collect()));
        }
        headers.extend(transaction.map(|name| (&b"transaction"[..], name.to_vec())));
        let length = match self.flaw {
            Some(StompClientFlaw::LengthInCharacters) => {
                String::from_utf8_lossy(body).chars().count().to_string()
            }
            Some(StompClientFlaw::LengthMalformed) => format!("{}.0", body.len()),
            _ => body.len().to_string(),
        };
        let is_measured = match self.flaw {
            Some(StompClientFlaw::LengthMissing) => body.contains(&0),
            Some(StompClientFlaw::LengthMissingForNuls) => !body.contains(&0),
            _ => true,
        };
        if is_measured {
            headers.push((b"content-length", length.into_bytes()));
        }
        if !body.is_empty() && !self.has(StompClientFlaw::TypeMissing) {
            let kind: &[u8] =
                if self.has(StompClientFlaw::TypeMalformed) { b"text" } else { b"application/octet-stream" };
            headers.push((b"content-type", kind.to_vec()));
        }
        self.write(b"SEND", &headers, body);
    }

    /// ACK or NACK, in the words of the version.
    pub(super) fn acknowledge(&mut self, command: &[u8], of: &Headers) {
        let has_none = match command {
            b"NACK" => self.has(StompClientFlaw::NackWithoutId),
            _ => self.has(StompClientFlaw::AckWithoutId),
        };
        let is_wrong = match command {
            b"NACK" => self.has(StompClientFlaw::NacksUnknown),
            _ => self.has(StompClientFlaw::AcksUnknown),
        };
        if command == b"ACK" && self.has(StompClientFlaw::NoAcks) {
            return;
        }
        let copied = |name: &[u8]| match value(of, name) {
            _ if is_wrong => b"other".to_vec(),
            found => found.unwrap_or_default().to_vec(),
        };
        let is_old =
            self.session_version() != StompVersion::V12 && !self.has(StompClientFlaw::AcksByAckAlways);
        let mut headers: Vec<ClientHeader<'_>> = Vec::new();
        match is_old {
            _ if has_none => {}
            true => {
                headers.push((b"message-id", copied(b"message-id")));
                if self.session_version() == StompVersion::V11 {
                    headers.push((b"subscription", copied(b"subscription")));
                }
            }
            false => headers.push((b"id", copied(b"ack"))),
        }
        self.write(command, &headers, b"");
    }

    pub(super) fn disconnect(&mut self) {
        let asks = !self.has(StompClientFlaw::DisconnectsWithoutReceipt);
        let headers: Vec<ClientHeader<'_>> =
            asks.then(|| (&b"receipt"[..], b"bye".to_vec())).into_iter().collect();
        let body: &[u8] = if self.has(StompClientFlaw::DisconnectWithBody) { b"bye" } else { b"" };
        self.write(b"DISCONNECT", &headers, body);
    }

    fn write(&mut self, command: &[u8], headers: &[ClientHeader<'_>], body: &[u8]) {
        let connects = matches!(command, b"CONNECT" | b"STOMP");
        let version = if connects { StompVersion::V10 } else { self.session_version() };
        let headers = headers.iter().map(|(name, value)| {
            let value = match self.flaw {
                Some(StompClientFlaw::ColonsUnescaped) => value.clone(),
                _ => escaped(value, version),
            };
            (*name, value)
        });
        let line = if command == b"SEND" { self.flawed_line() } else { b"" };
        let octets = frame(command, headers, line, body);
        self.out.push(PeerOutput::Write(octets));
    }

    /// A line that no frame may have.
    fn flawed_line(&self) -> &'static [u8] {
        match self.flaw {
            Some(StompClientFlaw::HeaderWithoutColon) => b"no colon\n",
            Some(StompClientFlaw::HeaderWithoutName) => b":no name\n",
            Some(StompClientFlaw::HeaderNotUtf8) => b"x-client:\xff\n",
            Some(StompClientFlaw::EscapeUndefinedSent) => b"x-client:a\\tb\n",
            Some(StompClientFlaw::NulInHead) => b"x-client:a\0b\n",
            _ => b"",
        }
    }
}
