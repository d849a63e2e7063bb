//! Whether a server opens WebSocket connections over HTTP/2 or HTTP/3, as its settings say (RFC 8441, 3; RFC 9220, 3): asked
//! once, before all else.

use std::time::Duration;

use wsspec_carriers::{Http2, Http3, HttpEnd, HttpError, HttpEvent};
use wsspec_catalogue::Limits;
use wsspec_exchange::Carrier;
use wsspec_notation::escaped;
use wsspec_wire::{ErrorCode, Role};

use crate::{
    dial::Dialer,
    drive::Driver,
    player::{Heard, Player, PlayerStep},
    probe::ProbeError,
};

/// Octets of an answer that are shown.
const SHOWN: usize = 40;

/// Fails where it does not.
pub(crate) async fn check(dialer: &Dialer, carrier: Carrier, limits: &Limits) -> Result<(), ProbeError> {
    let stream = dialer.dial().await?;
    let mut driver = Driver::new(stream, *limits);
    if carrier == Carrier::Http3 {
        let mut question = SettingsQuestion::over_http3(limits.line);
        driver.drive(&mut question).await;
        return question.answer_over_http3().map_err(ProbeError::Http3);
    }
    let mut question = SettingsQuestion::over_http2(limits.line);
    driver.drive(&mut question).await;
    match driver.take_error().and_then(|error| dialer.late_refusal(&error)) {
        Some(refusal) => Err(refusal.into()),
        None => question.answer_over_http2().map_err(ProbeError::Http2),
    }
}

/// Asks for settings.
struct SettingsQuestion {
    end: Box<dyn HttpEnd>,
    patience: Duration,
    begun: Vec<u8>,
    /// The settings are final: over HTTP/2 once the server has answered a ping of ours, over HTTP/3 from the start.
    settled: bool,
    ended: bool,
    /// The code with which the server has closed the connection.
    closed: Option<ErrorCode>,
    broken: Option<HttpError>,
    /// The settings break a rule: the trials say which (RFC 8441, 3; RFC 9220, 3).
    judged: bool,
}

impl SettingsQuestion {
    fn over_http2(patience: Duration) -> Self {
        let mut end = Http2::playing(Role::Client);
        end.ping();
        Self::of(Box::new(end), patience, false)
    }

    fn over_http3(patience: Duration) -> Self {
        Self::of(Box::new(Http3::playing(Role::Client)), patience, true)
    }

    fn of(end: Box<dyn HttpEnd>, patience: Duration, settled: bool) -> Self {
        Self {
            end,
            patience,
            begun: Vec::new(),
            settled,
            ended: false,
            closed: None,
            broken: None,
            judged: false,
        }
    }

    fn is_answered(&self) -> bool {
        match self.end.connects() {
            _ if self.judged => true,
            Some(true) => true,
            Some(false) => self.settled,
            None => self.ended || self.broken.is_some(),
        }
    }

