//! One connection of HTTP/2 or HTTP/3 whose streams are played apart, each by a player of its own.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use wsspec_wire::{ErrorCode, Http2Setting, Version};

use crate::{ComposedOpening, HttpEnd, HttpEvent};

/// One end of a connection, for several players.
#[derive(Clone, Debug)]
pub struct SharedHttp(Arc<Mutex<SharedState>>);

#[derive(Debug)]
struct SharedState {
    end: Box<dyn HttpEnd>,
    /// Which player has opened a stream.
    owners: BTreeMap<u32, usize>,
    /// What each player has not taken yet.
    unread: Vec<Vec<HttpEvent>>,
    /// How many streams the other end takes at once, if it has said so (RFC 9113, 5.1.2).
    most: Option<u32>,
    /// The other end has learnt that we open no more streams.
    left: bool,
}

/// What has arrived for a player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamArrivals {
    /// The player.
    pub player: usize,
    /// How many octets of data.
    pub octets: usize,
}

impl SharedHttp {
    /// The client's end of a connection, for this many players.
    #[must_use]
    pub fn new(end: Box<dyn HttpEnd>, players: usize) -> Self {
        let unread = vec![Vec::new(); players];
        let state = SharedState { end, owners: BTreeMap::new(), unread, most: None, left: false };
        Self(Arc::new(Mutex::new(state)))
    }

    /// The end as the player with this number sees it: as if there were no others.
    #[must_use]
    pub fn for_player(&self, player: usize) -> PlayedEnd {
        PlayedEnd { shared: self.clone(), player }
    }

    /// Takes octets of the other end's, split in any way, and keeps what they amount to for the players that it concerns:
    /// what is of a stream for one of them, what is of the connection for all.
    pub fn read(&self, bytes: &[u8]) -> Vec<StreamArrivals> {
        let mut state = self.state();
        for event in state.end.read(bytes) {
            state.sort(event);
        }
        let octets = |event: &HttpEvent| match event {
            HttpEvent::Data { bytes, .. } => bytes.len(),
            _ => 0,
        };
        let of_player = |(player, events): (usize, &Vec<HttpEvent>)| {
            (!events.is_empty()).then(|| StreamArrivals { player, octets: events.iter().map(octets).sum() })
        };
        state.unread.iter().enumerate().filter_map(of_player).collect()
    }

    /// How many streams the other end takes at once, if it has said so (RFC 9113, 5.1.2).
    #[must_use]
    pub fn most_streams(&self) -> Option<u32> {
        self.state().most
    }

    fn state(&self) -> MutexGuard<'_, SharedState> {
        // Nothing panics while it has the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SharedState {
    fn sort(&mut self, event: HttpEvent) {
        let stream = match &event {
            HttpEvent::Opening { stream, .. }
            | HttpEvent::EndlessHead { stream }
            | HttpEvent::Data { stream, .. }
            | HttpEvent::End { stream }
            | HttpEvent::Reset { stream, .. } => Some(*stream),
            HttpEvent::Settings(settings, _) => {
                let most = |setting: &&Http2Setting| setting.id == Http2Setting::MAX_CONCURRENT_STREAMS;
                self.most = settings.iter().rfind(most).map(|setting| setting.value).or(self.most);
                None
            }
            HttpEvent::GoAway { .. } | HttpEvent::Pong | HttpEvent::Broken(_) => None,
        };
        match stream {
            None => self.unread.iter_mut().for_each(|events| events.push(event.clone())),
            Some(stream) => {
                let owner = self.owners.get(&stream);
                if let Some(events) = owner.and_then(|owner| self.unread.get_mut(*owner)) {
                    events.push(event);
                }
            }
        }
    }

    fn streams_of(&self, player: usize) -> Vec<u32> {
        self.owners.iter().filter(|(_, owner)| **owner == player).map(|(stream, _)| *stream).collect()
    }
}

/// The end as one player sees it.
#[derive(Debug)]
pub struct PlayedEnd {
    shared: SharedHttp,
    player: usize,
}

impl HttpEnd for PlayedEnd {
    fn version(&self) -> Version {
        self.shared.state().end.version()
    }

    /// What [`SharedHttp::read`] has kept for the player.
    fn read(&mut self, _: &[u8]) -> Vec<HttpEvent> {
        self.shared.state().unread.get_mut(self.player).map(std::mem::take).unwrap_or_default()
    }

    fn take(&mut self) -> Option<Bytes> {
        self.shared.state().end.take()
    }

    fn has_output(&self) -> bool {
        self.shared.state().end.has_output()
    }

    fn is_blocked(&self) -> bool {
        let state = self.shared.state();
        state.streams_of(self.player).into_iter().any(|stream| state.end.is_blocked_on(stream))
    }

    fn is_blocked_on(&self, stream: u32) -> bool {
        self.shared.state().end.is_blocked_on(stream)
    }

    fn give_up(&mut self) {
        let mut state = self.shared.state();
        state.streams_of(self.player).into_iter().for_each(|stream| state.end.give_up_on(stream));
    }

    fn give_up_on(&mut self, stream: u32) {
        self.shared.state().end.give_up_on(stream);
    }

    fn is_broken(&self) -> bool {
        self.shared.state().end.is_broken()
    }

    fn connects(&self) -> Option<bool> {
        self.shared.state().end.connects()
    }

    fn request(&mut self, head: ComposedOpening) -> u32 {
        let mut state = self.shared.state();
        let stream = state.end.request(head);
        state.owners.insert(stream, self.player);
        stream
    }

