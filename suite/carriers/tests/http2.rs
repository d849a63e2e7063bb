//! HTTP/2 as a carrier: two ends of it against each other, and one against what no other end would send.

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use wsspec_carriers::{ComposedOpening, Http2, Http2Frame, Http2FrameReader, HttpEvent, StartLine};
use wsspec_wire::{ErrorCode, Http2Setting, Opening, Role, Violation};

fn head(fields: &[(&str, &str)]) -> ComposedOpening {
    let start = StartLine::Response { status: 200, reason: Bytes::new() };
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned().into()));
    ComposedOpening { start, fields: fields.collect(), verbatim: Vec::new() }
}

fn request() -> ComposedOpening {
    head(&[
        (":method", "CONNECT"),
        (":protocol", "websocket"),
        (":scheme", "http"),
        (":path", "/chat"),
        (":authority", "a"),
        ("sec-websocket-version", "13"),
    ])
}

/// Passes on what either end has to send until neither has; what each saw.
fn exchange(client: &mut Http2, server: &mut Http2) -> (Vec<HttpEvent>, Vec<HttpEvent>) {
    let (mut at_client, mut at_server) = (Vec::new(), Vec::new());
    loop {
        let (up, down) = (client.take(), server.take());
        if up.is_none() && down.is_none() {
            return (at_client, at_server);
        }
        at_server.extend(up.into_iter().flat_map(|bytes| server.read(&bytes)));
        at_client.extend(down.into_iter().flat_map(|bytes| client.read(&bytes)));
    }
}

/// Both ends of a connection with one open stream.
fn open() -> (Http2, Http2, u32) {
    let (mut client, mut server) = (Http2::playing(Role::Client), Http2::playing(Role::Server));
    let stream = client.request(request());
    exchange(&mut client, &mut server);
    server.respond(stream, &head(&[(":status", "200")]));
    exchange(&mut client, &mut server);
    (client, server, stream)
}

/// A server's first octets, and whatever follows.
fn from_server(frames: &[Http2Frame]) -> BytesMut {
    let mut out = BytesMut::new();
    Http2Frame::new(4, 0, 0, &[0, 8, 0, 0, 0, 1][..]).encode(&mut out);
    frames.iter().for_each(|frame| frame.encode(&mut out));
    out
}

fn data(events: &[HttpEvent]) -> Vec<u8> {
    let bytes = events.iter().filter_map(|event| match event {
        HttpEvent::Data { bytes, .. } => Some(bytes.to_vec()),
        _ => None,
    });
    bytes.flatten().collect()
}

/// Why a client gives a connection up, on which a server sends these frames.
fn broken_by(frames: &[Http2Frame]) -> Option<ErrorCode> {
    let mut client = Http2::playing(Role::Client);
    client.request(request());
    let events = client.read(&from_server(frames));
    events.iter().find_map(|event| match event {
        HttpEvent::Broken(error) => Some(error.code),
        _ => None,
    })
}

#[test]
fn a_request_waits_for_the_setting_and_opens_a_stream_both_ways() {
    let (mut client, mut server) = (Http2::playing(Role::Client), Http2::playing(Role::Server));
    let stream = client.request(request());
    let early = server.read(&client.take().unwrap());
    assert!(!early.iter().any(|event| matches!(event, HttpEvent::Opening { .. })), "{early:?}");
    assert!(client.is_blocked());
    let (_, at_server) = exchange(&mut client, &mut server);
    let Some(HttpEvent::Opening { opening: Opening::Request(seen), .. }) = at_server.last() else {
        panic!("{at_server:?}");
    };
    assert_eq!((&seen.method[..], &seen.target[..], seen.faults.len()), (&b"CONNECT"[..], &b"/chat"[..], 0));
    assert_eq!(seen.fields.get(":protocol"), Some(&"websocket".into()));
    server.respond(stream, &head(&[(":status", "200"), ("x", "y")]));
    let (at_client, _) = exchange(&mut client, &mut server);
    let [HttpEvent::Opening { opening: Opening::Response(seen), .. }] = &at_client[..] else {
        panic!("{at_client:?}");
    };
    assert!(seen.accepts() && seen.faults.is_empty());
    assert_eq!(&seen.raw[..], b":status: 200\r\nx: y\r\n\r\n");
}

