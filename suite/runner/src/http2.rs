//! Whether a server speaks HTTP/2, and opens WebSocket connections over it: asked once, before all else.

use std::time::Duration;

use wsspec_carriers::{Http2, HttpError, HttpEvent};
use wsspec_catalogue::Limits;
use wsspec_notation::escaped;
use wsspec_wire::Role;

use crate::{
    dial::Dialer,
    drive::Driver,
    player::{Heard, Player, PlayerStep},
    probe::ProbeError,
};

/// Octets of an answer that are shown.
const SHOWN: usize = 40;

/// Fails where it does not (RFC 8441, 3).
pub(crate) async fn check(dialer: &Dialer, limits: &Limits) -> Result<(), ProbeError> {
    let stream = dialer.dial().await?;
    let mut question = Question::new(limits.line);
    let mut driver = Driver::new(stream, *limits);
    driver.drive(&mut question).await;
    match driver.take_error().and_then(|error| dialer.late_refusal(&error)) {
        Some(refusal) => Err(refusal.into()),
        None => question.answer().map_err(ProbeError::Http2),
    }
}

/// Asks for settings, and whether those that came are all.
struct Question {
    end: Http2,
    patience: Duration,
    begun: Vec<u8>,
    /// The server has answered a ping of ours: its first settings came before that.
    settled: bool,
    ended: bool,
    broken: Option<HttpError>,
}

impl Question {
    fn new(patience: Duration) -> Self {
        let mut end = Http2::playing(Role::Client);
        end.ping();
        Self { end, patience, begun: Vec::new(), settled: false, ended: false, broken: None }
    }

    fn is_answered(&self) -> bool {
        self.end.connects() == Some(true) || self.settled || self.ended || self.broken.is_some()
    }

    fn answer(self) -> Result<(), String> {
        let advice = "; enable HTTP/2 in the server, or test it over HTTP/1.1";
        let begun = escaped(&self.begun[..self.begun.len().min(SHOWN)]);
        match (self.end.connects(), self.broken) {
            (Some(true), _) => Ok(()),
            (Some(false), _) => Err("the server speaks HTTP/2, but does not open WebSocket connections over it: its \
                                     SETTINGS lack SETTINGS_ENABLE_CONNECT_PROTOCOL with the value 1 (RFC 8441 section \
                                     3); enable extended CONNECT in the server, or test it over HTTP/1.1"
                .into()),
            (None, Some(_)) if self.begun.starts_with(b"HTTP/1.") => {
                Err(format!("the server answered in HTTP/1.1, not HTTP/2: `{begun}`{advice}"))
            }
            (None, Some(_)) => Err(format!("what answered does not speak HTTP/2: it sent `{begun}`{advice}")),
            (None, None) if self.ended => {
                Err(format!("the server ended the connection on the preface of HTTP/2{advice}"))
            }
            (None, None) => Err(format!("the server did not answer the preface of HTTP/2{advice}")),
        }
    }
}

impl Player for Question {
    fn next(&mut self, writing: bool, now: Duration) -> PlayerStep {
        if self.is_answered() || now >= self.patience {
            return PlayerStep::Done;
        }
        match self.end.take().filter(|_| !writing) {
            Some(bytes) => PlayerStep::Write(bytes),
            None => PlayerStep::Wait(self.patience),
        }
    }

    fn hear(&mut self, heard: Heard<'_>, _: Duration) {
        match heard {
            Heard::Bytes(bytes) => {
                let room = SHOWN.saturating_sub(self.begun.len());
                self.begun.extend_from_slice(&bytes[..room.min(bytes.len())]);
                for event in self.end.read(bytes) {
                    match event {
                        HttpEvent::Pong => self.settled = true,
                        HttpEvent::Broken(error) => self.broken = Some(error),
                        _ => {}
                    }
                }
            }
            Heard::Eof | Heard::Reset => self.ended = true,
            Heard::Usage(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use wsspec_wire::Http2Setting;

    use super::*;

    /// What happens with a server that answers with these octets, and then ends the connection or not.
    fn asked(octets: &[u8], ends: bool) -> Result<(), String> {
        let mut question = Question::new(Duration::from_secs(1));
        question.hear(Heard::Bytes(octets), Duration::ZERO);
        if ends {
            question.hear(Heard::Eof, Duration::ZERO);
        }
        question.answer()
    }

    /// The first octets of a server with these settings, and its answer to our ping.
    fn server(settings: &[Http2Setting]) -> Bytes {
        let mut server = Http2::with_settings(Role::Server, settings);
        let mut question = Question::new(Duration::from_secs(1));
        server.read(&question.end.take().unwrap_or_default());
        server.take().unwrap_or_default()
    }

    #[test]
    fn a_server_that_takes_extended_connect_is_fit() {
        assert_eq!(
            asked(&server(&[Http2Setting::new(Http2Setting::ENABLE_CONNECT_PROTOCOL, 1)]), false),
            Ok(())
        );
    }

    #[test]
    fn what_is_missing_has_its_sentence() {
        let without = asked(&server(&[]), false).unwrap_err();
        assert!(without.contains("SETTINGS lack SETTINGS_ENABLE_CONNECT_PROTOCOL"), "{without}");
        let http1 = asked(b"HTTP/1.1 400 Bad Request\r\n\r\n", true).unwrap_err();
        assert!(http1.contains("in HTTP/1.1, not HTTP/2: `HTTP/1.1 400"), "{http1}");
        let other = asked(b"220 mail \x1b[2J ESMTP\r\n", false).unwrap_err();
        assert!(other.contains("does not speak HTTP/2") && !other.contains('\x1b'), "{other}");
        assert!(asked(b"", true).unwrap_err().contains("ended the connection on the preface"));
        assert!(asked(b"", false).unwrap_err().contains("did not answer the preface"));
    }
}