    fn answer_over_http2(self) -> Result<(), String> {
        let advice = "; enable HTTP/2 in the server, or test it over HTTP/1.1";
        let begun = escaped(&self.begun[..self.begun.len().min(SHOWN)]);
        match (self.end.connects(), self.broken) {
            _ if self.judged => Ok(()),
            (Some(true), _) => Ok(()),
            (Some(false), _) => Err(lacking("HTTP/2", "RFC 8441", "HTTP/1.1")),
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

    fn answer_over_http3(self) -> Result<(), String> {
        let advice = "; enable HTTP/3 in the server, or test it over HTTP/1.1 or HTTP/2";
        match (self.end.connects(), self.broken) {
            _ if self.judged => Ok(()),
            (Some(true), _) => Ok(()),
            (Some(false), _) => Err(lacking("HTTP/3", "RFC 9220", "HTTP/1.1 or HTTP/2")),
            (None, Some(error)) => {
                Err(format!("what answered does not speak HTTP/3: it {}{advice}", error.what))
            }
            (None, None) => match self.closed {
                Some(code) => Err(format!("the server closed the connection with the code {code}{advice}")),
                None if self.ended => {
                    Err(format!("the server closed the connection before its SETTINGS{advice}"))
                }
                None => Err(format!("the server accepted a connection and sent no SETTINGS{advice}")),
            },
        }
    }
}

/// The sentence about a server whose settings lack the one that is needed.
fn lacking(protocol: &str, specification: &str, others: &str) -> String {
    format!(
        "the server speaks {protocol}, but does not open WebSocket connections over it: its SETTINGS lack \
         SETTINGS_ENABLE_CONNECT_PROTOCOL with the value 1 ({specification} section 3); enable extended CONNECT in \
         the server, or test it over {others}"
    )
}

impl Player for SettingsQuestion {
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
                        HttpEvent::Settings(_, broken) => self.judged |= !broken.is_empty(),
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
    use bytes::{Bytes, BytesMut};
    use wsspec_carriers::QuicStep;
    use wsspec_wire::Http2Setting;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(1);

    /// The question after a server has sent these octets, and then ended the connection or not.
    fn asked(mut question: SettingsQuestion, octets: &[u8], ends: bool) -> SettingsQuestion {
        question.hear(Heard::Bytes(octets), Duration::ZERO);
        if ends {
            question.hear(Heard::Eof, Duration::ZERO);
        }
        question
    }

    fn over_http2(octets: &[u8], ends: bool) -> Result<(), String> {
        asked(SettingsQuestion::over_http2(LIMIT), octets, ends).answer_over_http2()
    }

    fn over_http3(octets: &[u8], ends: bool) -> Result<(), String> {
        asked(SettingsQuestion::over_http3(LIMIT), octets, ends).answer_over_http3()
    }

    /// The first octets of an HTTP/2 server with these settings, and its answer to our ping.
    fn http2_server(settings: &[Http2Setting]) -> Bytes {
        let mut server = Http2::with_settings(Role::Server, settings);
        server.read(&SettingsQuestion::over_http2(LIMIT).end.take().unwrap_or_default());
        server.take().unwrap_or_default()
    }

    fn step(step: &QuicStep) -> BytesMut {
        let mut octets = BytesMut::new();
        step.encode(&mut octets);
        octets
    }

    #[test]
    fn a_server_that_takes_extended_connect_is_fit() {
        let setting = Http2Setting::new(Http2Setting::ENABLE_CONNECT_PROTOCOL, 1);
        assert_eq!(over_http2(&http2_server(&[setting]), false), Ok(()));
        let begun = Http3::with_settings(Role::Server, &[setting]).take().unwrap();
        assert_eq!(over_http3(&begun, false), Ok(()));
    }

    #[test]
    fn settings_without_it_are_an_answer_once_no_others_can_follow() {
        let question = asked(SettingsQuestion::over_http2(LIMIT), &http2_server(&[]), false);
        assert!(question.is_answered(), "the answer to our ping is behind the settings");
        let settings_alone = Http2::with_settings(Role::Server, &[]).take().unwrap();
        assert!(!asked(SettingsQuestion::over_http2(LIMIT), &settings_alone, false).is_answered());
        let begun = Http3::with_settings(Role::Server, &[]).take().unwrap();
        assert!(asked(SettingsQuestion::over_http3(LIMIT), &begun, false).is_answered());
    }

    #[test]
    fn a_value_that_may_not_be_is_left_to_the_trials() {
        let setting = Http2Setting::new(Http2Setting::ENABLE_CONNECT_PROTOCOL, 2);
        let question = asked(SettingsQuestion::over_http2(LIMIT), &http2_server(&[setting]), false);
        assert!(question.is_answered());
        assert_eq!(question.answer_over_http2(), Ok(()));
        let begun = Http3::with_settings(Role::Server, &[setting]).take().unwrap();
        assert_eq!(over_http3(&begun, false), Ok(()));
    }

    #[test]
    fn what_is_missing_over_http2_has_its_sentence() {
        let without = over_http2(&http2_server(&[]), false).unwrap_err();
        assert!(without.contains("SETTINGS lack SETTINGS_ENABLE_CONNECT_PROTOCOL"), "{without}");
        assert!(without.contains("(RFC 8441 section 3)"), "{without}");
        let http1 = over_http2(b"HTTP/1.1 400 Bad Request\r\n\r\n", true).unwrap_err();
        assert!(http1.contains("in HTTP/1.1, not HTTP/2: `HTTP/1.1 400"), "{http1}");
        let other = over_http2(b"220 mail \x1b[2J ESMTP\r\n", false).unwrap_err();
        assert!(other.contains("does not speak HTTP/2") && !other.contains('\x1b'), "{other}");
        assert!(over_http2(b"", true).unwrap_err().contains("ended the connection on the preface"));
        assert!(over_http2(b"", false).unwrap_err().contains("did not answer the preface"));
    }

    #[test]
    fn what_is_missing_over_http3_has_its_sentence() {
        let begun = Http3::with_settings(Role::Server, &[]).take().unwrap();
        let without = over_http3(&begun, false).unwrap_err();
        assert!(without.contains("SETTINGS lack SETTINGS_ENABLE_CONNECT_PROTOCOL"), "{without}");
        assert!(without.contains("(RFC 9220 section 3)"), "{without}");
        let other = step(&QuicStep::Data { stream: 3, bytes: (&b"\x00\x07\x00"[..]).into() });
        let other = over_http3(&other, false).unwrap_err();
        assert!(other.contains("it began its control stream with another frame"), "{other}");
        let closed = over_http3(&step(&QuicStep::Close { code: 0x10B }), true).unwrap_err();
        assert!(closed.contains("with the code H3_REQUEST_REJECTED"), "{closed}");
        assert!(over_http3(b"", true).unwrap_err().contains("before its SETTINGS"));
        assert!(over_http3(b"", false).unwrap_err().contains("sent no SETTINGS"));
    }
}
