//! A connection of HTTP/2 split into one for each stream: what the players of streams and the client see of each other.

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use wsspec_carriers::{
    ComposedOpening, Http2, Http2Frame, Http2FrameReader, Http2Splitter, HttpEvent, SplitEvent, StartLine,
};
use wsspec_wire::{ErrorCode, Opening, Role};

fn head(fields: &[(&str, &str)]) -> ComposedOpening {
    let start = StartLine::Response { status: 200, reason: Bytes::new() };
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned().into()));
    ComposedOpening { start, fields: fields.collect(), verbatim: Vec::new() }
}

fn request(path: &str) -> ComposedOpening {
    head(&[
        (":method", "CONNECT"),
        (":protocol", "websocket"),
        (":scheme", "http"),
        (":path", path),
        (":authority", "a"),
        ("Connection", "for the judge"),
    ])
}

/// A client, the splitter, and a player for each stream.
struct Scene {
    client: Http2,
    splitter: Http2Splitter,
    players: BTreeMap<u32, Http2>,
    at_client: Vec<HttpEvent>,
    at_players: BTreeMap<u32, Vec<HttpEvent>>,
    over: Vec<u32>,
}

impl Scene {
    fn new() -> Self {
        Self {
            client: Http2::playing(Role::Client),
            splitter: Http2Splitter::new(),
            players: BTreeMap::new(),
            at_client: Vec::new(),
            at_players: BTreeMap::new(),
            over: Vec::new(),
        }
    }

    fn take_in(&mut self, events: Vec<SplitEvent>) {
        let mut said = Vec::new();
        for event in events {
            match event {
                SplitEvent::Opened { stream, .. } => {
                    let mut player = Http2::playing(Role::Server);
                    said.extend(player.take().map(|bytes| (stream, bytes)));
                    self.players.insert(stream, player);
                }
                SplitEvent::Octets { stream, bytes } => {
                    let Some(player) = self.players.get_mut(&stream) else { continue };
                    let seen = player.read(&bytes);
                    self.at_players.entry(stream).or_default().extend(seen);
                }
                SplitEvent::Over { stream } => self.over.push(stream),
                SplitEvent::Broken(error) => panic!("{error:?}"),
            }
        }
        for (stream, bytes) in said {
            let events = self.splitter.send(stream, &bytes);
            self.take_in(events);
        }
    }

    /// Passes on what each has to send until none has.
    fn go_on(&mut self) {
        for _ in 0..100_000 {
            let mut is_idle = true;
            if let Some(bytes) = self.client.take() {
                is_idle = false;
                let events = self.splitter.read(&bytes);
                self.take_in(events);
            }
            for stream in self.players.keys().copied().collect::<Vec<_>>() {
                if let Some(bytes) = self.players.get_mut(&stream).and_then(Http2::take) {
                    is_idle = false;
                    let events = self.splitter.send(stream, &bytes);
                    self.take_in(events);
                }
            }
            if let Some(bytes) = self.splitter.take() {
                is_idle = false;
                self.at_client.extend(self.client.read(&bytes));
            }
            if is_idle {
                return;
            }
        }
        panic!("it does not end");
    }

    fn opened(paths: &[&str]) -> (Self, Vec<u32>) {
        let mut scene = Self::new();
        let streams = paths.iter().map(|path| scene.client.request(request(path))).collect();
        scene.go_on();
        (scene, streams)
    }

    fn octets_at_client(&self, of: u32) -> Vec<u8> {
        octets(&self.at_client, of)
    }
}

fn octets(events: &[HttpEvent], of: u32) -> Vec<u8> {
    let bytes = events.iter().filter_map(|event| match event {
        HttpEvent::Data { stream, bytes } if *stream == of => Some(bytes.to_vec()),
        _ => None,
    });
    bytes.flatten().collect()
}

