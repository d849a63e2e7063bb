//! A WebSocket connection as one stream of HTTP/2 or HTTP/3 (RFC 8441, 5; RFC 9220, 3), on a connection of its own or next to others.

use bytes::Bytes;
use wsspec_carriers::{Carried, CarriedPart, ComposedOpening, Http2, Http3, HttpEnd, HttpError, HttpEvent};
use wsspec_notation::Http2Spec;
use wsspec_wire::{ErrorCode, Http2Setting, Opening, RequestHead, Role, Version, Violation};

/// What the other end did, as far as it concerns the stream.
#[derive(Debug)]
pub(crate) enum StreamEvent {
    /// A request or a response.
    Opening(Opening),
    /// Octets.
    Data(Bytes),
    /// Fields without end.
    EndlessHead,
    /// A frame that is not part of the stream, in the notation, and the rules that it breaks.
    Aside(String, Vec<Violation>),
    /// The end of the other end's half.
    End,
    /// A reset with its code; without one, the end of the connection in the middle of the stream.
    Reset(Option<ErrorCode>),
    /// The other end takes what we send for an attack, and ends the stream or the connection (RFC 9113, 10.5).
    Calmed,
    /// The connection cannot go on.
    Broken(HttpError),
}

/// Our end of the connection, and the stream.
#[derive(Debug)]
pub(crate) struct HttpLink {
    end: Box<dyn HttpEnd>,
    stream: Option<u32>,
    /// The other end's half is over.
    over: bool,
    /// We have refused the request: no WebSocket connection ends with the stream.
    refused: bool,
    /// The code with which the other end has said that it goes away, while the stream was open.
    gone: Option<ErrorCode>,
    /// The connection has ended in the middle of the stream.
    lost: bool,
    /// The script has said that we open no more streams.
    leaving: bool,
    /// The role that we play.
    ours: Role,
    /// What has crossed the stream, if anybody asks for it.
    carried: Option<Vec<Carried>>,
}

impl HttpLink {
    /// Over HTTP/2. `decides`: the script says itself whether we, as a server, take extended CONNECT.
    pub(crate) fn over_http2(ours: Role, decides: bool) -> Self {
        let end = if decides && ours == Role::Server { Http2::undecided() } else { Http2::playing(ours) };
        Self::of(Box::new(end), ours)
    }

    /// Over HTTP/3, which sends settings once. `decides`: the script sends them.
    pub(crate) fn over_http3(ours: Role, decides: bool) -> Self {
        let end = if decides { Http3::undecided(ours) } else { Http3::playing(ours) };
        Self::of(Box::new(end), ours)
    }

    /// On a connection whose end this is.
    pub(crate) fn of(end: Box<dyn HttpEnd>, ours: Role) -> Self {
        Self {
            end,
            stream: None,
            over: false,
            refused: false,
            gone: None,
            lost: false,
            leaving: false,
            ours,
            carried: None,
        }
    }

    /// Keeps what crosses the stream until it is asked for.
    pub(crate) fn watch(&mut self) {
        self.carried.get_or_insert_default();
    }

    /// Whether somebody asks for what crosses the stream.
    pub(crate) const fn is_watched(&self) -> bool {
        self.carried.is_some()
    }