    fn respond(&mut self, stream: u32, head: &ComposedOpening) {
        self.shared.state().end.respond(stream, head);
    }

    fn data(&mut self, stream: u32, bytes: Bytes, padding: Option<u8>, ends: bool) {
        self.shared.state().end.data(stream, bytes, padding, ends);
    }

    fn frame(&mut self, stream: u32, kind: u64, payload: Bytes) {
        self.shared.state().end.frame(stream, kind, payload);
    }

    fn reset(&mut self, stream: u32, code: ErrorCode) {
        self.shared.state().end.reset(stream, code);
    }

    /// Once without an error, whichever players say so.
    fn go_away(&mut self, code: ErrorCode) {
        let mut state = self.shared.state();
        if code != ErrorCode::NO_ERROR || !std::mem::replace(&mut state.left, true) {
            state.end.go_away(code);
        }
    }

    fn set(&mut self, settings: &[Http2Setting]) {
        self.shared.state().end.set(settings);
    }

    fn hold_windows(&mut self) {
        self.shared.state().end.hold_windows();
    }

    fn grant(&mut self, stream: u32, more: u32) {
        self.shared.state().end.grant(stream, more);
    }

    fn cancelled(&self) -> ErrorCode {
        self.shared.state().end.cancelled()
    }

    fn refused(&self) -> ErrorCode {
        self.shared.state().end.refused()
    }

    fn malformed(&self) -> ErrorCode {
        self.shared.state().end.malformed()
    }
}

#[cfg(test)]
mod tests {
    use wsspec_wire::{Opening, Role};

    use super::*;
    use crate::{Http2, StartLine};

    fn request() -> ComposedOpening {
        let start = StartLine::Request { method: Bytes::new(), target: Bytes::new(), version: Bytes::new() };
        let field = |name: &str, value: &'static str| (name.to_owned(), Bytes::from_static(value.as_bytes()));
        let fields = vec![
            field(":method", "CONNECT"),
            field(":protocol", "websocket"),
            field(":scheme", "http"),
            field(":path", "/"),
            field(":authority", "a"),
        ];
        ComposedOpening { start, fields, verbatim: Vec::new() }
    }

    /// The streams that a server has learnt of, and the client's end that has opened one for each of two players.
    fn opened(server: &mut Http2) -> (SharedHttp, [PlayedEnd; 2], [u32; 2]) {
        let shared = SharedHttp::new(Box::new(Http2::playing(Role::Client)), 2);
        let mut ends = [shared.for_player(0), shared.for_player(1)];
        shared.read(&server.take().unwrap());
        ends.iter_mut().for_each(|end| drop(end.read(&[])));
        let streams = [ends[0].request(request()), ends[1].request(request())];
        let events = server.read(&ends[1].take().unwrap());
        let is_request =
            |event: &&HttpEvent| matches!(event, HttpEvent::Opening { opening: Opening::Request(_), .. });
        assert_eq!(events.iter().filter(is_request).count(), 2);
        (shared, ends, streams)
    }

    #[test]
    fn each_player_gets_what_is_of_its_streams_and_of_the_connection() {
        let mut server = Http2::playing(Role::Server);
        let (shared, mut ends, [first, second]) = opened(&mut server);
        server.send(second, Bytes::from_static(b"for the second"));
        server.send(first, Bytes::from_static(b"1"));
        server.go_away(ErrorCode::NO_ERROR);
        let arrived = shared.read(&server.take().unwrap());
        assert_eq!(arrived.iter().map(|one| (one.player, one.octets)).collect::<Vec<_>>(), [(0, 1), (1, 14)]);
        let gone = HttpEvent::GoAway { last: second, code: ErrorCode::NO_ERROR };
        let data = |stream, bytes| HttpEvent::Data { stream, bytes: Bytes::from_static(bytes) };
        assert_eq!(ends[0].read(&[]), [data(first, b"1"), gone.clone()]);
        assert_eq!(ends[1].read(&[]), [data(second, b"for the second"), gone]);
        assert_eq!(ends[1].read(&[]), []);
    }

    #[test]
    fn a_player_waits_for_its_own_window_alone() {
        let mut server = Http2::with_settings(
            Role::Server,
            &[
                Http2Setting::new(Http2Setting::ENABLE_CONNECT_PROTOCOL, 1),
                Http2Setting::new(Http2Setting::INITIAL_WINDOW_SIZE, 4),
                Http2Setting::new(Http2Setting::MAX_CONCURRENT_STREAMS, 7),
            ],
        );
        let (shared, mut ends, streams) = opened(&mut server);
        assert_eq!(shared.most_streams(), Some(7));
        ends[0].send(streams[0], Bytes::from_static(b"too long"));
        ends[1].send(streams[1], Bytes::from_static(b"fits"));
        assert_eq!((ends[0].is_blocked(), ends[1].is_blocked()), (true, false));
        ends[1].give_up();
        assert!(ends[0].is_blocked());
        ends[0].give_up();
        assert!(!ends[0].is_blocked());
    }

    #[test]
    fn the_connection_is_left_once() {
        let shared = SharedHttp::new(Box::new(Http2::playing(Role::Client)), 2);
        let mut ends = [shared.for_player(0), shared.for_player(1)];
        ends[0].take();
        ends[0].go_away(ErrorCode::NO_ERROR);
        assert!(ends[1].take().is_some());
        ends[1].go_away(ErrorCode::NO_ERROR);
        assert_eq!(ends[1].take(), None);
        ends[1].go_away(ErrorCode::PROTOCOL_ERROR);
        assert!(ends[0].has_output());
    }
}
