//! Whether a server opens WebSocket connections over HTTP/3: asked once, before all else.

use std::time::Duration;

use wsspec_carriers::{Http3, HttpEnd, HttpError, HttpEvent};
use wsspec_catalogue::Limits;
use wsspec_wire::{ErrorCode, Role};

use crate::{
    dial::Dialer,
    drive::Driver,
    player::{Heard, Player, PlayerStep},
    probe::ProbeError,
};

/// Fails where it does not (RFC 9220, 3).
pub(crate) async fn check(dialer: &Dialer, limits: &Limits) -> Result<(), ProbeError> {
    let stream = dialer.dial().await?;
    let mut question = Http3Question::new(limits.line);
    Driver::new(stream, *limits).drive(&mut question).await;
    question.answer().map_err(ProbeError::Http3)
}

/// Asks for settings.
struct Http3Question {
    end: Http3,
    patience: Duration,
    ended: bool,
    /// The code with which the server has closed the connection.
    closed: Option<ErrorCode>,
    broken: Option<HttpError>,
}

impl Http3Question {
    fn new(patience: Duration) -> Self {
        Self { end: Http3::playing(Role::Client), patience, ended: false, closed: None, broken: None }
    }

    fn is_answered(&self) -> bool {
        self.end.connects().is_some() || self.ended || self.broken.is_some()
    }

    fn answer(self) -> Result<(), String> {
        let advice = "; enable HTTP/3 in the server, or test it over HTTP/1.1 or HTTP/2";
        match (self.end.connects(), self.broken) {
            (Some(true), _) => Ok(()),
            (Some(false), _) => Err("the server speaks HTTP/3, but does not open WebSocket connections over it: its \
                                     SETTINGS lack SETTINGS_ENABLE_CONNECT_PROTOCOL with the value 1 (RFC 9220 section \
                                     3); enable extended CONNECT in the server, or test it over HTTP/1.1 or HTTP/2"
                .into()),
            (None, Some(error)) => Err(format!("what answered does not speak HTTP/3: it {}{advice}", error.what)),
            (None, None) => match self.closed {
                Some(code) => Err(format!("the server closed the connection with the code {code}{advice}")),
                None if self.ended => Err(format!("the server closed the connection before its SETTINGS{advice}")),
                None => Err(format!("the server accepted a connection and sent no SETTINGS{advice}")),
            },
        }
    }
}

impl Player for Http3Question {
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
                for event in self.end.read(bytes) {
                    match event {
                        HttpEvent::GoAway { code, .. } => self.closed = Some(code),
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
    use bytes::BytesMut;
    use wsspec_carriers::QuicStep;
    use wsspec_wire::Http2Setting;

    use super::*;

    /// What happens with a server that does this, and then ends the connection or not.
    fn asked(octets: &[u8], ends: bool) -> Result<(), String> {
        let mut question = Http3Question::new(Duration::from_secs(1));
        question.hear(Heard::Bytes(octets), Duration::ZERO);
        if ends {
            question.hear(Heard::Eof, Duration::ZERO);
        }
        question.answer()
    }

    fn step(step: &QuicStep) -> BytesMut {
        let mut octets = BytesMut::new();
        step.encode(&mut octets);
        octets
    }

    #[test]
    fn a_server_that_takes_extended_connect_is_fit() {
        let setting = Http2Setting::new(Http2Setting::ENABLE_CONNECT_PROTOCOL, 1);
        let begun = Http3::with_settings(Role::Server, &[setting]).take().unwrap();
        assert_eq!(asked(&begun, false), Ok(()));
    }

    #[test]
    fn what_is_missing_has_its_sentence() {
        let begun = Http3::with_settings(Role::Server, &[]).take().unwrap();
        let without = asked(&begun, false).unwrap_err();
        assert!(without.contains("SETTINGS lack SETTINGS_ENABLE_CONNECT_PROTOCOL"), "{without}");
        let other = step(&QuicStep::Data { stream: 3, bytes: (&b"\x00\x07\x00"[..]).into() });
        let other = asked(&other, false).unwrap_err();
        assert!(other.contains("it began its control stream with another frame"), "{other}");
        let closed = asked(&step(&QuicStep::Close { code: 0x10B }), true).unwrap_err();
        assert!(closed.contains("with the code H3_REQUEST_REJECTED"), "{closed}");
        assert!(asked(b"", true).unwrap_err().contains("before its SETTINGS"));
        assert!(asked(b"", false).unwrap_err().contains("sent no SETTINGS"));
    }
}