    /// What has crossed the stream since this was asked last.
    pub(crate) fn carried(&mut self) -> Vec<Carried> {
        self.carried.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn note(&mut self, from: Role, what: impl FnOnce() -> CarriedPart) {
        if let Some(carried) = &mut self.carried {
            carried.push(Carried { from, what: what() });
        }
    }

    /// Whether the other end has ended the stream.
    pub(crate) const fn is_over(&self) -> bool {
        self.over
    }

    /// The code with which the other end has said that it goes away (RFC 9113, 6.8), if it has ended the stream after that.
    pub(crate) fn gone(&self) -> Option<ErrorCode> {
        self.gone.filter(|_| self.over)
    }

    /// Whether the other end has ended the connection in the middle of the stream, or said so before it ended that.
    pub(crate) fn has_ended(&self) -> bool {
        self.lost || self.gone().is_some()
    }

    /// The script says on another stream that we open no more.
    pub(crate) const fn leave(&mut self) {
        self.leaving = true;
    }

    /// Whether the script has said that we open no more streams.
    pub(crate) const fn is_leaving(&self) -> bool {
        self.leaving
    }

    /// HTTP/2 or HTTP/3.
    pub(crate) fn version(&self) -> Version {
        self.end.version()
    }

    /// Ends the stream behind a refusal, which is a whole response then. Whether there is something to write.
    pub(crate) fn end_refusal(&mut self) -> bool {
        if self.refused {
            self.finish();
        }
        self.refused && self.end.has_output()
    }

    /// What ends the connection: the end of the stream, and that there are no others.
    pub(crate) fn farewell(&mut self) -> Option<Bytes> {
        self.end.give_up();
        self.finish();
        self.end.go_away(ErrorCode::NO_ERROR);
        self.end.take()
    }

    /// Octets that are to be written next.
    pub(crate) fn take(&mut self) -> Option<Bytes> {
        self.end.take()
    }

    /// Whether something waits for the other end, which may still read it.
    pub(crate) fn is_blocked(&self) -> bool {
        self.end.is_blocked() && !self.end.is_broken() && !self.over
    }

    /// Sends nothing of what waits.
    pub(crate) fn give_up(&mut self) {
        self.end.give_up();
    }

    /// Why a request of ours waits: the settings do not say that extended CONNECT is taken.
    pub(crate) fn lacks_setting(&self) -> Option<&'static str> {
        let lacking = match self.end.connects() {
            Some(true) => return None,
            Some(false) => "SETTINGS_ENABLE_CONNECT_PROTOCOL is not 1",
            None => "it has sent no SETTINGS so far",
        };
        (self.ours == Role::Client && self.end.is_blocked()).then_some(lacking)
    }

    pub(crate) fn open(&mut self, head: ComposedOpening, sender: Role) {
        let version = self.version();
        self.note(sender, || CarriedPart::Opening(head.to_opening(sender, version)));
        match (sender, self.stream) {
            (Role::Client, _) => self.stream = Some(self.end.request(head)),
            (Role::Server, Some(stream)) => {
                let opening = head.to_opening(sender, self.version());
                self.refused = matches!(&opening, Opening::Response(it) if !it.accepts() && !it.is_interim());
                self.end.respond(stream, &head);
            }
            (Role::Server, None) => {}
        }
    }

    pub(crate) fn send(&mut self, bytes: Bytes) {
        if let Some(stream) = self.stream {
            self.note(self.ours, || CarriedPart::Data(bytes.clone()));
            self.end.send(stream, bytes);
        }
    }

    pub(crate) fn finish(&mut self) {
        if let Some(stream) = self.stream {
            self.note(self.ours, || CarriedPart::End);
            self.end.finish(stream);
        }
    }

    /// What a reset of TCP is (RFC 8441, 5; RFC 9220, 3).
    pub(crate) fn reset(&mut self) {
        self.reset_with(self.end.cancelled());
    }

    fn reset_with(&mut self, code: ErrorCode) {
        if let Some(stream) = self.stream {
            self.note(self.ours, || CarriedPart::Reset);
            self.end.reset(stream, code);
        }
    }

    /// Sends a frame of HTTP/2 or HTTP/3.
    pub(crate) fn item(&mut self, item: &Http2Spec) {
        match item {
            Http2Spec::Settings(settings) => {
                if settings.iter().any(|setting| setting.id == Http2Setting::INITIAL_WINDOW_SIZE) {
                    self.end.hold_windows();
                }
                self.end.set(settings);
            }
            Http2Spec::Reset(code) => self.reset_with(*code),
            Http2Spec::GoAway(code) => {
                self.leaving = true;
                self.end.go_away(*code);
            }
            Http2Spec::Window(more) => {
                self.end.hold_windows();
                self.end.grant(self.stream.unwrap_or(0), *more);
            }
            Http2Spec::Data { payload, padding, ends } => {
                if let Some(stream) = self.stream {
                    self.note(self.ours, || CarriedPart::Data(payload.bytes()));
                    if *ends {
                        self.note(self.ours, || CarriedPart::End);
                    }
                    self.end.data(stream, payload.bytes(), *padding, *ends);
                }
            }
            Http2Spec::Frame { kind, payload } => {
                if let Some(stream) = self.stream {
                    self.end.frame(stream, *kind, payload.bytes());
                }
            }
        }
    }

