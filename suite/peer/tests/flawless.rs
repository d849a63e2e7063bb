//! The peer without a flaw: the main paths, however its bytes are split.

use proptest::prelude::*;
use wsspec_peer::{Flaw, Peer, PeerOutput};
use wsspec_wire::{Frame, LengthForm, Mask, Opcode, Rsv};

const REQUEST: &str = "GET /chat HTTP/1.1\r\nHost: localhost:9001\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const KEY: Mask = Mask([0x37, 0xFA, 0x21, 0x3D]);

/// Everything that a peer writes, and how it ends the connection.
fn told(peer: &mut Peer) -> (Vec<u8>, Option<PeerOutput>) {
    let (mut written, mut end) = (Vec::new(), None);
    for output in peer.take() {
        match output {
            PeerOutput::Write(bytes) if end.is_none() => written.extend_from_slice(&bytes),
            PeerOutput::Write(bytes) => panic!("{bytes:?} after the end"),
            other => end = Some(other),
        }
    }
    (written, end)
}

fn respond(request: &str) -> (String, Option<PeerOutput>) {
    let mut peer = Peer::new();
    peer.receive(request.as_bytes());
    let (written, end) = told(&mut peer);
    (String::from_utf8(written).expect("a head is ASCII"), end)
}

/// The answer to frames after the handshake.
fn answer(frames: &[Frame]) -> (Vec<u8>, Option<PeerOutput>) {
    let mut peer = open(Peer::new());
    peer.receive(&bytes_of(frames));
    told(&mut peer)
}

fn open(mut peer: Peer) -> Peer {
    peer.receive(REQUEST.as_bytes());
    let (response, end) = told(&mut peer);
    assert!(response.starts_with(b"HTTP/1.1 101 ") && end.is_none());
    peer
}

fn masked(opcode: Opcode, payload: &[u8]) -> Frame {
    Frame::new(opcode, payload.to_vec()).with_mask(KEY)
}

fn bytes_of(frames: &[Frame]) -> Vec<u8> {
    let mut bytes = Vec::new();
    frames.iter().for_each(|frame| frame.encode(&mut bytes));
    bytes
}

fn failed(code: u16) -> (Vec<u8>, Option<PeerOutput>) {
    (bytes_of(&[Frame::new(Opcode::CLOSE, code.to_be_bytes().to_vec())]), Some(PeerOutput::Close))
}

#[test]
fn the_sample_handshake_is_accepted() {
    let (response, end) = respond(REQUEST);
    let expected = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    assert_eq!((response.as_str(), end), (expected, None));
}

#[test]
fn the_subprotocol_is_named_only_if_offered() {
    let offering = |list: &str| {
        respond(&REQUEST.replace("\r\n\r\n", &format!("\r\nSec-WebSocket-Protocol: {list}\r\n\r\n"))).0
    };
    assert!(offering("chat, wsspec.echo").contains("\r\nSec-WebSocket-Protocol: wsspec.echo\r\n"));
    assert!(!offering("chat").contains("Sec-WebSocket-Protocol"));
}

#[test]
fn what_does_not_match_is_refused_with_a_fitting_status() {
    let cases = [
        ("GET ", "POST ", "405"),
        ("HTTP/1.1", "HTTP/1.0", "505"),
        ("HTTP/1.1", "HTTP/x", "400"),
        ("/chat", "chat", "400"),
        ("Host: localhost:9001\r\n", "", "400"),
        ("localhost:9001", "a:b:c", "400"),
        ("Upgrade: websocket\r\n", "", "400"),
        ("Upgrade: websocket", "Upgrade: websockets", "400"),
        ("Connection: Upgrade", "Connection: not-upgrade", "400"),
        ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ", "400"),
        ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25j!Q==", "400"),
        ("Version: 13", "Version: 14", "426"),
        ("Version: 13", "Version: 013", "426"),
        ("Host:", "Host :", "400"),
        ("\r\n\r\n", "\r\nno colon\r\n\r\n", "400"),
        ("\r\n\r\n", "\r\nSec-WebSocket-Extensions: a;\r\n\r\n", "400"),
        ("\r\n\r\n", "\r\nHost: b\r\n\r\n", "400"),
    ];
    for (from, to, status) in cases {
        let (response, end) = respond(&REQUEST.replace(from, to));
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{to}: {response}");
        assert_eq!(end, Some(PeerOutput::Close), "{to}");
    }
    let (response, _) = respond(&REQUEST.replace("13", "8"));
    assert!(response.contains("\r\nSec-WebSocket-Version: 13\r\n"));
}

#[test]
fn odd_but_good_requests_are_accepted() {
    let cases = [
        ("websocket", "foo/1, WebSocket"),
        ("Connection: Upgrade", "connection:keep-alive, ,upgrade"),
        ("/chat", "http://localhost/chat?a=b"),
        ("localhost:9001", "[::1]:9001"),
        ("\r\n\r\n", "\r\nX: caf\u{e9}\r\nSec-WebSocket-Extensions: permessage-deflate; x=\"1\"\r\n\r\n"),
    ];
    for (from, to) in cases {
        let (response, end) = respond(&REQUEST.replace(from, to));
        assert!(response.starts_with("HTTP/1.1 101 ") && end.is_none(), "{to}: {response}");
        assert!(!response.contains("Extensions"), "{to}");
    }
}

