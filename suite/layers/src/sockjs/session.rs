//! The sessions of a trial, as seen by their client: which are open, and what a response may still have.

use std::collections::{BTreeMap, BTreeSet};

use wsspec_wire::{LayerItem, Violation};

use super::{
    frame::{SockJsFrame, SockJsWord},
    transport::SockJsTransport,
    violation::SockJsViolation,
};
use crate::json::{self, JsonShape};

/// What arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct SockJsSeen {
    /// The frame as an item.
    pub item: LayerItem,
    /// The rules that it breaks.
    pub broken: Vec<Violation>,
}

/// What has come on one WebSocket, or in one response.
#[derive(Debug)]
struct SockJsStream {
    session: String,
    /// Whether frames are in strings of JavaScript, which have escapes of their own.
    is_quoted: bool,
    opened: bool,
    closed: bool,
}

/// Every session of a trial.
#[derive(Debug, Default)]
pub struct SockJsSession {
    open: BTreeSet<String>,
    /// By the name of the stream.
    streams: BTreeMap<String, SockJsStream>,
}

/// The most streams of a trial that are remembered.
const MOST: usize = 1024;

impl SockJsSession {
    /// A stream of frames begins, on a WebSocket or in a response, of this session. In place of one with the same name.
    pub fn begin(&mut self, stream: &str, session: impl Into<String>, transport: SockJsTransport) {
        if self.streams.len() < MOST || self.streams.contains_key(stream) {
            let state = SockJsStream {
                session: session.into(),
                is_quoted: matches!(transport, SockJsTransport::HtmlFile | SockJsTransport::Jsonp),
                opened: false,
                closed: false,
            };
            self.streams.insert(stream.to_owned(), state);
        }
    }

    /// A frame has come in a stream.
    pub fn received(&mut self, stream: &str, frame: &SockJsFrame) -> SockJsSeen {
        let mut broken = Vec::new();
        let is_quoted = self.streams.get(stream).is_some_and(|state| state.is_quoted);
        of_form(frame, is_quoted, &mut broken);
        if let Some(state) = self.streams.get_mut(stream) {
            of_order(frame, state, &mut self.open, &mut broken);
        }
        SockJsSeen { item: frame.item(), broken: broken.iter().map(SockJsViolation::violation).collect() }
    }
}

/// The order of frames. A session that a server has given up may be opened again.
fn of_order(
    frame: &SockJsFrame,
    state: &mut SockJsStream,
    open: &mut BTreeSet<String>,
    broken: &mut Vec<SockJsViolation>,
) {
    if frame.word == SockJsWord::Prelude {
        return;
    }
    if state.closed {
        broken.push(SockJsViolation::AfterClose(frame.encode()));
    }
    match frame.word {
        SockJsWord::Open if state.opened => broken.push(SockJsViolation::OpenAgain),
        SockJsWord::Open => {
            open.insert(state.session.clone());
        }
        SockJsWord::Heartbeat | SockJsWord::Array if !open.contains(&state.session) => {
            broken.push(SockJsViolation::BeforeOpen(frame.encode()));
        }
        _ => {}
    }
    state.opened = true;
    state.closed |= frame.word == SockJsWord::Close;
}

/// The form of a frame.
fn of_form(frame: &SockJsFrame, is_quoted: bool, broken: &mut Vec<SockJsViolation>) {
    match frame.word {
        SockJsWord::Unknown | SockJsWord::Message => broken.push(SockJsViolation::Unknown(frame.encode())),
        SockJsWord::Open if !frame.body.is_empty() => broken.push(SockJsViolation::OpenLong(frame.encode())),
        SockJsWord::Heartbeat if !frame.body.is_empty() => {
            broken.push(SockJsViolation::HeartbeatLong(frame.encode()));
        }
        SockJsWord::Array => of_array(frame, is_quoted, broken),
        SockJsWord::Close if frame.closing().is_none() => {
            broken.push(SockJsViolation::CloseForm(frame.encode()));
        }
        _ => {}
    }
}

/// An array of strings, in which some characters are escapes.
fn of_array(frame: &SockJsFrame, is_quoted: bool, broken: &mut Vec<SockJsViolation>) {
    if !json::is_json(&frame.body) || !matches!(json::shape(&frame.body), JsonShape::Array { .. }) {
        return broken.push(SockJsViolation::ArrayForm(frame.body.to_vec()));
    }
    // What cannot be represented, such as a lone surrogate, is not judged.
    if let Ok(values) = serde_json::from_slice::<Vec<serde_json::Value>>(&frame.body)
        && !values.iter().all(serde_json::Value::is_string)
    {
        broken.push(SockJsViolation::ArrayForm(frame.body.to_vec()));
    }
    let text = str::from_utf8(&frame.body).unwrap_or_default();
    if let Some(bare) = text.chars().find(|letter| is_escaped(*letter)).filter(|_| !is_quoted) {
        broken.push(SockJsViolation::NotEscaped(bare));
    }
}

/// What a server escapes: browsers change these characters (JSON Unicode Encoding).
const fn is_escaped(letter: char) -> bool {
    matches!(letter, '\u{200c}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' | '\u{fff0}'..='\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rules that frames of one stream break.
    fn broken(frames: &[&'static str]) -> Vec<String> {
        let mut session = SockJsSession::default();
        session.begin("a", "1", SockJsTransport::Xhr);
        let frames = frames.iter().map(|text| SockJsFrame::decode(&(*text).into()));
        frames
            .flat_map(|frame| session.received("a", &frame).broken)
            .map(|one| one.name().to_owned())
            .collect()
    }

    #[test]
    fn a_session_as_it_should_be_breaks_nothing() {
        assert_eq!(broken(&["o", "h", "a[\"x\",\"\\u2028\"]", "a[]", "c[3000,\"Go away!\"]"]), [""; 0]);
        let mut session = SockJsSession::default();
        for (stream, text) in [("a", "o"), ("b", "a[\"x\"]"), ("c", "c[2010,\"\"]"), ("d", "o")] {
            session.begin(stream, "1", SockJsTransport::Xhr);
            assert_eq!(session.received(stream, &SockJsFrame::decode(&text.into())).broken, []);
        }
    }

    #[test]
    fn the_escapes_of_a_string_around_a_frame_are_enough() {
        let mut session = SockJsSession::default();
        session.begin("a", "1", SockJsTransport::Jsonp);
        for text in ["o", "a[\"\u{2028}\"]"] {
            assert_eq!(session.received("a", &SockJsFrame::decode(&text.into())).broken, []);
        }
    }

    #[test]
    fn each_fault_of_a_frame_is_found() {
        for (frames, name) in [
            (&["o", "x"][..], "sockjs-frame-unknown"),
            (&["o", "m\"x\""], "sockjs-frame-unknown"),
            (&["a[\"x\"]"], "sockjs-before-open"),
            (&["o", "o"], "sockjs-open-again"),
            (&["o{}"], "sockjs-open-long"),
            (&["o", "h1"], "sockjs-heartbeat-long"),
            (&["o", "a[1]"], "sockjs-array-form"),
            (&["o", "a{}"], "sockjs-array-form"),
            (&["o", "a[\"x"], "sockjs-array-form"),
            (&["o", "c[3000]"], "sockjs-close-form"),
            (&["o", "c[3000,\"\"]", "h"], "sockjs-after-close"),
            (&["o", "a[\"\u{2028}\"]"], "sockjs-not-escaped"),
        ] {
            assert_eq!(broken(frames), [name], "{frames:?}");
        }
    }
}