#[test]
fn a_request_is_never_sent_without_the_setting() {
    let (mut client, mut server) = (Http2::playing(Role::Client), Http2::with_settings(Role::Server, &[]));
    client.request(request());
    let (_, at_server) = exchange(&mut client, &mut server);
    assert_eq!(client.connects(), Some(false));
    assert!(client.is_blocked() && !at_server.iter().any(|event| matches!(event, HttpEvent::Opening { .. })));
}

#[test]
fn data_goes_both_ways_and_the_end_comes_behind_it() {
    let (mut client, mut server, stream) = open();
    let long = Bytes::from(vec![7; 3_000_000]);
    client.send(stream, long.clone());
    client.finish(stream);
    let (_, at_server) = exchange(&mut client, &mut server);
    assert!(data(&at_server) == long);
    assert_eq!(at_server.last(), Some(&HttpEvent::End { stream }));
    server.data(stream, Bytes::from_static(b"padded"), Some(200), true);
    let (at_client, _) = exchange(&mut client, &mut server);
    assert_eq!(data(&at_client), b"padded");
    assert_eq!(at_client.last(), Some(&HttpEvent::End { stream }));
}

#[test]
fn faults_of_a_field_section_are_named() {
    let status = (":status", "200");
    for (fault, fields) in [
        ("http2-switching-protocols", &[(":status", "101")][..]),
        ("http2-status-missing", &[("a", "b")]),
        ("http2-status-missing", &[(":status", "0200"), ("a", "b")]),
        ("http2-status-missing", &[(":status", "20x")]),
        ("http2-pseudo-field", &[status, status]),
        ("http2-pseudo-field", &[("a", "b"), status]),
        ("http2-pseudo-field", &[status, (":path", "/")]),
        ("http2-connection-field", &[status, ("Upgrade", "websocket")]),
        ("http2-field-uppercase", &[status, ("aB", "c")]),
        ("http2-field-invalid", &[status, ("a b", "c")]),
        ("http2-field-invalid", &[status, ("a", "b\0")]),
        ("http2-field-invalid", &[status, ("a", " b")]),
    ] {
        let (mut client, mut server) = (Http2::playing(Role::Client), Http2::playing(Role::Server));
        let stream = client.request(request());
        exchange(&mut client, &mut server);
        server.respond(stream, &head(fields));
        let (at_client, _) = exchange(&mut client, &mut server);
        let [HttpEvent::Opening { opening: Opening::Response(seen), .. }] = &at_client[..] else {
            panic!("{at_client:?}");
        };
        let names: Vec<_> = seen.faults.iter().map(Violation::name).collect();
        assert_eq!(names, [fault], "{fields:?}");
        assert_eq!(seen.raw.split(|octet| *octet == b'\n').count(), fields.len() + 2);
    }
}

#[test]
fn values_of_the_setting_that_may_not_be_are_reported() {
    let (mut client, mut server, _) = open();
    let mut broken = Vec::new();
    for value in [1, 2, 0] {
        server.set(&[Http2Setting::new(Http2Setting::ENABLE_CONNECT_PROTOCOL, value)]);
        let (at_client, _) = exchange(&mut client, &mut server);
        broken.extend(at_client.into_iter().flat_map(|event| match event {
            HttpEvent::Settings(_, broken) => broken,
            _ => Vec::new(),
        }));
    }
    assert_eq!(broken, [Violation::Http2SettingInvalid(2), Violation::Http2SettingWithdrawn]);
}