    /// What octets of the other end amount to.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Vec<StreamEvent> {
        let events = self.end.read(bytes);
        let happened: Vec<_> = events.into_iter().filter_map(|event| self.event(event)).collect();
        happened.iter().for_each(|event| self.note_event(event));
        happened
    }

    fn note_event(&mut self, event: &StreamEvent) {
        let theirs = self.ours.peer();
        match event {
            StreamEvent::Opening(opening) => self.note(theirs, || CarriedPart::Opening(opening.clone())),
            StreamEvent::Data(bytes) => self.note(theirs, || CarriedPart::Data(bytes.clone())),
            StreamEvent::End => self.note(theirs, || CarriedPart::End),
            StreamEvent::Reset(_) | StreamEvent::Calmed | StreamEvent::Broken(_) => {
                self.note(theirs, || CarriedPart::Reset);
            }
            // Nothing is read after that.
            StreamEvent::Aside(..) if self.end.is_broken() => self.note(theirs, || CarriedPart::Reset),
            StreamEvent::EndlessHead | StreamEvent::Aside(..) => {}
        }
    }

    /// The connection has ended, by whichever way.
    pub(crate) fn lost(&mut self) -> Option<StreamEvent> {
        self.lost |= !self.over;
        let end = if self.refused { StreamEvent::End } else { StreamEvent::Reset(None) };
        let event = (!std::mem::replace(&mut self.over, true)).then_some(end)?;
        self.note_event(&event);
        Some(event)
    }

    fn event(&mut self, event: HttpEvent) -> Option<StreamEvent> {
        Some(match event {
            HttpEvent::Opening { stream, opening } if self.is_ours(stream, &opening) => {
                StreamEvent::Opening(opening)
            }
            HttpEvent::Opening { stream, opening: Opening::Request(_) } => {
                self.end.reset(stream, self.end.refused());
                return None;
            }
            HttpEvent::Data { stream, bytes } if self.stream == Some(stream) => StreamEvent::Data(bytes),
            HttpEvent::EndlessHead { stream } if self.stream == Some(stream) => StreamEvent::EndlessHead,
            HttpEvent::End { stream } if self.stream == Some(stream) => {
                self.over = true;
                StreamEvent::End
            }
            HttpEvent::Reset { code, .. } | HttpEvent::GoAway { code, .. } if code.is_of_burden() => {
                StreamEvent::Calmed
            }
            HttpEvent::Reset { stream, code } if self.stream == Some(stream) => {
                self.over = true;
                // Who makes nothing of a refusal may end the stream in any way.
                if self.refused { StreamEvent::End } else { StreamEvent::Reset(Some(code)) }
            }
            HttpEvent::Settings(settings, broken) if !broken.is_empty() => {
                StreamEvent::Aside(Http2Spec::Settings(settings).to_string(), broken)
            }
            HttpEvent::GoAway { code, .. } => {
                self.gone = self.gone.or(Some(code).filter(|_| !self.over));
                StreamEvent::Aside(Http2Spec::GoAway(code).to_string(), Vec::new())
            }
            HttpEvent::Broken(HttpError::WINDOW_EXCEEDED) => {
                StreamEvent::Aside("data".into(), vec![Violation::Http2WindowExceeded])
            }
            HttpEvent::Broken(error) => StreamEvent::Broken(error),
            _ => return None,
        })
    }

    /// Whether an opening belongs to the stream. A server's begins with the first request for a WebSocket, as it should be
    /// or not.
    fn is_ours(&mut self, stream: u32, opening: &Opening) -> bool {
        if let Opening::Request(head) = opening
            && wants_websocket(head)
        {
            self.stream.get_or_insert(stream);
        }
        self.stream == Some(stream)
    }
}

/// Whether a request may be meant to open a WebSocket connection: others have none of this.
fn wants_websocket(head: &RequestHead) -> bool {
    let is_of_websockets = |name: &str| name.to_ascii_lowercase().starts_with("sec-websocket-");
    head.method == "CONNECT"
        || head.fields.0.iter().any(|field| field.name == ":protocol" || is_of_websockets(&field.name))
}