#[test]
fn messages_come_back_whole_and_pings_as_pongs() {
    let (written, end) = answer(&[
        masked(Opcode::TEXT, b"frag\xCE").with_fin(false),
        masked(Opcode::PING, b"p"),
        masked(Opcode::CONTINUATION, b"\xBA"),
        masked(Opcode::BINARY, &[0xFF; 70_000]),
    ]);
    let expected = [
        Frame::new(Opcode::PONG, "p"),
        Frame::new(Opcode::TEXT, "frag\u{3ba}"),
        Frame::new(Opcode::BINARY, vec![0xFF; 70_000]),
    ];
    assert!(written == bytes_of(&expected));
    assert_eq!(end, None);
}

#[test]
fn a_close_frame_is_answered_with_its_code_and_ends_the_connection() {
    let reply = |body: &[u8]| answer(&[masked(Opcode::CLOSE, body), masked(Opcode::TEXT, b"late")]);
    assert_eq!(reply(b"\x03\xE9away"), failed(1001));
    assert_eq!(reply(b"\x03\xF2"), failed(1000));
    assert_eq!(reply(b""), (vec![0x88, 0], Some(PeerOutput::Close)));
    assert_eq!(reply(b"\x03"), failed(1002));
    assert_eq!(reply(b"\x03\xED"), failed(1002));
    assert_eq!(reply(b"\x03\xE8\xFF"), failed(1007));
}

#[test]
fn a_bad_frame_fails_the_connection_at_once() {
    let text = || masked(Opcode::TEXT, b"bad");
    let bad = [
        (Frame::new(Opcode::TEXT, "bad"), 1002),
        (text().with_rsv(Rsv::RSV1), 1002),
        (text().with_length_form(LengthForm::Bits16), 1002),
        (masked(Opcode::from_low_bits(3), b""), 1002),
        (masked(Opcode::from_low_bits(11), b""), 1002),
        (masked(Opcode::CONTINUATION, b""), 1002),
        (masked(Opcode::PING, b"").with_fin(false), 1002),
        (masked(Opcode::PONG, &[0; 126]), 1002),
        (masked(Opcode::TEXT, b"\xED\xA0\x80"), 1007),
        (masked(Opcode::TEXT, b"\xCE"), 1007),
    ];
    for (frame, code) in bad {
        assert_eq!(answer(&[frame.clone(), text()]), failed(code), "{frame:?}");
    }
    assert_eq!(answer(&[text().with_fin(false), text()]), failed(1002));
}

#[test]
fn text_is_checked_before_its_frame_is_complete() {
    let mut peer = open(Peer::new());
    let frame = bytes_of(&[masked(Opcode::TEXT, b"good \xF4\x90 and more")]);
    peer.receive(&frame[..12]);
    assert_eq!(told(&mut peer), (vec![], None));
    peer.receive(&frame[12..13]);
    assert_eq!(told(&mut peer), failed(1007));
}

#[test]
fn the_end_of_the_other_half_ends_the_connection_once() {
    for mut peer in [Peer::new(), open(Peer::new())] {
        peer.end();
        peer.end();
        assert_eq!(peer.take(), [PeerOutput::Close]);
    }
}

/// A frame of any kind, mostly valid.
fn any_frame() -> impl Strategy<Value = Frame> {
    let opcode = prop_oneof![8 => prop::sample::select(vec![0u8, 1, 2, 9, 10]), 1 => 0u8..16];
    let payload =
        prop_oneof![8 => "[a-z\u{e9}\u{20ac}]{0,12}".prop_map(String::into_bytes), 1 => any::<Vec<u8>>()];
    (opcode, any::<bool>(), payload, any::<[u8; 4]>(), prop::num::u8::ANY).prop_map(
        |(opcode, fin, payload, key, odd)| {
            let opcode = Opcode::from_low_bits(opcode);
            let frame = Frame::new(opcode, payload).with_fin(fin || opcode.is_control());
            match odd {
                0..8 => frame,
                8..16 => frame.with_mask(Mask(key)).with_rsv(Rsv::RSV2),
                _ => frame.with_mask(Mask(key)),
            }
        },
    )
}

proptest! {
    #[test]
    fn segments_do_not_matter(
        frames in prop::collection::vec(any_frame(), 0..12),
        cuts in prop::collection::vec(1usize..40, 1..20),
    ) {
        let mut stream = REQUEST.as_bytes().to_vec();
        stream.extend(bytes_of(&frames));
        let mut whole = Peer::new();
        whole.receive(&stream);
        let mut cut = Peer::new();
        let mut rest = &stream[..];
        for size in cuts.iter().cycle() {
            let (segment, later) = rest.split_at(rest.len().min(*size));
            cut.receive(segment);
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(told(&mut whole), told(&mut cut));
    }

    #[test]
    fn no_bytes_make_any_peer_panic(
        flaw in prop::sample::select(Flaw::ALL),
        frames in prop::collection::vec(any_frame(), 0..12),
        noise in any::<Vec<u8>>(),
        size in 1usize..40,
    ) {
        let mut stream = REQUEST.as_bytes().to_vec();
        stream.extend(bytes_of(&frames));
        stream.extend(noise);
        let mut peer = Peer::with(flaw);
        stream.chunks(size).for_each(|segment| peer.receive(segment));
        peer.end();
        let ends = peer.take().iter().filter(|output| !matches!(output, PeerOutput::Write(_))).count();
        // With some flaws, it stays open even after the other side has closed.
        let stays = matches!(flaw, Flaw::FailsAndStays | Flaw::StaysAfterClosing);
        prop_assert!(ends == 1 || stays && ends == 0, "{} ends", ends);
    }
}