/// The first octets of the field blocks of two requests, where the table is limited so before each.
fn block_starts(limits: [&[u32]; 2]) -> Vec<u8> {
    let mut client = Http2::playing(Role::Client);
    let mut frames = Http2FrameReader::with_limit(1 << 14);
    let mut settings = vec![Http2Setting::new(Http2Setting::ENABLE_CONNECT_PROTOCOL, 1)];
    let mut out = BytesMut::new();
    for limits in limits {
        settings.extend(limits.iter().map(|size| Http2Setting::new(Http2Setting::HEADER_TABLE_SIZE, *size)));
        let payload: Vec<u8> = settings
            .drain(..)
            .flat_map(|setting| [&setting.id.to_be_bytes()[..], &setting.value.to_be_bytes()].concat())
            .collect();
        let mut frame = BytesMut::new();
        Http2Frame::new(4, 0, 0, payload).encode(&mut frame);
        client.read(&frame);
        client.request(request());
        out.extend_from_slice(&client.take().expect("a request"));
    }
    frames.push(&out[24..]);
    let mut starts = Vec::new();
    while let Ok(Some(frame)) = frames.take() {
        starts.extend((frame.kind == 1).then(|| frame.payload[0]));
    }
    starts
}

#[test]
fn a_smaller_table_is_announced_once() {
    assert_eq!(block_starts([&[], &[]]), [0, 0]);
    assert_eq!(block_starts([&[4096], &[8192]]), [0, 0]);
    assert_eq!(block_starts([&[0], &[]]), [0x20, 0]);
    assert_eq!(block_starts([&[100, 4096], &[0]]), [0x20, 0]);
    assert_eq!(block_starts([&[], &[4095]]), [0, 0x20]);
}

#[test]
fn a_window_is_kept_to_by_the_octet() {
    let (mut client, mut server, stream) = open();
    server.hold_windows();
    server.set(&[Http2Setting::new(Http2Setting::INITIAL_WINDOW_SIZE, 0)]);
    exchange(&mut client, &mut server);
    client.send(stream, Bytes::from_static(b"hello"));
    assert_eq!(data(&exchange(&mut client, &mut server).1), b"");
    assert!(client.is_blocked());
    server.grant(stream, 2);
    assert_eq!(data(&exchange(&mut client, &mut server).1), b"he");
    server.grant(stream, 100);
    assert_eq!(data(&exchange(&mut client, &mut server).1), b"llo");
    assert!(!client.is_blocked());
}

#[test]
fn more_than_the_window_ends_the_connection() {
    let (mut client, mut server, stream) = open();
    client.hold_windows();
    client.set(&[Http2Setting::new(Http2Setting::INITIAL_WINDOW_SIZE, 3)]);
    exchange(&mut client, &mut server);
    server.ignore_windows();
    server.send(stream, Bytes::from_static(b"hello"));
    let (at_client, at_server) = exchange(&mut client, &mut server);
    assert!(
        matches!(at_client[..], [HttpEvent::Broken(error)] if error.code == ErrorCode::FLOW_CONTROL_ERROR)
    );
    assert!(matches!(at_server[..], [HttpEvent::GoAway { code: ErrorCode::FLOW_CONTROL_ERROR, .. }]));
}

#[test]
fn a_reset_ends_a_stream_and_no_other() {
    let (mut client, mut server, stream) = open();
    let other = client.request(request());
    client.reset(stream, ErrorCode::CANCEL);
    let (_, at_server) = exchange(&mut client, &mut server);
    assert!(at_server.contains(&HttpEvent::Reset { stream, code: ErrorCode::CANCEL }));
    server.send(stream, Bytes::from_static(b"late"));
    server.respond(other, &head(&[(":status", "404")]));
    let (at_client, _) = exchange(&mut client, &mut server);
    assert!(matches!(&at_client[..], [HttpEvent::Opening { stream, .. }] if *stream == other));
}

#[test]
fn what_goes_on_without_end_is_given_up() {
    let headers = |flags| Http2Frame::new(1, flags, 1, Bytes::new());
    let more = Http2Frame::new(9, 0, 1, Bytes::new());
    let endless: Vec<_> = [headers(0)].into_iter().chain(vec![more; 1000]).collect();
    assert_eq!(broken_by(&endless), Some(ErrorCode::ENHANCE_YOUR_CALM));
    let long = Http2Frame::new(9, 0, 1, vec![b'x'; 16_000]);
    let endless: Vec<_> = [headers(0)].into_iter().chain(vec![long; 20]).collect();
    assert_eq!(broken_by(&endless), Some(ErrorCode::ENHANCE_YOUR_CALM));
}

