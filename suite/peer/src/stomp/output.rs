//! Frames of the broker.

use bytes::Bytes;
use wsspec_layers::stomp::{StompVersion, escaped};

use super::{
    broker::{Headers, StompBroker},
    flaw::StompFlaw,
    octets::frame,
};
use crate::output::PeerOutput;

impl StompBroker {
    pub(super) fn connected(&mut self, version: StompVersion) {
        let mut headers: Headers = vec![(b"session".to_vec(), b"wsspec-1".to_vec())];
        let server: &[u8] =
            if self.has(StompFlaw::ServerNameMissing) { b" (no name)" } else { b"wsspec/0.1" };
        headers.push((b"server".to_vec(), server.to_vec()));
        let beat: &[u8] = if self.has(StompFlaw::HeartBeatMalformed) { b"none" } else { b"0,0" };
        headers.push((b"heart-beat".to_vec(), beat.to_vec()));
        if !self.has(StompFlaw::VersionMissing) {
            headers.push((b"version".to_vec(), version.name().into()));
        }
        self.write(b"CONNECTED", &headers, b"", true);
        if self.has(StompFlaw::ConnectedTwice) {
            self.write(b"CONNECTED", &headers, b"", true);
        }
        if self.has(StompFlaw::CommandUnknown) {
            self.write(b"WELCOME", &Vec::new(), b"", false);
        }
    }

    pub(super) fn receipt(&mut self, id: &[u8]) {
        if self.has(StompFlaw::NoReceipts) || self.has_failed && !self.has(StompFlaw::AnswersAfterError) {
            return;
        }
        let id = if self.has(StompFlaw::ReceiptIdChanged) { [id, b"0"].concat() } else { id.to_vec() };
        let mut headers = vec![(b"receipt-id".to_vec(), id)];
        if self.has(StompFlaw::ReceiptWithoutId) {
            headers.clear();
        }
        let body: &[u8] = if self.has(StompFlaw::ReceiptWithBody) { b"done" } else { b"" };
        self.write(b"RECEIPT", &headers, body, false);
        if self.has(StompFlaw::ReceiptsRepeated) {
            self.write(b"RECEIPT", &headers, b"", false);
        }
    }

    pub(super) fn error(&mut self, why: &str, more: Option<(&[u8], &[u8])>, receipt: Option<&[u8]>) {
        let mut headers: Headers = vec![(b"message".to_vec(), why.into())];
        if self.has(StompFlaw::ErrorWithoutMessage) {
            headers.clear();
        }
        headers.extend(more.map(|(name, value)| (name.to_vec(), value.to_vec())));
        headers.extend(receipt.map(|id| (b"receipt-id".to_vec(), id.to_vec())));
        let kind: &[u8] = if self.has(StompFlaw::ErrorTypeMalformed) { b"text" } else { b"text/plain" };
        if !self.has(StompFlaw::ErrorTypeMissing) {
            headers.push((b"content-type".to_vec(), kind.to_vec()));
        }
        let body = format!("The broker cannot go on: {why}.\n");
        headers.push((b"content-length".to_vec(), body.len().to_string().into()));
        self.write(b"ERROR", &headers, body.as_bytes(), false);
    }

    pub(super) fn message(&mut self, mut headers: Headers, body: &Bytes) {
        let repaired = self.has(StompFlaw::BodyRepaired).then(|| String::from_utf8_lossy(body));
        let body = repaired.as_ref().map_or(&body[..], |text| text.as_bytes());
        let body = if self.has(StompFlaw::BodyTrimmed) { body.trim_ascii() } else { body };
        let length = match self.flaw {
            Some(StompFlaw::LengthWrong) => body.len().saturating_sub(1).to_string(),
            Some(StompFlaw::LengthMalformed) => format!("{}.0", body.len()),
            _ => body.len().to_string(),
        };
        if !self.has(StompFlaw::LengthMissing) || body.contains(&0) {
            headers.push((b"content-length".to_vec(), length.into()));
        }
        self.write(b"MESSAGE", &headers, body, false);
    }

    fn write(&mut self, command: &[u8], headers: &Headers, body: &[u8], connects: bool) {
        let version = if connects { StompVersion::V10 } else { self.version.unwrap_or(StompVersion::V12) };
        let headers = headers.iter().map(|(name, value)| {
            let value = match self.has(StompFlaw::ColonsUnescaped) {
                true => value.clone(),
                false => escaped(value, version),
            };
            (escaped(name, version), value)
        });
        let line = if command == b"MESSAGE" { self.flawed_line() } else { b"" };
        let octets = frame(command, headers, line, body);
        self.out.push(PeerOutput::Write(octets));
    }

    /// A line that no message may have.
    fn flawed_line(&self) -> &'static [u8] {
        match self.flaw {
            Some(StompFlaw::HeaderWithoutColon) => b"no colon\n",
            Some(StompFlaw::HeaderWithoutName) => b":no name\n",
            Some(StompFlaw::HeaderNotUtf8) => b"x-broker:\xff\n",
            Some(StompFlaw::EscapeUndefinedSent) => b"x-broker:a\\tb\n",
            Some(StompFlaw::NulInHead) => b"x-broker:a\0b\n",
            _ => b"",
        }
    }
}