#[test]
fn each_stream_has_a_connection_to_itself() {
    let (mut scene, streams) = Scene::opened(&["/one", "/two"]);
    for (stream, path) in streams.iter().zip(["/one", "/two"]) {
        let seen = &scene.at_players[stream];
        let request = seen.iter().find_map(|event| match event {
            HttpEvent::Opening { opening: Opening::Request(request), .. } => Some(request),
            _ => None,
        });
        let request = request.unwrap();
        assert_eq!(request.target, path);
        // What is wrong with it is for the player to see, and nothing else is.
        let wrong: Vec<_> = request.faults.iter().map(wsspec_wire::Violation::name).collect();
        assert_eq!(wrong, ["http2-connection-field"]);
    }
    for stream in &streams {
        let player = scene.players.get_mut(stream).unwrap();
        player.respond(*stream, &head(&[(":status", "200")]));
        player.send(*stream, format!("to {stream}").into());
    }
    scene.client.send(streams[0], "up".into());
    scene.go_on();
    assert_eq!(scene.octets_at_client(streams[0]), b"to 1");
    assert_eq!(scene.octets_at_client(streams[1]), b"to 3");
    assert_eq!(octets(&scene.at_players[&streams[0]], streams[0]), b"up");
    assert_eq!(octets(&scene.at_players[&streams[1]], streams[1]), b"");
}

#[test]
fn a_stream_is_over_once_both_ends_have_ended_it_or_one_has_reset_it() {
    let (mut scene, streams) = Scene::opened(&["/end", "/left", "/reset"]);
    scene.players.get_mut(&1).unwrap().respond(1, &head(&[(":status", "200")]));
    scene.players.get_mut(&1).unwrap().finish(1);
    scene.go_on();
    assert_eq!(scene.over, [0; 0]);
    scene.client.finish(1);
    scene.client.reset(streams[2], ErrorCode::CANCEL);
    scene.go_on();
    assert_eq!(scene.over, [1, 5]);
    let reset = HttpEvent::Reset { stream: 5, code: ErrorCode::CANCEL };
    assert!(scene.at_players[&5].contains(&reset));
    // Nobody plays the other any more.
    let events = scene.splitter.leave(3);
    scene.take_in(events);
    scene.go_on();
    assert_eq!(scene.over, [1, 5, 3]);
    assert!(scene.at_client.contains(&HttpEvent::Reset { stream: 3, code: ErrorCode::CANCEL }));
}

/// How much DATA the splitter sends by now.
fn sent(splitter: &mut Http2Splitter, reader: &mut Http2FrameReader) -> usize {
    reader.push(&splitter.take().unwrap_or_default());
    let frames = std::iter::from_fn(|| reader.take().unwrap());
    frames.filter(|frame| frame.kind == 0).map(|frame| frame.payload.len()).sum()
}

#[test]
fn streams_share_the_window_of_the_connection() {
    let (mut scene, streams) = Scene::opened(&["/one", "/two"]);
    let (splitter, mut reader) = (&mut scene.splitter, Http2FrameReader::default());
    // The client has granted 16 MiB beyond the default to the connection, and 1 MiB to each stream; a player that heeds
    // none of that is held back.
    let piece = |stream| {
        let mut bytes = BytesMut::new();
        Http2Frame::new(0, 0, stream, vec![7; 1 << 20]).encode(&mut bytes);
        bytes
    };
    for stream in streams.iter().cycle().take(20) {
        splitter.send(*stream, &piece(*stream));
    }
    assert_eq!(sent(splitter, &mut reader), (16 << 20) + 65_535);
    assert!(streams.iter().any(|stream| splitter.is_blocked(*stream)));
    let mut more = BytesMut::new();
    Http2Frame::new(8, 0, 0, (8_u32 << 20).to_be_bytes().to_vec()).encode(&mut more);
    splitter.read(&more);
    assert_eq!(sent(splitter, &mut reader), (4 << 20) - 65_535);
    assert!(!streams.iter().any(|stream| splitter.is_blocked(*stream)));
}

/// What a client begins with, and whatever follows.
fn from_client(frames: &[Http2Frame]) -> BytesMut {
    let mut out = BytesMut::from(&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..]);
    Http2Frame::new(4, 0, 0, Bytes::new()).encode(&mut out);
    frames.iter().for_each(|frame| frame.encode(&mut out));
    out
}

/// Why a client is given up that sends these frames.
fn broken_by(frames: &[Http2Frame]) -> Option<ErrorCode> {
    let events = Http2Splitter::new().read(&from_client(frames));
    events.iter().find_map(|event| match event {
        SplitEvent::Broken(error) => Some(error.code),
        _ => None,
    })
}