#[test]
fn a_field_section_that_unfolds_is_not_kept() {
    // A field of 4000 octets goes into the table, and one octet names it again, thousands of times.
    let mut block = vec![0x40, 1, b'a', 0x7F];
    block.extend([0xA1, 0x1E]);
    block.extend(vec![b'v'; 4000]);
    block.extend(vec![0xBE; 12_000]);
    let headers = Http2Frame::new(1, 0x4, 1, block);
    let mut client = Http2::playing(Role::Client);
    let stream = client.request(request());
    let events = client.read(&from_server(&[headers]));
    assert_eq!(events.last(), Some(&HttpEvent::EndlessHead { stream }));
}

#[test]
fn settings_and_pings_without_end_take_no_memory_that_is_not_written() {
    let (mut client, mut server, _) = open();
    let mut flood = BytesMut::new();
    for _ in 0..10_000 {
        Http2Frame::new(4, 0, 0, Bytes::new()).encode(&mut flood);
        Http2Frame::new(6, 0, 0, &[0; 8][..]).encode(&mut flood);
        Http2Frame::new(0xFA, 0xFF, 7, Bytes::new()).encode(&mut flood);
    }
    assert_eq!(server.read(&flood).len(), 10_000);
    assert_eq!(server.take().map(|bytes| bytes.len()), Some(10_000 * (9 + 17)));
    assert!(server.take().is_none() && client.take().is_none());
}

#[test]
fn streams_that_are_reset_at_once_leave_nothing_behind() {
    let (mut client, mut server) = (Http2::playing(Role::Client), Http2::playing(Role::Server));
    exchange(&mut client, &mut server);
    for _ in 0..2000 {
        let stream = client.request(request());
        client.reset(stream, ErrorCode::CANCEL);
    }
    let (_, at_server) = exchange(&mut client, &mut server);
    let resets = at_server.iter().filter(|event| matches!(event, HttpEvent::Reset { .. })).count();
    assert_eq!((resets, server.is_blocked()), (2000, false));
}

#[test]
fn more_streams_than_are_kept_are_refused() {
    let (mut client, mut server) = (Http2::playing(Role::Client), Http2::playing(Role::Server));
    for _ in 0..1000 {
        client.request(request());
    }
    let (at_client, at_server) = exchange(&mut client, &mut server);
    let opened = at_server.iter().filter(|event| matches!(event, HttpEvent::Opening { .. })).count();
    let refused =
        |event: &&HttpEvent| matches!(event, HttpEvent::Reset { code: ErrorCode::REFUSED_STREAM, .. });
    let refused = at_client.iter().filter(refused).count();
    assert_eq!((opened + refused, opened < 300), (1000, true));
}

#[test]
fn what_does_not_begin_with_settings_is_not_http2() {
    let mut client = Http2::playing(Role::Client);
    let events = client.read(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    assert!(matches!(events[..], [HttpEvent::Broken(error)] if error.what.contains("begin with SETTINGS")));
    assert!(client.is_broken() && client.read(b"more").is_empty());
    let mut server = Http2::playing(Role::Server);
    assert!(matches!(server.read(b"GET / HTTP/1.1\r\n")[..], [HttpEvent::Broken(_)]));
}

#[test]
fn frames_that_break_a_rule_end_the_connection_with_its_code() {
    let frame = |kind, flags, stream, payload: &[u8]| Http2Frame::new(kind, flags, stream, payload.to_vec());
    for (code, wrong) in [
        (ErrorCode::PROTOCOL_ERROR, frame(0, 0, 0, b"a")),
        (ErrorCode::PROTOCOL_ERROR, frame(0, 0, 3, b"a")),
        (ErrorCode::PROTOCOL_ERROR, frame(0, 8, 1, b"\x05ab")),
        (ErrorCode::PROTOCOL_ERROR, frame(1, 8, 1, b"\xffab")),
        (ErrorCode::FRAME_SIZE_ERROR, frame(1, 0x24, 1, b"ab")),
        (ErrorCode::COMPRESSION_ERROR, frame(1, 4, 1, b"\xff\xff\xff\xff\xff\xff")),
        (ErrorCode::COMPRESSION_ERROR, frame(1, 4, 1, b"\x3f\xff\xff\xff\x7f\x82")),
        (ErrorCode::FRAME_SIZE_ERROR, frame(3, 0, 1, b"abc")),
        (ErrorCode::PROTOCOL_ERROR, frame(3, 0, 2, b"abcd")),
        (ErrorCode::PROTOCOL_ERROR, frame(4, 0, 1, b"")),
        (ErrorCode::FRAME_SIZE_ERROR, frame(4, 0, 0, b"abc")),
        (ErrorCode::FRAME_SIZE_ERROR, frame(4, 1, 0, b"abcdef")),
        (ErrorCode::FLOW_CONTROL_ERROR, frame(4, 0, 0, b"\0\x04\xff\xff\xff\xff")),
        (ErrorCode::PROTOCOL_ERROR, frame(4, 0, 0, b"\0\x05\0\0\0\x01")),
        (ErrorCode::PROTOCOL_ERROR, frame(5, 4, 1, b"\0\0\0\x02")),
        (ErrorCode::FRAME_SIZE_ERROR, frame(6, 0, 0, b"abc")),
        (ErrorCode::FRAME_SIZE_ERROR, frame(7, 0, 0, b"abc")),
        (ErrorCode::FLOW_CONTROL_ERROR, frame(8, 0, 0, b"\0\0\0\0")),
        (ErrorCode::FRAME_SIZE_ERROR, frame(8, 0, 0, b"\0\0\0")),
        (ErrorCode::PROTOCOL_ERROR, frame(9, 4, 1, b"")),
    ] {
        assert_eq!(broken_by(std::slice::from_ref(&wrong)), Some(code), "{wrong:?}");
    }
}

fn frames() -> impl Strategy<Value = Vec<Http2Frame>> {
    let frame = (0..12_u8, any::<u8>(), 0..6_u32, prop::collection::vec(any::<u8>(), 0..40))
        .prop_map(|(kind, flags, stream, payload)| Http2Frame::new(kind, flags, stream, payload));
    prop::collection::vec(frame, 0..20)
}

proptest! {
    #[test]
    fn every_octet_sequence_is_frames_and_a_rest_and_encodes_to_itself(
        bytes in prop::collection::vec(prop_oneof![Just(0_u8), any::<u8>()], 0..200),
    ) {
        let mut reader = Http2FrameReader::default();
        reader.push(&bytes);
        let mut again = BytesMut::new();
        while let Ok(Some(frame)) = reader.take() {
            frame.encode(&mut again);
        }
        again.extend_from_slice(reader.pending());
        prop_assert_eq!(&again[..], &bytes[..]);
    }

    #[test]
    fn what_is_read_does_not_depend_on_how_it_is_cut(frames in frames(), size in 1..50_usize) {
        let bytes = from_server(&frames);
        let read = |size: usize| {
            let mut client = Http2::playing(Role::Client);
            client.request(request());
            let events: Vec<_> = bytes.chunks(size).flat_map(|piece| client.read(piece)).collect();
            (events, client.take())
        };
        prop_assert_eq!(read(size), read(bytes.len()));
    }

    #[test]
    fn any_octets_are_read_by_either_end(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (mut client, mut server, _) = open();
        client.read(&bytes);
        server.read(&bytes);
        Http2::playing(Role::Client).read(&bytes);
        Http2::playing(Role::Server).read(&bytes);
    }

    #[test]
    fn a_field_section_is_read_as_it_was_written(
        fields in prop::collection::vec(("[a-z:-]{0,300}", "[ -~]{0,300}"), 0..20),
    ) {
        let (mut client, mut server) = (Http2::playing(Role::Client), Http2::playing(Role::Server));
        let pairs: Vec<_> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        client.request(head(&pairs));
        let (_, at_server) = exchange(&mut client, &mut server);
        let opening = at_server.iter().find_map(|event| match event {
            HttpEvent::Opening { opening, .. } => Some(opening),
            _ => None,
        });
        let seen = opening.unwrap().fields().0.iter().map(|field| (field.name.clone(), field.value.clone()));
        let sent = fields.iter().map(|(name, value)| (name.clone(), Bytes::from(value.clone())));
        prop_assert!(seen.eq(sent));
    }
}