#[test]
fn what_breaks_the_connection_ends_it() {
    let frame = |kind, flags, stream, payload: &'static [u8]| Http2Frame::new(kind, flags, stream, payload);
    assert_eq!(broken_by(&[frame(0, 0, 1, b"early")]), Some(ErrorCode::PROTOCOL_ERROR));
    assert_eq!(broken_by(&[frame(1, 4, 2, b"\x82")]), Some(ErrorCode::PROTOCOL_ERROR));
    assert_eq!(broken_by(&[frame(1, 4, 1, b"\xff\xff\xff\xff\xff\xff")]), Some(ErrorCode::COMPRESSION_ERROR));
    assert_eq!(
        broken_by(&[frame(1, 0, 1, b""), frame(6, 0, 0, b"12345678")]),
        Some(ErrorCode::PROTOCOL_ERROR)
    );
    let endless: Vec<_> =
        std::iter::once(frame(1, 0, 1, b"\x82")).chain((0..100).map(|_| frame(9, 0, 1, b""))).collect();
    assert_eq!(broken_by(&endless), Some(ErrorCode::ENHANCE_YOUR_CALM));
    assert_eq!(broken_by(&[frame(0xfa, 0, 0, b"unknown"), frame(6, 0, 0, b"12345678")]), None);
    let other = Http2Splitter::new().read(b"GET / HTTP/1.1\r\n\r\n");
    assert!(matches!(other[..], [SplitEvent::Broken(_)]));
}

#[test]
fn streams_above_the_limit_are_refused() {
    let opens = |number: u32| Http2Frame::new(1, 4, 2 * number + 1, &b"\x82"[..]);
    let mut splitter = Http2Splitter::new();
    let events = splitter.read(&from_client(&(0..2_000).map(opens).collect::<Vec<_>>()));
    let opened = events.iter().filter(|event| matches!(event, SplitEvent::Opened { .. })).count();
    assert_eq!(opened, 256);
}

proptest! {
    #[test]
    fn any_octets_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..600), cut in 1_usize..64) {
        let mut splitter = Http2Splitter::new();
        let all = [&from_client(&[])[..], &bytes].concat();
        for part in all.chunks(cut) {
            for event in splitter.read(part) {
                if let SplitEvent::Octets { stream, bytes } = event {
                    splitter.send(stream, &bytes);
                }
            }
            splitter.take();
        }
    }

    #[test]
    fn any_frames_are_survived(
        frames in proptest::collection::vec((0_u8..12, any::<u8>(), 0_u32..8, proptest::collection::vec(any::<u8>(), 0..40)), 0..40),
    ) {
        let frames: Vec<_> = frames
            .into_iter()
            .map(|(kind, flags, stream, payload)| Http2Frame::new(kind, flags, stream, payload))
            .collect();
        let mut splitter = Http2Splitter::new();
        let mut over = 0;
        for event in splitter.read(&from_client(&frames)) {
            match event {
                SplitEvent::Octets { stream, bytes } => drop(splitter.send(stream, &bytes)),
                SplitEvent::Over { .. } => over += 1,
                _ => {}
            }
        }
        prop_assert!(over <= frames.len());
    }
}

#[test]
fn an_abandoned_stream_that_its_client_does_not_end_is_reset_without_an_error() {
    let (mut scene, _) = Scene::opened(&["/served"]);
    scene.players.get_mut(&1).unwrap().respond(1, &head(&[(":status", "200")]));
    scene.players.get_mut(&1).unwrap().finish(1);
    scene.go_on();
    assert_eq!(scene.over, [0; 0]);
    let events = scene.splitter.abandon(1);
    scene.take_in(events);
    assert_eq!(scene.over, [1]);
    let mut reader = Http2FrameReader::default();
    reader.push(&scene.splitter.take().unwrap());
    let frame = reader.take().unwrap().unwrap();
    let (rst_stream, no_error) = (3, [0; 4]);
    assert_eq!((frame.kind, frame.stream, &frame.payload[..]), (rst_stream, 1, &no_error[..]));
}
